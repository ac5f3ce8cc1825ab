"""Read a history without running it: Alembic's ScriptDirectory, its revisions, and a bridge.

A bridge is one revision in a file of its own, beside the history: it leads from what a database is
to a revision of it. Owns what Alembic's errors become. Must never run a migration.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING

from sqlplumb import stand_ins
from sqlplumb.config import VERSION_TABLE, Settings
from sqlplumb.errors import OneWay, PlumbError, Problem, WrongInput
from sqlplumb.limits import Stopped
from sqlplumb.places import Place
from sqlplumb.python_text import parse
from sqlplumb.sources.alembic_internals import PLUGINS_SINCE, has_plugins
from sqlplumb.sources.cut_history import begin_history_at
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history_lock import DRAFT
from sqlplumb.sources.running_alembic import alembic_config, exclusive_alembic
from sqlplumb.sources.way_on import way_on

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.sources.alembic_config import ProjectConfig

BRIDGES = "bridges"  # the folder beside the revisions
_WAYS_OUT = {
    "version_locations": "write version_locations in alembic.ini as well: env.py is not run",
    "version_table": 'set version_table = "..." in [tool.sqlplumb]: env.py is not run',
    "version_table_schema": "replay it without one, or ask for `prove --env`",
}
_MAY_DIFFER = {
    "version_locations": "there may be other revisions than these",
    "version_table": f"it is taken for {VERSION_TABLE}",
    "version_table_schema": "it is replayed in the main schema",
}
_TARGET_METADATA = re.compile(r"^target_metadata\s*=(?!\s*(?:None\b|MetaData\(\)))", re.MULTILINE)


def script_directory(settings: Settings, config: ProjectConfig | None = None) -> ScriptDirectory:
    """Return the history of the project, with its revisions imported."""
    from alembic.script import ScriptDirectory

    config = config or alembic_config(settings)
    folder = config.env_file.parent
    with exclusive_alembic(config.folders), errors_as_problems("history", folder):
        scripts = ScriptDirectory.from_config(config)
        heads = scripts.get_heads()  # imports the revisions while their own modules are in reach
        if settings.base_revision:
            begin_history_at(scripts, settings.base_revision)
    locations = config.env_values.get("version_locations")
    if locations and not locations.is_known and not heads:
        raise WrongInput(_set_by_code("version_locations", config, "the history here is empty"))
    return scripts


def env_problems(
    scripts: ScriptDirectory, config: ProjectConfig, settings: Settings, label: str
) -> Iterator[Problem]:
    """Yield what env.py sets, and a replay, which does not run it, cannot know or do."""
    env = Path(scripts.dir, "env.py")
    text = env.read_text("utf-8", "replace") if env.is_file() and not settings.metadata else ""
    if _TARGET_METADATA.search(text):
        message = f"{label}: env.py is not run, so no naming convention of its metadata holds"
        yield Problem(message, 'set metadata = "package.module:attribute" in [tool.sqlplumb]')
    for name, consequence in _MAY_DIFFER.items():
        value = config.env_values.get(name)
        is_set = name == "version_table" and settings.version_table != VERSION_TABLE
        if value and not value.is_known and not is_set:
            yield _set_by_code(name, config, consequence)
    if (plugins := config.env_values.get("autogenerate_plugins")) and not has_plugins():
        yield _ignored_plugins(plugins.line, config)
    schema = config.env_values.get("version_table_schema")
    main_schema = project_engine(settings).main_schema
    if schema and schema.is_known and schema.value not in (None, main_schema):
        name = "version_table_schema"
        yield _set_by_code(name, config, _MAY_DIFFER[name])


def _ignored_plugins(line: int, config: ProjectConfig) -> Problem:
    """The same env.py serves newer Alembics, so it may name plugins; `alembic check` is silent."""
    message = f"{os.path.relpath(config.env_file)}:{line} names autogenerate_plugins, which Alembic"
    message += f" {version('alembic')} ignores: `alembic check` and --autogenerate compare without"
    return Problem(message + " them", f"plugins need Alembic {PLUGINS_SINCE} or newer")


def _set_by_code(name: str, config: ProjectConfig, consequence: str) -> Problem:
    line = config.env_values[name].line
    file = os.path.relpath(config.env_file)
    message = f"{file}:{line} sets {name} by its own code; {consequence}"
    return Problem(message, _WAYS_OUT[name])


# --------------------------------------------------------------------- revisions


def revision_ids(revisions: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return these as a tuple: Alembic writes one revision, several and none in three ways."""
    return (revisions,) if isinstance(revisions, str) else tuple(revisions or ())


def all_revisions(scripts: ScriptDirectory) -> list[str]:
    """Return the ids of the whole history, the last one first."""
    return [script.revision for script in scripts.walk_revisions()]


def down_revisions(script: Script) -> tuple[str, ...]:
    """Return the revisions to which a downgrade of it leads."""
    return revision_ids(script.down_revision)


