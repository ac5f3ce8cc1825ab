"""What the statements of a revision tell of it: the hints of a schema file that they amount to, the
rules that are new, and the tables that they name.

Whoever wrote it, a rename that it carries out is one, and a column that it fills is filled. The
tables that it neither names nor reaches stay empty in a large schema. Must never compare rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlplumb.changes import Rename, diff, with_renames
from sqlplumb.engines import DerivedSource, Engine, Executed, Source, engine
from sqlplumb.engines.hints import ANY_VALUE, any_value_instead_of
from sqlplumb.errors import PlumbError
from sqlplumb.schema import Column, ForeignKey, Index, Object, PrimaryKey, Table, Unique
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.open_replays import OpenReplay
from sqlplumb.sources.replay import Replay
from sqlplumb.steps import Plan, RowCheck, Step


def _executed(statements: tuple[str, ...], done: Replay) -> Executed:
    """Interpret statements together; a column that any of them gave values to has values, by the
    name that it had then."""
    executed = done.scratch.executed
    computed = (column for statement in statements for column in executed([statement]).computed)
    together = executed(statements)
    return replace(together, computed=together.computed.union(computed))


class DoneSource(DerivedSource):
    """The schema after a revision, with the hints that its statements amount to."""

    def __init__(self, current: Source, done: Replay, statements: tuple[str, ...]) -> None:
        super().__init__(done.everything())
        self.current = current
        self.executed = _executed(statements, done)
        columns = (table for table, _ in (*self.executed.columns, *self.executed.computed))
        self.hinted = frozenset((*self.executed.tables, *columns)) & self.texts.keys()

    def read_units(self, units: Collection[str]) -> Iterator[Object]:
        facts = list(self.source.read_units(units))
        known = {fact.ref for fact in facts}
        for fact in facts:
            match fact:
                case Table():
                    name = self._former_table(fact)
                    yield replace(fact, renamed_from=name) if name else fact
                case Column():
                    name = self._former_column(fact, known)
                    value = self._value(fact, name)
                    is_hinted = name or value
                    yield replace(fact, renamed_from=name, backfill=value) if is_hinted else fact
                case _:
                    yield fact

    def _former_table(self, fact: Table) -> str:
        """Its name, if it was there before and is there no more, or is another table's now."""
        tables = self.executed.tables
        former = tables.get(fact.ref.name, fact.ref.name)
        is_gone = former not in self.source.texts or tables.get(former, former) != former
        is_other = former in self.current.texts and former != fact.ref.name
        return former if is_other and is_gone else ""

    def _former_column(self, fact: Column, known: Collection[object]) -> str:
        table, columns = fact.ref.table, self.executed.columns
        former = columns.get((table, fact.ref.name), fact.ref.name)
        if former == fact.ref.name:
            return ""
        is_there = replace(fact.ref, name=former) in known
        if is_there and columns.get((table, former), former) == former:
            return ""
        return former if self._was_there(fact, former) else ""

    def _value(self, fact: Column, former: str) -> str:
        """What stands for the value that it was given; nothing where it was given none. Where it
        took the values of another column that stays, it is no rename."""
        executed, key = self.executed, (fact.ref.table, fact.ref.name)
        name = executed.columns.get(key, fact.ref.name)
        source = (executed.tables.get(fact.ref.table, fact.ref.table), name)
        is_filled = key in executed.computed or source in executed.computed
        if not is_filled and (former or name == fact.ref.name):
            return ""
        if self._was_there(fact, former or fact.ref.name):
            return any_value_instead_of(self.engine.quoted(fact.ref.name))
        return ANY_VALUE

    def _was_there(self, fact: Column, name: str) -> bool:
        """Before the statements, in the table that became this one."""
        before = self.executed.tables.get(fact.ref.table, fact.ref.table)
        is_table = before in self.current.texts
        columns = self.current.read({before}).objects if is_table else {}
        return replace(fact.ref, table=before, name=name) in columns


