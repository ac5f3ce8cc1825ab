"""The file that the module of tables stands in: which it is, is it stale, and writing it."""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.render.tables import is_ours
from sqlplumb.sources.alembic_files import module_folders


def tables_file(settings: Settings) -> Path:
    """The one that the settings name, or where the metadata that they name comes from."""
    if settings.tables.module:
        return settings.root / settings.tables.module
    if found := _located(settings):
        return found
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
