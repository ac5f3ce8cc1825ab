"""The library in somebody's process: nothing of that process changes, for no moment."""

from __future__ import annotations

import gc
import locale
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import sqlplumb

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground


URL = "sqlite:///app.db"


@pytest.fixture
def behind(project: Project, run: Run) -> Ground:
    """Its history has a relative location, its own modules, and revisions that print."""
    stage = ground(project, run)
    stage.begin()
    ini = "[alembic]\nscript_location = migrations\nprepend_sys_path = source\n"
    project.write("alembic.ini", f"{ini}path_separator = os\n")
    project.write("source/module_of_this_process.py", "NUMBER = 7\nprint('imported')\n")
    uses = ("from module_of_this_process import NUMBER", "print('a revision speaks', NUMBER)")
    project.revision("third", "second", *uses)
    with (project.root / "migrations/versions/third.py").open("a") as file:
        file.write("\n\ndef downgrade():\n    pass\n")
    project.write("pyproject.toml", "[tool.sqlplumb]\nschema = 'schema.sql'\n")
    assert run("prove", "third").code == 0
    return stage


def process() -> dict[str, object]:
    """What a thread of the application may rely on."""
    root = logging.getLogger()
    return {
        "folder": os.getcwd(),  # noqa: PTH109
        "stdout": id(sys.stdout),
        "stderr": id(sys.stderr),
        "path": tuple(sys.path),
        "environment": tuple(sorted(os.environ.items())),
        "logging": (root.level, tuple(root.handlers), logging.root.manager.disable),
        "signals": tuple(map(signal.getsignal, (signal.SIGINT, signal.SIGTERM, signal.SIGALRM))),
        "warnings": (tuple(warnings.filters), warnings.showwarning),
        "locale": locale.setlocale(locale.LC_ALL),
        "hooks": (sys.excepthook, sys.displayhook, sys.breakpointhook, threading.excepthook),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled()),
    }


def seen_by_another_thread(until: threading.Event) -> Iterator[dict[str, object]]:
    while not until.is_set():
        yield process()


def test_another_thread_sees_nothing_of_it(
    behind: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    sqlplumb.read("history")  # whatever is set up once, is
    before, ended, seen = process(), threading.Event(), list[dict[str, object]]()
    watching = threading.Thread(
        target=lambda: seen.extend(one for one in seen_by_another_thread(ended) if one != before)
    )
    interval = sys.getswitchinterval()
    watching.start()
    try:
        for number in range(3):
            with pytest.raises(sqlplumb.NotPlumb):
                sqlplumb.require_plumb(URL)
            sqlplumb.apply(f"sqlite:///new{number}.db")
            sqlplumb.require_plumb(f"sqlite:///new{number}.db")
        sqlplumb.apply(URL)
        sqlplumb.diff(sqlplumb.read("history"), sqlplumb.read("schema.sql"))
    finally:
        ended.set()
        watching.join()
    assert sys.getswitchinterval() == interval
    assert {key for one in seen for key in one if one[key] != before[key]} == set()
    assert process() == before
    said = capsys.readouterr()
    assert "a revision speaks 7" not in said.out
    assert "a revision speaks 7" in said.err


def test_other_threads_find_no_module_of_the_project(behind: Ground) -> None:
    """Its folders are looked into by whoever runs the project's code, and by nobody else."""
    sqlplumb.read("history")
    sys.modules.pop("module_of_this_process")
    with pytest.raises(ModuleNotFoundError):
        __import__("module_of_this_process")


def test_a_folder_is_no_package_where_there_is_one(behind: Ground) -> None:
    """As on `sys.path`: a folder without `__init__.py` does not hide an installed package."""
    behind.history.project.write("source/graphlay/notes.txt", "")
    behind.history.project.revision("fourth", "third", "import graphlay", "graphlay.__file__[0]")
    behind.history.project.patch.delitem(sys.modules, "graphlay", raising=False)
    assert sqlplumb.read("history").objects


@pytest.mark.parametrize("place", ["/", "migrations", "elsewhere"])
def test_a_history_is_found_from_everywhere(place: str, behind: Ground, run: Run) -> None:
    folder = behind.root / place
    folder.mkdir(exist_ok=True)
    behind.history.project.patch.chdir(folder)
    config = ("--config", str(behind.root / "pyproject.toml"))
    assert run(*config, "prove", "third").code == 0
    assert run(*config, "diff", "history", "empty").code == 1
