"""Which names move, as hints say it, and the statements that move them.

Schemas first, then what stands in them, then what tables hold, then labels. What follows from a
rename in other objects is nothing that is known here: the server says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from sqlplumb.changes import Alter, Change, Create, Rename
from sqlplumb.engines.moves import Moves, TwoClaims, aside, moves
from sqlplumb.engines.postgres.creating import create_schema
from sqlplumb.engines.postgres.names import (
    PUBLIC,
    literal,
    quoted,
    spelled,
    split_arguments,
    table_of,
)
from sqlplumb.engines.postgres.options import EnumOptions, ExtensionOptions
from sqlplumb.engines.postgres.plan.statements.dressing import address, dressed
from sqlplumb.engines.postgres.plan.statements.names import ROUTINES, RULES, TYPES, rule_name
from sqlplumb.engines.postgres.plan.statements.others import move_extension
from sqlplumb.engines.postgres.plan.statements.types import multirange_name
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Column, Object, PrimaryKey, Ref, Schema, with_values
from sqlplumb.steps import Step, Verb

_RELATIONS = frozenset(
    ("table", "view", "materialized view", "index", "sequence", "composite type")
)
_IN_A_TABLE = RULES | {"column", "trigger", "policy", "rule"}
_NEVER = frozenset(("cast", "user mapping", "operator", "extension"))
Group = tuple[str, str, str]  # what shares one set of names: a kind, a namespace, a table


def moved_extensions(current: Schema, desired: Schema) -> Iterator[tuple[Object, Object]]:
    """Yield what comes into another schema with all that it holds; whoever needs that follows."""
    for fact in current.objects.values():
        goal = desired.objects.get(fact.ref)
        if goal is None or not isinstance(fact.options, ExtensionOptions):
            continue
        if fact.options.is_relocatable and fact.options.schema != goal.options.word("schema"):
            yield fact, goal


def is_hinted(desired: Schema) -> bool:
    """Does anything say what it was called?"""
    return any(
        fact.renamed_from or getattr(fact.options, "renamed_labels", ())
        for fact in desired.objects.values()
    )


class Renames:
    """The `steps` that give a schema the names that hints of the desired one say. `present` are its
    objects by the addresses that they have behind the steps."""

    def __init__(self, current: Schema, desired: Schema) -> None:
        self.desired, self.present = desired, dict(current.objects)
        self.steps: list[Step] = []
        self.made: list[Object] = []
        for is_in_turn in (_is_schema, _is_in_schema, _is_in_table):
            for group in self._hinted(is_in_turn):
                self._move(group)
        for ref, fact in self.desired.objects.items():
            if isinstance(fact.options, EnumOptions) and ref in self.present:
                self._rename_labels(self.present[ref], fact)
        renamed = replace(current, objects=dict(self.present))
        for fact, goal in moved_extensions(renamed, desired):
            self._move_extension(fact, goal)

    def _move_extension(self, current: Object, desired: Object) -> None:
        """The schema that it comes into is made first, where the plan makes it."""
        name = desired.options.word("schema")
        place = self.desired.objects.get(Ref("schema", "", name))
        if place and place.ref not in self.present:
            statements = (*create_schema(place), *dressed(None, place))
            self.made.append(place)
            self.present[place.ref] = place
            self._step("create", place.ref, statements, Create(place))
        moved = with_values(current, {"schema": name})
        self.present[current.ref] = moved
        self._step("alter", moved.ref, move_extension(desired), Alter(current, moved, ("schema",)))

    def _step(self, verb: Verb, ref: Ref, statements: Iterable[str], change: Change) -> None:
        step = Step(verb=verb, ref=ref, statements=tuple(statements), changes=(change,))
        self.steps.append(step)

    def _hinted(self, is_in_turn: Callable[[Ref], bool]) -> list[Group]:
        hinted = (fact.ref for fact in self.desired.objects.values() if fact.renamed_from)
        groups = (_group(ref) for ref in hinted if is_in_turn(ref) and ref.kind not in _NEVER)
        return list(dict.fromkeys(groups))

    def _move(self, group: Group) -> None:
        here, there = _by_name(self.present, group), _by_name(self.desired.objects, group)
        hints = {name: _former(fact) for name, fact in there.items() if fact.renamed_from}
        hints = {
            name: former
            for name, former in hints.items()
            if former in here
            and _can_be(here[former], there[name])
            # Of tables and columns that change places it was settled before whether they have.
            and (group[0] in ("relation", "column") or not (name in here and former in there))
        }
        planned = _planned(hints, here, there)
        for name in planned.evicted:
            self._rename(here[name], aside(name, {*here, *there}), None)
        for move in planned.moves:
            fact = _by_name(self.present, group)[move.current]
            self._rename(fact, move.desired, there.get(move.desired))

    def _rename(self, fact: Object, name: str, goal: Object | None) -> None:
        statements = [rename_statement(fact, name)]
        if goal is None and self._asks_for_values(fact):
            column = f"ALTER TABLE {table_of(fact.ref)} ALTER COLUMN {quoted(name)}"
            statements.append(f"{column} DROP NOT NULL")  # nobody gives it any more
        if goal and (former := multirange_name(fact)) != (latter := multirange_name(goal)):
            place = quoted(fact.ref.namespace or PUBLIC)
            statements.append(f"ALTER TYPE {place}.{former} RENAME TO {latter}")
        renamed = _renamed(fact, name, goal)
        self.present = dict(_moved(self.present, fact, renamed))
        changes = (Rename(fact, goal),) if goal else ()
        step = Step(verb="rename", ref=renamed.ref, statements=tuple(statements), changes=changes)
        self.steps.append(step)

    def _asks_for_values(self, fact: Object) -> bool:
        """Would a row be refused that says nothing of a column? One of a key stays as it is."""
        if not isinstance(fact, Column) or not fact.not_null or fact.generated:
            return False
        table = fact.ref.table_ref
        keys = (one for one in self.present.values() if isinstance(one, PrimaryKey))
        parts = (part for key in keys if key.ref.table_ref == table for part in key.columns)
        is_in_key = any(part.term == fact.ref.name for part in parts)
        return not (fact.default is not None or fact.options.word("identity") or is_in_key)

    def _rename_labels(self, current: Object, desired: Object) -> None:
        """The way back is known from the hints of where it begins."""
        before, after = current.options, desired.options
        assert isinstance(before, EnumOptions) and isinstance(after, EnumOptions)
        back = {former: label for label, former in before.renamed_labels}
        here, there = dict.fromkeys(before.labels, current), dict.fromkeys(after.labels, desired)
        hints = {
            label: former
            for label, former in (*back.items(), *after.renamed_labels)
            if label in there and not (label in here and former in there)
        }
        planned, labels = _planned(hints, here, there), list(before.labels)
        pairs = [(name, aside(name, {*here, *there})) for name in planned.evicted]
        pairs += [(move.current, move.desired) for move in planned.moves]
        if not pairs:
            return
        for former, label in pairs:
            labels[labels.index(former)] = label
        renamed = replace(desired, options=replace(after, labels=tuple(labels)))
        step = Step(
            verb="rename",
            ref=desired.ref,
            statements=tuple(
                f"ALTER TYPE {spelled(desired)} RENAME VALUE {literal(former)} TO {literal(label)}"
                for former, label in pairs
            ),
            changes=(Alter(current, renamed, ("labels",)),),
        )
        self.steps.append(step)


def _is_schema(ref: Ref) -> bool:
    return ref.kind == "schema"


def _is_in_table(ref: Ref) -> bool:
    return ref.kind in _IN_A_TABLE


def _is_in_schema(ref: Ref) -> bool:
    return not (_is_schema(ref) or _is_in_table(ref))


def _can_be(former: Object, latter: Object) -> bool:
    """What comes with a parent is renamed with it."""
    return former.ref.kind == latter.ref.kind and not former.options.flag("inherited")


def _planned(
    hints: Mapping[str, str], here: Mapping[str, Object], there: Mapping[str, Object]
) -> Moves:
    try:
        return moves(hints, here.keys(), there.keys())
    except TwoClaims as error:
        places = (fact.place for name, fact in there.items() if name in hints)
        place = next(filter(None, places), None)
        advice = "let one of the two hints stand"
        raise Refused(Problem(str(error), advice, place=place)) from error


def _group(ref: Ref) -> Group:
    if ref.kind in TYPES - _RELATIONS:
        return "type", ref.namespace, ""
    if ref.kind in _RELATIONS:
        return "relation", ref.namespace, ""
    if ref.kind in ROUTINES:
        return "routine", ref.namespace, ""
    return "constraint" if ref.kind in RULES else ref.kind, ref.namespace, ref.table


def _by_name(objects: Mapping[Ref, Object], group: Group) -> dict[str, Object]:
    return {_name(fact): fact for ref, fact in objects.items() if _group(ref) == group}


def _name(fact: Object) -> str:
    return fact.name if isinstance(fact, PrimaryKey) else fact.ref.name


def _former(fact: Object) -> str:
    """A function has the types of its arguments in its name, which a hint need not say."""
    former = fact.renamed_from
    if fact.ref.kind in ROUTINES and "(" not in former:
        former = quoted(former) + "".join(split_arguments(fact.ref.name)[1:])
    return former


def rename_statement(fact: Object, name: str) -> str:
    ref, new = fact.ref, quoted(name)
    if ref.kind == "column":
        return f"ALTER TABLE {table_of(ref)} RENAME COLUMN {quoted(ref.name)} TO {new}"
    if ref.kind in RULES:
        return f"ALTER TABLE {table_of(ref)} RENAME CONSTRAINT {rule_name(fact)} TO {new}"
    if ref.kind in ROUTINES:
        own = split_arguments(name)[0]
        new = own if own.startswith('"') else quoted(own)
    if ref.kind in ("operator class", "operator family"):
        new = quoted(name.rpartition(" USING ")[0])
    word, own = address(fact)
    return f"ALTER {word} {own} RENAME TO {new}"


def _renamed(fact: Object, name: str, goal: Object | None) -> Object:
    """What steps aside is still shown by the name that it had."""
    if isinstance(fact, PrimaryKey):
        return replace(fact, name=name)
    shown = goal.ref.shown if goal else fact.ref.display
    return replace(fact, ref=replace(fact.ref, name=name, shown=shown))


def _moved(
    objects: Mapping[Ref, Object], before: Object, after: Object
) -> Iterator[tuple[Ref, Object]]:
    """Yield all objects where they are once one of them is called otherwise."""
    for ref, fact in objects.items():
        if fact is before:
            yield after.ref, after
            continue
        if place := _place_behind(ref, before.ref, after.ref):
            fact = replace(fact, ref=place)
        if before.ref.kind == "schema" and fact.options.word("schema") == before.ref.name:
            fact = with_values(fact, {"schema": after.ref.name})
        yield fact.ref, fact


def _place_behind(ref: Ref, before: Ref, after: Ref) -> Ref | None:
    if before.kind == "schema":
        former = "" if before.name == PUBLIC else before.name
        latter = "" if after.name == PUBLIC else after.name
        return replace(ref, namespace=latter) if ref.namespace == former and ref != before else None
    is_whole = before.kind in ("table", "view", "materialized view")
    if is_whole and ref.namespace == before.namespace and ref.table == before.name:
        return replace(ref, table=after.name, shown_table=after.shown)
    return None
