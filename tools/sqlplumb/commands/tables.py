"""Write schema.sql as a module of SQLAlchemy Core, show it, or compare it with its file.

Owns the file; what is in it is generated elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from sqlplumb.commands.tables_of_both import generate_both
from sqlplumb.commands.tried_tables import Generated, generate
from sqlplumb.config import Settings
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.render.tables import is_ours
from sqlplumb.sources.running_alembic import module_folders


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
    generated, named = _generated(settings)
    warn(generated.notes)
    if file is None:
        return WrittenTables("shown", generated.text.rstrip("\n"))
    if options.check:
        answer = _difference(generated.text, file, named)
        return WrittenTables("stale" if answer else "fresh", answer)
    name = os.path.relpath(file)
    if _write(generated.text, file, replaces=options.replace):
        return WrittenTables("wrote", f"wrote  {name}")
    return WrittenTables("unchanged", f"unchanged  {name}")


def _generated(settings: Settings) -> tuple[Generated, str]:
    """Return the module, and what its schema is called."""
    if settings.tables.names:
        return generate_both(settings)
    return generate(settings), " ".join(settings.schema)


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
