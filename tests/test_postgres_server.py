"""Servers and databases of our own: made, used, and gone, whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

import psycopg
import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.engines.postgres.server.connect import conninfo_of, is_local
from sqlplumb.engines.postgres.server.embedded import _sweep
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import PlumbError

TOOLS = str(Path(__file__).parents[1] / "tools")
STARTS = """
import sys, time
from sqlplumb.engines.postgres.server.choose import SERVERS
server = SERVERS.{how}
print(server.create(), server.conninfo, flush=True)
server.make_role("sqlplumb_test_role")
print("ready", flush=True)
time.sleep(600)
"""


Killed = Callable[..., str]


@pytest.fixture(params=MAJORS)
def a_server(request: pytest.FixtureRequest) -> ScratchServer:
    return server(request.param)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of temporary files that nobody may enter, which those of pytest are not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


@pytest.fixture
def killed(place: Path) -> Iterator[Killed]:
    """Start a process that makes a database and a role, and kill it."""

    def start(how: str, sign: int = signal.SIGKILL) -> str:
        environment = {**os.environ, "PYTHONPATH": TOOLS, "TMPDIR": str(place)}
        command = [sys.executable, "-c", STARTS.format(how=how)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
            assert child.stdout
            said = child.stdout.readline().split(" ", 1)
            assert child.stdout.readline() == "ready\n"
            os.kill(child.pid, sign)
        return said[0]

    yield start


def test_databases_are_made_and_copied(a_server: ScratchServer) -> None:
    before = names(a_server)
    name = a_server.create()
    with closing(a_server.connect(name)) as connection:
        connection.execute("CREATE TABLE t (a int)")
    copy = a_server.copy(name)
    with closing(a_server.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    for each in (name, copy):
        a_server.drop(each)
    assert names(a_server) == before


def names(a_server: ScratchServer) -> list[str]:
    """The databases of this session on its server; other tests may hold some."""
    with closing(psycopg.connect(a_server.conninfo)) as connection:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'sqlplumb%' ORDER BY 1"
        return [name for (name,) in connection.execute(query)]


def until_gone(a_server: ScratchServer, database: str) -> None:
    """The server learns of a client's end when it looks."""
    speaks = "SELECT FROM pg_stat_activity WHERE application_name = left(%s, 21)"
    with closing(psycopg.connect(a_server.conninfo, autocommit=True)) as connection:
        for _ in range(2000):
            if connection.execute(speaks, (database,)).fetchone() is None:
                return
            sleep(0.05)


def test_a_subscription_keeps_no_database(a_server: ScratchServer) -> None:
    before = names(a_server)
    with a_server.database() as connection:
        options = "connect = false, slot_name = NONE"
        words = f"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH ({options})"
        connection.execute(words)
    assert names(a_server) == before


def test_without_the_right_to_make_databases(a_server: ScratchServer) -> None:
    """An empty database is used, and left as it was; one that holds something is refused."""
    with closing(a_server.connect("template1")) as owner, database(a_server) as url:
        owner.execute("CREATE ROLE poor LOGIN")
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        owner.execute(f"GRANT ALL ON DATABASE {name} TO poor")
        poor = ScratchServer(conninfo_of(url, user="poor"), "poor", roles_allowed=True)
        try:
            for _ in range(2):
                with poor.database() as connection:
                    connection.execute("CREATE SCHEMA s CREATE TABLE t (a int)")
            assert not poor.make_role("other")
            with closing(psycopg.connect(url, autocommit=True)) as connection:
                connection.execute("CREATE TABLE t (a int)")
            with pytest.raises(PlumbError, match="not empty"), poor.database():
                pass
        finally:
            poor.close()
            owner.execute(f"REVOKE ALL ON DATABASE {name} FROM poor")
            owner.execute("DROP ROLE poor")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_with_whoever_started_it(sign: int, killed: Killed, place: Path) -> None:
    """Its folder goes last of all: a shell that has no clock removes it."""
    server(MAJORS[0])
    killed(f"embedded({MAJORS[0]})", sign)
    for _ in range(2000):
        if not list(place.glob("sqlplumb-pg-*")):
            return
        sleep(0.05)
    pytest.fail("the folder of the server is still there")


def test_what_nobody_is_left_to_remove(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(place))
    folder = place / "sqlplumb-pg-old"
    (folder / "data").mkdir(parents=True)
    (folder / "alive").touch()
    (folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")  # whose number came again
    _sweep()
    assert not folder.exists()


def test_the_next_one_drops_what_a_killed_one_made(a_server: ScratchServer, killed: Killed) -> None:
    role = "SELECT FROM pg_roles WHERE rolname = 'sqlplumb_test_role'"
    with database(a_server) as url:
        name = killed(f"choose({url!r}, None)")
        assert name in names(a_server)
        with closing(psycopg.connect(url)) as connection:
            assert connection.execute(role).fetchone() is not None
        until_gone(a_server, name)
        ScratchServer(conninfo_of(url), "next", roles_allowed=True).close()
        assert name not in names(a_server)
        with closing(psycopg.connect(url)) as connection:
            assert connection.execute(role).fetchone() is None


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("postgresql://me@localhost/x", True),
        ("postgresql+psycopg://me@127.0.0.1:5433/x", True),
        ("postgresql+asyncpg://me@[::1]/x?ssl=require", True),
        ("postgresql+psycopg2:///x?host=/tmp", True),
        ("postgresql://me@db.example.org/x", False),
        ("postgresql://me@10.0.0.1/x", False),
        ("postgresql://me@localhost,db.example.org/x", False),
    ],
)
def test_which_servers_are_on_this_machine(
    url: str, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGHOST", raising=False)
    assert is_local(conninfo_of(url)) is local


def test_a_host_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert not is_local(conninfo_of("postgresql:///x"))
