"""What a run of statements did to tables and columns, read from the statements themselves.

So that a proof can tell what a revision means to change from what it loses in silence.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlplumb.engines.opened import Traced
from sqlplumb.engines.sqlite.grammar.clauses import separated
from sqlplumb.engines.sqlite.grammar.cursor import Cursor, Unreadable
from sqlplumb.engines.sqlite.grammar.lexer import fold, unquoted
from sqlplumb.engines.sqlite.grammar.parts import Tokens

_CONFLICTS = ("ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK")
_VERBS = ("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT")


def traced(statements: Iterable[str]) -> Traced:
    """In the order in which they ran. Those that triggers run are told as comments, and left out:
    a revision that wakes a trigger changes what nobody sees in it."""
    found = Traced({}, {}, set(), set(), set())
    for statement in statements:
        try:
            _take(Cursor(statement), found)
        except Unreadable:
            continue  # it ran, and it is none of the forms that are looked for
    return found


def _take(cursor: Cursor, found: Traced) -> None:
    if cursor.accept("WITH"):
        _skip_to(cursor, _VERBS)
    if cursor.accept("ALTER", "TABLE"):
        _alter(cursor, found)
    elif cursor.accept("CREATE", "TABLE"):
        cursor.accept("IF", "NOT", "EXISTS")
        found.created.add(_table(cursor))
    elif cursor.accept("UPDATE"):
        _or(cursor)
        _update(cursor, found)
    elif cursor.accept("DELETE", "FROM") or cursor.accept("REPLACE", "INTO"):
        found.emptied.add(_table(cursor))
    elif cursor.accept("INSERT"):
        replaces = _or(cursor) == "REPLACE"
        cursor.expect("INTO")
        if replaces:
            found.emptied.add(_table(cursor))
        else:
            _insert(cursor, found)


def _skip_to(cursor: Cursor, words: tuple[str, ...]) -> Tokens:
    """Over everything, brackets and what is in them included."""
    first, depth = cursor.index, 0
    while not cursor.done and (depth or cursor.word not in words):
        depth += (cursor.word == "(") - (cursor.word == ")")
        cursor.take()
    return tuple(cursor.tokens[first : cursor.index])


def _or(cursor: Cursor) -> str:
    if not cursor.accept("OR"):
        return ""
    if cursor.word not in _CONFLICTS:
        raise cursor.unreadable("expected what to do on a conflict")
    return cursor.take().upper


def _table(cursor: Cursor) -> str:
    name = cursor.name()
    return fold(cursor.name() if cursor.accept(".") else name)


def _update(cursor: Cursor, found: Traced) -> None:
    """The columns that it sets, each behind a comma or a bracket and before its `=`."""
    table = _table(cursor)
    _skip_to(cursor, ("SET",))
    cursor.expect("SET")
    for part in separated(_skip_to(cursor, ("FROM", "WHERE", "RETURNING", "ORDER", "LIMIT"))):
        equals = next((at for at, token in enumerate(part) if token.text == "="), 0)
        names = (token for token in part[:equals] if token.kind in ("word", "quoted"))
        found.computed.update((table, fold(unquoted(token.text))) for token in names)


def _alter(cursor: Cursor, found: Traced) -> None:
    table = _table(cursor)
    if cursor.accept("RENAME", "TO"):
        name = fold(cursor.name())
        origin = found.tables.pop(table, table)
        found.tables[name] = origin
        _carry_over(found, table, name)
    elif cursor.accept("RENAME"):
        cursor.accept("COLUMN")
        column = fold(cursor.name())
        cursor.expect("TO")
        name = fold(cursor.name())
        found.columns[table, name] = found.columns.pop((table, column), column)


def _carry_over(found: Traced, table: str, name: str) -> None:
    """What was known of a table is known of it under its new name, and no more under that one."""
    for known in [one for one in found.columns if one[0] == name]:
        del found.columns[known]
    for known in [one for one in found.columns if one[0] == table]:
        found.columns[name, known[1]] = found.columns.pop(known)
    moved = {(name, column) for known, column in found.computed if known == table}
    found.computed.difference_update([one for one in found.computed if one[0] in (table, name)])
    found.computed.update(moved)
    for names in (found.created, found.emptied):
        names.discard(name)
        if table in names:
            names.discard(table)
            names.add(name)


def _insert(cursor: Cursor, found: Traced) -> None:
    """A new table that is filled from another one is that table; a column that is filled by
    anything but a column, or by one that was computed, is computed."""
    table = _table(cursor)
    names = separated(tuple(cursor.bracketed())) if cursor.word == "(" else ()
    columns = [fold(_last_name(part)) for part in names]
    if cursor.accept("WITH"):
        _skip_to(cursor, ("SELECT",))
    if not cursor.accept("SELECT"):
        return
    parts = list(separated(_skip_to(cursor, ("FROM",))))
    source = _table(cursor) if cursor.accept("FROM") and cursor.word != "(" else ""
    is_copy = table in found.created and bool(source)
    if is_copy:
        found.tables[table] = found.tables.get(source, source)
    for name, part in zip(columns, parts, strict=False):
        if not _is_column(part):
            found.computed.add((table, name))
            if is_copy and (source, name) in found.columns:  # it has that name since a moment ago
                found.columns[table, name] = found.columns[source, name]
        elif is_copy:
            said = fold(_last_name(part[:-2] if part[-2:-1] and part[-2].upper == "AS" else part))
            found.columns[table, name] = found.columns.get((source, said), said)
            if (source, said) in found.computed:
                found.computed.add((table, name))


def _last_name(part: Tokens) -> str:
    return unquoted(part[-1].text)


def _is_column(part: Tokens) -> bool:
    """`a`, `t.a`, `t.a AS a`."""
    words = [token.text for token in part]
    if len(part) > 2 and part[-2].upper == "AS":
        words = words[:-2]
    kinds = [token.kind for token in part[: len(words)]]
    names = all(kind in ("word", "quoted") for kind in kinds[::2])
    return names and words[1::2] in ([], ["."], [".", "."])
