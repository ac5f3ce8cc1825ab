"""Many databases in one call: the damaged ones are reported, all others are upgraded.

SQLPLUMB_FLEET says how many there are; CI is content with a few.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import sqlplumb
from sqlplumb import python_text
from sqlplumb.commands.upgrade_job import ApplyOptions
from sqlplumb.receipts import Receipt

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

COUNT = int(os.environ.get("SQLPLUMB_FLEET", "12"))
DAMAGED = tuple(range(3, COUNT, 100)) if COUNT > 100 else (3, 7)
INDEX = "CREATE INDEX ix_tasks_user ON tasks (user_id)"


def name(number: int) -> str:
    return f"fleet/{number:04}.db"


@pytest.fixture
def ships(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    made.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    (made.root / "fleet").mkdir()
    for number in range(COUNT):
        shutil.copyfile(made.database, made.root / name(number))
    for number in DAMAGED:
        made.history.execute("DROP INDEX ix_tasks_user", name(number))
    return made


def sail(ships: Ground, *argv: str) -> tuple[int, dict[int, Any]]:
    done = ships.history.run("apply", "--no-backup", "--format", "json", *argv)
    outcomes = {int(Path(one["path"]).stem): one["outcome"] for one in done.json["receipts"]}
    return done.code, outcomes


def at(ships: Ground) -> list[int]:
    """The numbers of those that are upgraded."""
    return [n for n in range(COUNT) if ships.revision(name(n)) == "second"]


def sound(ships: Ground) -> list[int]:
    return [n for n in range(COUNT) if n not in DAMAGED]


def refused(outcomes: dict[int, Any]) -> list[int]:
    return [number for number, one in sorted(outcomes.items()) if one == "refused"]


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_all_but_the_damaged(ships: Ground, jobs: str) -> None:
    code, outcomes = sail(ships, "sqlite:///fleet", "--jobs", jobs)
    assert (code, refused(outcomes)) == (3, list(DAMAGED))
    assert at(ships) == sound(ships)
    for number in DAMAGED:
        ships.history.execute(INDEX, name(number))
    code, outcomes = sail(ships, "sqlite:///fleet", "--jobs", jobs)
    assert (code, len(outcomes)) == (0, COUNT)
    assert [n for n, one in sorted(outcomes.items()) if one == "applied"] == list(DAMAGED)


def test_the_canary_dies(ships: Ground) -> None:
    (ships.root / "urls").write_text(f"# a list\nsqlite:///{name(3)}\nsqlite:///{name(1)}\n")
    code, outcomes = sail(ships, "@urls", "--canary", "1", "--jobs", "2")
    assert (code, outcomes, at(ships)) == (3, {3: "refused"}, [])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_it_stops(ships: Ground, jobs: str) -> None:
    code, outcomes = sail(ships, "sqlite:///fleet", "--stop-after", "1", "--jobs", jobs)
    assert code == 3
    assert {0, 1, 2} <= set(at(ships)) <= {0, 1, 2, 4, 5}
    assert outcomes[3] == "refused"


def test_each_is_done_once(ships: Ground) -> None:
    code, outcomes = sail(ships, f"sqlite:///{name(1)}", "sqlite:///fleet", f"sqlite:///{name(1)}")
    assert (code, len(outcomes)) == (3, COUNT)


def test_what_a_query_yields(ships: Ground) -> None:
    with closing(sqlite3.connect(ships.root / "tenants.db")) as tenants, tenants:
        tenants.execute("CREATE TABLE tenants (url TEXT, active INTEGER)")
        rows = [(f"sqlite:///{name(number)}", number % 2) for number in range(6)]
        tenants.executemany("INSERT INTO tenants VALUES (?, ?)", rows)
    query = "SELECT url FROM tenants WHERE active = 1"
    code, outcomes = sail(ships, "--query", "sqlite:///tenants.db", query)
    assert (code, sorted(outcomes), at(ships)) == (3, [1, 3, 5], [1, 5])


@pytest.mark.parametrize(
    ("url", "query", "code"),
    [
        ("sqlite:///none.db", "SELECT 1", 4),
        ("sqlite:///app.db", "SELECT id FROM users", 2),
        ("sqlite:///app.db", "SELECT", 4),
        ("sqlite:///app.db", "DELETE FROM steps", 4),
        ("nothing://me:secret@there", "SELECT 1", 2),
    ],
)
def test_what_no_query_yields(ships: Ground, url: str, query: str, code: int) -> None:
    rows = ships.rows()
    done = ships.history.run("apply", "--query", url, query)
    assert (done.code, done.out, ships.rows()) == (code, "", rows)
    assert "secret" not in done.err
    assert not (ships.root / "none.db").exists()


@pytest.mark.parametrize("text", ["fleet/0001.db\n", "me:secret\n", b"\xff\xfe"])
def test_what_is_no_list(ships: Ground, text: str | bytes) -> None:
    (ships.root / "urls").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert ships.history.run("apply", "@urls").code == 2
    assert ships.history.run("apply", "@nowhere").code == 2


def test_one_that_is_no_url_of_ours_hinders_nobody(ships: Ground) -> None:
    done = ships.history.run("apply", "mysql://me:secret@there/db", f"sqlite:///{name(1)}")
    assert (done.code, at(ships)) == (2, [1])
    assert "secret" not in done.err + done.out


def test_one_receipt_for_all_brings_all_back(ships: Ground) -> None:
    before = ships.rows(name(0))
    done = ships.history.run("apply", "sqlite:///fleet", "--jobs", "2")
    (file,) = (ships.root / "fleet").glob("*.receipt.json")
    assert str(file) in done.out
    receipts = json.loads(file.read_text())["receipts"]
    assert [one["outcome"] for one in receipts].count("refused") == len(DAMAGED)
    assert {one["receipt"] for one in receipts} == {str(file)}
    assert ships.history.run("restore", str(file)).code == 0
    assert (at(ships), ships.rows(name(0))) == ([], before)


def made_of(kind: str) -> Executor:
    if kind == "threads":
        return ThreadPoolExecutor(4)
    return ProcessPoolExecutor(2, get_context("spawn"))


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_carries_it(ships: Ground, kind: str) -> None:
    with made_of(kind) as executor:
        receipts = sqlplumb.apply_fleet(
            ["sqlite:///fleet"], executor=executor, jobs=4, no_backup=True
        )
    assert [str(one.error) for one in receipts if one.outcome == "failed"] == []
    assert {one.outcome for one in receipts} == {"applied", "refused"}
    assert at(ships) == sound(ships)
    assert all(ships.is_sound(name(number)) for number in range(COUNT))


def _parse_deeper(depth: int = 10) -> None:
    if depth:
        _parse_deeper(depth - 1)
    else:
        ast.parse("deeper = 1")


@pytest.mark.parametrize("text", ["[a, b]", "['a', 'b']"])
def test_another_thread_parses_meanwhile(text: str) -> None:
    """The collector lets it in, as long as a tree is made; some versions of CPython then fail."""
    disturbed: list[str] = []

    def disturb(phase: str, _: object) -> None:
        if phase == "start" and len(disturbed) < 3:
            disturbed.append(phase)
            other = Thread(target=_parse_deeper)
            other.start()
            other.join()

    read = (python_text.parse, python_text.literal)["'" in text]
    source = f"[{', '.join([text] * 2000)}]"
    gc.callbacks.append(disturb)
    try:
        assert read(source)
    finally:
        gc.callbacks.remove(disturb)
    assert disturbed


class Mutineers(Executor):
    """Whoever works at the second database raises what nobody expects."""

    def __init__(self) -> None:
        self.crew = ThreadPoolExecutor(1)
        self.count = 0

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Any:
        self.count += 1
        return self.crew.submit(*((_mutiny,) if self.count == 2 else (work, *words)))


def _mutiny() -> Receipt:
    raise RuntimeError("at sqlite://me:secret@there")


def test_a_fault_of_one_hinders_nobody(ships: Ground) -> None:
    receipts = sqlplumb.apply_fleet(["sqlite:///fleet"], executor=Mutineers(), no_backup=True)
    (failed,) = [one for one in receipts if one.outcome == "failed"]
    assert failed.error
    assert "RuntimeError" in str(failed.error)
    assert "secret" not in str(failed.error)
    assert at(ships) == [number for number in sound(ships) if number != 1]


def _killed(url: str, options: ApplyOptions) -> Receipt:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class Wrecked(ProcessPoolExecutor):
    """Its second worker is killed."""

    seen = 0

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Any:
        self.seen += 1
        return super().submit(_killed if self.seen == 2 else work, *words)


def test_a_worker_that_is_killed(ships: Ground) -> None:
    with Wrecked(1, get_context("spawn")) as executor:
        receipts = sqlplumb.apply_fleet(["sqlite:///fleet"], executor=executor, no_backup=True)
    assert [one.outcome for one in receipts] == ["applied", "failed"]
    assert "run it again" in str(receipts[1].error and receipts[1].error.problems[0].advice)
    code, outcomes = sail(ships, "sqlite:///fleet")
    assert (code, refused(outcomes), at(ships)) == (3, list(DAMAGED), sound(ships))


@pytest.fixture
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_carries_it(ships: Ground, scheduler: str) -> None:
    code, outcomes = sail(ships, f"sqlite:///{ships.root}/fleet", "--scheduler", scheduler)
    assert (code, refused(outcomes), at(ships)) == (3, list(DAMAGED), sound(ships))


def test_a_cluster_that_is_not_there(ships: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sqlplumb.commands.fleet._CLUSTER_WAIT", "1s")
    done = ships.history.run("apply", "sqlite:///fleet", "--scheduler", "tcp://127.0.0.1:9")
    assert (done.code, at(ships)) == (4, [])


PARENT = """\
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from sqlplumb.commands.fleet import Pace, _executor
def tell(seconds):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(seconds)
if __name__ == "__main__":
    with _executor(Pace(jobs=2), 9) as crew:
        for one in [crew.submit(tell, 60), crew.submit(tell, 60)]:
            one.result()
