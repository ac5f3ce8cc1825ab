"""The table of kinds: how an object of each is made, dropped, and altered where it stands.

A kind whose `alter` returns None for a difference is made anew. Must never hold an order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlplumb.engines.postgres import creating
from sqlplumb.engines.postgres import options as facts
from sqlplumb.engines.postgres.grants import grants
from sqlplumb.engines.postgres.plan.statements import (
    columns,
    defined,
    others,
    rules,
    sequences,
    tables,
    types,
    views,
)
from sqlplumb.engines.postgres.plan.statements.dressing import address, options_of
from sqlplumb.engines.postgres.plan.statements.parameters import Statements
from sqlplumb.schema import Object

Alter = Callable[[Object, Object, Collection[str]], "Statements | None"]


def _drop(fact: Object) -> Statements:
    word, name = address(fact)
    return [f"DROP {word} {name}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    create: Callable[..., Statements]
    alter: Alter
    drop: Callable[..., Statements] = _drop


def _nothing(current: Object, desired: Object, fields: Collection[str]) -> Statements:
    return []


def _said(fact: Object) -> Statements:
    """Default privileges are their grants, which dress whatever is made."""
    return []


def _taken_back(fact: Object) -> Statements:
    granted = options_of(fact)
    return [*grants(fact, granted.grants, (), owner=granted.had_owner)]


KINDS: dict[type, Kind] = {
    facts.TableOptions: Kind(create=tables.create_table, alter=tables.alter_table),
    facts.ColumnOptions: Kind(
        create=columns.add_column, alter=columns.alter_column, drop=columns.drop_column
    ),
    facts.RuleOptions: Kind(create=rules.add_rule, alter=rules.alter_rule, drop=rules.drop_rule),
    facts.IndexOptions: Kind(create=rules.create_index, alter=rules.alter_index),
    facts.ViewOptions: Kind(create=views.create_view, alter=views.alter_view),
    facts.TriggerOptions: Kind(create=others.create_trigger, alter=others.alter_trigger),
    facts.SchemaOptions: Kind(create=creating.create_schema, alter=_nothing),
    facts.ExtensionOptions: Kind(create=creating.create_extension, alter=others.alter_extension),
    facts.EnumOptions: Kind(create=creating.create_enum, alter=types.alter_enum),
    facts.CompositeOptions: Kind(create=creating.create_composite, alter=types.alter_composite),
    facts.DomainOptions: Kind(create=creating.create_domain, alter=types.alter_domain),
    facts.SequenceOptions: Kind(create=creating.create_sequence, alter=sequences.alter_sequence),
    facts.FunctionOptions: Kind(create=others.create_function, alter=others.alter_function),
    facts.PolicyOptions: Kind(create=others.create_policy, alter=others.alter_policy),
    facts.DefaultPrivilegesOptions: Kind(create=_said, alter=_nothing, drop=_taken_back),
    facts.DefinedOptions: Kind(
        create=defined.create_defined, alter=defined.alter_defined, drop=defined.drop_defined
    ),
}


def kind_of(fact: Object) -> Kind:
    return KINDS[type(fact.options)]
