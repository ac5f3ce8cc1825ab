"""What statements say of rows: which tables they change on purpose, which columns they give values,
and for which rows.

They are looked for at any depth: in a WITH, in the body of a DO. It is a guess for whoever compares
rows, and names are as they are written; nothing here decides whether a statement is safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlplumb.engines.postgres.parse.lexer import Token, lex

_SCANNED = frozenset(("UPDATE", "DELETE", "INSERT", "MERGE", "TRUNCATE", "WITH", "DO", "ALTER"))
_VERBS = frozenset(("UPDATE", "DELETE", "INSERT", "MERGE", "TRUNCATE"))
_NO_VERB_AFTER = frozenset(("FOR", "ON", "DO", "OR", "KEY"))
_ENDS = frozenset(
    (
        "FROM",
        "WHERE",
        "RETURNING",
        "USING",
        "ON",
        "SELECT",
        "VALUES",
        "GROUP",
        "ORDER",
        "LIMIT",
        "WHEN",
    )
)
_DEPTH = {"(": 1, "[": 1, ")": -1, "]": -1}
Name = tuple[str, ...]  # (schema, table) or (table,)


@dataclass(slots=True, kw_only=True)
class RowChange:
    """One UPDATE, DELETE, INSERT, MERGE or TRUNCATE. `computed` are the columns that it gives
    values; of an INSERT from one table, `copied` are those that it fills with a column of it. It
    speaks of the rows for which `where` holds, empty for all, of a table with this `alias` that
    stands `beside` others."""

    verb: str
    tables: tuple[Name, ...]
    source: Name = ()
    columns: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    copied: dict[str, str] = field(default_factory=dict)
    where: str = ""
    alias: str = ""
    beside: str = ""
    deletes: bool = False


def row_changes(statement: str) -> Iterator[RowChange]:
    tokens = list(lex(statement))
    verb = tokens[0].upper if tokens else ""
    if verb not in _SCANNED:
        return
    if verb == "ALTER":
        yield from _converted(tokens)
        return
    if verb == "DO":
        for token in tokens:
            if token.kind == "string":
                yield from _changes(_body(token.text))
        return
    yield from _changes(statement)


def _converted(tokens: list[Token]) -> Iterator[RowChange]:
    """Yield the columns to which an ALTER TABLE ... TYPE ... USING gives other values than a cast
    does."""
    rest = tokens[1:]
    if not rest or rest[0].upper != "TABLE":
        return
    rest = [token for token in rest[1:] if token.upper not in ("ONLY", "IF", "EXISTS")]
    name, rest = _name(rest)
    columns = []
    for part in _separated(rest):
        words = [token.upper for token in part]
        if "USING" in words and "TYPE" in words and words[0] == "ALTER":
            column = part[2 if words[1] == "COLUMN" else 1]
            value = part[words.index("USING") + 1 :]
            inner = [token for token in value if token.text not in "()"]
            is_cast = inner[:1] and inner[0].is_name and inner[0].name == column.name
            if not (is_cast and (len(inner) == 1 or inner[1].text == "::")):
                columns.append(column.name)
    if name and columns:
        yield RowChange(verb="ALTER", tables=(name,), computed=tuple(columns))


def _body(written: str) -> str:
    if written.startswith("$"):
        tag = written[: written.index("$", 1) + 1]
        return written[len(tag) : -len(tag)]
    return written[written.index("'") + 1 : -1].replace("''", "'")


def _changes(text: str) -> Iterator[RowChange]:
    tokens = list(lex(text))
    behind = 0  # a MERGE, whose branches have verbs as well
    for at, token in enumerate(tokens):
        is_clause = at < behind or (at > 0 and tokens[at - 1].upper in _NO_VERB_AFTER)
        if token.upper in _VERBS and not is_clause:
            part = _until_end(tokens, at)
            behind = at + len(part) if token.upper == "MERGE" else behind
            if change := _change(token.upper, part, text):
                yield change


def _until_end(tokens: Sequence[Token], at: int) -> list[Token]:
    """Return the tokens up to a semicolon, or to the bracket that closes around them."""
    depth = 0
    for end in range(at, len(tokens)):
        depth += _DEPTH.get(tokens[end].text, 0)
        if depth < 0 or (not depth and tokens[end].text == ";"):
            return list(tokens[at:end])
    return list(tokens[at:])


def _change(verb: str, tokens: list[Token], text: str) -> RowChange | None:
    rest = tokens[1:]
    if verb == "TRUNCATE":
        return _truncate(rest)
    skipped = {"DELETE": ("FROM", "ONLY"), "UPDATE": ("ONLY",)}.get(verb, ("INTO", "ONLY"))
    while rest and rest[0].upper in skipped:
        rest = rest[1:]
    name, rest = _name(rest)
    if not name:
        return None
    if rest and rest[0].text == "*":
        rest = rest[1:]
    change = RowChange(verb=verb, tables=(name,), deletes=verb == "DELETE")
    if verb == "INSERT":
        _insert(change, rest)
    elif verb == "MERGE":
        change.deletes = any(
            one.upper == "THEN" and two.upper == "DELETE" for one, two in pairwise(rest)
        )
        change.computed = tuple(_assigned(rest))
    else:
        if rest and rest[0].upper == "AS":
            rest = rest[1:]
        if rest and rest[0].is_name and rest[0].upper not in (*_ENDS, "SET"):
            change.alias, rest = rest[0].name, rest[1:]
        change.computed = tuple(_assigned(rest)) if verb == "UPDATE" else ()
        change.beside = _clause(rest, ("FROM", "USING"), text)
        change.where = _clause(rest, ("WHERE",), text)
    return change


def _truncate(rest: list[Token]) -> RowChange | None:
    while rest and rest[0].upper in ("TABLE", "ONLY"):
        rest = rest[1:]
    names = []
    while rest:
        name, rest = _name(rest)
        if not name:
            break
        names.append(name)
        while rest and rest[0].text in (",", "*"):
            rest = rest[1:]
        if rest and rest[0].upper in ("RESTART", "CONTINUE", "CASCADE", "RESTRICT"):
            break
    return RowChange(verb="TRUNCATE", tables=tuple(names), deletes=True) if names else None


def _name(tokens: list[Token]) -> tuple[Name, list[Token]]:
    """Read `t` or `s.t`."""
    if not tokens or not tokens[0].is_name:
        return (), tokens
    names = [tokens[0].name]
    rest = tokens[1:]
    while len(rest) > 1 and rest[0].text == "." and rest[1].is_name:
        names.append(rest[1].name)
        rest = rest[2:]
    return tuple(names[-2:]), rest


def _top(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Yield what stands in no bracket."""
    depth = 0
    for at, token in enumerate(tokens):
        change = _DEPTH.get(token.text, 0)
        depth += min(change, 0)
        if not depth:
            yield at, token
        depth += max(change, 0)


