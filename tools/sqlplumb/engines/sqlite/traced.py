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


def traced(statements: Iterable[str]) -> Traced:
    """In the order in which they ran; those of triggers are marked as comments and left out."""
    found = Traced({}, {}, set(), set(), set())
    for statement in statements:
        if not statement.startswith("--"):
            try:
                _take(Cursor(statement), found)
            except Unreadable:
                continue  # it ran, and it is none of the forms that are looked for
    return found


def _take(cursor: Cursor, found: Traced) -> None:
    if cursor.accept("ALTER", "TABLE"):
        _alter(cursor, found)
    elif cursor.accept("CREATE", "TABLE"):
        cursor.accept("IF", "NOT", "EXISTS")
        found.created.add(_table(cursor))
    elif cursor.accept("UPDATE"):
        _or(cursor)
        found.written.add(_table(cursor))
    elif cursor.accept("DELETE", "FROM") or cursor.accept("REPLACE", "INTO"):
        found.written.add(_table(cursor))
    elif cursor.accept("INSERT"):
        if _or(cursor) == "REPLACE":
            cursor.expect("INTO")
            found.written.add(_table(cursor))
        else:
            cursor.expect("INTO")
            _insert(cursor, found)


def _or(cursor: Cursor) -> str:
    if not cursor.accept("OR"):
        return ""
    if cursor.word not in _CONFLICTS:
        raise cursor.unreadable("expected what to do on a conflict")
    return cursor.take().upper


def _table(cursor: Cursor) -> str:
    name = cursor.name()
    return fold(cursor.name() if cursor.accept(".") else name)


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
    for known in [one for one in found.computed if one[0] == table]:
        found.computed.discard(known)
        found.computed.add((name, known[1]))
    found.created.discard(name)
    if table in found.created:
        found.created.discard(table)
        found.created.add(name)


def _insert(cursor: Cursor, found: Traced) -> None:
    """A new table that is filled from another one is that table; a column that is filled by
    anything but a column is computed."""
    table = _table(cursor)
    if cursor.word != "(":
        return
    names = [fold(_last_name(part)) for part in separated(tuple(cursor.bracketed()))]
    if not cursor.accept("SELECT"):
        return
    parts = list(separated(_until_from(cursor)))
    source = _table(cursor) if cursor.accept("FROM") else ""
    is_copy = table in found.created and bool(source)
    if is_copy:
        found.tables[table] = found.tables.get(source, source)
    for name, part in zip(names, parts, strict=False):
        if not _is_column(part):
            found.computed.add((table, name))
        elif is_copy:
            said = fold(_last_name(part[:-2] if part[-2:-1] and part[-2].upper == "AS" else part))
            found.columns[table, name] = found.columns.get((source, said), said)


def _last_name(part: Tokens) -> str:
    return unquoted(part[-1].text)


def _until_from(cursor: Cursor) -> Tokens:
    first, depth = cursor.index, 0
    while not cursor.done and (depth or cursor.word != "FROM"):
        depth += (cursor.word == "(") - (cursor.word == ")")
        cursor.take()
    return tuple(cursor.tokens[first : cursor.index])


def _is_column(part: Tokens) -> bool:
    """`a`, `t.a`, `t.a AS a`."""
    words = [token.text for token in part]
    if len(part) > 2 and part[-2].upper == "AS":
        words = words[:-2]
    kinds = [token.kind for token in part[: len(words)]]
    names = all(kind in ("word", "quoted") for kind in kinds[::2])
    return names and words[1::2] in ([], ["."], [".", "."])
