"""The parts of a schema that are made and dropped on their own, and what each needs.

A default, the owner of a sequence, the parent of a table and the index that an index is a part of
come after what they speak of, so each is a node of its own. Must never know what changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlplumb.engines.postgres.names import spelled
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    IndexOptions,
    PostgresOptions,
    RuleOptions,
    SequenceOptions,
    TableOptions,
)
from sqlplumb.engines.postgres.plan.statements.names import RULES, TYPES, column_of
from sqlplumb.engines.postgres.plan.statements.rules import index_name, rule_in_full
from sqlplumb.schema import Column, ForeignKey, Object, Ref, Schema, Table, View

OF_THE_TYPE = TYPES | {"table", "view", "materialized view", "schema", "extension", "collation"}


@dataclass(frozen=True, slots=True)
class Node:
    ref: Ref
    fact: Object
    needs: frozenset[Ref]


def default_of(column: Ref) -> Ref:
    return Ref("default", column.table, column.name, namespace=column.namespace, shown=column.name)


def ownership_of(sequence: Ref) -> Ref:
    return Ref("ownership", "", sequence.name, namespace=sequence.namespace)


def parent_of(table: Ref) -> Ref:
    return Ref("parent", "", table.name, namespace=table.namespace)


def typing_of(table: Ref) -> Ref:
    """Return what makes a table one of a composite type."""
    return Ref("typing", "", table.name, namespace=table.namespace)


def attachment_of(index: Ref) -> Ref:
    kind = f"attachment of {index.kind}"
    return Ref(kind, index.table, index.name, namespace=index.namespace)


@dataclass(eq=False)
class Graph:
    """One side of a plan."""

    schema: Schema
    nodes: Mapping[Ref, Node] = field(init=False)

    def __post_init__(self) -> None:
        self._spelled = dict(self._spellings())
        self.nodes = {node.ref: node for node in self._nodes()}

    def _spellings(self) -> Iterator[tuple[str, Ref]]:
        for ref, fact in self.schema.objects.items():
            if isinstance(fact, Table):
                yield spelled(fact), ref
            elif isinstance(fact, Column):
                yield column_of(ref), ref
            elif isinstance(fact.options, IndexOptions):
                yield index_name(fact), ref
            elif isinstance(fact.options, RuleOptions):
                yield rule_in_full(fact), ref

    def called(self, name: str) -> Ref | None:
        """Return the table, column, index or key of this full name."""
        return self._spelled.get(name)

    @cached_property
    def dependents(self) -> Mapping[Ref, tuple[Ref, ...]]:
        found: dict[Ref, list[Ref]] = {}
        for node in self.nodes.values():
            for ref in node.needs:
                found.setdefault(ref, []).append(node.ref)
        return {ref: tuple(refs) for ref, refs in found.items()}

    def parents(self, table: Ref) -> list[Ref]:
        fact = self.schema.objects.get(table)
        names = fact.options.parents if fact and isinstance(fact.options, TableOptions) else ()
        return [ref for name in names if (ref := self.called(name))]

    def above_table(self, table: Ref) -> set[Ref]:
        """Return all that a table is a part of, or inherits from."""
        found, left = set[Ref](), self.parents(table)
        while left:
            above = left.pop()
            found.add(above)
            left += self.parents(above)
        return found

    @cached_property
    def partition_columns(self) -> frozenset[Ref]:
        """The columns that keys of partitions read, whose type cannot change."""
        return frozenset(
            Ref("column", ref.name, name, namespace=ref.namespace)
            for ref, fact in self.schema.objects.items()
            if isinstance(fact.options, TableOptions)
            for name in fact.options.key_columns
        )

    def is_partitioned(self, table: Ref) -> bool:
        fact = self.schema.objects.get(table)
        return bool(fact and fact.options.word("partition_key"))

    def is_partition(self, table: Ref) -> bool:
        fact = self.schema.objects.get(table)
        return bool(fact and fact.options.word("partition_bound"))

    def from_parent(self, ref: Ref) -> Ref | None:
        """Return the column or CHECK of a parent that brings this one along."""
        fact = self.schema.objects.get(ref)
        return None if fact is None or fact.options.flag("is_local") else self.above(ref)

    def above(self, ref: Ref) -> Ref | None:
        """Return the column or CHECK of a parent that this one is, whether it is said again or
        not."""
        if ref.kind not in ("column", "check"):
            return None
        for parent in self.parents(ref.table_ref):
            above = Ref(ref.kind, parent.name, ref.name, namespace=parent.namespace)
            if above in self.schema.objects:
                return above
        return None

    def own_routines(self, ref: Ref) -> frozenset[Ref]:
        """Return the functions of a type that speak of it."""
        if ref.kind not in ("base type", "range type") or ref not in self.nodes:
            return frozenset()
        users = self.dependents.get(ref, ())
        return self.nodes[ref].needs.intersection(users)

    def _nodes(self) -> Iterator[Node]:
        for ref, fact in self.schema.objects.items():
            needs = frozenset(needs_of(fact))
            match fact:
                case Column(default=default, options=ColumnOptions() as told) if default:
                    yield Node(ref, fact, needs - told.default_needs)
                    yield Node(default_of(ref), fact, needs | {ref})
                case Table():
                    parents = frozenset(self.parents(ref))
                    types = self._type_of_rows(fact, needs)
                    yield Node(ref, fact, needs - parents - types)
                    if parents:
                        yield Node(parent_of(ref), fact, parents | {ref})
                    if types:
                        columns = self.schema.unit(ref.unit).columns.values()
                        named = frozenset(column.ref for column in columns)
                        yield Node(typing_of(ref), fact, types | named | {ref})
                case ForeignKey():
                    yield Node(ref, fact, needs | frozenset(self.parts_of_keys(needs)))
                case _ if ref.kind == "comment" and self.parents(ref.table_ref):
                    yield Node(ref, fact, needs | {parent_of(ref.table_ref)})
                case _:
                    yield from self._with_attachment(ref, fact, needs)

    @staticmethod
    def _type_of_rows(table: Table, needs: frozenset[Ref]) -> frozenset[Ref]:
        is_typed = bool(table.options.word("of_type"))
        return frozenset(need for need in needs if is_typed and need.kind == "composite type")

    def _with_attachment(self, ref: Ref, fact: Object, needs: frozenset[Ref]) -> Iterator[Node]:
        parent = self.called(fact.options.word("parent")) if fact.options.word("parent") else None
        yield Node(ref, fact, needs - {parent} if parent else needs)
        if parent:
            link = parent_of(ref.table_ref)
            yield Node(attachment_of(ref), fact, frozenset((ref, parent, link)))
        if isinstance(fact.options, SequenceOptions) and fact.options.owned_by:
            column = self.called(fact.options.owned_by)
            yield Node(ownership_of(ref), fact, frozenset((ref, column) if column else (ref,)))

    def parts_of_keys(self, needs: Iterable[Ref]) -> Iterator[Ref]:
        """A key of a partitioned table is valid when those of all partitions are attached."""
        keys = {ref for ref in needs if ref.kind in RULES or ref.kind == "index"}
        if not keys:
            return
        for key in keys:
            for part in self._parts.get(key, ()):
                yield attachment_of(part)
                yield from self.parts_of_keys((part,))

    @cached_property
    def _parts(self) -> Mapping[Ref, list[Ref]]:
        parts: dict[Ref, list[Ref]] = {}
        for ref, fact in self.schema.objects.items():
            parent = fact.options.word("parent")
            if parent and (whole := self.called(parent)):
                parts.setdefault(whole, []).append(ref)
        return parts


def closure(graph: Graph, ref: Ref) -> set[Ref]:
    """Return a node and all that it needs."""
    found, left = set[Ref](), [ref]
    while left:
        each = left.pop()
        found.add(each)
        left += graph.nodes[each].needs & graph.nodes.keys() - found if each in graph.nodes else ()
    return found


def needs_of(fact: Object) -> frozenset[Ref]:
    return fact.options.needs if isinstance(fact.options, PostgresOptions) else frozenset()


def known_reads(schema: Schema) -> dict[str, frozenset[str]]:
    """Return the tables and views that each view needs, as the server resolves their names."""
    heads = {unit.name: unit.head for unit in schema.by_unit.values()}
    rows = {name for name, head in heads.items() if isinstance(head, Table | View)}
    return {
        name: frozenset(ref.unit for ref in needs_of(head)) & rows - {name}
        for name, head in heads.items()
        if isinstance(head, View)
    }


_WORDS = re.compile(r'"(?:[^"]|"")+"|[A-Za-z_][\w$]*')


def names_in(text: str) -> frozenset[str]:
    """Return every word of a text that could be a name, folded as the server folds it."""
    words = (word.group() for word in _WORDS.finditer(text))
    return frozenset(w[1:-1].replace('""', '"') if w[0] == '"' else w.lower() for w in words)
