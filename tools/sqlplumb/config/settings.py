"""Read the settings from [tool.sqlplumb] in pyproject.toml or [sqlplumb] in alembic.ini.

Owns where the settings and the files of Alembic are; what Alembic's files say of the history is
read elsewhere. Stdlib only.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlplumb.config.alembic_files import AlembicFiles, find_alembic_ini
from sqlplumb.config.ignore import Ignore, read_ignore
from sqlplumb.config.sections import (
    Accept,
    ApplySettings,
    LintSettings,
    ReviewSettings,
    TablesSettings,
    read_accept,
    read_apply,
    read_flag,
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
from sqlplumb.stand_ins import StandIns, read_stand_ins
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from configparser import RawConfigParser

_KEYS = (
    *("schema", "metadata", "databases", "queries", "style", "version_table", "timeout"),
    *("alembic", "name", "names", "base", "base_revision"),
    *("around", "several_heads", "ignore", "accept"),
    *("collations", "functions", "scratch", "compare"),
    *("lint", "tables", "review", "apply"),
)
_LISTS = (
    *("schema", "databases", "queries", "ignore", "compare", "collations", "functions", "names"),
)
_NAMES = "sqlplumb.names."  # begins the name of a section
Style = Literal["batch", "sql", "ops"]
VERSION_TABLE = "alembic_version"
NO_HISTORY = "none"  # as `alembic` is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a project says of itself. Relative paths start at `root`.

    `file` is what says it, in `root`. `name` is the one of several databases that was chosen; where
    none was, `names` are those to choose from. `histories` are files of Alembic below, of which no
    setting names one. `base`
    is what the first revision finds, or what the history has made up to `base_revision`;
    `around` is what is set up while revisions run; its `several_heads` are meant.
    `timeout` is how many seconds a piece of work may take; 0 means
    no limit. Alembic's `version_table` is in the `version_schema` that env.py names. `cache`
    lets replays be remembered in the user's own cache. `scratch` names the server for databases
    of our own, where the engine needs one; `urls` are those that the command was given.
    `ignore` says what of a database is not ours, and `accept` which differences stand for now.
    `stand_ins` are what the application adds to its connections.
    """

    root: Path
    file: str = ""
    schema: tuple[str, ...] = ("schema.sql",)
    metadata: str = ""
    databases: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    style: Style = "batch"
    version_table: str = VERSION_TABLE
    version_schema: str = ""
    ignore: Ignore = field(default_factory=Ignore)
    accept: tuple[Accept, ...] = ()
    stand_ins: StandIns = field(default_factory=StandIns)
    timeout: float = DEFAULT
    cache: bool = True
    scratch: str = ""
    urls: tuple[str, ...] = ()
    alembic: AlembicFiles | None = None
    base: str = ""
    base_revision: str = ""
    around: str = ""
    several_heads: bool = False
    histories: tuple[str, ...] = ()
    name: str = ""
    names: tuple[str, ...] = ()
    is_configured: bool = False
    lint: LintSettings = field(default_factory=LintSettings)
    tables: TablesSettings = field(default_factory=TablesSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    apply: ApplySettings = field(default_factory=ApplySettings)

    @property
    def has_history(self) -> bool:
        return self.alembic is not None

    @property
    def begins_unmarked(self) -> bool:
        """Does a database that names no revision stand, perhaps, where the history begins?"""
        return bool(self.base) and not self.base_revision

    @property
    def begins_at(self) -> tuple[str, ...]:
        """Return the revision at which a database is as soon as its base is made."""
        return (self.base_revision,) if self.base_revision else ()

    def require_name(self) -> None:
        """Raise WrongInput where nobody said which of several histories is meant."""
        if self.names:
            message = f"there are settings for {', '.join(self.names)}, and none is chosen"
            raise WrongInput(Problem(message, f"say --name {self.names[0]}"))


def find_settings(start: Path, name: str = "") -> Settings:
    """Return the settings of the nearest folder that has any, from here upwards."""
    for folder in (start, *start.parents):
        if file := _file_of(folder):
            return read_settings(file, name)
    return _settings(start, {}, "", name=name)


def settings_of(folder: Path, name: str = "") -> Settings:
    """Return the settings of this folder alone; `is_configured` says whether it has any."""
    file = _file_of(folder)
    return read_settings(file, name) if file else _settings(folder, {}, "", name=name)


def _file_of(folder: Path) -> Path | None:
    for file in (folder / "pyproject.toml", folder / "alembic.ini"):
        if file.is_file() and "sqlplumb" in file.read_text("utf-8", "replace"):
            table = _toml_table(file) if file.suffix == ".toml" else _ini_table(file)
            if table is not None:
                return file
    return None


def read_settings(file: Path, name: str = "") -> Settings:
    if not file.is_file():
        advice = "--config takes a pyproject.toml or an alembic.ini"
        raise WrongInput(Problem(f"{file} does not exist or is not a file", advice))
    table = _toml_table(file) if file.suffix == ".toml" else _ini_table(file)
    return _settings(file.resolve().parent, table or {}, file.name, name=name)


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
    _split_lists(table)
    if parser.has_section("sqlplumb.lint"):
        table["lint"] = lint = dict[str, object](parser.items("sqlplumb.lint"))
        if parser.has_section("sqlplumb.lint.severity"):
            lint["severity"] = dict(parser.items("sqlplumb.lint.severity"))
    if names := {
        section.removeprefix(_NAMES): _named(parser, section)
        for section in parser.sections()
        if section.startswith(_NAMES)
    }:
        table["names"] = names
    if "sqlplumb.apply" in parser:
        table["apply"] = dict[str, object](_section(parser, "sqlplumb.apply"))
    if "sqlplumb.review" in parser:
        table["review"] = dict[str, object](_section(parser, "sqlplumb.review"))
    if "sqlplumb.tables" in parser or "sqlplumb.tables.types" in parser:
        table["tables"] = tables = dict[str, object](_section(parser, "sqlplumb.tables"))
        tables["types"] = _section(parser, "sqlplumb.tables.types")
        _split_lists(tables)
    return table


def _named(parser: RawConfigParser, section: str) -> dict[str, object]:
    table: dict[str, object] = dict(parser.items(section))
    _split_lists(table)
    return table


def _split_lists(table: dict[str, object]) -> None:
    """Read the lists that an ini file writes as words."""
    for key in _LISTS:
        if key in table:
            table[key] = str(table[key]).split()


def _section(parser: RawConfigParser, name: str) -> dict[str, str]:
    return dict(parser.items(name)) if name in parser else {}


def _settings(root: Path, given: Mapping[str, object], file: str, *, name: str) -> Settings:
    table, names = _chosen(given, file, name)
    refuse_unknown_keys(table, _KEYS, file=file, section="sqlplumb")
    written = read_text(table, "alembic", file)
    files, below = _alembic_files(root, written), []
    if files is None and file and not written:
        below = find_alembic_ini(root)
        files = AlembicFiles(root=root, ini=below[0]) if len(below) == 1 else None
    alembic_name = read_text(table, "name", file) or name
    if files and alembic_name:
        files = files.named(alembic_name)
    if name and files is None and "names" not in given:
        message = f"--name {name}: there is no alembic.ini here, and no setting has that name"
        raise WrongInput(Problem(message, f"write [tool.sqlplumb.names.{name}], or leave it out"))
    of_env = _versions_of_env(files)
    version_table = read_text(table, "version_table", file) or of_env.get("version_table", "")
    version_table = version_table or VERSION_TABLE
    return Settings(
        root=root,
        file=file,
        schema=read_texts(table, "schema", file) or ("schema.sql",),
        metadata=read_text(table, "metadata", file),
        databases=read_texts(table, "databases", file),
        queries=read_texts(table, "queries", file),
        style=_style(table, file),
        version_table=version_table.lower(),
        version_schema=of_env.get("version_table_schema", ""),
        ignore=read_ignore(
            read_texts(table, "ignore", file),
            own=version_table.lower(),
            compared=read_texts(table, "compare", file),
            file=file,
        ),
        accept=read_accept(table, file),
        stand_ins=read_stand_ins(
            read_texts(table, "collations", file), read_texts(table, "functions", file), file
        ),
        timeout=read_seconds(table, "timeout", file=file, default=DEFAULT),
        alembic=files,
        scratch=read_text(table, "scratch", file),
        base=read_text(table, "base", file),
        base_revision=_base_revision(table, file),
        around=read_text(table, "around", file),
        several_heads=read_flag(table, "several_heads", file),
        histories=() if files else tuple(os.path.relpath(ini, root) for ini in below),
        name=name or alembic_name,
        names=names,
        is_configured=bool(file),
        lint=replace(
            read_lint(read_table(table, "lint", file), file),
            has_models=bool(read_text(table, "metadata", file)),
        ),
        tables=read_tables(read_table(table, "tables", file), file),
        review=read_review(read_table(table, "review", file), file),
        apply=read_apply(read_table(table, "apply", file), file),
    )


def _base_revision(table: Mapping[str, object], file: str) -> str:
    revision = read_text(table, "base_revision", file)
    if revision and not read_text(table, "base", file):
        message = f"{file}: base_revision says where the history begins, and no base what is there"
        raise WrongInput(Problem(message, 'name what it made by then, as base = "base.sql"'))
    return revision


def _chosen(
    table: Mapping[str, object], file: str, name: str
) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """Return the settings of the database of this name, over those that all have; and the names to
    choose from, where none was chosen and what all have is no database of its own."""
    names = read_table(table, "names", file)
    shared = {key: value for key, value in table.items() if key not in ("name", "names")}
    if name and names:
        refuse_unknown_keys({name: ""}, names, file=file, section="sqlplumb names")
        return {**shared, **read_table(names, name, file)}, ()
    if not name and "name" in table:
        shared["name"] = table["name"]
    return shared, () if name or "schema" in shared else tuple(names)


def _alembic_files(root: Path, written: str) -> AlembicFiles | None:
    """Return the files that are `written` in the settings, or else those of the folder itself."""
    if written == NO_HISTORY:
        return None
    file = root / (written or "alembic.ini")
    if file.suffix == ".toml":
        return AlembicFiles(root=root, toml=file)
    pyproject = file.parent / "pyproject.toml"
    is_alembics = pyproject.is_file() and "alembic" in _toml_tool(pyproject)
    toml = pyproject if is_alembics else None
    ini = file if written or _is_of_alembic(file) else None
    return AlembicFiles(root=root, ini=ini, toml=toml) if ini or toml else None


def _is_of_alembic(file: Path) -> bool:
    """Is it a file of Alembic's? One of that name may hold our settings alone."""
    text = file.read_text("utf-8", "replace") if file.is_file() else ""
    return "[alembic]" in text or "script_location" in text


def _versions_of_env(files: AlembicFiles | None) -> Mapping[str, str]:
    """Return where env.py keeps the revisions of a database, as far as that can be read."""
    if files is None:
        return {}
    from sqlplumb.config.env_file import find_env_file, read_env

    env_file = find_env_file(files)
    values = read_env(*env_file).items() if env_file else ()
    return {name: found.value for name, found in values if isinstance(found.value, str)}


def _style(table: Mapping[str, object], file: str) -> Style:
    match read_text(table, "style", file):
        case "" | "batch":
            return "batch"
        case "sql" | "ops" as style:
            return style
        case style:
            message = f"{file}: style must be batch, sql or ops, not {style!r}"
            raise WrongInput(Problem(message))
