"""A bridge: one revision in a file of its own, beside the history and no part of it.

It has the name of the revision that it leads to, and begins where no revision of the history ends:
at what a database is that came about by other means. To Alembic it is a history of one revision, so
it writes down the right name itself.
"""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.schema import Schema
from sqlplumb.sources.alembic_files import alembic_config
from sqlplumb.sources.database import project_engine
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
        folders = alembic_config(settings).folders
        with at_home(folders), told_as_problem(str(file), Path(folder)):
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
    for one in parse(file.read_bytes()).body:
        targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        said = getattr(one, "value", None)
        if any(name in behind for name in names) and getattr(said, "value", said) is not None:
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
