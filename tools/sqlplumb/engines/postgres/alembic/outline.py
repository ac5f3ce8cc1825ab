"""The parts of a module of SQLAlchemy Core: what Core says, in its order, and SQL for the rest.

Whatever needs no table is made before the tables, and all else behind them. Nothing here decides
whether what comes out is the same schema: that is tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from sqlplumb.changes import Create
from sqlplumb.engines.core import escaped
from sqlplumb.engines.outline import Outline, Part
from sqlplumb.engines.postgres.alembic.clauses import exclusion_clauses, key_clauses
from sqlplumb.engines.postgres.alembic.core import (
    ONE_SERIAL,
    SERIAL,
    UNCOUNTED,
    named_type,
    without_brackets,
)
from sqlplumb.engines.postgres.names import full_name, quoted, spelled
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    DomainOptions,
    EnumOptions,
    IndexOptions,
    RuleOptions,
    SequenceOptions,
    TableOptions,
)
from sqlplumb.engines.postgres.plan.graph import Graph
from sqlplumb.engines.postgres.plan.plan import plan_steps
from sqlplumb.engines.postgres.plan.statements.columns import column_extras
from sqlplumb.engines.postgres.plan.statements.dressing import address, dressed
from sqlplumb.engines.postgres.plan.statements.names import RULES
from sqlplumb.engines.postgres.plan.statements.rules import marks
from sqlplumb.engines.postgres.plan.statements.tables import table_flags
from sqlplumb.python_layout import Argument, Call, Code, Named, Words, call
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Unique,
    View,
    with_values,
)
from sqlplumb.steps import Step, Target

_OF_TABLES = RULES | {"table", "column", "index", "default", "parent"}
_DROPPED_BEFORE = ("view", "materialized view")
_IN_EVERY_DATABASE = ("extension", "plpgsql")
_SERIALS = ("smallint", "integer", "bigint")


def outline(schema: Schema, in_sql: Collection[str]) -> Outline:
    """`in_sql` are the tables, by their units, that Core was seen to have no words for."""
    return _Outline(schema, in_sql).outline()


class _Outline:
    """What is known of each object; a class because most of it is asked for many times."""

    def __init__(self, schema: Schema, in_sql: Collection[str]) -> None:
        self.schema, self.in_sql = schema, in_sql
        self.graph = Graph(schema)

    def outline(self) -> Outline:
        parts = [*self._before, *self._tables(), *self._after(), *drops(self.schema)]
        return Outline(schema=self._said, parts=tuple(parts), types=self._types)

    # ------------------------------------------------------------- what Core says

    @cached_property
    def _serials(self) -> dict[Ref, Ref]:
        """Return the columns that SERIAL makes, with their sequences."""
        found = dict[Ref, Ref]()
        for ref, fact in self.schema.objects.items():
            if not isinstance(fact.options, SequenceOptions) or not fact.options.owned_by:
                continue
            column = self.graph.called(fact.options.owned_by)
            held = self.schema.objects.get(column) if column else None
            if column and isinstance(held, Column) and self._is_serial(fact, held):
                found[column] = ref
        return found

    def _is_serial(self, sequence: Object, column: Column) -> bool:
        options, ref = sequence.options, column.ref
        assert isinstance(options, SequenceOptions)
        usual = SequenceOptions(
            type=column.type, maximum=options.maximum, owned_by=options.owned_by
        )
        is_key = self.schema.unit(ref.unit).key[:1] == (ref.name,)
        refers = any(ref.name in key.columns for key in self.schema.unit(ref.unit).foreign_keys)
        counted = column.default and column.default.text
        expected = f"nextval('{full_name(sequence.ref)}'::regclass)"
        return (
            is_key
            and not refers
            and column.type in _SERIALS
            and ref.unit not in self.in_sql
            and sequence.ref.name == f"{ref.table}_{ref.name}_seq"
            and sequence.ref.namespace == ref.namespace
            and counted == expected
            and options == usual
        )

    @cached_property
    def _said(self) -> Schema:
        """Return the schema without the names that the server gives by itself, and without what
        stands in SQL."""
        gone = set(self._serials.values())
        objects: dict[Ref, Object] = {}
        for ref, fact in self.schema.objects.items():
            if ref in gone or not self._is_said(fact):
                continue
            said = self._plainly(fact)
            objects[said.ref] = said
        return replace(self.schema, objects=objects)

    def _is_said(self, fact: Object) -> bool:
        """Does Core have words for all of a rule or an index?"""
        options = fact.options
        if isinstance(options, RuleOptions):
            return not options.no_inherit and self._is_said_rule(fact, options)
        if isinstance(options, IndexOptions):
            return not options.is_invalid and self._is_of_table(fact.ref, fact)
        return isinstance(fact, Table | Column)

    def _is_said_rule(self, fact: Object, options: RuleOptions) -> bool:
        definition = options.definition.removesuffix(" NOT VALID")
        if options.storage_parameters or options.tablespace:
            return False
        match fact:
            case PrimaryKey() | Unique():
                return not key_clauses(definition).behind
            case ForeignKey():
                words = ("SET NULL (", "SET DEFAULT (", "PERIOD ", "NOT ENFORCED")
                return not any(word in definition for word in words)
            case Check():
                return definition.endswith(")")
            case _:
                return not exclusion_clauses(definition).behind

    def _plainly(self, fact: Object) -> Object:
        ref = fact.ref
        match fact:
            case Column() if ref in self._serials:
                several = len(self.schema.unit(ref.unit).key) > 1
                counted = ONE_SERIAL if several else SERIAL
                return with_values(fact, {"default": None, "identity": counted})
            case Column(default=None, type="smallint" | "integer" | "bigint"):
                is_bare = ref.name in self.schema.unit(ref.unit).key
                is_bare = is_bare and not fact.options.word("identity") and not fact.generated
                return with_values(fact, {"identity": UNCOUNTED}) if is_bare else fact
            case PrimaryKey() if fact.name == f"{ref.table}_pkey" and _is_plain_key(fact):
                return replace(fact, name="", ref=replace(ref, shown=""))
            case Unique() if _is_plain_key(fact):
                usual = f"{ref.table}_{'_'.join(part.term for part in fact.columns)}_key"
                return replace(fact, ref=replace(ref, shown="")) if ref.name == usual else fact
            case ForeignKey() if ref.name == f"{ref.table}_{'_'.join(fact.columns)}_fkey":
                return replace(fact, ref=replace(ref, shown=""))
            case Check():
                text = without_brackets(fact.expression.text)
                return replace(fact, expression=replace(fact.expression, text=text))
            case _:
                return fact

    # ------------------------------------------------------------------ the parts

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        nothing = Schema({}, engine=self.schema.engine)
        own = (fact for fact in self.schema.objects.values() if not _is_everywhere(fact.ref))
        made = tuple(Create(fact) for fact in own)
        return plan_steps(nothing, self.schema, made, target=Target(version=()))

    def _needs_table(self, ref: Ref, seen: set[Ref]) -> bool:
        if ref.kind in _OF_TABLES or isinstance(self.schema.objects.get(ref), View):
            return True
        if ref in seen:
            return False
        seen.add(ref)
        node = self.graph.nodes.get(ref)
        return node is not None and any(self._needs_table(need, seen) for need in node.needs)

    @cached_property
    def _split(self) -> tuple[list[Step], list[Step]]:
        """Return the steps of what is no table: before the tables, and behind them."""
        before, after = list[Step](), list[Step]()
        late, states = set[Ref](), set[str]()
        for step in self._steps:
            node = self.graph.nodes.get(step.ref)
            if node is None or self._is_of_table(step.ref, node.fact):
                continue
            is_late = self._needs_table(step.ref, set()) or not late.isdisjoint(node.needs)
            if node.fact.options.word("language") == "sql":  # others are not read before they run
                named = any(need.startswith("table ") for need in step.needs)
                is_late = is_late or named or not states.isdisjoint(step.needs)
            if is_late:
                late.add(step.ref)
                states |= step.gives
            (after if is_late else before).append(step)
        return before, after

    def _is_of_table(self, ref: Ref, fact: Object) -> bool:
        """Is it a table, or does it come with one? A materialized view has indexes, too."""
        if ref.kind not in _OF_TABLES and not ref.kind.startswith("attach"):
            return False
        return isinstance(self.schema.unit(fact.ref.unit).head, Table)

    @cached_property
    def _before(self) -> list[Part]:
        parts = list[Part]()
        for step in self._split[0]:
            fact = self.graph.nodes[step.ref].fact
            if fact.ref in self._serials.values():
                continue
            made = self._type_call(fact)
            if made:
                drop = f"DROP {made.name} IF EXISTS {full_name(fact.ref)}"
                parts.append(Part(ref=fact.ref, call=made, statement=step.statements[0], drop=drop))
            statements = step.statements[1:] if made else step.statements
            is_first = made is None
            for statement in _again(fact, statements):
                parts.append(_statement(fact, statement, when="before_create", is_first=is_first))
                is_first = False
        return parts

    @property
    def _types(self) -> dict[str, Ref]:
        return {full_name(part.ref): part.ref for part in self._before if part.call}

    def _type_call(self, fact: Object) -> Call | None:
        """Return an enum or a domain as Core makes it."""
        held, ref = fact.options, fact.ref
        namespace = Named("schema", Words(ref.namespace)) if ref.namespace else None
        shared: list[Argument | None] = [namespace, Named("metadata", Code("metadata"))]
        if isinstance(held, EnumOptions) and held.labels:
            return call("ENUM", *map(Words, held.labels), Named("name", Words(ref.name)), *shared)
        if not isinstance(held, DomainOptions) or held.collation or len(held.checks) > 1:
            return None
        base = named_type(held.base, {})
        if base is None or any(comment for _, _, comment in held.checks):
            return None
        rules = list[Argument]()
        for name, definition, _ in held.checks:
            if not definition.startswith("CHECK (") or not definition.endswith(")"):
                return None
            condition = without_brackets(definition.removeprefix("CHECK (")[:-1])
            # SQLAlchemy writes the name before NOT NULL, and since 18 that has names as well.
            if not held.not_null:
                rules.append(Named("constraint_name", Words(name)))
            elif name != f"{ref.name}_check":
                return None
            rules.append(Named("check", Words(condition)))
        default = call("text", Words(escaped(held.default))) if held.default else None
        return call(
            "DOMAIN",
            Words(ref.name),
            base,
            Named("default", default) if default else None,
            Named("not_null", Code("True")) if held.not_null else None,
            *rules,
            *shared,
        )

    def _tables(self) -> Iterator[Part]:
        for ref, fact in self.schema.objects.items():
            if not isinstance(fact, Table):
                continue
            behind = tuple(self.graph.parents(ref))
            if ref.unit not in self.in_sql:
                yield Part(ref=ref)
                continue
            made = (step for step in self._steps_of(ref) if step.ref.kind != "foreign key")
            statements = (statement for step in made for statement in step.statements)
            made_by = (f"DROP TABLE {spelled(fact)}", *statements)
            yield Part(ref=ref, made_by=made_by, behind=behind, once=True)

    def _steps_of(self, table: Ref) -> Iterator[Step]:
        """Yield the steps that make a table, with its columns, its rules and its indexes."""
        for step in self._steps:
            node = self.graph.nodes.get(step.ref)
            if node and node.fact.ref.unit == table.unit and step.ref.kind in _OF_TABLES:
                yield step

    def _after(self) -> Iterator[Part]:
        """Yield what tables are given beyond Core, and then what needs them."""
        for unit in self.schema.by_unit.values():
            if isinstance(unit.head, Table) and unit.name not in self.in_sql:
                for statement in self._extras(unit.facts):
                    yield _of_table(unit.head.ref, statement)
            elif isinstance(unit.head, Table):
                yield from self._references(unit.head)
        yield from self._links()
        for step in self._split[1]:
            fact = self.graph.nodes[step.ref].fact
            if fact.ref in self._serials.values():
                continue
            is_first = step.ref == fact.ref
            for statement in _again(fact, step.statements):
                yield _statement(fact, statement, when="after_create", is_first=is_first)
                is_first = False

    def _references(self, table: Table) -> Iterator[Part]:
        """Add the foreign keys of a table that SQL makes: what they refer to may come behind it.
        Where tables refer to each other, Core has added them by then."""
        added = f"ALTER TABLE {spelled(table)} ADD CONSTRAINT "
        for step in self._steps_of(table.ref):
            if step.ref.kind != "foreign key":
                continue
            name = quoted(step.ref.name)
            anew = f"ALTER TABLE {spelled(table)} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT "
            for statement in step.statements:
                yield _of_table(table.ref, statement.replace(added, anew, 1))

    def _extras(self, facts: Iterable[Object]) -> Iterator[str]:
        for fact in facts:
            options = fact.options
            if isinstance(fact, Table):
                assert isinstance(options, TableOptions)
                yield from table_flags(None, fact)
                yield from dressed(None, with_values(fact, {"comment": ""}))
            elif isinstance(fact, Column):
                assert isinstance(options, ColumnOptions)
                yield from column_extras(None, fact)
                yield from dressed(None, with_values(fact, {"comment": ""}))
            elif isinstance(options, RuleOptions | IndexOptions):
                if not self._is_said(fact):
                    yield fact.text
                yield from dressed(None, fact)
                yield from marks(None, fact)

    def _links(self) -> Iterator[Part]:
        """Attach partitions, those of the deepest tables first; they keep their own columns."""
        for ref, fact in self.schema.objects.items():
            if not isinstance(fact, Table) or ref.unit in self.in_sql:
                continue
            options = fact.options
            assert isinstance(options, TableOptions)
            for parent in options.parents:
                bound = options.partition_bound
                words = f"ALTER TABLE {parent} ATTACH PARTITION {spelled(fact)} {bound}"
                inherit = f"ALTER TABLE {spelled(fact)} INHERIT {parent}"
                yield _of_table(ref, words if bound else inherit)


def _is_everywhere(ref: Ref) -> bool:
    return (ref.kind, ref.name) == _IN_EVERY_DATABASE


def _is_plain_key(fact: PrimaryKey | Unique) -> bool:
    assert isinstance(fact.options, RuleOptions)
    clauses = key_clauses(fact.options.definition)
    return not (clauses.include or clauses.nulls_not_distinct or clauses.deferrable)


def _of_table(table: Ref, statement: str) -> Part:
    return Part(ref=table, when="after_create", statement=statement, table=table, is_first=False)


def _again(fact: Object, statements: Sequence[str]) -> Iterator[str]:
    """Let statements run on a database that has it already, where there are words for that."""
    for statement in statements:
        for kind in ("SCHEMA", "EXTENSION"):
            head = f"CREATE {kind} "
            if statement.startswith(head) and "IF NOT EXISTS" not in statement:
                statement = f"{head}IF NOT EXISTS {statement.removeprefix(head)}"
        yield statement


def _statement(fact: Object, statement: str, *, when: str, is_first: bool) -> Part:
    table = fact.ref.table_ref if fact.ref.table else None
    early = when == "before_create"
    return Part(
        ref=fact.ref,
        when="before_create" if early else "after_create",
        statement=statement,
        table=table,
        is_first=is_first,
        once=True,
    )


def drops(schema: Schema) -> Iterator[Part]:
    """Yield what drop_all() must drop besides tables and types of Core."""
    for ref, fact in schema.objects.items():
        if ref.kind in _DROPPED_BEFORE:
            word, name = address(fact)
            statement = f"DROP {word} IF EXISTS {name} CASCADE"
            yield Part(ref=ref, when="before_drop", statement=statement, is_first=False)
