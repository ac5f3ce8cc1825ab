"""The commands and the Python of docs/systems/*.md, word for word.

They run on a file as each system left it. Of a ```text block behind commands every line is in what
they print, in that order.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.systems import planexe_models

import sqlplumb
from database_api.engine import make_engine
from database_api.sessions import forget_default, make_sessionmaker
from database_api.setup import initialize_database
from database_api.take import revisions_of, take
from database_api.task_runner.store import NewTask, create_task

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "systems"
ALL = os.environ.get("SQLPLUMB_ROADS") == "all"
BLOCK = re.compile(r"^```(sh|text|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(system: str) -> list[tuple[str, str]]:
    return BLOCK.findall((PAGES / f"{system}.md").read_text("utf-8"))


def run(script: str, folder: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    known = {name: said for name, said in os.environ.items() if name != "DATABASE_URL"}
    layer = os.pathsep.join([str(ROOT / "tools"), os.environ.get("PYTHONPATH", "")])
    env = {**known, "PATH": path, "PYTHONPATH": layer, "NO_COLOR": "1", "COLUMNS": "200"}
    shell = ["bash", "-euo", "pipefail", "-c", script]
    out = subprocess.STDOUT
    done = subprocess.run(
        shell, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=out, text=True, check=False
    )
    return done.stdout


def follow(system: str, folder: Path) -> str:
    """Run what the page says, and hold what it shows; the folder that it ends in is its last cd."""
    said, here = "", folder
    for kind, body in blocks(system):
        if kind == "sh":
            said = run(body, here)
            for name in re.findall(r"^cd (\S+)$", body, re.MULTILINE):
                here = (here / name).resolve()
        elif kind == "text":
            rest = said
            for line in body.splitlines():
                _, found, rest = rest.partition(line.strip())
                assert found or not line.strip(), f"{line!r} is not in\n{said}"
    return here.name


def rows(file: Path) -> dict[str, list[Any]]:
    """Of every table but Alembic's, with what is spelled or counted otherwise made the same."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute(tables) if name != "alembic_version"]
        found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    return {name: sorted(map(plain, lines), key=repr) for name, lines in found.items() if lines}


def plain(row: sqlite3.Row) -> list[tuple[str, Any]]:
    hexes = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
    values = ((name, row[name]) for name in row.keys())  # noqa: SIM118 - a Row is no dict
    return sorted(
        (name, one.replace("-", "") if isinstance(one, str) and hexes.fullmatch(one) else one)
        for name, one in values
    )


def is_home(file: Path, project: Path) -> None:
    sqlplumb.require_plumb(f"sqlite:///{file}", config=project / "pyproject.toml")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def script(*names: str) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            for name in names:
                connection.executescript((ROOT / "tests" / "systems" / name).read_text("utf-8"))

    return make


def planexe(file: Path) -> None:
    planexe_models.create(str(file))


SHIPPED = script("shipped/current.sql", "shipped/rows.sql", "shipped/later.sql")
FILES = {
    "planexe": ("planexe.db", planexe),
    "resinkit": ("sqlite.db", SHIPPED),
    "zerg": ("zerg.db", script("zerg_baseline.sql")),
}


ROADS = [one for one in FILES if one != "zerg" or ALL]


@pytest.mark.skipif(not shutil.which("sqlite3"), reason="no sqlite3 here")
@pytest.mark.parametrize("system", ROADS)
def test_its_file_comes_home_with_its_rows(system: str, tmp_path: Path) -> None:
    name, make = FILES[system]
    make(tmp_path / name)
    before = rows(tmp_path / name)
    project = tmp_path / follow(system, tmp_path)
    is_home(tmp_path / name, project)
    after = rows(tmp_path / name)
    assert after.keys() == before.keys()
    if system == "zerg":  # the page gives one user what it had not
        (nobody,) = (one for one in before["users"] if ("id", 2) in one)
        before["users"] = [one for one in before["users"] if one != nobody]
        after["users"] = [one for one in after["users"] if ("id", 2) not in one]
    for table, lines in before.items():
        told = [[one for one in line if one in kept] for line, kept in pairs(lines, after[table])]
        assert told == lines, table


def a_file_of_one_becomes_a_file_of_all(tmp_path: Path) -> None:
    """By the door of the pages."""
    for name in ("schema.sql", "alembic.ini"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    (tmp_path / "pyproject.toml").write_text('[tool.sqlplumb]\nschema = "schema.sql"\n', "utf-8")
    take("task_runner", tmp_path / "part")
    engine = make_engine(f"sqlite:///{tmp_path / 'shared.db'}")
    last = revisions_of("task_runner")[-1].id
    initialize_database(engine, tmp_path / "part" / "schema.sql", revision=last)
    with make_sessionmaker(engine)() as session:
        create_task(session, NewTask("sql", created_by="ann", submitted_configs={}))
    engine.dispose()
    url, config = f"sqlite:///{tmp_path / 'shared.db'}", tmp_path / "pyproject.toml"
    with pytest.raises(sqlplumb.PlumbError):
        sqlplumb.apply(url, config=config, no_backup=True)
    before = rows(tmp_path / "shared.db")
    follow("../systems", tmp_path)
    assert rows(tmp_path / "shared.db") == before
    is_home(tmp_path / "shared.db", tmp_path)


if ALL:
    test_a_file_of_one_becomes_a_file_of_all = a_file_of_one_becomes_a_file_of_all


def pairs(before: list[Any], after: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Rows that belong together: by their keys."""
    keys = ("id", "task_id", "event_id", "name")
    for line in before:
        key = next(one for one in line if one[0] in keys)
        assert sum(key in one for one in after) >= 1, key
        yield line, [value for one in after if key in one for value in one]


@pytest.mark.parametrize("system", FILES)
def test_its_python_runs(system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One block behind the other, in one file of a database that is not there yet."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'app.db'}")
    monkeypatch.setenv("DB_PATH", str(tmp_path))
    known: dict[str, Any] = {}
    pieces = [body for kind, body in blocks(system) if kind == "python"]
    assert pieces
    try:
        exec(compile("\n".join(pieces), f"{system}.md", "exec"), known)  # noqa: S102
    finally:
        forget_default()
