"""Which parts of a schema go, which come, and which are altered where they stand.

What goes takes along whatever needs it; what must be made anew is in both sets. Must never write a
statement or know an order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlplumb.engines.postgres.options import DefaultPrivilegesOptions
from sqlplumb.engines.postgres.plan.by_place import builds_rows
from sqlplumb.engines.postgres.plan.graph import Graph
from sqlplumb.engines.postgres.plan.holding import (
    STEP_ASIDE,
    is_held,
    is_held_inside,
    is_named_again,
    is_read_by_names,
    parts_of,
    refuse_other_parts,
    stored_in,
    within,
)
from sqlplumb.engines.postgres.plan.statements.casts import base
from sqlplumb.engines.postgres.plan.statements.names import TYPES
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Column, Index, Object, Ref

# What reads a column, and is in the way when its type changes.
_READERS = frozenset(
    (
        *("view", "materialized view", "rule", "policy", "trigger", "function", "procedure"),
        *("publication", "column"),
    )
)
# What needs nothing any more that its new words do not name.
_RESTATED = frozenset(
    (
        *("view", "function", "procedure", "default", "column", "policy", "table"),
        *("domain", "composite type", "sequence", "enum"),
    )
)
CALLED = frozenset(("function", "operator", "cast", "aggregate"))
DRESS = frozenset(("comment", "owner", "grants", "column_comments", "index_comment"))


@dataclass(eq=False, kw_only=True)
class Transition:
    """`removed` are nodes of the current side, `made` those of the desired one; what is in both is
    made anew. `altered` are the fields that change in place. Types `aside` keep their values while
    a new one takes their name; columns are `retyped` then, or hold texts (`through_text`) until a
    type is there again that cannot step aside. `stored_rows` are the columns that hold rows of a
    table which is rewritten; `unruled` are domains that do without their rules while a function of
    these is made anew; `rebuilt` are tables whose rows are copied."""

    current: Graph
    desired: Graph
    partners: Mapping[Ref, Ref] = field(default_factory=dict)
    removed: set[Ref] = field(default_factory=set)
    made: set[Ref] = field(default_factory=set)
    altered: dict[Ref, set[str]] = field(default_factory=dict)
    aside: set[Ref] = field(default_factory=set)
    retyped: set[Ref] = field(default_factory=set)
    through_text: set[Ref] = field(default_factory=set)
    stored_rows: dict[Ref, set[Ref]] = field(default_factory=dict)
    unruled: set[Ref] = field(default_factory=set)
    closed: set[Ref] = field(default_factory=set)
    rebuilt: set[Ref] = field(default_factory=set)

    def partner(self, ref: Ref) -> Ref | None:
        """Return the same object on the desired side."""
        partner = self.partners.get(ref, ref)
        return partner if partner in self.desired.nodes else None

    def named(self, ref: Ref) -> Object:
        """Return an object of the desired side as it is called once the plan is through: a name
        that the server chose stays what it was."""
        desired = self.desired.nodes[ref].fact
        if ref in self.made or ref in self.altered:
            return desired
        former = self._former.get(ref, ref)
        return self.current.nodes[former].fact if former in self.current.nodes else desired

    @cached_property
    def _former(self) -> Mapping[Ref, Ref]:
        return {now: was for was, now in self.partners.items()}

    @cached_property
    def default_privileges(self) -> tuple[DefaultPrivilegesOptions, ...]:
        """What stands on either side for objects that somebody makes."""
        nodes = (node for graph in (self.current, self.desired) for node in graph.nodes.values())
        told = (node.fact.options for node in nodes)
        return tuple(one for one in told if isinstance(one, DefaultPrivilegesOptions))

    def names_in(self, namespace: str) -> frozenset[str]:
        """Return the names that a schema gives to objects of its own, on either side."""
        refs = (*self.current.nodes, *self.desired.nodes)
        return frozenset(ref.name for ref in refs if ref.namespace == namespace and not ref.table)

    def remove(self, ref: Ref) -> None:
        """Let a node go, and come again where the desired side has it."""
        self.removed.add(ref)
        self.unruled.discard(ref)
        self.altered.pop(ref, None)
        self.retyped.discard(ref)
        self.through_text.discard(ref)
        if partner := self.partner(ref):
            self.altered.pop(partner, None)
            self.made.add(partner)
        sides = self.current.nodes, self.desired.nodes
        is_kept = ref.kind == "table" and ref in self.desired.nodes
        if is_kept and not any(nodes[ref].fact.options.word("server") for nodes in sides):
            self.rebuilt.add(ref)  # the rows of a foreign one are elsewhere

    def close(self) -> None:
        """Let go whatever needs what goes, and cannot do without it where it stands."""
        left = deque(self.removed - self.closed)
        for ref, fields in list(self.altered.items()):
            left += self._disturbed(ref, fields)
        while left:
            gone = left.popleft()
            self.closed.add(gone)
            if gone.kind == "column" and gone.table_ref not in self.removed:
                left += self._rows_built(gone.table_ref)
            for ref in self.current.dependents.get(gone, ()):
                if ref in self.removed or self._is_released(ref, gone):
                    continue
                if self._do_without(ref, gone):
                    continue
                if is_held(self.current, gone, ref) and self._retype(ref):
                    left += self._disturbed(ref, self.altered[ref])
                    continue
                self._refuse_to_lose(ref, gone)
                self.remove(ref)
                left.append(ref)
        asides = self.retyping - self.without_aside
        self.aside |= {ref for ref in asides if any(self.copied_with(ref))}

    def copied_with(self, type_ref: Ref) -> Iterator[Ref]:
        """Yield the columns of tables that are copied which hold values of a type."""
        for ref in self.current.dependents.get(type_ref, ()):
            if ref.kind == "column" and self.copied_from(ref.table_ref):
                yield ref

    def copied_from(self, table: Ref) -> Ref | None:
        """Return the table that steps aside with the rows of this one, where one does: itself, or
        the whole of a partition that is no more."""
        if table in self.rebuilt:
            return table
        is_gone = table in self.removed and table not in self.made
        if not (is_gone and self.current.is_partition(table)):
            return None
        wholes = map(self.copied_from, self.current.parents(table))
        return next((whole for whole in wholes if whole), None)

    def _refuse_to_lose(self, ref: Ref, gone: Ref) -> None:
        """A column that stays never goes for the sake of something else: its values would."""
        sides = [
            graph.nodes[ref].fact for graph in (self.current, self.desired) if ref in graph.nodes
        ]
        columns = [fact for fact in sides if isinstance(fact, Column) and not fact.generated]
        if ref.kind == "column" and len(columns) > 1 and ref.table_ref not in self.removed:
            message = f"{gone.kind} {gone} changes, and column {ref} cannot be without it meanwhile"
            advice = f"take {ref} from it in a change before this one: its values would be lost"
            raise Refused(Problem(message, advice))

    def goes_along(self, table: Ref) -> bool:
        """Does a partition step aside as a part of its whole, whose rows it holds?"""
        return table not in self.rebuilt and self.copied_from(table) is not None

    @property
    def retyping(self) -> set[Ref]:
        anew = self.removed & self.made
        return {ref for ref in anew if ref.kind in TYPES | STEP_ASIDE}

    @property
    def without_aside(self) -> set[Ref]:
        """The types that cannot step aside: their functions have their names."""
        return {ref for ref in self.retyping if ref.kind not in STEP_ASIDE}

    def _do_without(self, ref: Ref, gone: Ref) -> bool:
        """A domain that stays loses its rules while a function of theirs is made anew."""
        stays = ref.kind == "domain" and ref in self.desired.nodes and gone.kind in CALLED
        if not stays or is_held_inside(self.current, ref):
            return False
        self.altered.setdefault(ref, set()).add("checks")
        self.unruled.add(ref)
        return True

    def _is_released(self, ref: Ref, gone: Ref) -> bool:
        """Does the change of this node end its need?"""
        if ref not in self.altered or ref.kind not in _RESTATED:
            return False
        return gone not in self.desired.nodes[ref].needs

    def _retype(self, ref: Ref) -> bool:
        """A column keeps its values while its type is made anew."""
        fact = self.current.nodes[ref].fact
        if ref not in self.desired.nodes or not isinstance(fact, Column) or fact.generated:
            return False
        self.altered.setdefault(ref, set()).add("type")
        self.retyped.add(ref)
        return True

    def set_rows_aside(self) -> bool:
        """A table is not rewritten while a column holds its rows: these wait as texts."""
        found = False
        for table in self._rewritten() - self.stored_rows.keys():
            users = {ref for ref in stored_in(self.current, table) if ref.kind == "column"}
            self.stored_rows[table] = users
            for user in users - self.removed:
                if "type" in self.altered.get(user, ()) and user not in self.retyped:
                    continue
                found |= self._retype(user)
                self.through_text.add(user)
                refuse_other_parts(user, (self.current, self.desired), [table], order=set)
        return found

    def _rewritten(self) -> set[Ref]:
        """Return the tables that stay, and of which a column gets another type."""
        tables = {ref.table_ref for ref, fields in self.altered.items() if "type" in fields}
        return tables & self.current.nodes.keys() - self.removed

    def set_types_aside(self) -> None:
        """The types of a column step aside together, or all of them wait for one that cannot."""
        sides = self.current, self.desired
        for column in self.retyped:
            going = within(self.current, column, self.removed)
            again = {ref for ref in going if is_named_again(self.desired, ref)}
            if not all(ref.kind in STEP_ASIDE for ref in again):
                self.through_text.add(column)
            else:
                self.aside |= again
            refuse_other_parts(column, sides, again - self.read_by_names(column))

    def read_by_names(self, column: Ref) -> set[Ref]:
        """Return the type of a column that is read by the names of its parts."""
        needs = self.current.nodes[column].needs if column not in self.through_text else ()
        sides = self.current, self.desired
        return {ref for ref in needs if is_read_by_names(sides, column, ref)}

    def _referring_to_whole(self, part: Ref) -> list[Ref]:
        """Let go the foreign keys to what a partition is a part of: the server takes them for keys
        to the partition when that becomes logged, or no more."""
        wholes = self.current.above_table(part)
        keys = [one for one in self.current.nodes.values() if one.ref.kind == "foreign key"]
        found = [
            one.ref
            for one in keys
            if any(need.table_ref in wholes for need in one.needs if need.table)
            and one.ref.table_ref not in wholes
            and one.ref not in self.removed
        ]
        for ref in found:
            self.remove(ref)
        return found

    def _rows_built(self, holder: Ref) -> list[Ref]:
        """Let go what builds rows of a type, or of a table, that loses a part: in the words that
        the server keeps, the others would stay in their places."""
        parts = [set(parts_of(graph, holder)) for graph in (self.current, self.desired)]
        if parts[0] <= parts[1]:
            return []
        users = self.current.dependents.get(holder, ())
        found = [ref for ref in users if builds_rows(self.current, holder, ref)]
        found = [ref for ref in found if ref not in self.removed]
        for ref in found:
            self.remove(ref)
        return found

    def _disturbed(self, ref: Ref, fields: Collection[str]) -> list[Ref]:
        """Let go what reads a column whose type or expression changes, or builds what loses a part
        by the places of its parts."""
        if ref.kind == "composite type" and "attributes" in fields:
            return self._rows_built(ref)
        if ref.kind == "table" and "unlogged" in fields:
            return self._referring_to_whole(ref)
        if ref.kind != "column" or not {"type", "collation", "generated"} & set(fields):
            return []
        current, desired = self.current.nodes[ref].fact, self.desired.nodes[ref].fact
        assert isinstance(current, Column) and isinstance(desired, Column)
        is_other = base(current.type) != base(desired.type) or ref in self.retyped
        found = []
        if ref in self.current.partition_columns and ref.table_ref not in self.removed:
            self.remove(ref.table_ref)
            found.append(ref.table_ref)
        for user in self.current.dependents.get(ref, ()):
            if user in self.removed:
                continue
            fact = self.current.nodes[user].fact
            reads = user.kind in _READERS
            if is_other:
                reads = reads or user.kind in ("check", "exclusion", "foreign key", "default")
                reads = reads or (isinstance(fact, Index) and _has_expression(fact))
                reads = reads or (user.kind == "index" and ref in self.retyped)
            if reads:
                self.remove(user)
                found.append(user)
        return found


def _has_expression(index: Index) -> bool:
    return index.predicate is not None or any(part.is_expression for part in index.keys)
