"""Generate one module of SQLAlchemy Core for two schemas, each for an engine of its own, and
compare it with both before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlplumb import stand_ins
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.tried_tables import (
    Generated,
    columns_of,
    compare,
    module_options,
    notes_of,
    with_sql,
)
from sqlplumb.config import Settings, read_settings
from sqlplumb.engines import ENGINES, Source, engine
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.render.tables import SAY_ALIKE, ModuleOfBoth, ModuleOptions, module_of_both
from sqlplumb.schema import Column, Ref, Schema
from sqlplumb.sources import open_schema
from sqlplumb.sources.database import project_engine

_NAMED = re.compile(r'near "(\w+)"|function (\w+)\(')  # what an error says of a CHECK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    settings: Settings
    schema: Source
    options: ModuleOptions

    @property
    def title(self) -> str:
        return engine(self.options.schema.engine).title


def generate_both(settings: Settings) -> tuple[Generated, str]:
    """Return the module, and what both schemas are called. Raise Refused where it would not make
    the same schemas."""
    sides = _open(settings)
    named = " and ".join(side.options.named for side in sides)
    while True:
        made = module_of_both(sides[0].options, sides[1].options)
        sides = [
            replace(side, options=its_own)
            for side, its_own in zip(sides, made.options, strict=True)
        ]
        tried = [
            compare(made.text, side.options, schema=side.schema, settings=side.settings)
            for side in sides
        ]
        comparisons = [comparison for comparison, _ in tried if comparison]
        if len(comparisons) == len(tried) and not any(lost for _, lost in tried):
            return Generated(made.text, (*_notes(sides, comparisons),)), named
        before, sides = sides, _said_better(sides, made, tried)
        if [side.options for side in sides] == [side.options for side in before]:
            raise Refused([*_problems(sides, [lost for _, lost in tried])])


Tried = tuple[Comparison | None, Mapping[str, str]]


def _said_better(sides: list[_Side], made: ModuleOfBoth, tried: Sequence[Tried]) -> list[_Side]:
    """Let CHECKs have words of their own; where that is not the reason, let SQL make tables."""
    options = sides[1].options
    if apart := _apart(made.alike, *tried[1]):
        return [sides[0], replace(sides[1], options=replace(options, apart=options.apart | apart))]
    return [
        replace(side, options=with_sql(side.options, lost))
        for side, (_, lost) in zip(sides, tried, strict=True)
    ]


def _apart(
    alike: Mapping[Ref, str], comparison: Comparison | None, not_same: Mapping[str, str]
) -> frozenset[Ref]:
    """Return the CHECKs whose words of the other schema do not do: those that differ, those of
    which the error speaks, or else all of the tables that are not the same."""
    if comparison:
        differing = {change.ref for change in comparison.changes}
        tables = {ref.unit for ref in differing if ref.kind == "check" and ref not in alike}
        return frozenset(ref for ref in alike if ref in differing or ref.unit in tables)
    of_tables = {
        ref: said
        for ref, said in alike.items()
        if ref.unit in not_same or not not_same.keys() & {each.unit for each in alike}
    }
    errors = " ".join(not_same.values())
    named = {word.lower() for pair in _NAMED.findall(errors) for word in pair if word}
    spoken_of = {
        ref
        for ref, said in of_tables.items()
        if named & {word.lower() for word in re.findall(r"\w+", said)}
    }
    return frozenset(spoken_of or of_tables)


def _open(settings: Settings) -> list[_Side]:
    """Open the schema of each name, in the order of the engines."""
    file = settings.root / settings.file
    found = dict[str, Settings]()
    for name in settings.tables.names:
        of_name = read_settings(file, name)
        of_name = replace(of_name, cache=settings.cache, timeout=settings.timeout)
        its_engine = project_engine(of_name).name
        if its_engine in found:
            title, other = engine(its_engine).title, found[its_engine].name
            message = f"{other} and {name} are both of {title}: a module is for two engines"
            advice = f"let databases or scratch name a URL in [tool.sqlplumb.names.{name}]"
            raise WrongInput(Problem(message, advice))
        found[its_engine] = of_name
    ordered = [found[name] for name in ENGINES if name in found]
    stand_ins.use(ordered[0].stand_ins)
    schemas = [open_schema(each) for each in ordered]
    facts = [schema.read() for schema in schemas]
    return [
        _Side(
            settings=each,
            schema=schema,
            options=module_options(schema, each, _chosen(each.tables.types, own, facts)),
        )
        for each, schema, own in zip(ordered, schemas, facts, strict=True)
    ]


def _chosen(types: Mapping[str, str], own: Schema, facts: list[Schema]) -> dict[str, str]:
    """Return the types that are chosen for columns of this schema, or for no column of any. Those
    that a module defines itself are for values that are texts."""
    columns = columns_of(own)
    known = {name for schema in facts for name in columns_of(schema)}
    chosen = {name: type_ for name, type_ in types.items() if name.lower() not in known}
    family = engine(own.engine).type_family
    for name, type_ in types.items():
        column = own.objects[columns[name.lower()]] if name.lower() in columns else None
        if not isinstance(column, Column):
            continue
        if ":" in type_ or own is facts[0] or family(column.type) == "text":
            chosen[name] = type_
    return chosen


def _notes(sides: list[_Side], comparisons: list[Comparison]) -> Iterator[Problem]:
    for side, comparison in zip(sides, comparisons, strict=True):
        for note in (*side.schema.passed_over, *notes_of(side.options, comparison)):
            yield replace(note, message=f"{side.title}: {note.message}")


def _problems(sides: list[_Side], not_same: list[Mapping[str, str]]) -> Iterator[Problem]:
    """Tell what the module would not make as a schema says it, each with its line."""
    for side, lost in zip(sides, not_same, strict=True):
        for name, why in sorted(lost.items()):
            unit = side.options.schema.by_unit.get(name)
            place = unit.head.place if unit and unit.head else None
            message = f"{name} cannot be said for both engines, and differs on {side.title}: {why}"
            yield Problem(message, SAY_ALIKE, place=place)
