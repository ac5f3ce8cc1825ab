"""A history that was replayed is remembered, by all that made it and nothing else."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sqlplumb
from sqlplumb import cache
from sqlplumb.sources import replay, replay_cache
from sqlplumb.sources.operations import OperationLog

if TYPE_CHECKING:
    from tests.conftest import Project, Run

CREATE = "op.execute('CREATE TABLE t{0} (a INTEGER)')"
MANY = 7


@pytest.fixture
def straight(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A straight history, which is read as by a process that began later."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(replay_cache, "_BEGAN", sys.maxsize)
    project.alembic()
    for number in range(MANY):
        down = f"rev{number - 1}" if number else None
        project.revision(f"rev{number}", down, CREATE.format(number))
    tables = "".join(f"CREATE TABLE t{number} (a INTEGER);\n" for number in range(MANY))
    project.write("schema.sql", tables)
    return project


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets to which revisions were run."""
    found: list[str] = []
    upgrade = replay.Replay.upgrade

    def noted(self: replay.Replay, revision: str, log: OperationLog | None = None) -> None:
        found.append(revision)
        upgrade(self, revision, log)

    monkeypatch.setattr(replay.Replay, "upgrade", noted)
    return found


def tables() -> int:
    found = (ref for ref in sqlplumb.read("history").objects if ref.kind == "table")
    return sum(ref.name.startswith("t") for ref in found)


def entries() -> list[Path]:
    place = cache.folder()
    return sorted(place.iterdir()) if place and place.is_dir() else []


def revision(project: Project, number: int = 3) -> Path:
    (file,) = (project.root / "migrations" / "versions").glob(f"rev{number}*.py")
    return file


def test_the_second_time_nothing_runs(straight: Project, ran: list[str], run: Run) -> None:
    assert tables() == MANY
    assert ran == [f"rev{MANY - 1}"]
    assert run("check", "history").code == 0
    assert tables() == MANY
    assert len(ran) == 1


SHORTENED = """
from sqlalchemy import MetaData
m = MetaData(naming_convention={{"short": lambda constraint, table: "{}", "uq": "uq_%(short)s"}})
"""


def test_a_convention_by_code_is_asked_each_time(straight: Project) -> None:
    straight.write("pyproject.toml", "[tool.sqlplumb]\nmetadata = 'shortened:m'\n")
    column = "sa.Column('a', sa.Integer, unique=True)"
    straight.revision("unique", f"rev{MANY - 1}", f"op.create_table('u', {column})")
    for name in ("one", "two"):
        straight.write("shortened.py", SHORTENED.format(name))
        sys.modules.pop("shortened", None)
        found = {ref.name for ref in sqlplumb.read("history").objects}
        assert f"uq_{name}" in found


def test_a_status_replays_no_state_twice(straight: Project, ran: list[str], run: Run) -> None:
    """Even where revisions look at something else, so that nothing is remembered for the next."""
    straight.revision("open", f"rev{MANY - 1}", "open('alembic.ini').close()")
    stamped = "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES"
    url = straight.database(f"CREATE TABLE t0 (a INTEGER); {stamped} ('open')")
    assert run("status", url).code == 1
    assert ran == ["open"]


def test_no_cache(straight: Project, ran: list[str], run: Run) -> None:
    assert run("check", "history", "--no-cache").code == 0
    assert not entries()
    assert run("check", "history").code == 0
    assert run("check", "history", "--no-cache").code == 0
    assert len(ran) == 3


def _another_revision(project: Project) -> None:
    project.revision("more", f"rev{MANY - 1}", CREATE.format("more"))


def _other_bytes(project: Project) -> None:
    file = revision(project)
    file.write_text(file.read_text("utf-8").replace("t3", "more"), "utf-8")


def _other_ini(project: Project) -> None:
    file = project.root / "alembic.ini"
    file.write_text(file.read_text("utf-8") + "\n[more]\n", "utf-8")


