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
    typing_of,
)
from sqlplumb.engines.postgres.plan.holding import (
    STEP_ASIDE,
    is_held,
    is_held_inside,
    is_named_again,
    is_read_by_names,
    refuse_other_parts,
    stored_in,
    within,
)
from sqlplumb.engines.postgres.plan.kinds import kind_of
from sqlplumb.errors import Problem, Refused
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
    "of_type": typing_of,
}
# What needs nothing any more that its new words do not name.
_RESTATED = frozenset(
    (
        *("view", "function", "procedure", "default", "column", "policy", "table"),
        *("domain", "composite type", "sequence", "enum"),
    )
)
_CALLED = frozenset(("function", "operator", "cast", "aggregate"))
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
        self._keep_not_null()
        for ref in anew:
            self._remove(ref)
        self._begin_tables()
        self._close()
        while self._set_rows_aside():
            self._close()
        self._set_types_aside()

    def _begin_tables(self) -> None:
        """Let go what cannot stand as it is while a table changes what it is a part of."""
        for ref in tuple(self.made | self.removed):
            if ref.kind == "parent" and ref in self.desired.nodes:
                self._remove_doubles(self.desired.nodes[ref].fact.ref)
        for ref in [*self.altered, *self.removed, *self.made]:
            self._set_free(ref)
        for table in self._wrongly_local():
            self._remove(table)
        for index in self._never_detached():
            self._remove(index)

    def _set_free(self, ref: Ref) -> None:
        """A table is none of a type while the type changes, or its own columns do."""
        fields = self.altered.get(ref)
        if fields is not None and not {"type", "collation", "attributes"} & fields:
            return
        for user in (typing_of(ref.table_ref), *self.current.dependents.get(ref, ())):
            if user.kind == "typing" and user in self.current.nodes and user not in self.removed:
                self._remove(user)

    def _keep_not_null(self) -> None:
        """Set again what stays NOT NULL though its parent does not, which takes it from it."""
        nodes = self.desired.nodes
        freed = {ref for ref, fields in self.altered.items() if "not_null" in fields}
        left = {ref for ref in freed if not _is_not_null(nodes[ref].fact)}
        columns = [ref for ref in nodes if ref.kind == "column"] if left else []
        while left:
            left = {ref for ref in columns if self.desired.above(ref) in left} - freed
            for ref in left & self.current.nodes.keys():
                if _is_not_null(nodes[ref].fact):
                    self.altered.setdefault(ref, set()).add("not_null")

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
        if fields - DRESS and self._cannot_alter(current, desired, fields):
            self._remove(ref)
        else:
            self.altered[ref] = fields

    def _cannot_alter(self, current: Object, desired: Object, fields: set[str]) -> bool:
        made = kind_of(desired).alter(current, desired, fields)
        if made is None or desired.ref.kind != "domain":
            return made is None
        looks = any(one.endswith(" SET NOT NULL") or " ADD CONSTRAINT " in one for one in made)
        return looks and is_held_inside(self.current, desired.ref)

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

    def _close(self) -> None:
        """Let go whatever needs what goes, and cannot do without it where it stands."""
        left = deque(self.removed - self.closed)
        for ref, fields in list(self.altered.items()):
            left += self._disturbed(ref, fields)
        while left:
            gone = left.popleft()
            self.closed.add(gone)
            for ref in self.current.dependents.get(gone, ()):
                if ref in self.removed or self._is_released(ref, gone):
                    continue
                if self._do_without(ref, gone):
                    continue
                if is_held(self.current, gone, ref) and self._retype(ref):
                    left += self._disturbed(ref, self.altered[ref])
                    continue
                self._refuse_to_lose(ref, gone)
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
        stays = ref.kind == "domain" and ref in self.desired.nodes and gone.kind in _CALLED
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

    def _set_rows_aside(self) -> bool:
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

    def _set_types_aside(self) -> None:
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


def _is_not_null(fact: Object) -> bool:
    return isinstance(fact, Column) and fact.not_null


def _has_expression(index: Index) -> bool:
    return index.predicate is not None or any(part.is_expression for part in index.keys)


def _shape(fact: Object) -> str:
    return fact.options.word("definition").partition(" USING ")[2]


def _parts(graph: Graph, ref: Ref) -> set[Ref]:
    kinds = (make(ref) for make in _PARTS.values())
    parts = {part for part in kinds if part in graph.nodes and graph.nodes[part].fact.ref == ref}
    return parts | ({ref} if ref in graph.nodes else set())
