"""A schema under the names that hints give it, as the server itself says it then.

The current schema is made on a scratch and read there before and behind the renames: what differs
between the two follows from them, and is all that changes in what was read of the current side.
Must never touch anything but a scratch database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import psycopg

from sqlplumb.changes import Change, Create, Drop, Rename
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.plan.graph import needs_of
from sqlplumb.engines.postgres.plan.plan import plan_steps as plan_rest
from sqlplumb.engines.postgres.plan.renames import Renames, is_hinted, moved_extensions
from sqlplumb.engines.postgres.plan.script import creates
from sqlplumb.engines.postgres.read.addresses import own_oid
from sqlplumb.engines.postgres.read.catalog import Catalog, ask
from sqlplumb.engines.postgres.scratch.allowed import read_files
from sqlplumb.engines.postgres.scratch.loading import Loader
from sqlplumb.engines.postgres.server.choose import SERVERS
from sqlplumb.engines.postgres.server.connect import Connection
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Expr, KeyPart, Object, Ref, Schema
from sqlplumb.steps import Step, Target

_OWN = frozenset(("ref", "options", "place", "renamed_from", "backfill", "position"))
_NEEDS = ("needs", "default_needs")
_NOT_CARRIED = frozenset((*_NEEDS, "had_owner", "had_grants"))


@dataclass(frozen=True, slots=True)
class Renamed:
    """The steps, and the current schema as they leave it."""

    schema: Schema
    steps: tuple[Step, ...] = ()


def renames(current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
    """Return the current schema under its desired names, and the changes that gave it those."""
    result = renamed(current, desired)
    return result.schema, tuple(change for step in result.steps for change in step.changes)


def plan_steps(
    current: Schema, desired: Schema, changes: Collection[Change], *, target: Target
) -> tuple[Step, ...]:
    """Return the steps of a plan, renames first: all else speaks of the names behind them."""
    result = renamed(current, desired)
    done = [change for step in result.steps for change in step.changes]
    rest = [part for change in changes if change not in done for part in _parts(change)]
    return (*result.steps, *plan_rest(result.schema, desired, rest, target=target))


def _parts(change: Change) -> tuple[Change, ...]:
    """What the server cannot rename is made anew under its name."""
    if isinstance(change, Rename):
        return Drop(change.current), Create(change.desired)
    return (change,)


_last: list[tuple[Schema, Schema, Renamed]] = []  # a comparison and its plan ask for the same


def renamed(current: Schema, desired: Schema) -> Renamed:
    if not (is_hinted(current) or is_hinted(desired) or any(moved_extensions(current, desired))):
        return Renamed(current)
    for before, after, known in _last:
        if before is current and after is desired:
            return known
    planned = Renames(current, desired)
    steps = tuple(planned.steps)
    result = Renamed(_behind(current, planned) if steps else current, steps)
    _last[:] = [(current, desired, result)]
    return result


def _behind(current: Schema, planned: Renames) -> Schema:
    files = {"the current schema": creates(current)}
    server = SERVERS.latest()
    with server.database() as connection:
        Loader(server, connection, files).load(read_files(files, True).statements)
        before = _read(connection)
        _run(connection, planned.steps)
        after = _read(connection)
    carried = _Carried(before, after)
    facts = [*carried.facts(current), *planned.made]
    shown = {ref: fact.ref.shown for ref, fact in planned.present.items()}
    objects = {
        fact.ref: replace(fact, ref=replace(fact.ref, shown=shown.get(fact.ref, fact.ref.shown)))
        for fact in facts
    }
    return replace(current, objects=objects, units=frozenset(ref.unit for ref in objects))


def _read(connection: Connection) -> Catalog:
    connection.execute("SET search_path = ''; SET jit = off")
    return Catalog(ask(connection))


def _run(connection: Connection, steps: Iterable[Step]) -> None:
    for step in steps:
        for statement in step.statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                raise Refused(_refusal(step, error)) from error


def _refusal(step: Step, error: psycopg.Error) -> Problem:
    places = (change.desired.place for change in step.changes if isinstance(change, Rename))
    said = (error.diag.message_primary or str(error)).partition("\n")[0]
    doing = "rename to" if step.verb == "rename" else f"move {step.ref.kind}"
    message = f"PostgreSQL cannot {doing} {step.ref}: {said}"
    advice = "do that in a revision of its own, before what is in the way changes"
    return Problem(message, advice, place=next(places, None))


class _Carried:
    """What two readings of one database say of the same objects, which their oids tell."""

    def __init__(self, before: Catalog, after: Catalog) -> None:
        behind = {own_oid(family, row): ref for ref, (family, row) in after.located.items()}
        self.places = {
            ref: behind[own_oid(family, row)] for ref, (family, row) in before.located.items()
        }
        self.before, self.after = _by_ref(before), _by_ref(after)

    def facts(self, schema: Schema) -> Iterator[Object]:
        """Yield the objects of a schema with what the renames have changed in them."""
        for ref, fact in schema.objects.items():
            place = self.places.get(ref)
            yield self._fact(fact, place) if place else fact

    def _fact(self, fact: Object, place: Ref) -> Object:
        before, after = self.before[fact.ref], self.after[place]
        changed = _changed(fact, before, after, but=_OWN)
        options = _changed(fact.options, before.options, after.options, but=_NOT_CARRIED)
        for name in _NEEDS:
            if needs := getattr(fact.options, name, None):
                options[name] = frozenset(self.places.get(ref, ref) for ref in needs)
        if fact.ref.kind == "extension":
            options["needs"] = needs_of(after)  # of the schema that it is in now
        return replace(fact, ref=place, options=replace(fact.options, **options), **changed)


def _by_ref(catalog: Catalog) -> dict[Ref, Object]:
    return {fact.ref: fact for fact in catalog.facts(list(catalog.units))}


def _changed(fact: Any, before: Any, after: Any, *, but: Collection[str]) -> dict[str, Any]:
    """Return the values that are others behind the renames, field by field."""
    changed = {}
    for each in fields(fact):
        if each.name in but:
            continue
        value, was, now = (getattr(one, each.name) for one in (fact, before, after))
        if was != now:
            changed[each.name] = _followed(value, was, now)
    return changed


def _followed(value: Any, was: Any, now: Any) -> Any:
    """Return a value that was printed in other words than on the scratch, with the names that
    changed there; where more than names changed, what the scratch says."""
    if was == now:
        return value
    if value == was:
        return now
    if isinstance(value, Expr):
        said = _followed(value.canonical, was.canonical, now.canonical)
        return replace(now, canonical=said, text=said)
    if isinstance(value, KeyPart):
        return replace(now, term=_followed(value.term, was.term, now.term))
    if isinstance(value, tuple) and len(value) == len(was) == len(now):
        return tuple(_followed(*each) for each in zip(value, was, now, strict=True))
    if not isinstance(value, str):
        return now
    words, former, latter = (_words(text) for text in (value, was, now))
    if len(former) != len(latter):
        return now
    names = {a: b for a, b in zip(former, latter, strict=True) if a != b}
    if [names.get(word, word) for word in former] != latter:
        return now
    return "".join(names.get(word, word) for word in words)


def _words(text: str) -> list[str]:
    """Cut a text into its tokens and what stands between them."""
    words, end = list[str](), 0
    for token in lex(text):
        words += [text[end : token.start], text[token.start : token.end]]
        end = token.end
    return [*words, text[end:]]
