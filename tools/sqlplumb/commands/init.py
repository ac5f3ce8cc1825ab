"""Lay out the files that a project needs, from an example or from any source.

What is there is never touched, but for a section of settings at the end of a file that has none.
All is read, made and checked before the first file is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

from sqlplumb.commands.beginning import BASE, Beginning, find_beginning, needs_base
from sqlplumb.commands.databases import refuse_foreign
from sqlplumb.commands.describing import Described, describe
from sqlplumb.commands.project_files import (
    Piece,
    ProjectFile,
    git_file,
    refuse_no_toml,
    with_settings,
    write_piece,
)
from sqlplumb.config import Settings, Style, settings_of
from sqlplumb.config.alembic_files import (
    AlembicFiles,
    find_alembic_ini,
    find_deep_alembic_ini,
)
from sqlplumb.engines import Engine
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import is_url, shown_url, without_password
from sqlplumb.proof.ledger import ledger_name
from sqlplumb.render import scaffold
from sqlplumb.render.project import template
from sqlplumb.sources.database import absolute, project_engine
from sqlplumb.sources.metadata import is_metadata
from sqlplumb.sources.running_alembic import history_files, script_folder
from sqlplumb.sources.scripts import script_directory

_STYLES: tuple[Style, ...] = ("batch", "sql")
_DATABASE = "sqlite:///app.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """`source` is what schema.sql is to be made from; nothing: the history, or else an example.
    `base` is the source by which to find what the history begins with."""

    root: Path
    source: str = ""
    name: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """What lies there now, and the commands that come next."""

    files: tuple[ProjectFile, ...]
    next_commands: tuple[str, ...]
    warnings: tuple[Problem, ...] = ()


def init(options: InitOptions) -> Project:
    """Write the files that a project needs and does not have."""
    given = tuple(source for source in (options.source, options.base) if is_url(source))
    settings = replace(_settings_here(options), urls=given)
    folder = _script_folder(settings)
    is_there = bool(settings.alembic and settings.alembic.file.is_file() and folder.is_dir())
    scripts = script_directory(settings) if is_there else None
    is_begun = scripts is not None and bool(scripts.get_heads())
    beginning = _beginning(options, settings, is_begun=is_begun)
    if is_begun and not options.source and (file := _one_file(settings)) and not file.exists():
        options = replace(options, source="history")  # an example would be a lie beside it
    described = _described(options.source, settings, beginning)
    if described:
        label = without_password(options.source)
        refuse_foreign(described.at, label, scripts=scripts, settings=settings)
    layout = _Layout(
        options=options,
        settings=settings,
        folder=folder,
        described=described,
        beginning=beginning,
    )
    pieces = list(layout.pieces())
    warnings = (
        *(described.warnings if described else ()),
        *(beginning.warnings if beginning else ()),
    )
    if is_begun and options.source and not (beginning or settings.base) and needs_base(settings):
        advice = f"`sqlplumb init --base {quote(without_password(options.source))}` writes them"
        warnings += (Problem("the history begins with tables that it does not make", advice),)
    files = tuple(write_piece(piece) for piece in pieces)
    (folder / "versions").mkdir(exist_ok=True)
    commands = ["sqlplumb check"] if is_begun else layout.next_commands()
    if options.name:
        commands = [f"{command} --name {quote(options.name)}" for command in commands]
    return Project(files, tuple(commands), warnings)


def _beginning(options: InitOptions, settings: Settings, *, is_begun: bool) -> Beginning | None:
    if not options.base:
        return None
    if not is_begun:
        message = "there is no history here that could begin with anything"
        raise WrongInput(Problem(message, "--base is for revisions that something came before"))
    if settings.base:
        message = f"the settings say already what the history begins with: {settings.base}"
        raise WrongInput(Problem(message, "take it out of them first"))
    if (settings.root / BASE).exists():
        message = f"{os.path.relpath(settings.root / BASE)} is there already"
        raise WrongInput(Problem(message, f'let the settings name it: base = "{BASE}"'))
    return find_beginning(options.base, settings)


def _described(source: str, settings: Settings, beginning: Beginning | None) -> Described | None:
    if not source:
        return None
    with TemporaryDirectory() as folder:
        if beginning:
            base = Path(folder, BASE)
            base.write_text(beginning.text, "utf-8")
            settings = replace(settings, base=str(base), base_revision=beginning.revision)
        return describe(source, settings)


def _one_file(settings: Settings) -> Path | None:
    """Return the file that holds the schema, if the settings say that it is one."""
    first, *others = settings.schema
    is_file = first.endswith(".sql") and "*" not in first and not others
    return settings.root / first if is_file else None


def _settings_here(options: InitOptions) -> Settings:
    """Return the settings of this folder; a history that lies below and that no setting names is
    the one of the project, where it is the only one."""
    settings = settings_of(options.root, options.name)
    if settings.has_history or settings.is_configured:
        return settings
    below = find_alembic_ini(options.root) or find_deep_alembic_ini(options.root)
    if len(below) > 1:
        names = tuple(os.path.relpath(ini, options.root) for ini in below)
        settings = replace(settings, histories=names)
        history_files(settings)  # which says that none is chosen
    files = [AlembicFiles(root=options.root, ini=ini) for ini in below]
    return replace(settings, alembic=files[0]) if files else settings


def _script_folder(settings: Settings) -> Path:
    """Return the folder of the history, or where it is to be."""
    if settings.alembic is None:
        return settings.root / "migrations"
    if not settings.alembic.file.is_file():
        return settings.alembic.file.parent / "migrations"
    return script_folder(settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """The files of a project; `folder` is that of its migrations."""

    options: InitOptions
    settings: Settings
    folder: Path
    described: Described | None
    beginning: Beginning | None

    def pieces(self) -> Iterator[Piece]:
        root, described = self.options.root, self.described
        if not (described and described.files):
            yield from self._schema_file()
        if self.beginning:
            yield Piece(self.settings.root / BASE, self.beginning.text)
        yield from self._settings_files()
        env = self._engine.alembic_env()
        if metadata := self._metadata():
            owner = "" if is_metadata(metadata, self.settings) else ".metadata"
            env = scaffold.env_with_models(env, metadata, owner)
        yield Piece(self.folder / scaffold.ENV, env)
        for style in _STYLES:
            path, name = template(style)
            yield Piece(self.folder / name, path.read_text("utf-8"))
        yield git_file(root / ".gitattributes", scaffold.git_attributes(self._patterns()))
        yield git_file(root / ".gitignore", scaffold.git_ignored(self._own_database()))

    @property
    def _engine(self) -> Engine:
        live_engine = self.described and self.described.live_engine
        return live_engine or project_engine(self.settings)

    def _schema_file(self) -> Iterator[Piece]:
        """Where the settings say that it lies; a project that has it in several files has it."""
        described, schema = self.described, self.settings.schema
        if file := _one_file(self.settings):
            example = self._engine.example_schema
            text = scaffold.schema_sql(described.text if described else "", example=example)
            yield Piece(file, text)
        elif described:
            message = f"the settings say that the schema is {' '.join(schema)}, not one file"
            raise WrongInput(Problem(message, "let them name the one that is to be written"))

    def _settings_files(self) -> Iterator[Piece]:
        """In pyproject.toml if there is one, else beside what Alembic is told."""
        root, settings = self.options.root, self.settings
        toml, ini = root / "pyproject.toml", root / scaffold.ALEMBIC_INI
        if settings.alembic and settings.alembic.ini:
            ini = settings.alembic.ini
        is_below = ini.parent.resolve() != root.resolve()
        values = self._values()
        if is_below:
            values["alembic"] = Path(os.path.relpath(ini, root)).as_posix()
        in_ini = not (settings.is_configured or toml.is_file() or is_below)
        pieces = list(self._alembic_file(ini, scaffold.ini_section(values) if in_ini else ""))
        if toml.is_file():
            section = "" if settings.is_configured else scaffold.toml_section(values)
            refuse_no_toml(toml, section)
            pieces.append(Piece(toml, section, "added"))
        elif is_below and not settings.is_configured:
            pieces.append(Piece(toml, scaffold.toml_section(values)))
        if self.beginning and settings.is_configured:
            in_toml = toml.is_file() and "sqlplumb" in toml.read_text("utf-8")
            file = toml if in_toml else root / scaffold.ALEMBIC_INI
            edited = with_settings(file, settings.name, self._base())
            pieces = [edited if piece.path == edited.path else piece for piece in pieces]
        yield from pieces

    def _values(self) -> dict[str, str]:
        """What the settings are to say, where there are none."""
        described = self.described
        values = {"schema": (described and described.files) or self.settings.schema[0]}
        if described and described.metadata:
            values["metadata"] = described.metadata
        if described and described.url and self._names_another_engine():
            values["databases"] = described.url
        return values | self._base()

    def _names_another_engine(self) -> bool:
        """Would the next command, which is given no URL, take the project for one of another
        engine? An alembic.ini that is there already may leave the URL to env.py."""
        files = self.settings.alembic
        if not (files and files.file.is_file()):
            return False
        return project_engine(replace(self.settings, urls=())).name != self._engine.name

    def _base(self) -> dict[str, str]:
        if self.beginning is None:
            return {}
        revision = self.beginning.revision
        return {"base": BASE} | ({"base_revision": revision} if revision else {})

    def _alembic_file(self, ini: Path, section: str) -> Iterator[Piece]:
        root, files, described = self.options.root, self.settings.alembic, self.described
        if ini.is_file():
            yield Piece(ini, section, "added")
        elif files is None or not files.file.is_file():
            url = (described and described.url) or ""
            if described and root != Path.cwd():
                url = absolute(url, Path.cwd())
            url, modules = url or self._configured_url(), self._modules(ini)
            text = scaffold.alembic_ini(url, modules, example=self._engine.example_url)
            yield Piece(ini, f"{text}\n{section}" if section else text)

    def _configured_url(self) -> str:
        """Return the first database of the settings, where its URL is no secret."""
        if self._engine.applies:
            return _DATABASE
        public = (url for url in self.settings.databases if "://" in url)
        return next((u for u in public if without_password(u) == u), self._engine.example_url)

    def _metadata(self) -> str:
        """The models of the project; empty where it has none that are known."""
        return (self.described and self.described.metadata) or self.settings.metadata

    def _modules(self, ini: Path) -> str:
        """Where Alembic finds the models, from the folder of its file."""
        root = self.settings.root
        package = self._metadata().partition(":")[0].partition(".")[0]
        in_src = any((root / "src" / name).exists() for name in (package, f"{package}.py"))
        folder = root / "src" if package and in_src else root
        relative = Path(os.path.relpath(folder, ini.parent)).as_posix()
        return "%(here)s" if relative == "." else f"%(here)s/{relative}"

    def _patterns(self) -> list[str]:
        """For git, which else gives a checkout on Windows other ends of lines."""
        described = self.described
        schema = [described.files] if described and described.files else self.settings.schema
        patterns = [name if name.endswith(".sql") else f"{name}/**/*.sql" for name in schema]
        for file in (self.folder / "versions" / "*.py", self.folder / ledger_name(self.settings)):
            patterns.append(os.path.relpath(file, self.options.root))
        patterns = [Path(pattern).as_posix() for pattern in patterns]
        return [name for name in patterns if not (name.startswith(("..", "/")) or " " in name)]

    def _own_database(self) -> str:
        """The file that the commands which come next make; empty where a project has its own."""
        is_new = not (self.described or self.settings.alembic or self.settings.databases)
        return _DATABASE.rpartition("/")[2] if is_new else ""

    def next_commands(self) -> Iterator[str]:
        described, source = self.described, self.options.source
        yield f'sqlplumb revise -m "{"baseline" if described else "first tables"}"'
        if described and described.live_engine:
            yield described.live_engine.adopting.format(url=quote(shown_url(source)))
        elif not described and not self._engine.applies:
            yield "alembic upgrade head"
        elif not described:
            yield f"sqlplumb apply {_DATABASE} --create"