def needed_revisions(script: Script) -> tuple[str, ...]:
    """Return the revisions that must have run before it: those below it, and its dependencies."""
    return tuple(dict.fromkeys((*down_revisions(script), *revision_ids(script.dependencies))))


def is_revision(scripts: ScriptDirectory, written: str) -> bool:
    """Does the history know it, by its id, the beginning of it, or a word of Alembic's?"""
    return written in ("base", "heads") or _find_revision(scripts, written) is not None


def has_revision(scripts: ScriptDirectory, revision: str) -> bool:
    """Is there a revision of exactly this id?"""
    script = _find_revision(scripts, revision)
    return script is not None and script.revision == revision


def _find_revision(scripts: ScriptDirectory, written: str) -> Script | None:
    from alembic.util import CommandError

    try:
        script: Script | None = scripts.get_revision(written)
    except CommandError:
        return None
    return script


def resolve_revision(scripts: ScriptDirectory, written: str) -> str:
    """Return the id of the revision that is written; empty for base."""
    from alembic.util import CommandError

    if written == "base":
        return ""
    advice = "`alembic history` lists the revisions"
    try:
        script = scripts.get_revision(written)
    except CommandError as error:
        raise WrongInput(Problem(f"no such revision: {error}", advice)) from error
    if script is None:
        raise WrongInput(Problem(f"{written} is no revision", advice))
    return str(script.revision)


@contextmanager
def open_bridge(file: Path, settings: Settings) -> Iterator[tuple[Script, ScriptDirectory]]:
    """Yield the revision in this file, and the history that it is alone."""
    from alembic.script import ScriptDirectory

    advice = "`sqlplumb adopt URL --revise` writes one"
    if not file.is_file():
        raise WrongInput(Problem(f"{file} does not exist", advice))
    with tempfile.TemporaryDirectory(prefix="sqlplumb-") as folder:
        shutil.copyfile(file, Path(folder, file.name))
        modules = alembic_config(settings).folders
        with exclusive_alembic(modules), errors_as_problems(str(file), Path(folder)):
            scripts = ScriptDirectory(folder, version_locations=[folder])
            # Of a revision that comes behind another, Alembic would warn, and then stumble.
            revisions = [] if _comes_behind(file) else list(scripts.walk_revisions())
        if len(revisions) != 1:
            message = f"{file} is no bridge: a bridge is one revision that comes behind no other"
            raise WrongInput(Problem(message, advice))
        revisions[0].path = str(file.resolve())  # messages name what a person can open
        yield revisions[0], scripts


def _comes_behind(file: Path) -> bool:
    """Does the text set `down_revision` or `depends_on` to anything but None?"""
    for statement in parse(file.read_bytes()).body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                pass
            case (
                ast.AnnAssign(target=name, value=ast.expr() as value)
                | ast.AugAssign(target=name, value=value)
            ):
                targets = [name]
            case _:
                continue
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        is_none = isinstance(value, ast.Constant) and value.value is None
        if names & {"down_revision", "depends_on"} and not is_none:
            return True
    return False


# --------------------------------------------------------------------- errors


@contextmanager
def errors_as_problems(
    label: str, folder: Path, blame: type[PlumbError] = WrongInput
) -> Iterator[None]:
    """Revisions are somebody's code: whatever they raise is told with the line that raised it."""
    try:
        yield
    except (PlumbError, KeyboardInterrupt):
        raise
    except Stopped as stop:
        if (place := _place_in(folder, stop)) and DRAFT not in place.file:  # which is gone then
            stop.problem = replace(stop.problem, place=place)
        raise
    except BaseException as error:
        place = _place_in(folder, error)
        failed = "cannot be replayed" if blame is WrongInput else "failed"
        message = f"{label} {failed}: {type(error).__name__}: {error}".partition("\n")[0]
        advice = f"it fails in {place}" if place else "look at it with `alembic history`"
        if more := way_on(error):
            advice = f"{advice}; {more}" if place else more
        if stand_ins.current().is_named_in(str(error)):
            advice += ". Nothing stands in on a live database: only the application, which has it,"
            advice += " can run this, by `alembic upgrade` and an env.py that adds it"
        kind = OneWay if blame is WrongInput and _is_one_way(folder, error) else blame
        raise kind(Problem(message, advice)) from error


def _is_one_way(folder: Path, error: BaseException) -> bool:
    """Tell whether the history itself says why there is no such way; Alembic and SQLAlchemy raise
    the same error for what a dialect cannot do."""
    raised_in = Path(extract_tb(error.__traceback__)[-1].filename)
    is_its_own = raised_in.is_relative_to(folder.resolve())
    return type(error) is NotImplementedError and bool(str(error)) and is_its_own


def _place_in(folder: Path, error: BaseException) -> Place | None:
    """Return the deepest line of the history itself, relative to where the command was given."""
    place = None
    for frame in extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder.resolve()):
            place = Place(os.path.relpath(frame.filename), frame.lineno or 1)
    return place
