"""Lay out the files that a project needs, from an example or from any source.

What is there is never touched, but for a section of settings at the end of a file that has none.
All is read, made and checked before the first file is written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Literal

from sqlplumb.changes import Change, Create
from sqlplumb.commands.comparing import compare_sources, leftovers, without
from sqlplumb.commands.stamped import refuse_foreign
from sqlplumb.config import Settings, Style, settings_of
from sqlplumb.engines import LiveDatabase, Source, engine
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.proof.ledger import LEDGER_NAME
from sqlplumb.render import project
from sqlplumb.render.project import template
from sqlplumb.sources import from_environment, open_source
from sqlplumb.sources.alembic_files import script_folder
from sqlplumb.sources.database import absolute, project_engine, retry_if_changed
from sqlplumb.sources.files import with_line_feeds
from sqlplumb.sources.scripts import script_directory

_STYLES: tuple[Style, ...] = ("batch", "sql")
_DATABASE = "sqlite:///app.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """`source` is what schema.sql is to be made from; nothing: an example."""

    root: Path
    source: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    path: Path
    outcome: Literal["wrote", "added to", "kept"]


@dataclass(frozen=True, slots=True)
class Begun:
    """What lies there now, and the commands that come next."""

    laid: tuple[Laid, ...]
    following: tuple[str, ...]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """`text` goes behind what a file holds where it is to be `added`."""

    path: Path
    text: str
    added: bool = False


def init(options: InitOptions) -> Begun:
    settings = settings_of(options.root)
    folder = script_folder(settings) if settings.has_history else options.root / "migrations"
    scripts = script_directory(settings) if settings.has_history and folder.is_dir() else None
    begun = scripts is not None and bool(scripts.get_heads())
    drawn = described(options.source, settings) if options.source else None
    if drawn:
        refuse_foreign(
            drawn.at, without_password(options.source), scripts=scripts, settings=settings
        )
    attributes, unsaid = _attributes(drawn, settings, options=options, folder=folder)
    pieces = [
        *_schema(drawn, settings),
        *_settings(drawn, settings, options),
        *_history(folder),
        attributes,
    ]
    laid = tuple(_lay(piece) for piece in pieces)
    (folder / "versions").mkdir(exist_ok=True)
    warnings = (*(drawn.warnings if drawn else ()), *unsaid)
    return Begun(laid, tuple(_following(options, drawn, begun)), warnings)


def _schema(drawn: Described | None, settings: Settings) -> Iterator[_Piece]:
    """Where the settings say that it lies; a project that has it in several files has it."""
    if drawn and drawn.files:
        return
    name = settings.schema[0]
    if len(settings.schema) == 1 and name.endswith(".sql") and "*" not in name:
        text = project.HEAD + drawn.text if drawn else project.text(project.EXAMPLE)
        yield _Piece(settings.root / name, text)
    elif drawn:
        message = f"the settings say that the schema is {' '.join(settings.schema)}, not one file"
        raise WrongInput(Problem(message, "let them name the one that is to be written"))


def _settings(
    drawn: Described | None, settings: Settings, options: InitOptions
) -> Iterator[_Piece]:
    """In pyproject.toml if there is one, else beside what Alembic is told."""
    toml, ini = options.root / "pyproject.toml", options.root / project.ALEMBIC_INI
    values = {"schema": drawn.files if drawn and drawn.files else settings.schema[0]}
    values |= {"metadata": drawn.metadata} if drawn and drawn.metadata else {}
    in_ini = not settings.is_configured and not toml.is_file()
    section = project.ini_section(values) if in_ini else ""
    if settings.alembic_ini:
        yield _Piece(ini, section, added=True)
    elif not settings.has_history:
        url = absolute(drawn.url, Path.cwd()) if drawn and options.root != Path.cwd() else ""
        text = project.alembic_ini(url or (drawn and drawn.url) or _DATABASE)
        yield _Piece(ini, f"{text}\n{section}" if section else text)
    if toml.is_file():
        yield _with_toml(toml, "" if settings.is_configured else project.toml_section(values))


def _with_toml(file: Path, section: str) -> _Piece:
    """It must still be TOML with the section at its end."""
    piece = _Piece(file, section, added=True)
    try:
        tomllib.loads(_joined(file.read_bytes(), section).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{file.name} would be no TOML with a section more: {error}"
        written = section.replace("\n", "; ").rstrip("; ")
        raise WrongInput(Problem(message, f"write it there yourself: {written}")) from error
    return piece


def _history(folder: Path) -> Iterator[_Piece]:
    yield _Piece(folder / project.ENV, engine("sqlite").alembic_env())
    for style in _STYLES:
        path, name = template(style)
        yield _Piece(folder / name, path.read_text("utf-8"))


def _attributes(
    drawn: Described | None, settings: Settings, options: InitOptions, folder: Path
) -> tuple[_Piece, list[Problem]]:
    """For git, which else gives a checkout on Windows other ends of lines. Of a file that is there
    it is said which lines it lacks."""
    schema = [drawn.files] if drawn and drawn.files else settings.schema
    patterns = [
        pattern if pattern.endswith(".sql") else f"{pattern}/**/*.sql" for pattern in schema
    ]
    inside = [folder / "versions" / "*.py", folder / LEDGER_NAME]
    patterns += [os.path.relpath(pattern, options.root) for pattern in inside]
    patterns = [Path(pattern).as_posix() for pattern in patterns]
    patterns = [
        pattern for pattern in patterns if not (pattern.startswith(("..", "/")) or " " in pattern)
    ]
    file = options.root / ".gitattributes"
    present = file.read_text("utf-8", "replace") if file.is_file() else ""
    missing = [
        f"{pattern} text eol=lf" for pattern in patterns if present and pattern not in present
    ]
    message = ".gitattributes leaves the ends of lines open, and another system may change them"
    hint = f"add to it: {'; '.join(missing)}"
    problems = [Problem(message, hint)] if missing else []
    return _Piece(file, project.git_attributes(patterns)), problems


def _lay(piece: _Piece) -> Laid:
    if piece.added and piece.text:
        before = piece.path.read_bytes()
        with piece.path.open("ab") as file:
            file.write(_joined(before, piece.text)[len(before) :])
        return Laid(piece.path, "added to")
    if piece.added or piece.path.exists():
        return Laid(piece.path, "kept")
    piece.path.parent.mkdir(parents=True, exist_ok=True)
    with piece.path.open("xb") as file:  # whoever was faster keeps what is his
        file.write(piece.text.encode())
    return Laid(piece.path, "wrote")


def _joined(before: bytes, section: str) -> bytes:
    """Behind an empty line, and with the ends of lines that the file has."""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before else end if before.endswith(b"\n") else end + end
    return before + gap + section.encode().replace(b"\n", end)


def _following(options: InitOptions, drawn: Described | None, begun: bool) -> Iterator[str]:
    if begun:
        yield "sqlplumb check"
        return
    yield f'sqlplumb revise -m "{"baseline" if drawn else "first tables"}"'
    if drawn and drawn.is_live:
        source = options.source
        name = source if source.startswith("env:") else without_password(source)
        yield f"sqlplumb adopt {quote(name)}"
    elif not drawn:
        yield f"sqlplumb apply {_DATABASE} --create"


_NAME = "schema.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a source says, and what of it settings may say: `files` of SQL need no other file. Where
    it is live, `url` is what may be written down of it: nothing that is secret; `at` are the
    revisions that it names."""

    text: str
    files: str = ""
    metadata: str = ""
    is_live: bool = False
    url: str = ""
    warnings: tuple[Problem, ...] = ()
    at: tuple[str, ...] = ()


