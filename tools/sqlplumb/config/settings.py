"""Read the settings from [tool.sqlplumb] in pyproject.toml or [sqlplumb] in alembic.ini.

Owns where the settings and the files of Alembic are; what Alembic's files say of the history is
read elsewhere. Stdlib only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlplumb.config.sections import (
    ApplySettings,
    LintSettings,
    ReviewSettings,
    TablesSettings,
    read_apply,
    read_lint,
    read_review,
    read_seconds,
    read_table,
    read_tables,
    read_text,
    read_texts,
    refuse_unknown_keys,
)
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.limits import DEFAULT
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from configparser import RawConfigParser

_KEYS = (
    *("schema", "metadata", "databases", "queries", "style", "version_table", "timeout"),
    *("lint", "tables", "review", "apply"),
)
Style = Literal["batch", "sql"]
VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a project says of itself. Relative paths start at `root`.

    Alembic reads both of its files. `timeout` is how many seconds a piece of work may take; 0 means
    no limit. `cache` lets replays be remembered in the user's own cache.
    """

    root: Path
    schema: tuple[str, ...] = ("schema.sql",)
    metadata: str = ""
    databases: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    style: Style = "batch"
    version_table: str = VERSION_TABLE
    timeout: float = DEFAULT
    cache: bool = True
    alembic_ini: Path | None = None
    alembic_toml: Path | None = None
    is_configured: bool = False
    lint: LintSettings = field(default_factory=LintSettings)
    tables: TablesSettings = field(default_factory=TablesSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    apply: ApplySettings = field(default_factory=ApplySettings)

    @property
    def has_history(self) -> bool:
        return self.alembic_ini is not None or self.alembic_toml is not None


def find_settings(start: Path) -> Settings:
    """Return the settings of the nearest folder that has any, from here upwards."""
    for folder in (start, *start.parents):
        if file := _file_of(folder):
            return read_settings(file)
    return _settings(start, {}, "")


def settings_of(folder: Path) -> Settings:
    """Return the settings of this folder alone; `is_configured` says whether it has any."""
    file = _file_of(folder)
    return read_settings(file) if file else _settings(folder, {}, "")


def _file_of(folder: Path) -> Path | None:
    for file in (folder / "pyproject.toml", folder / "alembic.ini"):
        if file.is_file() and "sqlplumb" in file.read_text("utf-8", "replace"):
            table = _toml_table(file) if file.suffix == ".toml" else _ini_table(file)
            if table is not None:
                return file
    return None


def read_settings(file: Path) -> Settings:
    if not file.is_file():
        advice = "--config takes a pyproject.toml or an alembic.ini"
        raise WrongInput(Problem(f"{file} does not exist or is not a file", advice))
    table = _toml_table(file) if file.suffix == ".toml" else _ini_table(file)
    return _settings(file.resolve().parent, table or {}, file.name)


def _toml_table(file: Path) -> Mapping[str, object] | None:
    table = _toml_tool(file).get("sqlplumb")
    if table is None or isinstance(table, dict):
        return table
    raise WrongInput(Problem(f"{file}: tool.sqlplumb must be a table", "write [tool.sqlplumb]"))


def _toml_tool(file: Path) -> Mapping[str, object]:
    """Return what stands under [tool] in a pyproject.toml."""
    try:
        tool = tomllib.loads(file.read_text("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongInput(Problem(f"{file} cannot be parsed as TOML: {error}")) from error
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
    table: dict[str, object] = dict(parser.items("sqlplumb"))
    for key in ("schema", "databases", "queries"):
        if key in table:
            table[key] = str(table[key]).split()
    if parser.has_section("sqlplumb.lint"):
        table["lint"] = lint = dict[str, object](parser.items("sqlplumb.lint"))
        if parser.has_section("sqlplumb.lint.severity"):
            lint["severity"] = dict(parser.items("sqlplumb.lint.severity"))
    if "sqlplumb.apply" in parser:
        table["apply"] = dict[str, object](_section(parser, "sqlplumb.apply"))
    if "sqlplumb.review" in parser:
        table["review"] = dict[str, object](_section(parser, "sqlplumb.review"))
    if "sqlplumb.tables" in parser or "sqlplumb.tables.types" in parser:
        table["tables"] = tables = dict[str, object](_section(parser, "sqlplumb.tables"))
        tables["types"] = _section(parser, "sqlplumb.tables.types")
    return table


def _section(parser: RawConfigParser, name: str) -> dict[str, str]:
    return dict(parser.items(name)) if name in parser else {}


def _settings(root: Path, table: Mapping[str, object], file: str) -> Settings:
    refuse_unknown_keys(table, _KEYS, file=file, section="sqlplumb")
    ini = root / "alembic.ini" if (root / "alembic.ini").is_file() else None
    pyproject = root / "pyproject.toml"
    is_alembics = pyproject.is_file() and "alembic" in _toml_tool(pyproject)
    toml = pyproject if is_alembics else None
    return Settings(
        root=root,
        schema=read_texts(table, "schema", file) or ("schema.sql",),
        metadata=read_text(table, "metadata", file),
        databases=read_texts(table, "databases", file),
        queries=read_texts(table, "queries", file),
        style=_style(table, file),
        version_table=(
            read_text(table, "version_table", file) or _version_table_of_env(ini, toml)
        ).lower(),
        timeout=read_seconds(table, "timeout", file=file, default=DEFAULT),
        alembic_ini=ini,
        alembic_toml=toml,
        is_configured=bool(file),
        lint=read_lint(read_table(table, "lint", file), file),
        tables=read_tables(read_table(table, "tables", file), file),
        review=read_review(read_table(table, "review", file), file),
        apply=read_apply(read_table(table, "apply", file), file),
    )


def _version_table_of_env(ini: Path | None, toml: Path | None) -> str:
    """Return the name that env.py gives Alembic's version table, where that can be read."""
    config = ini or toml
    if config is None:
        return VERSION_TABLE
    from sqlplumb.config.env_file import find_env_file, read_env

    env_file = find_env_file(config.parent, ini, toml)
    name = read_env(*env_file).get("version_table") if env_file else None
    return name.value if name and isinstance(name.value, str) and name.value else VERSION_TABLE


def _style(table: Mapping[str, object], file: str) -> Style:
    match read_text(table, "style", file):
        case "" | "batch":
            return "batch"
        case "sql":
            return "sql"
        case style:
            raise WrongInput(Problem(f"{file}: style must be batch or sql, not {style!r}"))
