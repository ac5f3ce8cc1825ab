"""The words in which an author wrote what a revision changes, before it and after.

A schema that is the same to the engine may be written in many ways. Words are taken only where
they say exactly what is or will be in the database: from schema.sql, or from what it said before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from sqlplumb.changes import Create
from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError
from sqlplumb.schema import Object, Ref, Schema
from sqlplumb.sources import open_earlier
from sqlplumb.steps import Plan

Words = Mapping[Ref, str]


def written(schema: Source, plan: Plan, settings: Settings) -> tuple[Words, Words]:
    """Of what the revision finds, and of what it leaves."""
    units = frozenset(_units(plan))
    found = tuple((side, dict[Ref, str]()) for side in (plan.current, plan.desired))
    for opened in _all(schema, settings):
        with suppress(PlumbError):  # what was wrong once is nobody's words
            said = opened.read(units & opened.texts.keys()).objects
            for side, words in found:
                words |= _words(said, side) | words
        if all(_wanted(side, units) <= words.keys() for side, words in found):
            break
    return found[0][1], found[1][1]


def same(said: Mapping[Ref, Object], side: Schema) -> Mapping[Ref, Object]:
    return {ref: fact for ref, fact in said.items() if side.objects.get(ref) == fact}


def _all(schema: Source, settings: Settings) -> Iterator[Source]:
    yield schema
    yield from open_earlier(schema, settings)


def _units(plan: Plan) -> Iterator[str]:
    """By the names that they have now, and had before."""
    for change in plan.changes:
        yield change.ref.unit
        if not isinstance(change, Create):
            yield change.current.ref.unit


def _wanted(side: Schema, units: Collection[str]) -> set[Ref]:
    return {ref for ref in side.objects if not ref.inline and ref.unit in units}


def _words(said: Mapping[Ref, Object], side: Schema) -> dict[Ref, str]:
    """A table's words are its own only if all that stands in them is equal."""
    equal = same(said, side)
    torn = {ref.unit for ref in (*said, *side.objects) if ref.inline and ref not in equal}
    return {
        ref: fact.text
        for ref, fact in equal.items()
        if not ref.inline and (ref.table or ref.name not in torn)
    }
