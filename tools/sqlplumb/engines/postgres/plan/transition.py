"""Which parts of a schema go, which come, and which are altered where they stand.

What goes takes along whatever needs it; what must be made anew is in both sets. Must never write a
statement or know an order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.postgres.options import IndexOptions
from sqlplumb.engines.postgres.plan.casts import base
from sqlplumb.engines.postgres.plan.graph import (
    TYPES,
    Graph,
    attachment_of,
    default_of,
    ownership_of,
    parent_of,
)
from sqlplumb.engines.postgres.plan.kinds import kind_of
from sqlplumb.schema import Column, Index, Object, Ref

# What reads a column, and is in the way when its type changes.
_READERS = frozenset(
    (
        *("view", "materialized view", "rule", "policy", "trigger", "function", "procedure"),
        *("publication", "column"),
    )
)
_INDEXED = ("index", "primary key", "unique", "exclusion")
# The fields that are nodes of their own.
_PARTS = {
    "default": default_of,
    "owned_by": ownership_of,
    "parents": parent_of,
    "partition_bound": parent_of,
    "parent": attachment_of,
}
# What needs nothing any more that its new words do not name.
_RESTATED = frozenset(
    (
        *("view", "function", "procedure", "default", "column", "policy", "table"),
        *("domain", "composite type", "sequence", "enum"),
    )
)
DRESS = frozenset(("comment", "owner", "grants", "column_comments", "index_comment"))


@dataclass(eq=False, kw_only=True)
class Transition:
    """`removed` are nodes of the current side, `made` those of the desired one; what is in both is
    made anew. `altered` are the fields that change in place. Types `aside` keep their values while
    a new one takes their name; `rebuilt` are tables whose rows are copied."""

    current: Graph
    desired: Graph
    partners: Mapping[Ref, Ref] = field(default_factory=dict)
    removed: set[Ref] = field(default_factory=set)
    made: set[Ref] = field(default_factory=set)
    altered: dict[Ref, set[str]] = field(default_factory=dict)
    aside: set[Ref] = field(default_factory=set)
    retyped: set[Ref] = field(default_factory=set)
    through_text: set[Ref] = field(default_factory=set)
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
        former = next((was for was, now in self.partners.items() if now == ref), ref)
        return self.current.nodes[former].fact if former in self.current.nodes else desired

    def names_in(self, namespace: str) -> frozenset[str]:
        """Return the names that a schema gives to objects of its own, on either side."""
        refs = (*self.current.nodes, *self.desired.nodes)
        return frozenset(ref.name for ref in refs if ref.namespace == namespace and not ref.table)

    def begin(self, changes: Collection[Change], anew: Iterable[Ref]) -> None:
        for change in changes:
            match change:
                case Create(fact):
                    self.made |= _parts(self.desired, fact.ref)
                case Drop(fact):
                    self.removed |= _parts(self.current, fact.ref)
                case Alter(current, desired, fields):
                    self._alter(current, desired, set(fields))
        for ref in anew:
            self._remove(ref)
        for ref in tuple(self.made | self.removed):
            if ref.kind == "parent" and ref in self.desired.nodes:
                self._remove_doubles(self.desired.nodes[ref].fact.ref)
        for table in self._wrongly_local():
            self._remove(table)
        for index in self._never_detached():
            self._remove(index)
        self._close()

    def _never_detached(self) -> set[Ref]:
        """Return the indexes that shall be attached no more although their table stays a part, with
        that of the whole, and all that are attached to one that goes: they come anew."""
        found = set[Ref]()
        for ref in self.removed - self.made:
            if not ref.kind.startswith("attachment"):
                continue
            index: Ref | None = self.current.nodes[ref].fact.ref
            stays = index is not None and self._stays_a_part(index)
            while stays and index:
                found.add(index)
                index = self._whole(index)
        gone = found | {ref for ref in self.removed if ref.kind in _INDEXED}
        parts = [ref for ref in self.current.nodes if ref.kind in _INDEXED] if gone else []
        parts = [ref for ref in parts if self._stays_a_part(ref)]
        while more := {ref for ref in parts if self._whole(ref) in gone} - gone:
            gone |= more
        return gone - self.removed

    def _stays_a_part(self, index: Ref) -> bool:
        link = parent_of(index.table_ref)
        return link in self.current.nodes and link not in self.removed

    def _whole(self, index: Ref) -> Ref | None:
        """Return the index that this one is attached to."""
        return self.current.called(self.current.nodes[index].fact.options.word("parent"))

    def _wrongly_local(self) -> set[Ref]:
        """Return the tables whose columns would not become their own, or those of a parent, as
        they shall be: only a table that is made anew can have them so."""
        links = {ref for ref in self.made | self.removed if ref.kind == "parent"}
        tables = {Ref("table", "", link.name, namespace=link.namespace) for link in links}
        tables |= {ref.table_ref for ref, fields in self.altered.items() if "is_local" in fields}
        return {table for table in tables if self._has_wrong_columns(table)}

    def _has_wrong_columns(self, table: Ref) -> bool:
        if table not in self.current.nodes or table not in self.desired.nodes:
            return False
        link, bound = parent_of(table), self.desired.nodes[table].fact.options
        for column in self.desired.schema.unit(table.unit).columns.values():
            was = self.current.nodes.get(column.ref)
            if was is None:
                continue
            local = was.fact.options.flag("is_local")
            if link in self.removed:
                local = True
            if link in self.made and bound.word("partition_bound"):
                local = False
            if local != column.options.flag("is_local"):
                return True
        return False

    def _remove_doubles(self, table: Ref) -> None:
        """An index that stays beside one like it that shall be attached would be attached."""
        indexes = [
            fact
            for fact in self.desired.schema.unit(table.unit).facts
            if isinstance(fact.options, IndexOptions)
        ]
        attached = {_shape(fact) for fact in indexes if fact.options.word("parent")}
        for fact in indexes:
            stays = fact.ref in self.current.nodes and fact.ref not in self.made
            if stays and not fact.options.word("parent") and _shape(fact) in attached:
                self._remove(fact.ref)

    def _alter(self, current: Object, desired: Object, fields: set[str]) -> None:
        ref = desired.ref
        if current.ref != ref:
            self.removed |= _parts(self.current, current.ref)
            self.made |= _parts(self.desired, ref)
            return
        for name, part in _PARTS.items():
            if name in fields and not (name == "default" and ref.kind != "column"):
                self._alter_part(part(ref))
                fields.discard(name)
        if not fields:
            return
        if fields - DRESS and kind_of(desired).alter(current, desired, fields) is None:
            self._remove(ref)
        else:
            self.altered[ref] = fields

    def _alter_part(self, part: Ref) -> None:
        was, shall_be = part in self.current.nodes, part in self.desired.nodes
        if part.kind == "default" and was and shall_be:
            self.altered[part] = {"default"}
            return
        if was:
            self.removed.add(part)
        if shall_be:
            self.made.add(part)

    def _remove(self, ref: Ref) -> None:
        """Let a node go, and come again where the desired side has it."""
        self.removed.add(ref)
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

    def _close(self) -> None:
        """Let go whatever needs what goes, and cannot do without it where it stands."""
        left = deque(self.removed)
        for ref, fields in list(self.altered.items()):
            left += self._disturbed(ref, fields)
        while left:
            gone = left.popleft()
            for ref in self.current.dependents.get(gone, ()):
                if ref in self.removed or self._is_released(ref, gone):
                    continue
                if gone in self.retyping and self._retype(ref, gone):
                    left += self._disturbed(ref, self.altered[ref])
                    continue
                self._remove(ref)
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

    def goes_along(self, table: Ref) -> bool:
        """Does a partition step aside as a part of its whole, whose rows it holds?"""
        return table not in self.rebuilt and self.copied_from(table) is not None

    @property
    def retyping(self) -> set[Ref]:
        return {ref for ref in self.removed & self.made if ref.kind in TYPES}

    @property
    def without_aside(self) -> set[Ref]:
        """The types that cannot step aside: their functions have their names."""
        return {ref for ref in self.retyping if ref.kind in ("range type", "base type")}

    def _is_released(self, ref: Ref, gone: Ref) -> bool:
        """Does the change of this node end its need?"""
        if ref not in self.altered or ref.kind not in _RESTATED:
            return False
        return gone not in self.desired.nodes[ref].needs

    def _retype(self, ref: Ref, gone: Ref) -> bool:
        """A column keeps its values while its type is made anew."""
        node = self.current.nodes[ref]
        if ref.kind != "column" or ref not in self.desired.nodes:
            return False
        if not isinstance(node.fact, Column) or node.fact.generated:
            return False
        self.altered.setdefault(ref, set()).add("type")
        if gone in self.without_aside:
            self.through_text.add(ref)
        else:
            self.aside.add(gone)
        self.retyped.add(ref)
        return True

    def _disturbed(self, ref: Ref, fields: Collection[str]) -> list[Ref]:
        """Let go what reads a column whose type or expression changes."""
        if ref.kind != "column" or not {"type", "collation", "generated"} & set(fields):
            return []
        current, desired = self.current.nodes[ref].fact, self.desired.nodes[ref].fact
        assert isinstance(current, Column) and isinstance(desired, Column)
        is_other = base(current.type) != base(desired.type) or ref in self.retyped
        found = []
        if ref in self.current.partition_columns and ref.table_ref not in self.removed:
            self._remove(ref.table_ref)
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
                self._remove(user)
                found.append(user)
        return found


def _has_expression(index: Index) -> bool:
    return index.predicate is not None or any(part.is_expression for part in index.keys)


def _shape(fact: Object) -> str:
    return fact.options.word("definition").partition(" USING ")[2]


def _parts(graph: Graph, ref: Ref) -> set[Ref]:
    kinds = default_of(ref), ownership_of(ref), parent_of(ref), attachment_of(ref)
    parts = {part for part in kinds if part in graph.nodes and graph.nodes[part].fact.ref == ref}
    return parts | ({ref} if ref in graph.nodes else set())
