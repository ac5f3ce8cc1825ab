"""Rows that satisfy a schema, made up so that a migration on a scratch database has rows to lose.

    fill     a few rows into every table, as various as its constraints permit
    stored   what is stored: rows, orphans, counters; rows taken out again

Values are proposed, and the server refuses: nothing here knows what a CHECK, a domain or an
exclusion means. Nothing here may be used on a database that somebody needs: whatever it fills is
thrown away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from types import MappingProxyType

from sqlplumb.changes import Rename
from sqlplumb.engines.postgres.names import quoted
from sqlplumb.engines.postgres.scratch.rows.asking import Asker
from sqlplumb.engines.postgres.scratch.rows.candidates import Types
from sqlplumb.engines.postgres.scratch.rows.filling import Filling, at_rest
from sqlplumb.engines.postgres.scratch.rows.shape import Connection, RowTable, Shapes, read_shapes
from sqlplumb.engines.scratch import ColumnTypes, Filled
from sqlplumb.steps import DataStep, Fill

_PER_TABLE = 5
_MOST_WANTED = 12  # of one table


def fill(
    connection: Connection,
    *,
    left_alone: Collection[str] = (),
    fills: Collection[Fill | DataStep] = (),
    renames: Sequence[Rename] = (),
    types: ColumnTypes = MappingProxyType({}),
) -> Filled:
    """Put rows into all tables but those that are `left_alone`, of the rows that `fills` are about
    among them."""
    shapes, asker = read_shapes(connection), Asker(connection)
    alone = {oid for oid, table in shapes.tables.items() if shapes.top(table).unit in left_alone}
    before = counted(asker, shapes)
    filling = Filling(
        asker=asker,
        shapes=shapes,
        types=Types(connection),
        left_alone=alone,
        per_table=_PER_TABLE,
        wanted=_wanted(shapes, fills, renames),
        given={
            key: [repr(v) if isinstance(v, float) else str(v) for v in known.values]
            for key, known in types.items()
            if known.values and all(isinstance(v, str | int | float) for v in known.values)
        },
    )
    with at_rest(asker, shapes):
        filling.fill()
    asker.connection.execute("RESET statement_timeout")
    after = counted(asker, shapes)
    filled = {oid: after[oid] - before[oid] for oid in after if oid not in alone}
    return Filled(
        counts={shapes.tables[oid].unit: count for oid, count in filled.items() if count > 0},
        unfilled={
            shapes.tables[oid].unit: filling.reasons.get(oid, "it was left out")
            for oid, count in filled.items()
            if count < 1
        },
        unmet=tuple(_unmet(asker, shapes, fills)),
    )


def counted(asker: Asker, shapes: Shapes) -> dict[int, int]:
    """Count the rows that stand in each table itself."""
    tables = [table for table in shapes.tables.values() if not table.is_partitioned]
    queries = [f"SELECT ARRAY[count(*)::text] FROM ONLY {table.name}" for table in tables]
    answers = asker.ask(queries)
    return {
        table.oid: int(answer[0][0] or 0) if answer else 0
        for table, answer in zip(tables, answers, strict=True)
    }


def _wanted(
    shapes: Shapes, fills: Iterable[Fill | DataStep], renames: Sequence[Rename]
) -> dict[str, list[str]]:
    """Return the conditions that rows of each table are to satisfy, those that speak of it alone.
    Hints speak the names to come; a data step those of its moment: both are tried."""
    tables = {
        change.ref.unit: change.current.ref.unit for change in renames if not change.ref.table
    }
    wanted: dict[str, list[str]] = {}
    for step in fills:
        is_alone = not isinstance(step, DataStep) or not (step.before or step.beside)
        if not (is_alone and step.where):
            continue
        unit = step.table if shapes.named(step.table) else tables.get(step.table, step.table)
        alias = isinstance(step, DataStep) and step.alias
        table = shapes.named(unit)
        if table and not alias:
            known = wanted.setdefault(unit, [])
            if len(known) < _MOST_WANTED:
                known.append(step.where)
    return wanted


def _unmet(asker: Asker, shapes: Shapes, fills: Iterable[Fill | DataStep]) -> Iterator[str]:
    """Yield the words of data steps that no row is for, where the server can be asked."""
    steps = [one for one in fills if isinstance(one, DataStep) and one.words and not one.is_other]
    asked = [(step, table) for step in steps if (table := shapes.named(step.table))]
    queries = [_is_met(step, table) for step, table in asked]
    met: dict[str, list[bool]] = {}
    for (step, _), answer in zip(asked, asker.ask(queries), strict=True):
        if answer:
            met.setdefault(step.words, []).append(answer[0][0] == "true")
    yield from (words for words, answers in met.items() if not any(answers))


def _is_met(step: DataStep, table: RowTable) -> str:
    alias = f" AS {quoted(step.alias)}" if step.alias else ""
    source = f"{table.name}{alias} {step.beside}"
    return f"SELECT ARRAY[EXISTS (SELECT FROM {source} WHERE {step.where})::text]"
