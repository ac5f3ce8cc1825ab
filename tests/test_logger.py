"""What those who embed sqlplumb hear of it: the logger `sqlplumb`, which is silent by itself."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import sqlplumb

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    return made


def heard(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(one.levelno, one.getMessage()) for one in caplog.records if one.name == "sqlplumb"]


def test_an_upgrade_is_heard(laid: Ground, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sqlplumb")
    sqlplumb.apply("sqlite:///app.db")
    told = [words for level, words in heard(caplog) if level == logging.INFO]
    assert any("backing up" in words for words in told)
    assert told[-1].startswith("plumb  sqlite:///app.db: 1 revision applied")


def test_what_stopped_a_database_of_a_fleet_is_heard(
    laid: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    laid.history.project.write("wrong.db", "no database at all, and long enough to be none\n" * 99)
    sqlplumb.apply_fleet(["sqlite:///app.db", "sqlite:///wrong.db"])
    (error,) = [words for level, words in heard(caplog) if level == logging.ERROR]
    assert "wrong.db" in error


def test_what_is_read_over_is_heard_on_one_line(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.write("schema.sql", "CREATE TABLE t (a TEXT);\n")
    project.write("rows.sql", "CREATE TABLE t (a TEXT);\nINSERT INTO t VALUES ('x');\n")
    sqlplumb.read("rows.sql")
    ((level, words),) = heard(caplog)
    assert (level, words.startswith("rows.sql:2")) == (logging.WARNING, True)
    assert "\n" not in words


def test_nothing_is_shown_by_itself(laid: Ground) -> None:
    laid.history.project.write("rows.sql", "CREATE TABLE t (a);\nINSERT INTO t VALUES (1);\n")
    code = "import sqlplumb; sqlplumb.read('rows.sql'); sqlplumb.apply('sqlite:///app.db')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
