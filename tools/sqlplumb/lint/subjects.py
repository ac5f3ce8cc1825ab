"""What rules are given to read besides a schema: an Outlook, ignores, queries. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlplumb.changes import Change, Rename
from sqlplumb.config import LintSettings
from sqlplumb.engines import Named, RefusedRows, Trace, engine
from sqlplumb.engines.queries import Queries, QueryFacts, QueryRefused
from sqlplumb.places import Place
from sqlplumb.schema import Schema, Unit
from sqlplumb.sources.query_files import Query
from sqlplumb.steps import Plan, RowCheck
from sqlplumb.understanding.reading import all_of
from sqlplumb.understanding.relation import Relation, relation

CountRefused = Callable[[RowCheck, Sequence[Rename]], RefusedRows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A plan and what is known beside it: what a rule for plans and revisions reads.

    `back` is the plan of the downgrade, if there is one to judge. `count_refused` asks the rows of
    a live database; it is None without one. `statements` are those that a revision ran, `traces`
    what was measured of them, and `named` holds what its operations name; they are empty and None
    for a plan without a revision. `env_words` are what strings of its env.py say: it may set that.
    """

    plan: Plan
    judging: LintSettings = field(default_factory=LintSettings)
    back: Plan | None = None
    count_refused: CountRefused | None = None
    statements: tuple[str, ...] = ()
    named: Named | None = None
    traces: tuple[Trace, ...] = ()
    env_words: frozenset[str] = frozenset()

    @property
    def large(self) -> int:
        """So many rows are many, by the settings."""
        return self.judging.large

    def seen(self, row_check: RowCheck) -> RefusedRows | None:
        """Ask the rows of the live database; return None without one."""
        if self.count_refused is None:
            return None
        renames = [change for change in self.plan.changes if isinstance(change, Rename)]
        return self.count_refused(row_check, renames)

    def rows(self, table: str) -> int | None:
        """Count the rows of a table in the live database; return None if that is not known."""
        ref, always = self.plan.current.unit(table).ref, "1 = 1"
        seen = self.seen(
            RowCheck(ref=ref, rule="its rows", table=table, where=always, shows="NULL")
        )
        return None if seen is None or seen.why_not else seen.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A comment that lets a finding stand.

    `rule` is the code or the name, as it is written. `line` is the line that the comment speaks of;
    0 means the whole file. An ignore is idle if its rule was applied and found nothing there.
    """

    rule: str
    reason: str
    place: Place
    line: int = 0
    is_known: bool = True
    near: str = ""  # of a rule that is not known: the one that may be meant
    is_idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFilter:
    """The conditions that a query puts on the rows of the one table that it is about, in canonical
    text, and what else relates them to other conditions: the columns and CHECKs of that table."""

    table: Unit
    conditions: tuple[str, ...]

    @property
    def all(self) -> str:
        return all_of(self.conditions)

    def relation(self, current: str, desired: str) -> Relation:
        evaluator = engine(self.table.schema.engine).evaluator(self.table, self.table)
        given = [check.expression.canonical for check in self.table.checks]
        return relation(current, desired, evaluator, purpose="filter", given=given)

    def is_never_true(self, condition: str) -> bool:
        return self.relation(condition, "0").verdict == "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOutlook:
    """A query of the application, and what the engine says of it.

    `desired` is said against the `schema`, which `queries` holds; `current` against what the
    pending `changes` begin with, and None where no change is pending. `made` are the tables that
    the application makes itself. `scanned` are the large tables of a live database that the query
    reads from end to end, and how many rows they hold.
    """

    query: Query
    schema: Schema
    queries: Queries
    desired: QueryFacts | QueryRefused
    current: QueryFacts | QueryRefused | None = None
    changes: tuple[Change, ...] = ()
    made: frozenset[str] = frozenset()
    scanned: Mapping[str, int] = field(default_factory=dict)

    @property
    def filter(self) -> QueryFilter | None:
        """Return None where it asks for the rows of more than one table, or for all of one."""
        asked = self.desired.asked if isinstance(self.desired, QueryFacts) else None
        if asked is None or not asked.conditions:
            return None
        return QueryFilter(table=self.schema.unit(asked.table), conditions=asked.conditions)

    @property
    def breaks(self) -> bool:
        """Does it work today, and not once the change is applied?"""
        is_refused = isinstance(self.desired, QueryRefused) and self.desired.why != "unknown"
        return is_refused and isinstance(self.current, QueryFacts)
