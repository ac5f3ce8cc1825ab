"""Write schema.sql as a module of SQLAlchemy Core, and compare the two before it is shown.

A table that does not come out the same is made by its own SQL; what does not come out the same even
so is refused. What only the spelling of Core keeps apart is told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches, unified_diff
from pathlib import Path

from sqlplumb.changes import Alter
from sqlplumb.changes.comparison import Comparison, Note
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.engines import Remark, Source
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.render import words
from sqlplumb.render.tables import ModuleOptions, beyond_core, is_ours, module, name_of, own_names
from sqlplumb.schema import Ref, Schema, Table
from sqlplumb.sources import open_schema
from sqlplumb.sources.alembic_files import module_folders
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.metadata import open_created, run_module, uncreatable

_LABEL = "the module of tables"


@dataclass(frozen=True, slots=True)
class Generated:
    """The module, and what of it SQLAlchemy says in its own way or not at all."""

    text: str
    notes: tuple[Problem, ...]


def generate(settings: Settings) -> Generated:
    schema = open_schema(settings)
    text, options, comparison = _proved(_module_options(schema, settings), schema, settings)
    return Generated(text, (*schema.passed_over, *_notes(options, comparison)))


def _notes(options: ModuleOptions, comparison: Comparison) -> Iterator[Problem]:
    objects = options.schema.objects
    for note in comparison.notes:
        yield Problem(f"noted: {words.noted(note)}: {note.ref}", place=objects[note.ref].place)
    for name, why in beyond_core(options).items():
        head = objects[options.schema.unit(name).ref]
        message = (
            f"noted: {head.ref} is made by its own SQL: SQLAlchemy Core has no words for {why}"
        )
        yield Problem(message, place=head.place)


def _module_options(schema: Source, settings: Settings) -> ModuleOptions:
    facts = schema.read()
    attribute = settings.metadata.partition(":")[2]
    return ModuleOptions(
        schema=facts,
        remarks=_remarks(schema),
        named=" ".join(settings.schema),
        metadata=attribute if attribute.isidentifier() else "metadata",
        types=_types(facts, settings),
    )


def _remarks(schema: Source) -> tuple[Remark, ...]:
    """Every comment once: those of a line, and those between strokes and stars."""
    remarks = {remark.place: remark for mark in ("--", "/*") for remark in schema.remarks(mark)}
    return tuple(remarks.values())


def _types(schema: Schema, settings: Settings) -> dict[Ref, str]:
    """What the settings have chosen, by the column that they mean."""
    columns = {str(ref).lower(): ref for ref in schema.objects if ref.kind == "column"}
    types: dict[Ref, str] = {}
    for name, chosen in settings.tables.types.items():
        if name.lower() not in columns:
            near = get_close_matches(name.lower(), columns, 3, 0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "write table.column"
            message = f"the settings choose a type for {name}: {schema.source} has no such column"
            raise WrongInput(Problem(message, hint))
        if ":" not in chosen and chosen not in own_names():
            hint = f'write "package.module:{chosen}", or one of {", ".join(own_names())}'
            message = f"the settings choose {chosen} for {name}, and no type is called so"
            raise WrongInput(Problem(message, hint))
        types[columns[name.lower()]] = chosen
    return types


def _proved(
    options: ModuleOptions, schema: Source, settings: Settings
) -> tuple[str, ModuleOptions, Comparison]:
    """As Core says it, or, table by table, as SQL does."""
    beyond: Mapping[str, str] = {}
    for _ in range(2):
        text = module(options)
        comparison, beyond = _measured(text, options, schema=schema, settings=settings)
        if comparison and not beyond:
            return text, options, comparison
        tables = {
            ref.name for ref, fact in options.schema.objects.items() if isinstance(fact, Table)
        }
        in_sql = {name: why for name, why in beyond.items() if name in tables}
        options = replace(options, in_sql={**options.in_sql, **in_sql})
    named = "; ".join(f"{name}: {why}" for name, why in sorted(beyond.items()))
    message = f"nothing was written, since it would not make what {options.named} says: {named}"
    raise Refused(Problem(message, "please report this: sqlplumb should be able to say it"))


def _held_types(options: ModuleOptions, comparison: Comparison) -> None:
    """A type that a person has chosen must be declared as the column is."""
    for change in comparison.changes:
        if change.ref in options.types and isinstance(change, Alter) and "type" in change.fields:
            chosen, place = options.types[change.ref], options.schema.objects[change.ref].place
            message = f"{change.ref} is not declared as {chosen}, which the settings choose for it"
            hint = f"let get_col_spec() or impl of {chosen} say what {options.named} says"
            raise Refused(Problem(message, hint, place=place))


def _is_lost(note: Note) -> bool:
    """A name, too, that Core can say and has not said."""
    if note.reason == "name":
        return note.ref.kind != "column"
    return note.reason in ("not in metadata", "stand-in")


def _measured(
    text: str, options: ModuleOptions, schema: Source, settings: Settings
) -> tuple[Comparison | None, Mapping[str, str]]:
    """What came of it, and what did not come out the same, by table or view."""
    metadata = run_module(text, options.metadata, label=_LABEL, settings=settings)
    try:
        with open_created([metadata], _LABEL, project_engine(settings)) as opened:
            comparison = compare_sources(opened, schema, "", whole=True)
            _held_types(options, comparison)
    except Refused:
        raise
    except PlumbError as error:
        alone = uncreatable(metadata, project_engine(settings))
        return None, alone or {"all of it": str(error)}
    beyond: dict[str, str] = {}
    lost = [note.ref for note in comparison.notes if _is_lost(note)]
    for ref in (*(change.ref for change in comparison.changes), *lost):
        aspect = f"its {name_of(ref)}"
        beyond[ref.unit] = f"{beyond[ref.unit]}, {aspect}" if ref.unit in beyond else aspect
    return comparison, beyond


def tables_file(settings: Settings) -> Path:
    """The one that the settings name, or where the metadata that they name comes from."""
    if settings.tables.module:
        return settings.root / settings.tables.module
    if located := _located(settings):
        return located
    named = settings.metadata
    what = f"where {named} lies is not known" if named else "the settings name no metadata"
    hint = 'say which: module = "app/tables.py" in [tool.sqlplumb.tables], or -o FILE'
    raise WrongInput(Problem(f"there is no file for the tables: {what}", hint))


def _located(settings: Settings) -> Path | None:
    """Where that module is, or where it belongs if there is but one place."""
    parts = settings.metadata.partition(":")[0].split(".") if settings.metadata else []
    folders = [Path(folder) for folder in module_folders(settings)] if parts else []
    for folder in folders:
        path = folder.joinpath(*parts)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    homes = [one for one in folders if one.joinpath(*parts[:-1]).is_dir()]
    return homes[0].joinpath(*parts).with_suffix(".py") if len(homes) == 1 else None


def difference(text: str, file: Path, named: str) -> str:
    """What differs between the file and what it should be, and what to do; nothing if nothing."""
    name = os.path.relpath(file)
    if not file.is_file():
        return f"stale  {name} is not there: run `sqlplumb tables`"
    current = _text_of(file)
    if current == text:
        return ""
    sides = current.splitlines(True), text.splitlines(True)
    lines = "".join(unified_diff(*sides, f"{name} (current)", f"{name} (desired)", n=2))
    return f"{lines.rstrip()}\n\nstale  {name} is not what {named} says: run `sqlplumb tables`"


def write(text: str, file: Path, replaced: bool) -> str:
    """What was done, in words."""
    name = os.path.relpath(file)
    current = _text_of(file) if file.is_file() else ""
    if current == text:
        return f"unchanged  {name}"
    if _is_somebody_elses(current) and not replaced:
        hint = (
            "it is kept: -o FILE names another; or let module in [tool.sqlplumb.tables] do so."
            " --replace writes over it"
        )
        raise Refused(Problem(f"{name} holds code that sqlplumb did not write", hint))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8", newline="\n")
    return f"wrote  {name}"


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _is_somebody_elses(text: str) -> bool:
    """Is there a statement, and nothing that says it is ours?"""
    if is_ours(text):
        return False
    try:
        return bool(parse(text).body)
    except (SyntaxError, ValueError):
        return True
