"""Constraints and indexes: how they are added, dropped, and changed where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlplumb.engines.postgres.names import qualified, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import IndexOptions, RuleOptions
from sqlplumb.engines.postgres.plan.statements.names import KEYS, rule_name
from sqlplumb.engines.postgres.plan.statements.parameters import Statements, parameter_changes
from sqlplumb.schema import ForeignKey, Object, Table, with_values

_NOT_VALID = " NOT VALID"


def rule_options(fact: Object) -> RuleOptions:
    assert isinstance(fact.options, RuleOptions)
    return fact.options


def index_options(fact: Object) -> IndexOptions:
    assert isinstance(fact.options, IndexOptions)
    return fact.options


def has_index(fact: Object) -> bool:
    return fact.ref.kind in KEYS


def index_name(fact: Object) -> str:
    """Return the index of a key, which has its name, or an index, in full."""
    if isinstance(fact.options, IndexOptions):
        return spelled(fact)
    name = getattr(fact, "name", "") or fact.ref.name
    return qualified(name, fact.ref.namespace)


def rule_in_full(fact: Object) -> str:
    """Return what a constraint is called by what belongs to it: `public.tasks.tasks_pkey`."""
    return f"{table_of(fact.ref)}.{rule_name(fact)}"


def rule_definition(fact: Object) -> str:
    """Return a constraint as it stands inside CREATE TABLE."""
    definition = rule_options(fact).definition.removesuffix(_NOT_VALID)
    return f"CONSTRAINT {rule_name(fact)} {definition}"


def add_rule(fact: Object, is_partitioned: bool = False) -> Statements:
    """A key of a partitioned table is added to it alone: its partitions have their own, which are
    attached."""
    options = rule_options(fact)
    only = "ONLY " if is_partitioned and has_index(fact) else ""
    not_valid = _NOT_VALID if options.not_valid else ""
    added = f"ALTER TABLE {only}{table_of(fact.ref)} ADD {rule_definition(fact)}{not_valid}"
    return [added, *rule_extras(fact)]


def add_and_prove(table: str, name: str, added: str) -> Statements:
    """Add a rule that no row is looked at for, and prove it by itself, beside readers and writers;
    both may run twice."""
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, ADD {added}{_NOT_VALID}",
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
    ]


def rule_extras(fact: Object) -> Statements:
    """What only the index of a key can be given."""
    options = rule_options(fact)
    made = list(parameter_changes(f"INDEX {index_name(fact)}", (), options.storage_parameters))
    if options.tablespace:
        made.append(f"ALTER INDEX {index_name(fact)} SET TABLESPACE {quoted(options.tablespace)}")
    return [*made, *marks(None, fact)]


def marks(current: Object | None, desired: Object) -> Statements:
    """CLUSTER ON, and the index by which rows are told to subscribers."""
    table, name = table_of(desired.ref), rule_name(desired)
    made = list[str]()
    was = current.options if current else None
    for flag, on, off in (
        ("is_clustered", f"CLUSTER ON {name}", "SET WITHOUT CLUSTER"),
        ("is_replica_identity", f"REPLICA IDENTITY USING INDEX {name}", "REPLICA IDENTITY DEFAULT"),
    ):
        before = was is not None and was.flag(flag)
        if before != desired.options.flag(flag):
            made.append(f"ALTER TABLE {table} {on if not before else off}")
    return made


def without_taken_marks(current: Object, beside: Iterable[Object]) -> Object:
    """Return an index, a key or a table without the marks that another object of its table shall
    have: whoever gets one takes it, and it must not be taken away behind that."""
    taken = dict[str, object]()
    for other in beside:
        if other.ref == current.ref:
            continue
        for flag in ("is_clustered", "is_replica_identity"):
            if other.options.flag(flag) and current.options.flag(flag):
                taken[flag] = False
        if other.options.flag("is_replica_identity") and isinstance(current, Table):
            taken["replica_identity"] = ""
        if other.options.word("replica_identity") and current.options.flag("is_replica_identity"):
            taken["is_replica_identity"] = False
    return with_values(current, taken) if taken else current


def forgotten_identity(current: Object, beside: Iterable[Object]) -> Statements:
    """A table whose index of identity goes would tell subscribers of no row any more."""
    for other in beside:
        if other.options.flag("is_replica_identity") or other.options.word("replica_identity"):
            return []
    return [f"ALTER TABLE {table_of(current.ref)} REPLICA IDENTITY DEFAULT"]


def drop_rule(fact: Object) -> Statements:
    return [f"ALTER TABLE {table_of(fact.ref)} DROP CONSTRAINT {rule_name(fact)}"]


def alter_rule(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = rule_options(current), rule_options(desired)
    name, table = rule_name(desired), table_of(desired.ref)
    if after.not_valid and not before.not_valid:
        return None
    if before.no_inherit != after.no_inherit or (before.parent and after.parent):
        return None
    made = list[str]()
    if rule_name(current) != name:
        if _definition(current) != _definition(desired) or "parent" in fields:
            return None
        made.append(f"ALTER TABLE {table} RENAME CONSTRAINT {rule_name(current)} TO {name}")
    if _definition(current) != _definition(desired):
        if not (isinstance(current, ForeignKey) and isinstance(desired, ForeignKey)):
            return None
        if _without_deferrable(current) != _without_deferrable(desired):
            return None
        words = {"": "NOT DEFERRABLE", "deferrable": "DEFERRABLE INITIALLY IMMEDIATE"}
        timing = words.get(desired.deferrable, "DEFERRABLE INITIALLY DEFERRED")
        made.append(f"ALTER TABLE {table} ALTER CONSTRAINT {name} {timing}")
    if before.not_valid and not after.not_valid:
        made.append(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    index = index_name(desired)
    made += parameter_changes(f"INDEX {index}", before.storage_parameters, after.storage_parameters)
    return made + marks(current, desired)


def _definition(fact: Object) -> str:
    return rule_options(fact).definition.removesuffix(_NOT_VALID)


def _without_deferrable(fact: Object) -> str:
    return _definition(fact).partition(" DEFERRABLE")[0]


def create_index(fact: Object) -> Statements:
    options = index_options(fact)
    made = [options.definition]
    if options.tablespace:
        made.append(f"ALTER INDEX {spelled(fact)} SET TABLESPACE {quoted(options.tablespace)}")
    for written in options.statistics:
        column, _, statistics = written.partition(":")
        made.append(
            f"ALTER INDEX {spelled(fact)} ALTER COLUMN {column} SET STATISTICS {statistics}"
        )
    return [*made, *marks(None, fact)]


def drop_index(fact: Object) -> Statements:
    return [f"DROP INDEX {spelled(fact)}"]


def alter_index(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = index_options(current), index_options(desired)
    if _plain(current) != _plain(desired) or before.is_invalid:
        return None
    if before.parent and after.parent not in ("", before.parent):
        return None
    name = spelled(desired)
    made = list(
        parameter_changes(f"INDEX {name}", before.storage_parameters, after.storage_parameters)
    )
    if before.tablespace != after.tablespace:
        space = quoted(after.tablespace or "pg_default")
        made.append(f"ALTER INDEX {name} SET TABLESPACE {space}")
    if before.statistics != after.statistics:
        return None
    return made + marks(current, desired)


def _plain(fact: Object) -> str:
    """The definition without its WITH, whose parameters change in place."""
    options = index_options(fact)
    written = ", ".join(
        f"{name}='{value}'"
        for name, _, value in (p.partition("=") for p in options.storage_parameters)
    )
    return (
        options.definition.replace(f" WITH ({written})", "", 1) if written else options.definition
    )
