"""schema.sql as a module of SQLAlchemy Core, which is held against schema.sql before it is written.

A table that does not come out the same is made by its own SQL; what does not come out the same even
so is refused. What only the spelling of Core keeps apart is told.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches, unified_diff
from pathlib import Path

from sqlplumb.changes.measure import Measure
from sqlplumb.config import Settings
from sqlplumb.engines import Opened, Remark
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.journeys.measure import measure
from sqlplumb.render import words
from sqlplumb.render.tables import Order, is_ours, module, own_names
from sqlplumb.schema import Column, Ref, Schema, Table
from sqlplumb.sources import open_schema
from sqlplumb.sources.metadata import module_folders, open_created, run_module, uncreatable


@dataclass(frozen=True, slots=True)
class Request:
    """No `file` is the one that the settings name; `is_written`: without one it is a mistake."""

    settings: Settings
    file: str = ""
    is_written: bool = True


@dataclass(frozen=True, slots=True)
class Generated:
    """The module, the file that it is for, and what SQLAlchemy spells in its own way."""

    text: str
    file: Path | None
    notes: tuple[Problem, ...]


def generate(request: Request) -> Generated:
    settings = request.settings
    file = _file(request)
    schema = open_schema(settings)
    order = _order(schema, settings)
    text, measured = _proved(order, schema, settings)
    notes = [Problem(f"{words.noted(note)}: {note.ref}") for note in measured.notes]
    return Generated(text, file, (*schema.passed_over, *notes))


def is_stale(generated: Generated) -> str:
    """What differs between the file and what it should be, and what to do; nothing if it is."""
    assert generated.file is not None
    name = os.path.relpath(generated.file)
    way_out = "run `sqlplumb tables`"
    if not generated.file.is_file():
        return f"stale  {name} is not there: {way_out}"
    current = _text_of(generated.file)
    if current == generated.text:
        return ""
    lines = current.splitlines(True), generated.text.splitlines(True)
    difference = "".join(unified_diff(*lines, f"{name} (current)", f"{name} (desired)", n=2))
    return f"{difference.rstrip()}\n\nstale  {name} is not what schema.sql says: {way_out}"


def write(generated: Generated, replaced: bool) -> str:
    """What was done."""
    assert generated.file is not None
    name = os.path.relpath(generated.file)
    current = _text_of(generated.file) if generated.file.is_file() else ""
    if current == generated.text:
        return f"unchanged {name}"
    if _is_somebody_elses(current) and not replaced:
        hint = "move it away, or say --replace"
        raise Refused(Problem(f"{name} holds code that sqlplumb did not write", hint))
    generated.file.parent.mkdir(parents=True, exist_ok=True)
    generated.file.write_text(generated.text, "utf-8", newline="\n")
    return f"wrote {name}"


def _text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _is_somebody_elses(text: str) -> bool:
    """Is there a statement, and nothing that says it is ours?"""
    if is_ours(text):
        return False
    try:
        return bool(ast.parse(text).body)
    except (SyntaxError, ValueError):
        return True


def _file(request: Request) -> Path | None:
    settings = request.settings
    if request.file:
        return Path(request.file)
    if settings.tables.module:
        return settings.root / settings.tables.module
    if not request.is_written:
        return None
    if found := _located(settings):
        return found
    what = f"{settings.metadata} is not found" if settings.metadata else "no metadata is named"
    hint = 'say which: module = "app/tables.py" in [tool.sqlplumb.tables], or -o FILE'
    raise WrongInput(Problem(f"there is no file to write the tables to: {what}", hint))


def _located(settings: Settings) -> Path | None:
    """The file of the module that the settings call the metadata, or where it belongs."""
    parts = settings.metadata.partition(":")[0].split(".") if settings.metadata else []
    folders = [Path(folder) for folder in module_folders(settings)] if parts else []
    for folder in folders:
        for file in (
            folder.joinpath(*parts).with_suffix(".py"),
            folder.joinpath(*parts, "__init__.py"),
        ):
            if file.is_file():
                return file
    homes = [one for one in folders if one.joinpath(*parts[:-1]).is_dir()]
    return homes[0].joinpath(*parts).with_suffix(".py") if len(homes) == 1 else None


def _order(schema: Opened, settings: Settings) -> Order:
    facts = schema.read()
    attribute = settings.metadata.partition(":")[2] if settings.metadata else ""
    return Order(
        facts,
        _remarks(schema),
        " ".join(settings.schema),
        attribute if attribute.isidentifier() else "metadata",
        _types(facts, settings),
    )


def _remarks(schema: Opened) -> tuple[Remark, ...]:
    """Every comment once: those of a line, and those between brackets and stars."""
    found = {one.place: one for mark in ("--", "/*") for one in schema.remarks(mark)}
    return tuple(found.values())


def _types(schema: Schema, settings: Settings) -> dict[Ref, str]:
    columns = {
        str(ref).lower(): ref for ref, fact in schema.objects.items() if isinstance(fact, Column)
    }
    found: dict[Ref, str] = {}
    for name, chosen in settings.tables.types.items():
        if name.lower() not in columns:
            near = get_close_matches(name.lower(), columns, 3, 0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "write table.column"
            what = (
                f"[tool.sqlplumb.tables.types] names {name}, which is no column of {schema.source}"
            )
            raise WrongInput(Problem(what, hint))
        if ":" not in chosen and chosen not in own_names():
            hint = f'write "package.module:{chosen}", or one of {", ".join(sorted(own_names()))}'
            raise WrongInput(
                Problem(f"the type of {name}, {chosen}, is no type of the module", hint)
            )
        found[columns[name.lower()]] = chosen
    return found


def _proved(order: Order, schema: Opened, settings: Settings) -> tuple[str, Measure]:
    """As Core says it, or, table by table, as SQL does."""
    for _ in range(2):
        text = module(order)
        measured, beyond = _measured(text, order, schema, settings)
        if measured and not beyond:
            return text, measured
        tables = {ref.name for ref, fact in order.schema.objects.items() if isinstance(fact, Table)}
        order = replace(order, in_sql={name: why for name, why in beyond.items() if name in tables})
    named = "; ".join(f"{name}: {why}" for name, why in sorted(beyond.items()))
    message = f"no module was written, since it would not make what {order.named} says: {named}"
    raise Refused(Problem(message, "please report this: it is what sqlplumb should be able to say"))


def _measured(
    text: str, order: Order, schema: Opened, settings: Settings
) -> tuple[Measure | None, Mapping[str, str]]:
    """What came of it, and what did not come out the same, by table or view."""
    metadata = run_module(text, order.metadata, "the module of tables", settings)
    try:
        with open_created([metadata], "the module", settings.engine) as opened:
            measured = measure(opened, schema, "", whole=True)
    except PlumbError as error:
        return None, uncreatable(metadata, settings.engine) or {"all of it": str(error)}
    beyond: dict[str, str] = {}
    lost = [note.ref for note in measured.notes if note.reason in ("not in metadata", "stand-in")]
    for ref in (*(change.ref for change in measured.changes), *lost):
        said = f"{ref.kind} {ref}"
        beyond[ref.unit] = f"{beyond[ref.unit]}, {said}" if ref.unit in beyond else said
    return measured, beyond
