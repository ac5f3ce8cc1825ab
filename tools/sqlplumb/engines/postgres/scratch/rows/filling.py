"""Put rows into tables, parents first; where keys refer in a circle, what may be NULL waits.

The server refuses what it must. Triggers and rules of the tables are at rest meanwhile: rows are
what a table may hold, however they came. Must never look into a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from sqlplumb.engines.postgres.names import listed, literal, quoted
from sqlplumb.engines.postgres.scratch.rows.asking import Asker
from sqlplumb.engines.postgres.scratch.rows.candidates import Types
from sqlplumb.engines.postgres.scratch.rows.shape import RowKey, RowTable, Shapes
from sqlplumb.engines.postgres.scratch.rows.values import (
    Choice,
    TableValues,
    Value,
    ValueFinder,
)

_IN_STEP = 14  # rows whose values go along with their number; then they are mixed
_ATTEMPTS = 60


@dataclass(slots=True, kw_only=True)
class Filling:
    """`reasons` tell why a table has no row."""

    asker: Asker
    shapes: Shapes
    types: Types
    left_alone: Collection[int]
    per_table: int
    wanted: Mapping[str, Sequence[str]]
    given: Mapping[tuple[str, str], Sequence[str]]
    reasons: dict[int, str] = field(default_factory=dict)

    def fill(self) -> None:
        tables = {
            oid: table
            for oid, table in self.shapes.tables.items()
            if oid not in self.left_alone and not table.is_partitioned
        }
        parts, later = _in_order(self.shapes, tables)
        finder = ValueFinder(
            asker=self.asker,
            shapes=self.shapes,
            types=self.types,
            later=later,
            given=self.given,
        )
        for part in parts:
            keys = [key for table in part for key in table.keys if key not in later]
            bound = [key for key in keys if _is_inside(key, part, self.shapes)]
            if bound and len(part) > 1:
                self._fill_together(part, bound, finder)
            else:
                finder.itself = bound
                for table in part:
                    self._fill_table(table, finder)
                finder.itself = ()
        for key in later:
            self._refer(key)
        self._advance_sequences(tables.values())

    def _fill_table(self, table: RowTable, finder: ValueFinder) -> None:
        wanted = self.wanted.get(self.shapes.top(table).unit, ())
        values = finder.find(table, wanted)
        must = {column for key in finder.itself for column in (*key.columns, *key.target_columns)}
        special = [
            self._insert(table, {**_row(values, number), **choice}, must | choice.keys())
            for number, choice in enumerate(values.wanted)
        ]
        if special:
            self.asker.run(special, len(special))
        usual = [self._insert(table, row, must) for row in _rows(values)]
        tried = self.asker.run(usual, self.per_table)
        if not tried.taken:
            self.reasons[table.oid] = _without_value(table, values) or tried.refused

    def _insert(self, table: RowTable, row: Choice, must: Collection[str] = ()) -> str:
        """Return the INSERT of a row; what the server fills by itself is left to it."""
        names = [name for name in row if name in must or not table.columns[name].by_server]
        if not names:
            return f"INSERT INTO {table.name} DEFAULT VALUES"
        columns, overriding = listed(map(quoted, names)), ""
        if any(table.columns[name].identity == "a" for name in names):
            overriding = " OVERRIDING SYSTEM VALUE"
        words = listed(_written(table, name, row[name]) for name in names)
        return f"INSERT INTO {table.name} ({columns}){overriding} VALUES ({words})"

    def _fill_together(
        self, part: Sequence[RowTable], bound: Sequence[RowKey], finder: ValueFinder
    ) -> None:
        """Insert one row into each of several tables at once, which need each other: keys are
        looked at when the whole statement has run."""
        finder.later = [*finder.later, *bound]
        values = {table.oid: finder.find(table, ()) for table in part}
        finder.later = [key for key in finder.later if key not in bound]
        statements = []
        for number in range(_ATTEMPTS // 2):
            rows = {oid: dict(_row(found, number)) for oid, found in values.items()}
            for _ in part:  # a key may be part of a key
                for key in bound:
                    for mine, its in zip(key.columns, key.target_columns, strict=True):
                        rows[key.table][mine] = rows[key.target].get(its)
            must = {name for key in bound for name in (*key.columns, *key.target_columns)}
            inserts = [self._insert(table, rows[table.oid], must) for table in part]
            with_all = listed(f"i{at} AS ({one} RETURNING 1)" for at, one in enumerate(inserts))
            statements.append(f"WITH {with_all} SELECT 1")
        tried = self.asker.run(statements, self.per_table)
        if not tried.taken:
            self.reasons |= dict.fromkeys((table.oid for table in part), tried.refused)

    def _refer(self, key: RowKey) -> None:
        """Let rows refer by a key that waited: the first stays as it is."""
        table, parent = self.shapes.tables[key.table], self.shapes.tables[key.target]
        if {key.table, key.target} & {*self.left_alone} or parent.oid not in self.shapes.tables:
            return
        columns = listed(map(quoted, key.columns))
        targets = listed(f"p.{quoted(name)}" for name in key.target_columns)
        place = f"SELECT ctid FROM ONLY {table.name} ORDER BY ctid OFFSET {{}} LIMIT 1"
        statements = [
            f"UPDATE ONLY {table.name} SET ({columns}) = (SELECT {targets} FROM {parent.name} p"
            f" ORDER BY p.tableoid, p.ctid OFFSET {(number + turn) % self.per_table} LIMIT 1)"
            f" WHERE ctid = ({place.format(number)})"
            for turn in range(2)
            for number in range(1, self.per_table)
        ]
        self.asker.run(statements, self.per_table - 1)

    def _advance_sequences(self, tables: Iterable[RowTable]) -> None:
        """Where a row was given its number, the next one must be another."""
        numbered = [
            (table.name, literal(column.sequence), quoted(column.name))
            for table in tables
            for column in table.columns.values()
            if column.sequence
        ]
        self.asker.ask(
            [
                f"SELECT ARRAY[setval({sequence}, max({column}))::text] FROM {table}"
                f" HAVING max({column}) > coalesce(pg_sequence_last_value({sequence}::regclass), 0)"
                for table, sequence, column in numbered
            ]
        )


def _without_value(table: RowTable, values: TableValues) -> str:
    """Name the column that must have a value, and for which none was found."""
    for group, choices in values.choices.items():
        for name in group:
            known = any(choice[name] is not None for choice in choices)
            if table.columns[name].not_null and not known:
                return f"no value was found that the rules of {name} allow"
    return ""


def _written(table: RowTable, name: str, value: Value) -> str:
    return "NULL" if value is None else f"{literal(value)}::{table.columns[name].type}"


def _rows(values: TableValues) -> Iterator[Choice]:
    return (_row(values, number) for number in range(_ATTEMPTS))


def _row(values: TableValues, number: int) -> Choice:
    """Return the values of the row of this number: the first has all of them, the second NULL
    wherever it may, and each later one here and there."""
    row: dict[str, Value] = {}
    for place, (group, choices) in enumerate(values.choices.items()):
        if not choices:
            row |= dict.fromkeys(group, None)
            continue
        has_null = len(group) == 1 and choices[-1][group[0]] is None
        known = choices[:-1] if has_null and len(choices) > 1 else choices
        nulls = [each for each in range(number + 1) if has_null and _is_null(each, place)]
        if number in nulls:
            row[group[0]] = None
        elif number < _IN_STEP:
            row |= known[(number - len(nulls)) % len(known)]
        else:
            row |= known[(number * 7919 + place * 104729 + number * place * 31) % len(known)]
    return row


def _is_null(number: int, place: int) -> bool:
    return number == 1 or (number > 1 and (number + place) % 6 == 0)


# --------------------------------------------------------------------- the order of tables


def _targets(key: RowKey, shapes: Shapes) -> Iterator[int]:
    """Yield the tables that hold the rows to which a key refers: of a partitioned one, all."""
    parent = shapes.tables.get(key.target)
    if parent and parent.is_partitioned:
        yield from (
            oid
            for oid, table in shapes.tables.items()
            if not table.is_partitioned and _is_under(table, parent, shapes)
        )
    elif parent:
        yield parent.oid


def _is_under(table: RowTable, parent: RowTable, shapes: Shapes) -> bool:
    while table.parent in shapes.tables:
        table = shapes.tables[table.parent]
        if table.oid == parent.oid:
            return True
    return False


def _is_inside(key: RowKey, part: Sequence[RowTable], shapes: Shapes) -> bool:
    return not {table.oid for table in part}.isdisjoint(_targets(key, shapes))


def _waiting(part: Sequence[RowTable], shapes: Shapes) -> Iterator[RowKey]:
    """Yield the keys inside of a circle that may be NULL until all tables of it have rows."""
    for table in part:
        for key in table.keys:
            can_be_null = any(not table.columns[name].not_null for name in key.columns)
            if can_be_null and _is_inside(key, part, shapes):
                yield key


def _in_order(
    shapes: Shapes, tables: Mapping[int, RowTable]
) -> tuple[list[list[RowTable]], list[RowKey]]:
    """Return tables, parents first, and the keys that wait, because they may be NULL and close a
    circle; those that cannot do without each other stand together."""
    ordered, later = list[list[RowTable]](), list[RowKey]()
    for circle in _sorted_circles({oid: _needed(table, shapes) for oid, table in tables.items()}):
        part = [tables[oid] for oid in circle]
        waiting = list(_waiting(part, shapes))
        later += waiting
        strict = {table.oid: _needed(table, shapes, but=waiting) for table in part}
        ordered += ([tables[oid] for oid in inner] for inner in _sorted_circles(strict))
    return ordered, later


def _needed(table: RowTable, shapes: Shapes, but: Collection[RowKey] = ()) -> set[int]:
    return {target for key in table.keys if key not in but for target in _targets(key, shapes)}


def _sorted_circles(graph: Mapping[int, Collection[int]]) -> Iterator[list[int]]:
    """Yield what refers to each other in a circle together, and what is referred to first."""
    graph = {
        oid: [target for target in targets if target in graph] for oid, targets in graph.items()
    }
    circles = _circles(graph)
    number_of = {oid: number for number, circle in enumerate(circles) for oid in circle}
    order = {
        number: {number_of[target] for oid in circle for target in graph[oid]} - {number}
        for number, circle in enumerate(circles)
    }
    for number in TopologicalSorter(order).static_order():
        yield circles[number]


def _circles(graph: Mapping[int, Collection[int]]) -> list[list[int]]:
    """Return the strongly connected parts of a graph (Tarjan's, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    parts: list[list[int]] = []
    for root in graph:
        work = [(root, iter(graph[root]))] if root not in index else []
        while work:
            node, targets = work[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
            for target in targets:
                if target not in index:
                    work.append((target, iter(graph[target])))
                    break
                if target in stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    parts.append(stack[at:])
                    del stack[at:]
    return parts


@contextmanager
def at_rest(asker: Asker, shapes: Shapes) -> Iterator[None]:
    """Let no trigger of a table run meanwhile."""
    named = [
        (table.name, trigger) for table in shapes.tables.values() for trigger in table.triggers
    ]
    states = asker.ask(
        [
            "SELECT ARRAY[tgenabled::text] FROM pg_trigger WHERE quote_ident(tgname) ="
            f" {literal(trigger)} AND tgrelid = {literal(table)}::regclass"
            for table, trigger in named
        ]
    )
    for table, trigger in named:
        asker.connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}".encode())
    try:
        yield
    finally:
        for (table, trigger), answer in zip(named, states, strict=True):
            always = "ALWAYS " if answer and answer[0][0] == "A" else ""
            asker.connection.execute(
                f"ALTER TABLE {table} ENABLE {always}TRIGGER {trigger}".encode()
            )
