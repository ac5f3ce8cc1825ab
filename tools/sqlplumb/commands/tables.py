"""Write schema.sql as a module of SQLAlchemy Core, and compare the two before it is shown.

A table that does not come out the same is made by its own SQL; what does not come out the same even
so is refused. What only the spelling of Core keeps apart is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches, unified_diff
from pathlib import Path
from typing import Literal

from sqlplumb.changes import Alter
from sqlplumb.changes.comparison import Comparison, Note
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.render import words
from sqlplumb.render.comments import all_remarks
from sqlplumb.render.tables import ModuleOptions, beyond_core, is_ours, module, name_of, own_names
from sqlplumb.schema import Ref, Schema, Table
from sqlplumb.sources import open_schema
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.metadata import open_created, run_module, uncreatable
from sqlplumb.sources.running_alembic import module_folders

_LABEL = "the module of tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesOptions:
    """`output` is a file instead of the module configured. `check`: compare, and write nothing;
    `show`: hand the text out, and write nothing; `replace`: write over somebody else's code."""

    settings: Settings
    output: str = ""
    check: bool = False
    show: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class WrittenTables:
    """`answer` says in words what was done, or is the text itself where it is `shown`."""

    outcome: Literal["shown", "fresh", "stale", "unchanged", "wrote"]
    answer: str


def tables(options: TablesOptions, warn: Callable[[Iterable[Problem]], None]) -> WrittenTables:
    """Generate the module of tables; write it, show it, or compare it with its file.

    `warn` gets the notes before anything is written.
    """
    settings = options.settings
    is_shown = options.show and not options.check
    file = None if is_shown else Path(options.output or _configured_file(settings))
    generated = generate(settings)
    warn(generated.notes)
    if file is None:
        return WrittenTables("shown", generated.text.rstrip("\n"))
    if options.check:
        answer = _difference(generated.text, file, " ".join(settings.schema))
        return WrittenTables("stale" if answer else "fresh", answer)
    name = os.path.relpath(file)
    if _write(generated.text, file, replaces=options.replace):
        return WrittenTables("wrote", f"wrote  {name}")
    return WrittenTables("unchanged", f"unchanged  {name}")


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
    options = _module_options(schema, settings)
    not_same: Mapping[str, str] = {}
    for _ in range(2):
        text = module(options)
        comparison, not_same = _compare(text, options, schema=schema, settings=settings)
        if comparison and not not_same:
            return Generated(text, (*schema.passed_over, *_notes(options, comparison)))
        heads = {
            ref.unit for ref, fact in options.schema.objects.items() if isinstance(fact, Table)
        }
        in_sql = {name: why for name, why in not_same.items() if name in heads}
        options = replace(options, in_sql={**options.in_sql, **in_sql})
    reasons = "; ".join(f"{name}: {why}" for name, why in sorted(not_same.items()))
    message = f"nothing was written, since it would not make what {options.named} says: {reasons}"
    raise Refused(Problem(message, "please report this: sqlplumb should be able to say it"))


def _module_options(schema: Source, settings: Settings) -> ModuleOptions:
    facts = schema.read()
    attribute = settings.metadata.partition(":")[2]
    return ModuleOptions(
        schema=facts,
        remarks=all_remarks(schema),
        named=" ".join(settings.schema),
        metadata=attribute if attribute.isidentifier() else "metadata",
        types=_chosen_types(facts, settings),
    )


def _chosen_types(schema: Schema, settings: Settings) -> dict[Ref, str]:
    """Return the types that the settings choose, by the column that they mean."""
    columns = {str(ref).lower(): ref for ref in schema.objects if ref.kind == "column"}
    types: dict[Ref, str] = {}
    for name, chosen in settings.tables.types.items():
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


def _compare(
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


def _configured_file(settings: Settings) -> Path:
    """Return the file that the settings name, or where the metadata that they name comes from."""
    if settings.tables.module:
        return settings.root / settings.tables.module
    metadata = settings.metadata
    if metadata and (file := _file_of_module(metadata.partition(":")[0].split("."), settings)):
        return file
    reason = f"where {metadata} lies is not known" if metadata else "the settings name no metadata"
    advice = 'say which: module = "app/tables.py" in [tool.sqlplumb.tables], or -o FILE'
    raise WrongInput(Problem(f"there is no file for the tables: {reason}", advice))


def _file_of_module(parts: Sequence[str], settings: Settings) -> Path | None:
    """Return where this module is, or where it belongs if there is but one place."""
    folders = [Path(folder) for folder in module_folders(settings)]
    for folder in folders:
        path = folder.joinpath(*parts)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    homes = [folder for folder in folders if folder.joinpath(*parts[:-1]).is_dir()]
    return homes[0].joinpath(*parts).with_suffix(".py") if len(homes) == 1 else None


def _difference(text: str, file: Path, schema: str) -> str:
    """Tell what differs between the file and this text, and what to do; nothing if nothing."""
    name = os.path.relpath(file)
    if not file.is_file():
        return f"stale  {name} is not there: run `sqlplumb tables`"
    current = _text_of(file)
    if current == text:
        return ""
    sides = current.splitlines(True), text.splitlines(True)
    lines = "".join(unified_diff(*sides, f"{name} (current)", f"{name} (desired)", n=2))
    return f"{lines.rstrip()}\n\nstale  {name} is not what {schema} says: run `sqlplumb tables`"


def _write(text: str, file: Path, *, replaces: bool) -> bool:
    """Write the file, or return False where it holds this text already."""
    current = _text_of(file) if file.is_file() else ""
    if current == text:
        return False
    if not replaces and _is_somebody_elses(current):
        advice = (
            "it is kept: -o FILE names another; or let module in [tool.sqlplumb.tables] do so."
            " --replace writes over it"
        )
        name = os.path.relpath(file)
        raise Refused(Problem(f"{name} holds code that sqlplumb did not write", advice))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8", newline="\n")
    return True


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _is_somebody_elses(text: str) -> bool:
    """Tell whether there is a statement, and nothing that says that it is ours."""
    if is_ours(text):
        return False
    try:
        return bool(parse(text).body)
    except (SyntaxError, ValueError):
        return True