@pytest.mark.parametrize("change", [_another_revision, _other_bytes, _other_ini])
def test_what_changes_is_replayed(
    change: Callable[[Project], None], straight: Project, ran: list[str]
) -> None:
    tables()
    change(straight)
    before = len(ran)
    sqlplumb.read("history")
    assert len(ran) > before


def test_one_revision_more_goes_on_from_there(
    straight: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables()
    _another_revision(straight)
    begun: list[int] = []
    nearest = replay_cache.nearest_state

    def noted(*said: Any) -> tuple[int, Any] | None:
        found = nearest(*said)
        begun.append(found[0] if found else -1)
        return found

    monkeypatch.setattr(replay_cache, "nearest_state", noted)
    assert tables() == MANY + 1
    assert begun == [MANY - 1]


@pytest.mark.parametrize(
    "statement",
    [
        "import os; os.getenv('X')",
        "open('x', 'a').close()",
        "from alembic import context; context.is_offline_mode()",
        "from pathlib import Path; Path('x').exists()",
        "op.get_bind().connection.dbapi_connection.create_function('f', 0, lambda: 1)",
        "import zipfile",
    ],
)
def test_what_may_look_elsewhere_is_replayed(
    statement: str, straight: Project, ran: list[str]
) -> None:
    straight.revision("more", f"rev{MANY - 1}", CREATE.format("more"), statement)
    for _ in range(2):
        tables()
    assert len(ran) == 2
    assert not entries()


@pytest.mark.parametrize(
    "statement",
    [
        "op.execute('PRAGMA legacy_alter_table = ON')",
        "op.execute('CREATE TEMP TABLE beside (a)')",
    ],
)
def test_a_connection_that_keeps_something(
    statement: str, straight: Project, ran: list[str]
) -> None:
    """No later revision goes on from such a state: it would miss what is no part of an image."""
    file = revision(straight, MANY - 1)
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("    op.execute(", f"    {statement}\n    op.execute(", 1), "utf-8"
    )
    tables()
    (whole,) = entries()  # of the whole history, from which nothing goes on
    _another_revision(straight)
    tables()
    assert whole in entries()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _of_another_key(file: Path) -> None:
    """As a copy under a name that is not its own."""
    cache.save("other", {"target": "rev0", "passed_over": []}, b"")
    (file.parent / "other.entry").replace(file)


def _unreadable(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("spoil", [_cut, _emptied, _of_another_key, _unreadable])
def test_what_is_spoiled_is_ignored(
    spoil: Callable[[Path], None], straight: Project, ran: list[str]
) -> None:
    tables()
    for file in entries():
        spoil(file)
    assert tables() == MANY
    assert len(ran) == 2


def test_a_folder_that_others_may_write_to(straight: Project, ran: list[str]) -> None:
    tables()
    place = cache.folder()
    assert place
    place.chmod(0o777)
    assert tables() == MANY
    assert len(ran) == 2


def test_nobody_else_reads_it(straight: Project) -> None:
    tables()
    place = cache.folder()
    assert place
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in entries()} == {0o600}


def test_a_place_that_cannot_be_written(
    straight: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(straight.write("a file", "")))
    assert tables() == MANY


def test_many_write_at_once(straight: Project) -> None:
    body = os.urandom(100_000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.save("one", {"n": 1}, body), range(40)))
        found = list(pool.map(lambda _: cache.load("one"), range(40)))
    assert found == [({"n": 1}, body)] * 40
    assert [one.name for one in entries()] == ["one.entry"]


def test_old_ones_go(straight: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_ENTRIES", 3)
    for number in range(5):
        cache.save(f"k{number}", {}, b"")
        place = cache.folder()
        assert place
        os.utime(place / f"k{number}.entry", (number, number))
    assert cache.names() == {"k2", "k3", "k4"}


def test_a_file_that_changed_while_it_was_read(
    straight: Project, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can say which of its bytes ran."""
    monkeypatch.setattr(replay_cache, "_BEGAN", 0)
    tables()
    assert not entries()