def asked_before(plan: Plan, executed: Executed) -> Plan:
    """Leave unasked what a rule asks of rows that are taken away before it holds, of those that
    refer to a table to which rows come, and whether values are unique that are given before: who
    asks before would refuse what the statements mend."""

    def is_answered(row_check: RowCheck) -> bool:
        fact = plan.desired.objects.get(row_check.ref)
        added = isinstance(fact, ForeignKey) and fact.target in executed.added
        own = (plan.desired.objects.get(row_check.ref.column_ref(name)) for name in _unique(fact))
        given = any(isinstance(column, Column) and column.backfill for column in own)
        return not (added or given or row_check.ref.unit in executed.emptied)

    def asked(step: Step) -> Step:
        rules = (check.rule for check in step.row_checks if not is_answered(check))
        return replace(
            step,
            row_checks=tuple(filter(is_answered, step.row_checks)),
            unasked=tuple(dict.fromkeys((*step.unasked, *rules))),
        )

    return replace(plan, steps=tuple(map(asked, plan.steps)))


def _unique(fact: Object | None) -> Iterator[str]:
    """Yield the columns whose values no two rows may have alike."""
    match fact:
        case Unique() | PrimaryKey():
            yield from (part.term for part in fact.columns)
        case Index():
            for key in fact.keys:
                yield from key.columns
            yield from fact.predicate.columns if fact.predicate else ()


@dataclass(frozen=True, slots=True)
class NewRules:
    """Under the names that the revision gives."""

    row_checks: tuple[RowCheck, ...]
    renames: tuple[Rename, ...]

    def before(self, tables: Iterable[str]) -> list[str]:
        """Return the names that these tables had."""
        former = {
            rename.ref.name: rename.current.ref.name
            for rename in self.renames
            if not rename.ref.table
        }
        return [former.get(table, table) for table in tables]

    def of(self, tables: Collection[str]) -> list[RowCheck]:
        """Return the checks of these tables, by the names that they had."""
        names = self.before(row_check.ref.unit for row_check in self.row_checks)
        return [
            row_check
            for row_check, name in zip(self.row_checks, names, strict=True)
            if name in tables
        ]


def rules_of(open_replay: OpenReplay, revision: str, each: bool) -> NewRules:
    """Compare a revision's two ends; for `each` column, or for those alone that get no values."""
    statements: list[str] = []
    with open_replay() as base, open_replay() as done:
        done.scratch.record(statements)
        done.upgrade(revision)
        before = base.everything().read()
        after = DoneSource(base.everything(), done, tuple(statements)).read()
    if each:
        objects = {
            ref: replace(fact, backfill="") if isinstance(fact, Column) else fact
            for ref, fact in after.objects.items()
        }
        after = replace(after, objects=objects)
    its_engine = engine(after.engine)
    named, renames = its_engine.renames(before, after)
    changes = (*renames, *with_renames(diff(named, after)))
    steps = its_engine.plan_steps(before, after, changes, target=its_engine.target())
    row_checks = tuple(row_check for step in steps for row_check in step.row_checks)
    return NewRules(row_checks, tuple(change for change in changes if isinstance(change, Rename)))


def renames_of(plan: Plan) -> tuple[Rename, ...]:
    return tuple(change for change in plan.changes if isinstance(change, Rename))


def at_fault(
    coming: Iterable[NewRules],
    tables: Collection[str],
    *,
    why: str,
    known: Collection[RowCheck],
    spoken: Engine,
) -> list[RowCheck]:
    """Return the rule that is named; where none is, any of those tables: the others may well hold.
    First what a row must satisfy when it comes, then what it must when values were given."""
    for rules in coming:
        if new := [check for check in rules.of(tables) if check not in known]:
            return [check for check in new if spoken.names_rule(why, check)] or new
    return []


_ALL = 60  # up to so many tables, all of them get rows: that takes no time


def in_reach(replay: Replay, statements: Sequence[str], tables: Collection[str]) -> Collection[str]:
    """Return the tables that must hold rows, so that what these statements did is seen. They ran on
    its scratch since it was told to record them; `tables` are those before and after."""
    scratch, spoken = replay.scratch, project_engine(replay.settings)
    executed, touched = scratch.executed(statements), scratch.touched()
    named = spoken.units_named(statements, tables) | touched.read | touched.written
    written = executed.written if executed.is_understood else named
    return scratch.near(named & {*tables}, written=touched.written | written)


def out_of_reach(replay: Replay, revision: str) -> Collection[str]:
    """Return the tables that a revision cannot reach. The scratch is spent."""
    before = replay.everything().texts.keys()
    if len(before) <= _ALL:
        return ()
    statements: list[str] = []
    replay.scratch.record(statements)
    try:
        replay.upgrade(revision)
    except PlumbError:
        return ()  # the proof will tell
    finally:
        replay.scratch.record(None)
    tables = before | replay.everything().texts.keys()
    return before - in_reach(replay, statements, tables)
