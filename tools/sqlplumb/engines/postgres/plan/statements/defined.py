"""Objects that one statement makes and says all of: how each is dropped, and what it is given
afterwards."""

from __future__ import annotations

from collections.abc import Collection

from sqlplumb.engines.postgres.names import option_list, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import DefinedOptions
from sqlplumb.engines.postgres.plan.statements.dressing import address
from sqlplumb.engines.postgres.plan.statements.parameters import Statements, option_changes
from sqlplumb.schema import Object


def options_of(fact: Object) -> DefinedOptions:
    assert isinstance(fact.options, DefinedOptions)
    return fact.options


def create_defined(fact: Object) -> Statements:
    given = dict(options_of(fact).attributes)
    if fact.ref.kind == "subscription":
        return _create_subscription(fact, given)
    made = [part for part in options_of(fact).definition.split(";\n") if part]
    for name, value in given.items():
        made += _given(fact, name, value)
    return made


def _create_subscription(fact: Object, given: dict[str, str]) -> Statements:
    """Nobody is called: the slot is the publisher's, and is not made here."""
    slot = f"slot_name = {quoted(given['slot'])}" if given.get("slot") else "slot_name = NONE"
    words = ["connect = false", slot]
    words += [f"binary = {given['binary'].lower()}"] if given.get("binary") else []
    if given.get("synchronous_commit"):
        words.append(f"synchronous_commit = '{given['synchronous_commit']}'")
    made = [f"{options_of(fact).definition} WITH ({', '.join(words)})"]
    if given.get("enabled"):
        made.append(f"ALTER SUBSCRIPTION {spelled(fact)} ENABLE")
    return made


def drop_defined(fact: Object) -> Statements:
    word, name = address(fact)
    if fact.ref.kind == "subscription":
        alter = f"ALTER SUBSCRIPTION {name}"
        return [f"{alter} DISABLE", f"{alter} SET (slot_name = NONE)", f"DROP {word} {name}"]
    if fact.ref.kind == "comment":
        return [f"COMMENT ON {fact.ref.name} IS NULL"]
    return [f"DROP {word} {name}"]


def enabled(trigger: Object, state: str) -> Statements:
    """Let an event trigger fire as usual, or in another state."""
    return [f"ALTER EVENT TRIGGER {spelled(trigger)} {state or 'ENABLE'}"]


def _given(fact: Object, name: str, value: str) -> Statements:
    kind, own = fact.ref.kind, spelled(fact)
    if name == "enabled" and kind == "rule":
        return [
            f"ALTER TABLE {table_of(fact.ref)} {value or 'ENABLE'} RULE {quoted(fact.ref.name)}"
        ]
    if name == "enabled" and kind == "event trigger":
        return enabled(fact, value)
    if name == "target" and kind == "statistics":
        return [f"ALTER STATISTICS {own} SET STATISTICS {value or '-1'}"]
    return []


def _changed_options(current: Object, desired: Object) -> Statements | None:
    """Change the options of what stands for another server; None where more than them differs."""
    before, after = options_of(current), options_of(desired)
    heads = {
        side.definition.removesuffix(option_list(side.server_options)) for side in (before, after)
    }
    if len(heads) > 1:
        return None
    word, name = address(desired)
    changes = option_changes(before.server_options, after.server_options)
    return [f"ALTER {word} {name} OPTIONS ({changes})"]


_IN_PLACE = {("rule", "enabled"), ("event trigger", "enabled"), ("statistics", "target")}


def alter_defined(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = options_of(current), options_of(desired)
    made: Statements = []
    if desired.ref.kind == "operator" and not before.definition:
        return create_defined(desired)  # one that was announced only
    if before.definition != after.definition:
        words = _changed_options(current, desired)
        if words is None:
            return None
        made += words
    former, latter = dict(before.attributes), dict(after.attributes)
    for name in former.keys() | latter.keys():
        if former.get(name) == latter.get(name):
            continue
        if (desired.ref.kind, name) not in _IN_PLACE:
            return None
        made += _given(desired, name, latter.get(name, ""))
    return made
