"""What a run of statements did to tables and columns, read from the statements themselves.

So that a proof can tell what a revision means to change from what it loses in silence.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlplumb.engines.sqlite.parse.clauses import separated
from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.data_steps import CONFLICTS, JOINS, VERBS, data_steps
from sqlplumb.engines.sqlite.parse.lexer import Cursor, Unreadable, fold, unquoted
from sqlplumb.engines.sqlite.parse.parts import Tokens
from sqlplumb.engines.statements import Traced

_ENDS_SOURCES = ("WHERE", "RETURNING", "ORDER", "LIMIT", "GROUP", "UNION", "EXCEPT", "INTERSECT")


def traced(statements: Iterable[str]) -> Traced:
    """In the order in which they ran. Those that triggers run are told as comments, and left out:
    a revision that wakes a trigger changes what nobody sees in it."""
    ran = list(statements)
    found = Traced(
        tables={},
        columns={},
        created=set(),
        emptied=set(),
        replaced=set(),
        computed=set(),
        steps=data_steps(ran),
        transactions=_transactions(ran),
    )
    made: dict[str, list[str]] = {}
    for statement in ran:
        try:
            _take(Cursor(statement), found, made)
        except Unreadable:
            continue  # it ran, and it is none of the forms that are looked for
    return found


def _transactions(ran: Iterable[str]) -> int:
    """A SAVEPOINT in none begins one, which its RELEASE ends."""
    found, begun = 0, ""
    for words in (one.upper().replace(";", " ").split() for one in ran):
        verb, name = (words or [""])[0], words[-1] if words else ""
        if verb in ("BEGIN", "SAVEPOINT") and not begun:
            found, begun = found + 1, name
        is_end = verb in ("COMMIT", "END") or (verb == "ROLLBACK" and "TO" not in words)
        if is_end or (verb == "RELEASE" and name == begun):
            begun = ""
    return found


def _take(cursor: Cursor, found: Traced, made: dict[str, list[str]]) -> None:
    """`made` are the columns of the tables that were made, in their order."""
    if cursor.accept("WITH"):
        cursor.skip_to(*VERBS)
    if cursor.accept("ALTER", "TABLE"):
        _alter(cursor, found)
    elif cursor.accept("CREATE", "TABLE"):
        cursor.accept("IF", "NOT", "EXISTS")
        table = _table(cursor)
        found.created.add(table)
        made[table] = _columns_made(cursor)
    elif cursor.accept("UPDATE"):
        _or(cursor)
        _update(cursor, found)
    elif cursor.accept("DELETE", "FROM"):
        found.emptied.add(_table(cursor))
    elif cursor.accept("REPLACE") or cursor.accept("INSERT"):
        replaces = cursor.words[cursor.index - 1] == "REPLACE" or _or(cursor) == "REPLACE"
        cursor.expect("INTO")
        if replaces:
            table = _table(cursor)
            found.emptied.add(table)
            found.replaced.add(table)
        else:
            _insert(cursor, found, made)


def _columns_made(cursor: Cursor) -> list[str]:
    """Those that an INSERT without a list of columns fills."""
    begins = cursor.tokens[cursor.index].start if cursor.word == "(" else len(cursor.sql)
    try:
        columns = read_table(f"CREATE TABLE t {cursor.sql[begins:]}").columns
    except Unreadable:
        return []
    return [fold(column.name) for column in columns if column.body.generated is None]


def _or(cursor: Cursor) -> str:
    if not cursor.accept("OR"):
        return ""
    if cursor.word not in CONFLICTS:
        raise cursor.unreadable("expected what to do on a conflict")
    return cursor.take().upper


def _table(cursor: Cursor) -> str:
    name = cursor.name()
    return fold(cursor.name() if cursor.accept(".") else name)


def _update(cursor: Cursor, found: Traced) -> None:
    """The columns that it sets, each behind a comma or a bracket and before its `=`."""
    table = _table(cursor)
    cursor.skip_to("SET")
    _sets(cursor, table, found)


def _sets(cursor: Cursor, table: str, found: Traced) -> None:
    cursor.expect("SET")
    for part in separated(tuple(cursor.skip_to("FROM", *_ENDS_SOURCES))):
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
    for names in (found.created, found.emptied, found.replaced):
        names.discard(name)
        if table in names:
            names.discard(table)
            names.add(name)


def _insert(cursor: Cursor, found: Traced, made: dict[str, list[str]]) -> None:
    """A new table that is filled from another one is that table; a column that is filled by
    anything but a column of it, or by one that was computed, is computed."""
    table = _table(cursor)
    names = separated(tuple(cursor.bracketed())) if cursor.word == "(" else ()
    columns = [fold(unquoted(part[-1].text)) for part in names] or made.get(table, [])
    if cursor.accept("WITH"):
        cursor.skip_to("SELECT")
    if not cursor.accept("SELECT"):
        _upsert(cursor, table, found)
        return
    _ = cursor.accept("DISTINCT") or cursor.accept("ALL")
    parts = list(separated(tuple(cursor.skip_to("FROM", *_ENDS_SOURCES))))
    source, known_as = _source(cursor)
    is_copy = table in found.created and bool(source)
    if is_copy:
        found.tables[table] = found.tables.get(source, source)
    _upsert(cursor, table, found)
    if any(part and part[-1].text == "*" for part in parts):
        return  # whose columns stand where, is not written
    for name, part in zip(columns, parts, strict=False):
        column = _column(part, known_as)
        if not column:
            found.computed.add((table, name))
            if is_copy and (source, name) in found.columns:  # it has that name since a moment ago
                found.columns[table, name] = found.columns[source, name]
        elif is_copy:
            found.columns[table, name] = found.columns.get((source, column), column)
            if (source, column) in found.computed:
                found.computed.add((table, name))


def _upsert(cursor: Cursor, table: str, found: Traced) -> None:
    """What it sets in rows that are there."""
    while cursor.skip_to("DO") or not cursor.done:
        if cursor.accept("DO", "UPDATE"):
            _sets(cursor, table, found)
        elif not cursor.done:
            cursor.take()


def _source(cursor: Cursor) -> tuple[str, frozenset[str]]:
    """The first table behind FROM, and what its columns may be qualified with."""
    if not cursor.accept("FROM") or cursor.word == "(":
        return "", frozenset()
    source = alias = _table(cursor)
    cursor.accept("AS")
    if not cursor.done and cursor.word not in JOINS and cursor.word not in _ENDS_SOURCES:
        alias = fold(cursor.name()) if cursor.word != ";" else source
    return source, frozenset((alias,))


def _column(part: Tokens, known_as: frozenset[str]) -> str:
    """`a`, `t.a`, `t.a AS a`, where t is the table that is copied: of any other table, nothing."""
    if len(part) > 2 and part[-2].upper == "AS":
        part = part[:-2]
    elif len(part) > 1 and {one.kind for one in part[-2:]} <= {"word", "quoted"}:
        part = part[:-1]
    names = [fold(unquoted(one.text)) for one in part[::2] if one.kind in ("word", "quoted")]
    dots = [one.text for one in part[1::2]]
    is_column = len(names) == len(part[::2]) and dots in ([], ["."], [".", "."])
    of_it = len(names) < 2 or not known_as or names[-2] in known_as
    return names[-1] if is_column and of_it else ""