def _clause(tokens: Sequence[Token], words: Sequence[str], text: str) -> str:
    """Return the text of a clause, without the word that begins it."""
    begins = next((at for at, token in _top(tokens) if token.upper in words), None)
    if begins is None:
        return ""
    ends = next(
        (at for at, token in _top(tokens) if at > begins and token.upper in ("WHERE", "RETURNING")),
        len(tokens),
    )
    inside = tokens[begins + 1 : ends]
    return text[inside[0].start : inside[-1].end] if inside else ""


def _assigned(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the columns behind SET: `a = 1`, `(a, b) = (...)`."""
    begins = next((at for at, token in enumerate(tokens) if token.upper == "SET"), None)
    if begins is None:
        return
    part: list[Token] = []
    for _, token in (*_top(tokens[begins + 1 :]), (0, Token(",", 0, "sign"))):
        if token.text == "," or token.upper in _ENDS:
            yield from _targets(tokens, part)
            part = []
            if token.upper in _ENDS:
                return
        else:
            part.append(token)


def _targets(tokens: Sequence[Token], part: Sequence[Token]) -> Iterator[str]:
    if not part:
        return
    if part[0].text == "(":
        at = next(place for place, token in enumerate(tokens) if token is part[0])
        for token in tokens[at + 1 :]:
            if token.text == ")":
                return
            if token.is_name:
                yield token.name
    elif part[0].is_name:
        yield part[0].name


def _insert(change: RowChange, rest: list[Token]) -> None:
    """Note the columns of an INSERT, and which of them are copied from one table."""
    if rest and rest[0].upper == "AS":
        rest = rest[2:]
    names: list[str] = []
    if (
        rest
        and rest[0].text == "("
        and len(rest) > 1
        and rest[1].is_name
        and rest[1].upper not in ("SELECT", "WITH", "VALUES")
    ):
        closing = next((at for at, token in enumerate(rest) if token.text == ")"), len(rest))
        names = [token.name for token in rest[1:closing] if token.is_name]
        rest = rest[closing + 1 :]
    change.columns = tuple(names)
    conflict = next(
        (at for at, token in enumerate(rest) if token.upper == "CONFLICT" and at), len(rest)
    )
    change.computed = tuple(_assigned(rest[conflict:]))
    select = next((at for at, token in _top(rest) if token.upper == "SELECT"), None)
    if select is None:
        return
    body = rest[select + 1 : conflict]
    begins = next((at for at, token in _top(body) if token.upper == "FROM"), len(body))
    change.source, _ = _name([one for one in body[begins + 1 :] if one.upper != "ONLY"])
    parts = list(_separated(body[:begins]))
    if any(part and part[-1].text == "*" for part in parts):
        return
    for name, part in zip(names, parts, strict=False):
        if column := _copied(part):
            change.copied[name] = column
        else:
            change.computed = (*change.computed, name)


def _separated(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    start = 0
    for at, token in _top(tokens):
        if token.text == ",":
            yield list(tokens[start:at])
            start = at + 1
    yield list(tokens[start:])


def _copied(part: Sequence[Token]) -> str:
    """Return the column of `a`, `t.a`, `t.a AS b`."""
    if len(part) > 2 and part[-2].upper == "AS":
        part = part[:-2]
    is_plain = all(token.is_name for token in part[::2])
    dots = {token.text for token in part[1::2]} <= {"."}
    return part[-1].name if part and len(part) % 2 and is_plain and dots else ""
