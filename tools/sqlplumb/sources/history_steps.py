"""Walk a history revision by revision: what each makes, what it renames, what a bridge adds to it.

Names that change places are the same before and after, and a revision that only moves rows leaves
the schema as it was: only the statements that were run tell of either. A bridge is one revision in
a file of its own, beside the history: it leads from what a database is to a revision of it."""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import KnownRenames, Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.schema import Ref, Schema
from sqlplumb.sources import replayed
from sqlplumb.sources.alembic_files import alembic_config, exclusive_alembic
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import OpenScratch, Replay, open_replay
from sqlplumb.sources.scripts import bases_of, errors_as_problems, is_revision, script_directory

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.engines import Traced


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStep:
    """What the history makes of one revision; it is open until the next one is asked for."""

    revision: str
    bases: tuple[str, ...]
    opened: Source
    moves_rows: bool


@contextmanager
def open_history(revision: str, settings: Settings) -> Iterator[Source]:
    """What the history makes, up to this revision; without one, up to its end."""
    label = f"history@{revision}" if revision else "history"
    key = replayed.history_key(settings, revision)
    if key and (known := replayed.recalled(key, settings)):
        target, passed_over, snapshot = known
        with project_engine(settings).open_scratch() as scratch:
            scratch.restore(snapshot)
            opened = scratch.source(label)
            opened.passed_over = passed_over
            opened.told = cache(partial(told_by_history, settings, [target] if target else []))
            yield opened
        return
    with open_replay(settings, label) as replay:
        if target := replay.target(revision):
            replay.reach((target,))
        opened = replay.opened()
        if key and target:
            replayed.remember(
                key,
                replay.scripts,
                target,
                scratch=replay.scratch,
                passed_over=opened.passed_over,
            )
        opened.told = cache(partial(told_by_history, settings, [target] if target else []))
        yield opened


def history_steps(settings: Settings) -> Iterator[HistoryStep]:
    """As long as each comes behind the one before it, one scratch does for them."""
    scripts = script_directory(settings)
    ahead = list(reversed(list(scripts.walk_revisions())))
    while ahead:
        with open_replay(settings, "the history", scripts) as replay:
            statements: list[str] = []
            replay.scratch.record(statements)
            at = ""
            while ahead and (not at or bases_of(ahead[0]) == (at,)):
                statements.clear()
                step = _history_step(ahead.pop(0), replay, statements)
                at = step.revision
                yield step


def _history_step(script: Script, replay: Replay, statements: list[str]) -> HistoryStep:
    """Where it begins a scratch, all that came before it runs with it: rather one move too many."""
    replay.upgrade(script.revision)
    effects = project_engine(replay.settings).effects(statements)
    own = replay.settings.version_table
    moves = any(one.work == "rows" and own not in one.statement.lower() for one in effects)
    opened = replay.opened(f"history@{script.revision}")
    return HistoryStep(
        revision=script.revision, bases=bases_of(script), opened=opened, moves_rows=moves
    )


Renames = dict[tuple[str, str], str]  # by table (none: it is one) and name: the former name


def told_by_history(settings: Settings, revisions: Collection[str]) -> KnownRenames:
    """All that was renamed up to these revisions, each run once more for it."""
    renames: Renames = {}
    with open_replay(settings) as replay:
        for revision in _up_to(replay.scripts, revisions):
            statements: list[str] = []
            replay.scratch.record(statements)
            replay.upgrade(revision)
            _follow(renames, replay.scratch.traced(statements))
    former_names = {
        (Ref("column" if table else "table", table, name), former)
        for (table, name), former in renames.items()
    }
    return KnownRenames(frozenset(former_names), "all", "the history")


def _up_to(scripts: ScriptDirectory, revisions: Collection[str]) -> list[str]:
    """In the order in which they run."""
    revisions_found = scripts.iterate_revisions(tuple(revisions), "base") if revisions else ()
    return [script.revision for script in revisions_found][::-1]


def told_by_database(opened: Source, settings: Settings) -> KnownRenames:
    """A database that no history ever changed tells it by its texts alone. One at a revision is
    asked about in the history, where that is here."""
    revisions = opened.at(settings.version_table)
    if not revisions:
        return KnownRenames(knows="nothing" if settings.has_history else "texts", by=opened.label)
    try:
        scripts = script_directory(settings)
        if settings.has_history and all(is_revision(revision, scripts) for revision in revisions):
            return told_by_history(settings, revisions)
    except PlumbError:
        pass  # whoever needs the history will say what is wrong with it
    return KnownRenames(by=opened.label)


def _follow(renames: Renames, traced: Traced) -> None:
    """What moved takes its past along; a name that was left has none."""
    tables = dict(_moved({("", new): ("", old) for new, old in traced.tables.items()}))
    later = {old[1]: new[1] for new, old in tables.items()}
    past = {(later.get(table, table), name): said for (table, name), said in renames.items()}
    columns = dict(
        _moved({(table, new): (table, old) for (table, new), old in traced.columns.items()})
    )
    moved = tables | columns
    left = {*moved.values()}
    renames.clear()
    renames.update({key: said for key, said in past.items() if key not in left})
    renames.update({new: old[1] for new, old in moved.items()})


Name = tuple[str, str]


def _moved(origins: dict[Name, Name]) -> Iterator[tuple[Name, Name]]:
    """Without what stayed, and without the copies of what stayed."""
    for new, old in origins.items():
        if new != old and origins.get(old) != old:
            yield new, old


FOLDER = "bridges"
_HINT = "`sqlplumb adopt URL --revise` writes one"


@contextmanager
def open_bridge(file: Path, settings: Settings) -> Iterator[tuple[Script, ScriptDirectory]]:
    """The revision in this file, and the history that it is alone."""
    from alembic.script import ScriptDirectory

    if not file.is_file():
        raise WrongInput(Problem(f"{file} does not exist", _HINT))
    with tempfile.TemporaryDirectory(prefix="sqlplumb-") as folder:
        shutil.copyfile(file, Path(folder, file.name))
        folders = alembic_config(settings).folders
        with exclusive_alembic(folders), errors_as_problems(str(file), Path(folder)):
            scripts = ScriptDirectory(folder, version_locations=[folder])
            found = list(scripts.walk_revisions()) if _stands_alone(file) else []
        if len(found) != 1:
            message = f"{file} is no bridge: a bridge is one revision that comes behind no other"
            raise WrongInput(Problem(message, _HINT))
        found[0].path = str(file.resolve())  # what is said of it is said of what a person can open
        yield found[0], scripts


def _stands_alone(file: Path) -> bool:
    """Does it come behind no other? Of one that does Alembic would warn, and then stumble."""
    behind = ("down_revision", "depends_on")
    for statement in parse(file.read_bytes()).body:
        targets = (
            statement.targets
            if isinstance(statement, ast.Assign)
            else [getattr(statement, "target", None)]
        )
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        value = getattr(statement, "value", None)
        if any(name in behind for name in names) and getattr(value, "value", value) is not None:
            return False
    return True


def beginning(schema: Schema, scripts: ScriptDirectory, settings: Settings) -> OpenScratch:
    """Each stands where the bridge begins, which is this schema."""
    script = project_engine(settings).creates(schema)

    @contextmanager
    def opened() -> Iterator[Replay]:
        with open_replay(settings, "the bridge", scripts) as replay:
            replay.scratch.run(script)
            yield replay

    return opened
