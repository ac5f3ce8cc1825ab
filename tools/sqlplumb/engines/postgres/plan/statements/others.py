"""Extensions, functions, triggers and policies."""

from __future__ import annotations

from collections.abc import Collection

from sqlplumb.engines.postgres.names import listed, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import (
    DefinedOptions,
    ExtensionOptions,
    FunctionOptions,
    PolicyOptions,
    TriggerOptions,
)
from sqlplumb.engines.postgres.plan.statements.parameters import Statements
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Object, Trigger


def alter_extension(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """One that can move has moved before."""
    assert isinstance(desired.options, ExtensionOptions)
    if "schema" not in fields:
        return []
    message = f"extension {desired.ref} cannot move to another schema: it is not relocatable"
    advice = f"leave it in {current.options.word('schema')}, or make it anew by hand"
    raise Refused(Problem(message, advice, place=desired.place))


def move_extension(desired: Object) -> Statements:
    place = quoted(desired.options.word("schema"))
    return [f"ALTER EXTENSION {spelled(desired)} SET SCHEMA {place}"]


def function_options(fact: Object) -> FunctionOptions:
    assert isinstance(fact.options, FunctionOptions)
    return fact.options


def create_function(fact: Object) -> Statements:
    return [function_options(fact).definition.strip().removesuffix(";")]


def alter_function(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = function_options(current), function_options(desired)
    if before.head != after.head or desired.ref.kind == "aggregate":
        return None if before.definition != after.definition else []
    return create_function(desired) if before.definition != after.definition else []


def create_trigger(fact: Object) -> Statements:
    assert isinstance(fact, Trigger)
    return [fact.body.canonical.strip().removesuffix(";"), *_enabled(fact)]


def _enabled(fact: Object, always: bool = False) -> Statements:
    assert isinstance(fact.options, TriggerOptions)
    word = fact.options.enabled or ("ENABLE" if always else "")
    alter = f"ALTER TABLE {table_of(fact.ref)}"
    return [f"{alter} {word} TRIGGER {quoted(fact.ref.name)}"] if word else []


def alter_trigger(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    assert isinstance(current, Trigger) and isinstance(desired, Trigger)
    if current.body.canonical != desired.body.canonical:
        return None
    return _enabled(desired, always=True) if "enabled" in fields else []


def policy_options(fact: Object) -> PolicyOptions:
    assert isinstance(fact.options, PolicyOptions)
    return fact.options


def create_policy(fact: Object) -> Statements:
    options = policy_options(fact)
    words = [f"CREATE POLICY {quoted(fact.ref.name)} ON {table_of(fact.ref)}"]
    words += [] if options.is_permissive else ["AS RESTRICTIVE"]
    words += [f"FOR {options.command}"] if options.command != "ALL" else []
    return [" ".join([*words, f"TO {_roles(options)}", *_conditions(options)])]


def _roles(options: PolicyOptions) -> str:
    return listed("PUBLIC" if role == "public" else quoted(role) for role in options.roles)


def _conditions(options: PolicyOptions) -> list[str]:
    words = [f"USING ({options.using})"] if options.using else []
    return words + ([f"WITH CHECK ({options.with_check})"] if options.with_check else [])


def alter_policy(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """A condition can be changed, and never taken away."""
    before, after = policy_options(current), policy_options(desired)
    if (before.command, before.is_permissive) != (after.command, after.is_permissive):
        return None
    if (before.using and not after.using) or (before.with_check and not after.with_check):
        return None
    if not {"roles", "using", "with_check"} & set(fields):
        return []
    alter = f"ALTER POLICY {quoted(desired.ref.name)} ON {table_of(desired.ref)}"
    return [" ".join([alter, f"TO {_roles(after)}", *_conditions(after)])]


def defined_options(fact: Object) -> DefinedOptions:
    assert isinstance(fact.options, DefinedOptions)
    return fact.options
