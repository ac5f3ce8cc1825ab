"""Generate a module of SQLAlchemy Core from a schema, and compare the two before it is shown.

A table that does not come out the same is made by its own SQL; what does not come out the same even
so is refused. What only the spelling of Core keeps apart is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sqlplumb.changes import Alter
from sqlplumb.changes.comparison import Comparison, Note
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.render import words
from sqlplumb.render.comments import all_remarks
from sqlplumb.render.tables import ModuleOptions, beyond_core, module, name_of, own_names
from sqlplumb.schema import Ref, Schema, Table
from sqlplumb.sources import open_schema
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.metadata import open_created, run_module, uncreatable

_LABEL = "the module of tables"


@dataclass(frozen=True, slots=True)
class Generated:
    """The module, and what of it SQLAlchemy says in its own way or not at all."""

    text: str
    notes: tuple[Problem, ...]


def generate(settings: Settings) -> Generated:
    """Write the module as Core says it, or, table by table, as SQL does.

    Raise Refused where it would not make the same schema.
    """
    schema = open_schema(settings)
    options = module_options(schema, settings)
    not_same: Mapping[str, str] = {}
    for _ in range(2):
        text = module(options)
        comparison, not_same = compare(text, options, schema=schema, settings=settings)
        if comparison and not not_same:
            return Generated(text, (*schema.passed_over, *notes_of(options, comparison)))
        options = with_sql(options, not_same)
    reasons = "; ".join(f"{name}: {why}" for name, why in sorted(not_same.items()))
    message = f"nothing was written, since it would not make what {options.named} says: {reasons}"
    raise Refused(Problem(message, "please report this: sqlplumb should be able to say it"))


def with_sql(options: ModuleOptions, not_same: Mapping[str, str]) -> ModuleOptions:
    """Let SQL make the tables of these, which Core was seen not to make the same."""
    heads = {ref.unit for ref, fact in options.schema.objects.items() if isinstance(fact, Table)}
    in_sql = {name: why for name, why in not_same.items() if name in heads}
    return replace(options, in_sql={**options.in_sql, **in_sql})


def module_options(
    schema: Source, settings: Settings, chosen: Mapping[str, str] | None = None
) -> ModuleOptions:
    """`chosen` are the types that the settings choose, by `table.column`."""
    facts = schema.read()
    attribute = settings.metadata.partition(":")[2]
    return ModuleOptions(
        schema=facts,
        remarks=all_remarks(schema),
        named=" ".join(settings.schema),
        metadata=attribute if attribute.isidentifier() else "metadata",
        types=_chosen_types(facts, settings.tables.types if chosen is None else chosen),
    )


def columns_of(schema: Schema) -> dict[str, Ref]:
    """Return the columns as the settings name them."""
    return {str(ref).lower(): ref for ref in schema.objects if ref.kind == "column"}


def _chosen_types(schema: Schema, written: Mapping[str, str]) -> dict[Ref, str]:
    """Return the types that the settings choose, by the column that they mean."""
    columns = columns_of(schema)
    types: dict[Ref, str] = {}
    for name, chosen in written.items():
        if name.lower() not in columns:
            near = get_close_matches(name.lower(), columns, 3, 0.5)
            advice = f"did you mean {' or '.join(near)}?" if near else "write table.column"
            message = f"the settings choose a type for {name}: {schema.source} has no such column"
            raise WrongInput(Problem(message, advice))
        if ":" not in chosen and chosen not in own_names():
            advice = f'write "package.module:{chosen}", or one of {", ".join(own_names())}'
            message = f"the settings choose {chosen} for {name}, and no type is called so"
            raise WrongInput(Problem(message, advice))
        types[columns[name.lower()]] = chosen
    return types


def compare(
    text: str, options: ModuleOptions, *, schema: Source, settings: Settings
) -> tuple[Comparison | None, Mapping[str, str]]:
    """Run the module and compare what it makes; return what is not the same, by table or view."""
    metadata = run_module(text, options.metadata, label=_LABEL, settings=settings)
    engine = project_engine(settings)
    try:
        with open_created([metadata], _LABEL, engine, settings=settings) as created:
            comparison = compare_sources(created, schema, "", whole=True)
            _refuse_types(options, comparison)
    except Refused:
        raise
    except PlumbError as error:
        return None, uncreatable(metadata, settings) or {"all of it": str(error)}
    refs = [change.ref for change in comparison.changes]
    refs += [note.ref for note in comparison.notes if _is_lost(note)]
    not_same: dict[str, str] = {}
    for ref in refs:
        aspect = f"its {name_of(ref)}"
        not_same[ref.unit] = f"{not_same[ref.unit]}, {aspect}" if ref.unit in not_same else aspect
    return comparison, not_same


def _refuse_types(options: ModuleOptions, comparison: Comparison) -> None:
    """Refuse a type that a person has chosen and that is not declared as the column is."""
    for change in comparison.changes:
        if change.ref in options.types and isinstance(change, Alter) and "type" in change.fields:
            chosen, place = (
                options.types[change.ref],
                options.schema.objects[change.ref].place,
            )
            message = f"{change.ref} is not declared as {chosen}, which the settings choose for it"
            advice = f"let get_col_spec() or impl of {chosen} say what {options.named} says"
            raise Refused(Problem(message, advice, place=place))


def _is_lost(note: Note) -> bool:
    if note.reason == "name":  # one that Core can say and has not said
        return note.ref.kind != "column"
    return note.reason in ("not in metadata", "stand-in")


def notes_of(options: ModuleOptions, comparison: Comparison) -> Iterator[Problem]:
    objects = options.schema.objects
    for note in comparison.notes:
        yield Problem(f"noted: {words.noted(note)}: {note.ref}", place=objects[note.ref].place)
    for name, why in beyond_core(options).items():
        head = objects[options.schema.unit(name).ref]
        message = (
            f"noted: {head.ref} is made by its own SQL: SQLAlchemy Core has no words for {why}"
        )
        yield Problem(message, place=head.place)