"""


def is_running(process: int) -> bool:
    """One that has ended and that nobody has asked for is still listed."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_end_with_whoever_began_them(tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("processes are looked for in /proc")
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, "parent.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(is_running(one) for one in workers)
        parent.kill()
    end = time.monotonic() + 20
    while any(is_running(one) for one in workers) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(is_running(one) for one in workers)


@pytest.mark.parametrize("odd", ["who?.db", "50%25.db", "a#b.db", "a?mode=ro", "ü & é.db"])
def test_an_odd_name_in_a_folder(ships: Ground, odd: str) -> None:
    """It is that file which is upgraded, and no other that its name begins with."""
    shutil.copyfile(ships.root / name(0), ships.root / "fleet" / odd)
    for other in ("who", "a", "50%"):
        shutil.copyfile(ships.root / name(0), ships.root / other)
    _, outcomes = sail_by_path(ships, "sqlite:///fleet")
    assert outcomes[odd] == "applied"
    assert ships.revision(f"fleet/{odd}") == "second"
    assert {ships.revision(other) for other in ("who", "a", "50%")} == {"first"}


def sail_by_path(ships: Ground, *argv: str) -> tuple[int, dict[str, Any]]:
    done = ships.history.run("apply", "--no-backup", "--format", "json", *argv)
    return done.code, {Path(one["path"]).name: one["outcome"] for one in done.json["receipts"]}
