"""What only PostgreSQL has on an object, and the kinds of objects that it alone has.

The reader fills these options from the catalogs and the printers of the server; they are compared
and reported like any other field. Identity is the name that the catalog has: `namespace` is empty
for `public`, and the name of a function holds its argument types: `total(integer, text)`. Must
never read a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sqlplumb.schema import Object, Options, Ref

WORDS = {
    "storage_parameters": "WITH",
    "row_security": "ROW LEVEL SECURITY",
    "force_row_security": "FORCE ROW LEVEL SECURITY",
    "replica_identity": "REPLICA IDENTITY",
    "partition_key": "PARTITION BY",
    "partition_bound": "bounds of the partition",
    "with_check": "WITH CHECK",
    "owned_by": "OWNED BY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresOptions(Options):
    """What every object has. `needs` are the objects that must be there before it, and fall or are
    in its way when they change. `owner` and `grants` are compared where the settings say so, else
    empty; what an object has of them is in `had_owner` and `had_grants`, for whoever must make it
    anew; `is_own`: whoever reads it owns it, and so would what it makes anew."""

    words: ClassVar[Mapping[str, str]] = WORDS
    comment: str = ""
    owner: str = ""
    grants: tuple[str, ...] = ()
    had_owner: str = field(default="", compare=False)
    is_own: bool = field(default=False, compare=False)
    had_grants: tuple[str, ...] = field(default=(), compare=False)
    needs: frozenset[Ref] = field(default=frozenset(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions(PostgresOptions):
    """Of a table, a partitioned one and a foreign one. `parents` are those that it inherits from,
    or is a partition of, by their full names in quotes where they need them."""

    unlogged: bool = False
    partition_key: str = ""  # LIST (kind)
    partition_bound: str = ""  # FOR VALUES IN ('a')
    partition_rule: str = field(default="", compare=False)  # what the bounds mean, as a CHECK
    key_columns: tuple[str, ...] = field(default=(), compare=False)  # those the partition key reads
    parents: tuple[str, ...] = ()
    of_type: str = ""
    storage_parameters: tuple[str, ...] = ()  # fillfactor=70; those of TOAST begin with `toast.`
    access_method: str = ""  # empty: heap
    tablespace: str = ""
    replica_identity: str = ""  # FULL, NOTHING; an index says it of itself
    row_security: bool = False
    force_row_security: bool = False
    server: str = ""  # of a foreign table
    server_options: tuple[str, ...] = ()
    # The names of foreign keys that a partition has of the whole: they stay when it is detached.
    foreign_keys: tuple[str, ...] = field(default=(), compare=False)

    @property
    def comes_with_parent(self) -> bool:
        return bool(self.partition_bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOptions(PostgresOptions):
    """Of a column. One that is inherited and not `is_local` comes with its parent. `default_needs`
    are those of its needs that its default alone has."""

    identity: str = ""  # ALWAYS, BY DEFAULT
    identity_sequence: tuple[str, ...] = ()  # START WITH 10: what is not the default
    sequence: str = field(default="", compare=False)  # what that of an identity is called
    storage: str = ""
    compression: str = ""
    statistics: str = ""
    parameters: tuple[str, ...] = ()  # n_distinct=5
    server_options: tuple[str, ...] = ()
    not_null_state: str = ""  # NO INHERIT, NOT VALID
    not_null_called: str = field(default="", compare=False)  # by whomever
    is_local: bool = True
    inherited: int = 0
    is_foreign: bool = field(default=False, compare=False)  # its values are on another server
    written_default: str = field(default="", compare=False)  # a word that is no value: 'now'
    default_needs: frozenset[Ref] = field(default=frozenset(), compare=False, repr=False)

    @property
    def comes_with_parent(self) -> bool:
        return not self.is_local or self.inherited > 0

    @property
    def fills_itself(self) -> bool:
        return bool(self.identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions(PostgresOptions):
    """Of a primary key, UNIQUE, a foreign key, CHECK or exclusion. `definition` is what the server
    prints, and says all that the fields of the object say."""

    summary: ClassVar[str] = "definition"
    definition: str
    not_valid: bool = False
    no_inherit: bool = False
    is_local: bool = True
    inherited: bool = False
    storage_parameters: tuple[str, ...] = ()
    tablespace: str = ""
    is_clustered: bool = False
    is_replica_identity: bool = False
    parent: str = ""  # of a partition: the key of its parent that it belongs to
    index_comment: str = ""

    @property
    def refuses_null(self) -> bool:
        return True

    @property
    def comes_with_parent(self) -> bool:
        return self.inherited or bool(self.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions(PostgresOptions):
    """Of an index that is no constraint's. `parent` is the index of a partitioned table that it is
    attached to."""

    summary: ClassVar[str] = "definition"
    definition: str
    method: str = "btree"
    include: tuple[str, ...] = ()
    storage_parameters: tuple[str, ...] = ()
    tablespace: str = ""
    statistics: tuple[str, ...] = ()
    is_invalid: bool = False
    is_clustered: bool = False
    is_replica_identity: bool = False
    parent: str = ""

    @property
    def comes_with_parent(self) -> bool:
        return bool(self.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOptions(PostgresOptions):
    """Of a view or a materialized view. `columns` are its names and types, in order, each with its
    collation where that is not the type's."""

    is_materialized: bool = False
    columns: tuple[tuple[str, ...], ...] = ()
    column_comments: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    storage_parameters: tuple[str, ...] = ()  # security_barrier=true
    access_method: str = ""
    tablespace: str = ""
    is_unfilled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerOptions(PostgresOptions):
    """Of a trigger; its body is what the server prints."""

    enabled: str = ""  # empty: as usual; DISABLE, ENABLE REPLICA, ENABLE ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaOptions(PostgresOptions):
    """Of a schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionOptions(PostgresOptions):
    """Of an extension; its version is the server's affair."""

    schema: str
    version: str = field(default="", compare=False)
    is_relocatable: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumOptions(PostgresOptions):
    """`renamed_labels` are what hints say: a label, and what it was called."""

    labels: tuple[str, ...]
    renamed_labels: tuple[tuple[str, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeOptions(PostgresOptions):
    """`attributes` are the name, the type and the collation of each."""

    attributes: tuple[tuple[str, str, str], ...]
    column_comments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOptions(PostgresOptions):
    """`checks` are the name, the definition (with NOT VALID) and the comment of each."""

    base: str
    not_null: bool = False
    default: str = ""
    collation: str = ""
    checks: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceOptions(PostgresOptions):
    """Of a sequence that no identity owns. `owned_by` is a column, `public.tasks.id`."""

    type: str = "bigint"
    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = 9223372036854775807
    cache: int = 1
    cycle: bool = False
    unlogged: bool = False
    owned_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOptions(PostgresOptions):
    """Of a function, a procedure or an aggregate. `definition` is its whole CREATE OR REPLACE.
    `head` is what cannot be replaced: names and defaults of arguments, and what it returns."""

    definition: str
    head: str = ""
    language: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions(PostgresOptions):
    command: str  # ALL, SELECT, ...
    is_permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str = ""
    with_check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrivilegesOptions(PostgresOptions):
    """What a `role` grants on the `objects` (TABLES, ...) that it is going to make, in one `place`
    or, where that is empty, everywhere. The privileges are its `grants`."""

    role: str
    objects: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedOptions(PostgresOptions):
    """Of whatever is made by one statement, which says all of it: range types, rules, extended
    statistics, publications, casts, operators and the like. `attributes` are what it may be given
    afterwards, by name: ("enabled", "ALWAYS")."""

    definition: str
    attributes: tuple[tuple[str, str], ...] = ()
    server_options: tuple[str, ...] = field(default=(), compare=False)  # the definition says them


def table_options(fact: Object) -> TableOptions:
    assert isinstance(fact.options, TableOptions)
    return fact.options


def column_options(fact: Object) -> ColumnOptions:
    """Return the options of a column; those that say nothing, of whatever else."""
    return fact.options if isinstance(fact.options, ColumnOptions) else ColumnOptions()
