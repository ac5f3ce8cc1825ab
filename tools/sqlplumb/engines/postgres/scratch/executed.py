"""What statements did to tables and columns, measured: a table keeps its oid and a column its
number under any name, whatever a statement looks like.

What cannot be measured is read: which tables were to lose rows, which columns were to get values.
A proof tells by it what a revision means to change from what it loses in silence. Must never decide
whether a statement is safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlplumb.engines.postgres.parse.row_changes import Name, RowChange, row_changes
from sqlplumb.engines.postgres.scratch.rows.shape import Connection, unit_of
from sqlplumb.engines.postgres.scratch.tracing import Moment
from sqlplumb.engines.statements import Executed
from sqlplumb.errors import on_one_line
from sqlplumb.steps import DataStep

_SHAPE = """
    WITH RECURSIVE enums (type, labels) AS (SELECT enumtypid,
        string_agg(oid::text || enumlabel::text, ',' ORDER BY oid) FROM pg_enum GROUP BY 1),
    made (type, said) AS (
        SELECT t.oid, string_agg(concat_ws(' ', p.attname, format_type(p.atttypid, p.atttypmod)),
            ', ' ORDER BY p.attnum) FROM pg_type t JOIN pg_attribute p ON p.attrelid = t.typrelid
            AND p.attnum > 0 AND NOT p.attisdropped WHERE t.oid >= 16384 GROUP BY 1
        UNION ALL SELECT rngtypid, format_type(rngsubtype, NULL) FROM pg_range
        UNION ALL SELECT rngmultitypid, format_type(rngsubtype, NULL) FROM pg_range
        UNION ALL SELECT oid, format_type(typbasetype, typtypmod) FROM pg_type WHERE typtype = 'd'),
    direct (type, part) AS (
        SELECT t.oid, p.atttypid FROM pg_type t JOIN pg_attribute p ON p.attrelid = t.typrelid
            AND p.attnum > 0 AND NOT p.attisdropped WHERE t.oid >= 16384
        UNION ALL SELECT rngtypid, rngsubtype FROM pg_range
        UNION ALL SELECT rngmultitypid, rngtypid FROM pg_range
        UNION ALL SELECT oid, typbasetype FROM pg_type WHERE typtype = 'd'
        UNION ALL SELECT oid, typelem FROM pg_type WHERE typelem <> 0 AND oid >= 16384),
    inside (type, part) AS (SELECT type, type FROM direct
        UNION SELECT i.type, d.part FROM inside i JOIN direct d ON d.type = i.part)
    SELECT c.oid::bigint, n.nspname, c.relname, i.inhparent::bigint,
        array_agg(a.attnum::integer ORDER BY a.attnum),
        array_agg(a.attname::text ORDER BY a.attnum),
        array_agg(concat_ws(' of ', format_type(a.atttypid, a.atttypmod),
            (SELECT string_agg(m.said, '; ' ORDER BY m.said) FROM inside i
                JOIN made m ON m.type = i.part WHERE i.type = t.oid))
            ORDER BY a.attnum),
        array_agg((SELECT e.labels FROM enums e WHERE e.type = CASE
            WHEN t.typtype = 'd' THEN t.typbasetype
            WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END) ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    GROUP BY c.oid, n.nspname, c.relname, i.inhparent
"""
_MOST_STEPS = 60  # a loop in Python runs one statement for each row
_SHOWN = 100  # characters of a statement


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    unit: str
    parent: int
    columns: Mapping[int, str]
    types: Mapping[int, str]
    labels: Mapping[int, str]  # of an enum, which may be called otherwise


@dataclass(frozen=True, slots=True)
class Names:
    """The tables of a database at one moment, by their oids."""

    tables: Mapping[int, _Table] = field(default_factory=dict)

    def oid(self, unit: str) -> int:
        return next((oid for oid, table in self.tables.items() if table.unit == unit), 0)

    def above(self, oid: int) -> list[int]:
        """Return the tables that this one is a partition of."""
        found: list[int] = []
        while oid in self.tables and (oid := self.tables[oid].parent):
            found.append(oid)
        return found


def read_names(connection: Connection) -> Names:
    found = connection.execute(_SHAPE).fetchall()
    return Names(
        {
            oid: _Table(
                unit=unit_of(namespace, name),
                parent=parent or 0,
                columns=dict(zip(numbers, columns, strict=True)),
                types=dict(zip(numbers, types, strict=True)),
                labels=dict(zip(numbers, labels, strict=True)),
            )
            for oid, namespace, name, parent, numbers, columns, types, labels in found
        }
    )


def interpret(
    statements: Iterable[str], moments: Sequence[Moment], *, before: Names, after: Names
) -> Executed:
    """Say what statements did that ran between two moments."""
    result = Executed()
    _measure(result, before, after)
    known = {moment.statement: moment for moment in reversed(moments)}
    steps: dict[DataStep, None] = {}
    ran = list(statements)
    for statement in ran:
        reader = _Reader(result=result, before=before, after=after, moment=known.get(statement))
        for change in row_changes(statement):
            reader.take(change)
            if len(steps) < _MOST_STEPS:
                steps.update(dict.fromkeys(reader.steps(change, statement)))
    result.steps = tuple(steps)
    result.traces = tuple(known[one].trace for one in ran if one in known)
    return result


def _measure(result: Executed, before: Names, after: Names) -> None:
    for oid, now in after.tables.items():
        was = before.tables.get(oid)
        if was is None:
            result.created.add(now.unit)
            continue
        if was.unit != now.unit:
            result.tables[now.unit] = was.unit
        for number, name in now.columns.items():
            if number in was.columns and was.columns[number] != name:
                result.columns[now.unit, name] = was.columns[number]
            if number in was.types and was.types[number] != now.types[number]:
                result.retyped.add((now.unit, name))
            elif _renamed_labels(was.labels.get(number), now.labels[number]):
                result.computed.add((now.unit, name))
    for oid in before.tables:  # rows that went with a partition, on purpose
        gone = {*before.above(oid)} - {*after.above(oid)}
        result.emptied |= {after.tables[one].unit for one in gone if one in after.tables}


def _renamed_labels(was: str | None, now: str | None) -> bool:
    """Is a label that was there called otherwise? One that is new was nobody's value."""
    return bool(was and now) and not set((was or "").split(",")) <= set((now or "").split(","))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads the changes of one statement, and finds the tables that it names as they were when it
    ran."""

    result: Executed
    before: Names
    after: Names
    moment: Moment | None

    def take(self, change: RowChange) -> None:
        for name in change.tables:
            oid, unit = self._found(name)
            self.result.written.add(unit)
            if change.deletes:
                self.result.emptied.add(unit)
            for column in change.computed:
                self.result.computed.add((unit, self._column(oid, column)))
            if change.source and oid not in self.before.tables:
                self._fill(oid, unit, change)

    def _fill(self, oid: int, unit: str, change: RowChange) -> None:
        """A new table that is filled from one that is there no more is that one."""
        source, _ = self._found(change.source)
        if source in self.before.tables and source not in self.after.tables:
            former = self.before.tables[source]
            self.result.tables[unit] = former.unit
            for column, copied in change.copied.items():
                if copied != column and copied in former.columns.values():
                    self.result.columns[unit, self._column(oid, column)] = copied

    def _found(self, name: Name) -> tuple[int, str]:
        """Return the oid of a table, and what it is called at the end; without one, its name."""
        tables = self.moment.tables if self.moment else {}
        for unit in self._units(name, tables):
            oid = tables[unit][0] if unit in tables else 0
            oid = oid or self.after.oid(unit) or self.before.oid(unit)
            if oid:
                at_end = self.after.tables.get(oid) or self.before.tables.get(oid)
                return oid, at_end.unit if at_end else unit
        return 0, unit_of(name[0] if len(name) > 1 else "public", name[-1])

    def _units(self, name: Name, tables: Mapping[str, object]) -> Iterator[str]:
        """Yield the units that a name may mean: without a schema, that of `public` first."""
        yield unit_of(name[0] if len(name) > 1 else "public", name[-1])
        if len(name) == 1:
            yield from (unit for unit in tables if unit.rpartition(".")[2] == name[0])

    def _column(self, oid: int, name: str) -> str:
        """Return what a column of that moment is called at the end."""
        if self.moment:
            for known, columns in self.moment.tables.values():
                if known == oid and name in columns and oid in self.after.tables:
                    number = columns.index(name) + 1
                    return self.after.tables[oid].columns.get(number, name)
        return name

    def steps(self, change: RowChange, statement: str) -> Iterator[DataStep]:
        """Yield the rows that an UPDATE or a DELETE is about, and those that it is not."""
        if change.verb not in ("UPDATE", "DELETE") or not change.where:
            return
        _, unit = self._found(change.tables[0])
        known = self.result.tables.get(unit, unit)
        step = DataStep(
            table=known,
            where=change.where,
            alias=change.alias,
            beside=f", {change.beside}" if change.beside else "",
            words=on_one_line(statement, _SHOWN),
        )
        yield step
        yield replace(step, where=f"({change.where}) IS NOT TRUE", is_other=True)
