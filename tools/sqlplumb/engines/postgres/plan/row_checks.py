"""Which stored rows a new rule would refuse: questions to the tables as they are now.

In a question a table is called by its unit, in quotes: whoever asks says which table that is. What
is asked speaks of columns as they are called behind the renames of the plan. Must never ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.changes import Alter, Change, Create
from sqlplumb.engines.postgres.names import listed
from sqlplumb.engines.postgres.options import ColumnOptions, IndexOptions, RuleOptions
from sqlplumb.engines.postgres.plan.row_questions import (
    always_quoted,
    colliding,
    domain_checks,
    doubles,
    orphans,
)
from sqlplumb.engines.postgres.plan.statements.casts import shortens
from sqlplumb.engines.postgres.plan.statements.columns import is_null
from sqlplumb.schema import (
    Check,
    Column,
    EngineObject,
    ForeignKey,
    Index,
    Object,
    PrimaryKey,
    Schema,
    Table,
    Unique,
    Unit,
)
from sqlplumb.steps import RowCheck

Condition = tuple[str, str]  # where it is true, a row is refused; the rule in words


def row_checks_of(
    current: Schema, desired: Schema, changes: Iterable[Change]
) -> tuple[RowCheck, ...]:
    found = list[RowCheck]()
    for change in changes:
        if not isinstance(change, Create | Alter):
            continue
        if isinstance(change, Alter) and change.desired.ref.kind == "domain":
            found += domain_checks(current, change.current, change.desired)
            continue
        unit = current.unit(change.desired.ref.unit)
        if not isinstance(unit.head, Table) or unit.head.options.word("server"):
            continue  # it has no rows yet, or another server has them
        columns = desired.unit(unit.name).columns
        former = change.current if isinstance(change, Alter) else None
        for where, rule in _conditions(former, change.desired, unit, current=current):
            read = _read(change.desired)
            if any(columns[name].backfill for name in read if name in columns):
                continue  # the hint mends these rows
            read = tuple(name for name in read if name in unit.columns)
            key = [part.term for part in unit.primary_key.columns] if unit.primary_key else []
            shows = listed(map(always_quoted, read or key)) or "NULL"
            ref = change.desired.ref
            found.append(RowCheck(ref=ref, rule=rule, table=unit.name, where=where, shows=shows))
    return tuple(found)


def _read(fact: Object) -> tuple[str, ...]:
    """Return the columns that a rule looks at."""
    match fact:
        case Column():
            return (fact.ref.name,)
        case Check():
            return tuple(sorted(fact.expression.columns))
        case ForeignKey():
            return fact.columns
        case PrimaryKey() | Unique():
            return tuple(part.term for part in fact.columns)
        case Index():
            return tuple(part.term for part in fact.keys if not part.is_expression)
        case EngineObject(options=RuleOptions(needs=needs)):
            return tuple(sorted(need.name for need in needs if need.kind == "column"))
    return ()


def _conditions(
    former: Object | None, fact: Object, unit: Unit, *, current: Schema
) -> Iterator[Condition]:
    """Of a rule whose columns are not there yet nobody knows."""
    if isinstance(fact, Column):
        yield from _of_column(former, fact)
        return
    if not all(name in unit.columns for name in _read(fact)) or _is_proved(former, fact):
        return
    match fact:
        case EngineObject(options=RuleOptions(definition=definition)):
            if where := colliding(definition, unit):
                yield where, f"EXCLUDE {fact.ref}"
        case Check():
            yield f"NOT ({fact.expression.canonical})", f"CHECK {fact.ref}"
        case ForeignKey():
            yield orphans(fact, unit, current), f"FOREIGN KEY {fact.ref}"
        case PrimaryKey() | Unique():
            distinct = "NULLS NOT DISTINCT" not in fact.options.word("definition")
            yield doubles(fact.columns, unit, distinct=distinct), f"UNIQUE {fact.ref}"
        case Index(unique=True):
            distinct = "NULLS NOT DISTINCT" not in fact.options.word("definition")
            predicate = fact.predicate.canonical if fact.predicate else ""
            where = doubles(fact.keys, unit, distinct=distinct, predicate=predicate)
            yield where, f"UNIQUE INDEX {fact.ref}"


def _is_proved(former: Object | None, fact: Object) -> bool:
    """Do the rows satisfy it already, or are they not looked at?"""
    options = fact.options
    if isinstance(options, RuleOptions):
        if options.not_valid or not options.is_local or "NOT ENFORCED" in options.definition:
            return True
        was = former.options if former else None
        if isinstance(was, RuleOptions) and not was.not_valid:
            return was.definition == options.definition
    was = former.options if former else None
    if isinstance(options, IndexOptions) and isinstance(was, IndexOptions):
        return was.definition == options.definition
    return False


def _of_column(former: Object | None, column: Column) -> Iterator[Condition]:
    name, rule = always_quoted(column.ref.name), f"{column.ref} NOT NULL"
    options = column.options
    if not isinstance(options, ColumnOptions) or not options.is_local:
        return  # its parent has it, with the rows of both
    not_null = column.not_null and not options.not_null_state.endswith("NOT VALID")
    if not isinstance(former, Column):
        counts = options.identity
        if not_null and not (column.default or column.generated or counts):
            yield "true", rule
        return
    if not_null and not former.not_null:
        yield is_null(column, name), rule
    if former.type != column.type and (where := shortens(former.type, column.type, name)):
        yield where, f"{column.ref} {column.type}"
