"""A bridge: one revision in a file of its own, beside the history and no part of it.

It has the name of the revision that it leads to, and begins where no revision of the history ends:
at what a database is that came about by other means. To Alembic it is a history of one revision, so
it writes down the right name itself.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

from sqlplumb.config import Settings
from sqlplumb.engines import engine
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Schema
from sqlplumb.sources.history import OpenScratch, Replay, open_replay
from sqlplumb.sources.home import at_home
from sqlplumb.sources.scripts import told_as_problem

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

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
        with at_home(settings), told_as_problem(str(file), Path(folder)):
            scripts = ScriptDirectory(folder, version_locations=[folder])
            found = _alone(scripts)
        if len(found) != 1:
            message = f"{file} is no bridge: a bridge is one revision that comes behind no other"
            raise WrongInput(Problem(message, _HINT))
        found[0].path = str(file.resolve())  # what is said of it is said of what a person can open
        yield found[0], scripts


def _alone(scripts: ScriptDirectory) -> list[Script]:
    """Nothing, where it comes behind what is not here."""
    with catch_warnings():
        simplefilter("ignore")  # Alembic warns of it, and then stumbles
        try:
            return list(scripts.walk_revisions())
        except KeyError:
            return []


def beginning(schema: Schema, scripts: ScriptDirectory, settings: Settings) -> OpenScratch:
    """Each stands where the bridge begins, which is this schema."""
    script = engine(settings.engine).creates(schema)

    @contextmanager
    def opened() -> Iterator[Replay]:
        with open_replay(settings, "the bridge", scripts) as replay:
            replay.scratch.run(script)
            yield replay

    return opened
