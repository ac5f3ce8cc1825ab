"""What statements of a revision do, in words, and what they name.

Of a statement its first words are read, and of an ALTER TABLE those of each action. Names come out
as the catalog has them, without the schema where that is `public`. Must never decide what is safe:
locks, rewrites and scans are traced on a scratch, and what stands here is a guess beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.engines.postgres.parse.heads import KINDS, elements, read_head, read_name
from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.engines.postgres.parse.row_changes import row_changes
from sqlplumb.engines.statements import Effect, Named, Work
from sqlplumb.schema import Ref

_SETTINGS = frozenset(("SET", "RESET", "LOCK", "ANALYZE", "NOTIFY", "LISTEN", "DISCARD"))
_SILENT = frozenset(
    """
    BEGIN START COMMIT END ROLLBACK SAVEPOINT RELEASE SELECT VALUES TABLE SHOW EXPLAIN FETCH PREPARE
    DECLARE CLOSE DEALLOCATE CHECKPOINT
    """.split()
)
_ROWS = {
    "INSERT": "add rows to",
    "UPDATE": "change rows of",
    "DELETE": "delete rows of",
    "MERGE": "merge rows into",
    "TRUNCATE": "delete all rows of",
    "COPY": "copy rows into",
}
_NO_VERB = frozenset(
    "UNIQUE CONCURRENTLY IF NOT EXISTS ONLY TEMP TEMPORARY UNLOGGED OR REPLACE".split()
)
# Of a million rows on an ordinary machine: to read them 0.2 s, into an index 1 s, written anew 3 s.
_SECONDS: dict[Work, float] = {"scan": 2e-7, "rows": 3e-6, "rebuild": 3e-6}
_INDEXED = 1e-6


def effects(statements: Iterable[str]) -> Iterator[Effect]:
    """Yield what each of these does, of those that change something."""
    for statement in statements:
        words = [token for token in lex(statement) if token.text != ";"]
        verb = words[0].upper if words else ""
        if verb and verb not in _SILENT:
            yield _effect(statement, verb, words)


def _effect(statement: str, verb: str, words: Sequence[Token]) -> Effect:
    if verb in _SETTINGS:
        return Effect(statement=statement, words=_first_words(words), work="setting")
    changes = list(row_changes(statement)) if verb != "ALTER" else []
    if changes:
        change = changes[0] if verb != "WITH" else changes[-1]
        unit = unit_named(change.tables[0])
        return _with_rows(statement, f"{_ROWS[change.verb]} {unit}", "rows", table=unit)
    head = read_head(statement)
    if head and head.kind == "index" and verb == "CREATE" and head.on:
        table = unit_named(head.on)
        said = f"build index {head.name.name or '(the server names it)'} on {table}"
        return _with_rows(statement, said, "scan", table=table, seconds=_INDEXED)
    if head and head.kind == "table" and verb == "ALTER":
        return _altered(statement, unit_named(head.name), _actions(words))
    if head:
        on = unit_named(head.on) if head.on else unit_named(head.name)
        kind = "type" if head.kind == "base type" else head.kind  # which an ALTER does not say
        said = f"{verb.lower()} {kind} {unit_named(head.name)}" + (f" on {on}" if head.on else "")
        return Effect(statement=statement, words=said, work="schema", on=on)
    kind, name = _kind_and_name(words)
    work: Work = "rows" if verb == "REFRESH" else "schema"
    said = f"{verb.lower()} {kind} {name}" if name else _first_words(words)
    return Effect(statement=statement, words=said, work=work, on=name)


def _altered(statement: str, table: str, actions: Sequence[Sequence[Token]]) -> Effect:
    """The gravest of its actions is what it does to the rows."""
    said = ", ".join(_first_words(action) for action in actions)
    works = [_work(action) for action in actions] or ["schema"]
    order: list[Work] = ["rebuild", "scan", "schema"]
    work = min(works, key=order.index)
    words = f"alter table {table}: {said}"
    if work == "schema":
        return Effect(statement=statement, words=words, work=work, on=table)
    return _with_rows(statement, words, work, table=table)


def _with_rows(
    statement: str, words: str, work: Work, *, table: str, seconds: float = 0.0
) -> Effect:
    return Effect(
        statement=statement,
        words=words,
        work=work,
        on=table,
        table=table,
        seconds_per_row=seconds or _SECONDS[work],
    )


def _actions(words: Sequence[Token]) -> list[list[Token]]:
    at = next(place for place, token in enumerate(words) if token.upper == "TABLE") + 1
    while at < len(words) and words[at].upper in _NO_VERB:
        at += 1
    return list(elements(words, read_name(words, at)[1], depth=0))


def _work(action: Sequence[Token]) -> Work:
    """Guess what an action does to rows, where no scratch has traced it."""
    said = [token.upper for token in action]
    if said[:1] == ["ALTER"] and "TYPE" in said:
        return "rebuild"
    is_rule = said[:1] == ["ADD"] and any(
        word in said for word in ("CHECK", "FOREIGN", "REFERENCES", "UNIQUE", "PRIMARY", "EXCLUDE")
    )
    is_later = "VALID" in said or "INDEX" in said
    looks = said[:1] == ["VALIDATE"] or (is_rule and not is_later)
    return "scan" if looks or said[-3:] == ["SET", "NOT", "NULL"] else "schema"


def _first_words(words: Sequence[Token]) -> str:
    """Return how a statement or an action begins: its keywords in small letters, and a name."""
    said: list[str] = []
    for token in words[:8]:
        if token.text in ("(", "=", ",") or token.kind in ("string", "number"):
            break
        said.append(token.text.lower() if token.upper and token.upper == token.text else token.text)
        if said[-1] in (".",) or (len(said) > 1 and said[-2] == "."):
            said[-2:] = ["".join(said[-2:])]
        elif token.is_name and token.text != token.upper and len(said) > 1:
            break
    return " ".join(said)


def _kind_and_name(words: Sequence[Token]) -> tuple[str, str]:
    """Return what a DROP, a COMMENT or a GRANT speaks of, where it can be told."""
    for at, token in enumerate(words[1:8], 1):
        for size in (3, 2, 1):
            kind = KINDS.get(tuple(word.upper for word in words[at : at + size]))
            if kind:
                place = at + size
                while place < len(words) and words[place].upper in _NO_VERB:
                    place += 1
                named = place < len(words) and words[place].is_name
                return kind, unit_named(read_name(words, place)[0]) if named else ""
        if token.text == "(":
            break
    return "", ""


def unit_named(name: Sequence[str]) -> str:
    namespace = name[0] if len(name) > 1 else ""
    return Ref("table", "", name[-1], namespace="" if namespace == "public" else namespace).unit


def verb_and_names(statement: str) -> tuple[str, frozenset[str]]:
    """Return the verb, with the kind of what is made, altered or dropped, and every name; of a WITH
    or a DO the verb of what it does to rows."""
    words = list(lex(statement))
    verb = words[0].upper if words else ""
    if verb in ("CREATE", "ALTER", "DROP"):
        kind = next((word.upper for word in words[1:5] if (word.upper,) in KINDS), "")
        verb = f"{verb} {kind}".rstrip()
    elif verb in ("WITH", "DO"):
        verb = next((change.verb for change in row_changes(statement)), verb)
    return verb, frozenset(token.name for token in words if token.is_name)


def named(statements: Iterable[str]) -> Named:
    """Return what statements create, drop or alter by name."""
    result = Named()
    for statement in statements:
        head = read_head(statement)
        words = [token for token in lex(statement) if token.text != ";"]
        verb = words[0].upper if words else ""
        if head and head.kind == "table" and verb == "ALTER":
            for action in _actions(words):
                _name_action(result, unit_named(head.name).lower(), action)
        elif head and head.kind == "table":
            result.tables.add(unit_named(head.name).lower())
        elif head:
            result.objects.add(head.name.name.lower())
        elif verb == "DROP":
            kind, name = _kind_and_name(words)
            (result.tables if kind == "table" else result.objects).add(name.lower())
    return result


def _name_action(result: Named, table: str, action: Sequence[Token]) -> None:
    said = [token.upper for token in action]
    rest = [token for token in action[1:] if token.upper not in ("COLUMN", "IF", "NOT", "EXISTS")]
    if not rest:
        return
    name = rest[0].name.lower() if rest[0].is_name else ""
    if said[:2] == ["RENAME", "TO"]:
        result.rename_table(table, action[2].name.lower())
    elif "CONSTRAINT" in said[:2]:
        result.objects.add(action[said.index("CONSTRAINT") + 1].name.lower())
    elif said[0] == "RENAME" and rest[-2:-1] and rest[-2].upper == "TO":
        result.name_column(table, rest[-1].name.lower(), "name")
    elif said[0] in ("ADD", "DROP", "ALTER") and name:
        fields = {"ADD": ("created",), "DROP": ("dropped",), "ALTER": ("type", "default")}
        result.name_column(table, name, *fields[said[0]])
