"""Enums, composite types and domains, and types that give up their names."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlplumb.engines.moves import aside
from sqlplumb.engines.postgres.creating import attribute, domain_comment
from sqlplumb.engines.postgres.names import PUBLIC, literal, quoted, spelled
from sqlplumb.engines.postgres.options import CompositeOptions, DomainOptions, EnumOptions
from sqlplumb.engines.postgres.plan.statements.parameters import Statements
from sqlplumb.schema import Object


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


def without_rules(domain: Object) -> Statements:
    """Let a domain call no function any more."""
    assert isinstance(domain.options, DomainOptions)
    alter = f"ALTER DOMAIN {spelled(domain)}"
    made = [f"{alter} DROP CONSTRAINT {quoted(name)}" for name, *_ in domain.options.checks]
    return [*made, *([f"{alter} DROP DEFAULT"] if domain.options.default else [])]


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
