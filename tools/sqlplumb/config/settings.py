"""Settings, from [tool.sqlplumb] in pyproject.toml or [sqlplumb] in alembic.ini. Stdlib only.

What Alembic knows of its history is read from Alembic's own configuration; here is only where that
lies. An unknown key is a mistake, not a wish.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlplumb.config.applying import Applying, applying
from sqlplumb.config.generating import Generating, generating
from sqlplumb.config.judging import Judging, judging
from sqlplumb.config.reading import known, seconds, subtable, text, texts
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.limits import DEFAULT

if TYPE_CHECKING:
    from configparser import RawConfigParser

_KEYS = (
    *("schema", "metadata", "databases", "style", "version_table", "timeout"),
    *("lint", "tables", "apply"),
)
Style = Literal["batch", "sql"]
VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True)
class Settings:
    """`root` is the folder that relative paths start from. Alembic reads both of its files;
    `timeout` is what a piece of work may take, 0 for no limit."""

    root: Path
    schema: tuple[str, ...] = ("schema.sql",)
    metadata: str = ""
    databases: tuple[str, ...] = ()
    style: Style = "batch"
    version_table: str = VERSION_TABLE
    timeout: float = DEFAULT
    alembic_ini: Path | None = None
    alembic_toml: Path | None = None
    is_configured: bool = False
    lint: Judging = field(default_factory=Judging)
    tables: Generating = field(default_factory=Generating)
    applying: Applying = field(default_factory=Applying)

    @property
    def has_history(self) -> bool:
        return self.alembic_ini is not None or self.alembic_toml is not None


def find_settings(start: Path) -> Settings:
    """The settings of the nearest folder, from here upwards, that has any."""
    for folder in (start, *start.parents):
        if file := _file_of(folder):
            return read_settings(file)
    return _settings(start, {}, "")


def settings_of(folder: Path) -> Settings:
    """Those of this folder alone; `is_configured` says whether it has any."""
    file = _file_of(folder)
    return read_settings(file) if file else _settings(folder, {}, "")


def _file_of(folder: Path) -> Path | None:
    files = (folder / name for name in ("pyproject.toml", "alembic.ini"))
    return next((file for file in files if file.is_file() and _has_settings(file)), None)


def read_settings(file: Path) -> Settings:
    if not file.is_file():
        hint = "--config names a pyproject.toml or an alembic.ini"
        raise WrongInput(Problem(f"{file} is no file that can be read", hint))
    table = _toml_table(file) if file.suffix == ".toml" else _ini_table(file)
    return _settings(file.resolve().parent, table or {}, file.name)


def _has_settings(file: Path) -> bool:
    return "sqlplumb" in file.read_text("utf-8", "replace") and (
        (_toml_table(file) if file.suffix == ".toml" else _ini_table(file)) is not None
    )


def _toml_table(file: Path) -> Mapping[str, object] | None:
    found = _toml_tool(file).get("sqlplumb")
    if found is None or isinstance(found, dict):
        return found
    raise WrongInput(Problem(f"tool.sqlplumb in {file} is no table", "write [tool.sqlplumb]"))


def _toml_tool(file: Path) -> Mapping[str, object]:
    """The tables of the tools in a pyproject.toml."""
    try:
        tool = tomllib.loads(file.read_text("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongInput(Problem(f"{file} is no TOML: {error}")) from error
    return tool if isinstance(tool, dict) else {}


def _ini_table(file: Path) -> Mapping[str, object] | None:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read(file, "utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise WrongInput(Problem(f"{file} cannot be read: {error}")) from error
    if not parser.has_section("sqlplumb"):
        return None
    found: dict[str, object] = dict(parser.items("sqlplumb"))
    for key in ("schema", "databases"):
        if key in found:
            found[key] = str(found[key]).split()
    if parser.has_section("sqlplumb.lint"):
        found["lint"] = lint = dict[str, object](parser.items("sqlplumb.lint"))
        if parser.has_section("sqlplumb.lint.severity"):
            lint["severity"] = dict(parser.items("sqlplumb.lint.severity"))
    if "sqlplumb.apply" in parser:
        found["apply"] = dict[str, object](_section(parser, "sqlplumb.apply"))
    if "sqlplumb.tables" in parser or "sqlplumb.tables.types" in parser:
        found["tables"] = tables = dict[str, object](_section(parser, "sqlplumb.tables"))
        tables["types"] = _section(parser, "sqlplumb.tables.types")
    return found


def _section(parser: RawConfigParser, name: str) -> dict[str, str]:
    return dict(parser.items(name)) if name in parser else {}


def _settings(root: Path, table: Mapping[str, object], file: str) -> Settings:
    known(table, _KEYS, file, "sqlplumb")
    ini = root / "alembic.ini" if (root / "alembic.ini").is_file() else None
    toml = _alembic_toml(root)
    return Settings(
        root=root,
        schema=texts(table, "schema", file) or ("schema.sql",),
        metadata=text(table, "metadata", file),
        databases=texts(table, "databases", file),
        style=_style(table, file),
        version_table=(text(table, "version_table", file) or _of_env(ini, toml)).lower(),
        timeout=seconds(table, "timeout", file, DEFAULT),
        alembic_ini=ini,
        alembic_toml=toml,
        is_configured=bool(file),
        lint=judging(subtable(table, "lint", file), file),
        tables=generating(subtable(table, "tables", file), file),
        applying=applying(subtable(table, "apply", file), file),
    )


def _of_env(ini: Path | None, toml: Path | None) -> str:
    """What env.py calls Alembic's own table, where that can be read."""
    places = [one.parent for one in (ini, toml) if one]
    if not places:
        return VERSION_TABLE
    from sqlplumb.config.env_file import env_file_of, read_env

    found = env_file_of(places[0], ini, toml)
    said = read_env(*found).get("version_table") if found else None
    return said.value if said and isinstance(said.value, str) and said.value else VERSION_TABLE


def _style(table: Mapping[str, object], file: str) -> Style:
    match text(table, "style", file):
        case "" | "batch":
            return "batch"
        case "sql":
            return "sql"
        case style:
            raise WrongInput(Problem(f"{file}: style is batch or sql, not {style!r}"))


def _alembic_toml(root: Path) -> Path | None:
    """A pyproject.toml that holds a table for Alembic."""
    pyproject = root / "pyproject.toml"
    if pyproject.is_file() and "alembic" in _toml_tool(pyproject):
        return pyproject
    return None
