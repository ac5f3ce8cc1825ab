"""What every step builder knows: the two sides, the changes, and what circles have loosened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlplumb.changes import Alter, Change, Create
from sqlplumb.engines.postgres.plan.by_place import reads_by_place
from sqlplumb.engines.postgres.plan.graph import names_in
from sqlplumb.engines.postgres.plan.holding import stored_in
from sqlplumb.engines.postgres.plan.losses import losses_of
from sqlplumb.engines.postgres.plan.statements.names import INDEXED, ROUTINES, TYPES
from sqlplumb.engines.postgres.plan.states import filled, gone, there
from sqlplumb.engines.postgres.plan.transition import CALLED, Transition
from sqlplumb.schema import Ref
from sqlplumb.steps import Loss

Id = tuple[str, Ref]
_PARSED = ROUTINES | {"view", "materialized view", "rule"}


@dataclass(eq=False, kw_only=True)
class Loose:
    """What circles have made us take apart: `apart` are parts that are not made inside their
    table, `on_its_own` those that are dropped before it, `soft` are objects whose texts are not
    looked at. The other three say what each step could still loosen."""

    apart: set[Ref] = field(default_factory=set)
    on_its_own: set[Ref] = field(default_factory=set)
    soft: set[Ref] = field(default_factory=set)
    folded: dict[Id, set[Ref]] = field(default_factory=dict)
    taken: dict[Id, set[Ref]] = field(default_factory=dict)
    softly: dict[Id, set[Ref]] = field(default_factory=dict)


@dataclass(eq=False)
class Builder:
    transition: Transition
    by_ref: Mapping[Ref, Change]
    loose: Loose

    def __post_init__(self) -> None:
        self.current, self.desired = self.transition.current, self.transition.desired

    @cached_property
    def fills(self) -> Mapping[Ref, frozenset[str]]:
        """The columns of tables in use that a hint fills, and the names that it speaks of."""
        refs = self.transition.made | self.transition.altered.keys()
        columns = (self.desired.nodes[ref].fact for ref in refs if ref.kind == "column")
        return {
            fact.ref: names_in(fact.backfill)
            for fact in columns
            if fact.backfill and fact.ref.table_ref not in self.transition.made
        }

    def filled_in(self, group: Collection[Ref]) -> Iterator[str]:
        return (filled(ref) for ref in group if ref in self.fills)

    def calls_what_goes(self, ref: Ref) -> frozenset[Ref]:
        """Return the functions that a domain calls which steps aside, and does without by then."""
        if ref.kind != "domain" or ref not in self.transition.aside:
            return frozenset()
        needs = self.current.nodes[ref].needs
        return frozenset(need for need in needs & self.transition.removed if need.kind in CALLED)

    def fills_reading(self, group: Collection[Ref]) -> Iterator[str]:
        """A hint reads what is there before the plan: what goes, or changes, waits for that."""
        for ref, read in self.fills.items():
            if ref not in group and any(_is_read(one, ref, read) for one in group):
                yield filled(ref)

    def called_by_fill(self, column: Ref) -> Iterator[str]:
        """A function that a hint calls may be made by the same plan."""
        for ref in self.transition.made if column in self.fills else ():
            if ref.kind == "function" and ref.name.partition("(")[0] in self.fills[column]:
                yield there(ref)

    def links_gone(self, ref: Ref) -> Iterator[str]:
        """Until a table is nobody's part any more, what is done to the whole is done to it, and
        what came from the whole cannot be changed in it; nor can what its type says."""
        if ref.kind not in ("column", "check", "default", "foreign key", *INDEXED):
            return
        table = ref.table_ref
        users = self.current.dependents.get(table, ())
        links = [link for link in users if link.kind in ("parent", "typing")]
        links = [link for link in links if link in self.transition.removed]
        tables = {link: self.current.nodes[link].fact.ref for link in links}
        yield from (gone(link) for link in links if not self.transition.goes_along(tables[link]))

    def rows_changed(self, column: Ref) -> Iterator[str]:
        """What holds rows of a table comes, or comes back, when these are as they shall be."""
        for ref, holders in self._holders_of_changed.items():
            if column in holders:
                yield there(ref)

    @cached_property
    def _holders_of_changed(self) -> Mapping[Ref, set[Ref]]:
        """The columns of tables that get another type, and what holds rows of these tables."""
        altered = self.transition.altered.items()
        changed = [ref for ref, fields in altered if ref.kind == "column" and "type" in fields]
        found = {table: stored_in(self.desired, table) for table in {r.table_ref for r in changed}}
        return {ref: found[ref.table_ref] - {ref} for ref in changed}

    def rows_read(self, reader: Ref) -> Iterator[str]:
        """A body that the server has parsed may name the columns of a row by their places, all of
        them, though it needs those alone that it uses: it comes behind what comes and goes."""
        if reader.kind not in _PARSED or not reads_by_place(self.desired, reader):
            return
        nodes = self.desired.nodes
        called = [one for one in nodes[reader].needs if one.kind in ROUTINES and one in nodes]
        read = {need for ref in (reader, *called) for need in nodes[ref].needs}
        tables = {need.table_ref if need.kind == "column" else need for need in read}
        for state, moved in ((there, self.transition.made), (gone, self.transition.removed)):
            columns = (ref for ref in moved if ref.kind == "column" and ref.table_ref in tables)
            yield from (state(ref) for ref in columns if ref.table_ref not in moved)

    def losses_of(self, changes: Iterable[Change]) -> Iterator[Loss]:
        """Yield what rows lose: nothing by a type whose values no column holds."""
        for loss in losses_of(changes):
            holders = stored_in(self.current, loss.ref) if loss.ref.kind in TYPES else None
            if holders is None or any(ref.kind == "column" for ref in holders):
                yield loss

    def changes_of(self, group: Collection[Ref], verb: str) -> tuple[Change, ...]:
        found = (self.by_ref[ref] for ref in group if ref in self.by_ref)
        if verb == "drop":  # of what is made anew, its making tells the change
            return tuple(c for c in found if not isinstance(c, Alter | Create))
        return tuple(change for change in found if change.verb != "drop")


def _is_read(ref: Ref, filled_column: Ref, names: Collection[str]) -> bool:
    """Does a hint with these names read it? A column of another table is named with that."""
    if ref.kind == "column" and ref.table_ref != filled_column.table_ref:
        return {ref.name, ref.table} <= set(names)
    return ref.kind in ("column", "table", "view") and ref.name in names