def described(source: str, settings: Settings) -> Described:
    return retry_if_changed(partial(_described, source, settings))


def _described(source: str, settings: Settings) -> Described:
    with open_source(source, settings, Path()) as opened:
        if not opened.texts.keys() - {settings.version_table}:
            message = f"{opened.label} holds nothing that could be written down"
            raise WrongInput(Problem(message, "without --from, init lays out an example"))
        if opened.files:
            return Described(text="", files=os.path.relpath(source, settings.root))
        if left := tuple(leftovers(opened)):
            raise Refused(left)
        layout = project_engine(settings).laid_out(without(opened.read(), settings.version_table))
        text = with_line_feeds(layout)
        _read_back(text, opened, settings)
        return Described(
            text=text,
            metadata=source if opened.spelled_in == "core" else "",
            is_live=isinstance(opened, LiveDatabase),
            url=_public(source) if isinstance(opened, LiveDatabase) else "",
            warnings=opened.passed_over,
            at=opened.at(settings.version_table),
        )


def _read_back(text: str, opened: Source, settings: Settings) -> None:
    schema = project_engine(settings).open_script(_NAME, {_NAME: text})
    schema.try_statements()
    comparison = compare_sources(opened, schema, settings.version_table, whole=True)
    if not comparison.is_plumb(strict=True):
        wrong = [str(change.ref) for change in comparison.changes] or [
            str(n.ref) for n in comparison.notes
        ]
        message = f"{opened.label}: written down, it would not be the same: {', '.join(wrong[:5])}"
        raise Refused(Problem(message, f"nothing was written. {_why(comparison.changes)}"))


def _why(changes: tuple[Change, ...]) -> str:
    facts = [one.current for one in changes if not isinstance(one, Create)]
    if any("\r" in fact.text for fact in facts):
        return "A string with a carriage return in it has no line of a file: say char(13) in SQL"
    return "Please report this schema"


def _public(source: str) -> str:
    written = from_environment(source)
    is_plain = written == source and without_password(written) == written
    return written if is_plain else ""
