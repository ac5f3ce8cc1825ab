"""Schemas, extensions, types, sequences, functions, views, triggers, policies, and whatever is
made by one statement."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlplumb.engines.moves import aside
from sqlplumb.engines.postgres.creating import (
    attribute,
    domain_comment,
    sequence_options,
    sequence_words,
)
from sqlplumb.engines.postgres.names import PUBLIC, listed, literal, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import (
    CompositeOptions,
    DefinedOptions,
    DomainOptions,
    EnumOptions,
    ExtensionOptions,
    FunctionOptions,
    PolicyOptions,
    TriggerOptions,
    ViewOptions,
)
from sqlplumb.engines.postgres.plan.names import relation_word
from sqlplumb.engines.postgres.plan.tables import (
    Statements,
    kept_inside,
    parameter_changes,
    starts_again,
)
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Object, Trigger, View


def drop_schema(fact: Object) -> Statements:
    return [f"DROP SCHEMA {quoted(fact.ref.name)}"]


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


def alter_enum(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """Add labels in their places; None where one goes, or changes its place."""
    assert isinstance(current.options, EnumOptions) and isinstance(desired.options, EnumOptions)
    before, after = current.options.labels, desired.options.labels
    if [label for label in after if label in before] != list(before):
        return None
    made, known = list[str](), list(before)
    for place, label in enumerate(after):
        if label in known:
            continue
        where = f"AFTER {literal(after[place - 1])}" if place else f"BEFORE {literal(known[0])}"
        if place and after[place - 1] == known[-1]:
            where = ""
        add = f"ALTER TYPE {spelled(desired)} ADD VALUE IF NOT EXISTS {literal(label)} {where}"
        made.append(add.rstrip())
        known.insert(place, label)
    return made


def alter_composite(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    assert isinstance(current.options, CompositeOptions)
    assert isinstance(desired.options, CompositeOptions)
    before = {part[0]: part for part in current.options.attributes}
    after = {part[0]: part for part in desired.options.attributes}
    kept = [name for name in before if name in after]
    if list(after)[: len(kept)] != kept or any(before[name] != after[name] for name in kept):
        return None
    alter = f"ALTER TYPE {spelled(desired)}"
    gone = [f"{alter} DROP ATTRIBUTE {quoted(name)}" for name in before if name not in after]
    added = [after[name] for name in after if name not in before]
    return [*gone, *(f"{alter} ADD ATTRIBUTE {attribute(*part)}" for part in added)]


def alter_domain(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = current.options, desired.options
    assert isinstance(before, DomainOptions) and isinstance(after, DomainOptions)
    if before.base != after.base or before.collation != after.collation:
        return None
    alter, made = f"ALTER DOMAIN {spelled(desired)}", list[str]()
    former = {name: (text, comment) for name, text, comment in before.checks}
    latter = {name: (text, comment) for name, text, comment in after.checks}
    for name, (text, _) in former.items():
        if name not in latter or latter[name][0] != text:
            made.append(f"{alter} DROP CONSTRAINT {quoted(name)}")
    if before.default != after.default:
        made.append(
            f"{alter} {f'SET DEFAULT {after.default}' if after.default else 'DROP DEFAULT'}"
        )
    if before.not_null != after.not_null:
        made.append(f"{alter} {'SET' if after.not_null else 'DROP'} NOT NULL")
    for name, (text, comment) in latter.items():
        stays = name in former and former[name][0] == text
        if not stays:
            made.append(f"{alter} ADD CONSTRAINT {quoted(name)} {text}")
        if comment != (former[name][1] if stays else ""):
            made.append(domain_comment(desired, name, comment))
    return made


def drop_type(fact: Object) -> Statements:
    word = "DOMAIN" if isinstance(fact.options, DomainOptions) else "TYPE"
    return [f"DROP {word} {spelled(fact)}"]


def drop_sequence(fact: Object) -> Statements:
    return [f"DROP SEQUENCE {spelled(fact)}"]


def alter_sequence(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = sequence_options(current), sequence_options(desired)
    words = [f"AS {after.type}"] if before.type != after.type else []
    words += sequence_words(after, before)
    bounds = [(each.start, each.minimum, each.maximum) for each in (before, after)]
    made = list(kept_inside(f"{literal(spelled(desired))}::regclass", *bounds))
    words += starts_again(*bounds)
    made += [f"ALTER SEQUENCE {spelled(desired)} {' '.join(words)}"] if words else []
    if before.unlogged != after.unlogged:
        logged = "UNLOGGED" if after.unlogged else "LOGGED"
        made.append(f"ALTER SEQUENCE {spelled(desired)} SET {logged}")
    return made


def own_sequence(fact: Object) -> Statements:
    owner = sequence_options(fact).owned_by or "NONE"
    return [f"ALTER SEQUENCE {spelled(fact)} OWNED BY {owner}"]


def disown_sequence(fact: Object) -> Statements:
    return [f"ALTER SEQUENCE {spelled(fact)} OWNED BY NONE"]


def function_options(fact: Object) -> FunctionOptions:
    assert isinstance(fact.options, FunctionOptions)
    return fact.options


def create_function(fact: Object) -> Statements:
    return [function_options(fact).definition.strip().removesuffix(";")]


def drop_function(fact: Object) -> Statements:
    name = spelled(fact)
    if fact.ref.kind == "aggregate" and name.endswith("()"):
        name = name.removesuffix("()") + "(*)"
    return [f"DROP {fact.ref.kind.upper()} {name}"]


def alter_function(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = function_options(current), function_options(desired)
    if before.head != after.head or desired.ref.kind == "aggregate":
        return None if before.definition != after.definition else []
    return create_function(desired) if before.definition != after.definition else []


def view_options(fact: Object) -> ViewOptions:
    assert isinstance(fact.options, ViewOptions)
    return fact.options


def create_view(fact: Object, replaces: bool = False) -> Statements:
    assert isinstance(fact, View)
    options, word = view_options(fact), relation_word(fact)
    words = [f"CREATE {'OR REPLACE ' if replaces else ''}{word} {spelled(fact)}"]
    words += [f"USING {quoted(options.access_method)}"] if options.access_method else []
    if options.storage_parameters:
        words.append(f"WITH ({listed(options.storage_parameters)})")
    words += [f"TABLESPACE {quoted(options.tablespace)}"] if options.tablespace else []
    body = fact.body.canonical.strip().removesuffix(";")
    text = f"{' '.join(words)} AS\n{body}" + ("\nWITH NO DATA" if options.is_unfilled else "")
    return [text, *_view_defaults((), options.defaults, fact)]


def _view_defaults(before: tuple, after: tuple, fact: Object) -> Statements:  # type: ignore[type-arg]
    alter = f"ALTER VIEW {spelled(fact)} ALTER COLUMN"
    former, latter = dict(before), dict(after)
    made = [f"{alter} {quoted(name)} DROP DEFAULT" for name in former if name not in latter]
    for name, value in latter.items():
        if former.get(name) != value:
            made.append(f"{alter} {quoted(name)} SET DEFAULT {value}")
    return made


def drop_view(fact: Object) -> Statements:
    return [f"DROP {relation_word(fact)} {spelled(fact)}"]


def alter_view(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """Replace a view whose columns stay, with others behind them."""
    assert isinstance(current, View) and isinstance(desired, View)
    before, after = view_options(current), view_options(desired)
    if before.is_materialized != after.is_materialized:
        return None
    made, name, word = list[str](), spelled(desired), relation_word(desired)
    if current.body.canonical != desired.body.canonical or before.columns != after.columns:
        if after.is_materialized or after.columns[: len(before.columns)] != before.columns:
            return None
        made += create_view(desired, replaces=True)[:1]
    else:
        parameters = before.storage_parameters, after.storage_parameters
        made += parameter_changes(f"{word} {name}", *parameters)
    if after.is_materialized and before.access_method != after.access_method:
        return None
    if before.tablespace != after.tablespace:
        space = quoted(after.tablespace or "pg_default")
        made.append(f"ALTER {word} {name} SET TABLESPACE {space}")
    if before.is_unfilled != after.is_unfilled:
        no = " WITH NO DATA" if after.is_unfilled else ""
        made.append(f"REFRESH MATERIALIZED VIEW {name}{no}")
    return made + _view_defaults(before.defaults, after.defaults, desired)


def create_trigger(fact: Object) -> Statements:
    assert isinstance(fact, Trigger)
    return [fact.body.canonical.strip().removesuffix(";"), *_enabled(fact)]


def _enabled(fact: Object, always: bool = False) -> Statements:
    assert isinstance(fact.options, TriggerOptions)
    word = fact.options.enabled or ("ENABLE" if always else "")
    alter = f"ALTER TABLE {table_of(fact.ref)}"
    return [f"{alter} {word} TRIGGER {quoted(fact.ref.name)}"] if word else []


def drop_trigger(fact: Object) -> Statements:
    return [f"DROP TRIGGER {quoted(fact.ref.name)} ON {table_of(fact.ref)}"]


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


def drop_policy(fact: Object) -> Statements:
    return [f"DROP POLICY {quoted(fact.ref.name)} ON {table_of(fact.ref)}"]


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


_PART = r'(?:"(?:[^"]|"")*"|\w+)'
_MULTIRANGE = re.compile(rf"MULTIRANGE_TYPE_NAME = {_PART}\.({_PART})")


def put_aside(fact: Object, taken: Collection[str]) -> Statements:
    """Let a type give up its name while its values are still stored; these are `taken`."""
    made = [f"ALTER {_word(fact)} {spelled(fact)} RENAME TO {quoted(aside(fact.ref.name, taken))}"]
    if name := multirange_name(fact):
        own = name.strip('"').replace('""', '"')
        place = quoted(fact.ref.namespace or PUBLIC)
        made.append(f"ALTER TYPE {place}.{name} RENAME TO {quoted(aside(own, taken))}")
    return made


def multirange_name(fact: Object) -> str:
    """Return what the type of several ranges is called, beside its schema."""
    if fact.ref.kind != "range type":
        return ""
    match = _MULTIRANGE.search(fact.options.word("definition"))
    return match[1] if match else ""


def drop_aside(fact: Object, taken: Collection[str]) -> Statements:
    name = f"{quoted(fact.ref.namespace or PUBLIC)}.{quoted(aside(fact.ref.name, taken))}"
    return [f"DROP {_word(fact)} {name}"]


def _word(fact: Object) -> str:
    return {"domain": "DOMAIN", "collation": "COLLATION"}.get(fact.ref.kind, "TYPE")
