"""PostgreSQL's own library answers as the driver does, and a schema that is as it was is seen
without the driver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.conftest import Project
from tests.postgres import MAJORS, database, server

from sqlplumb.engines.postgres.server import libpq
from sqlplumb.engines.postgres.server.libpq import NoAnswer, Session

TABLES = "CREATE TABLE t (a integer PRIMARY KEY);\nCREATE INDEX i ON t (a DESC);\n"
RUN = """
import sys
from sqlplumb.cli.main import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("driver" if "psycopg" in sys.modules else "library", file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def lib() -> Any:
    found = libpq.load()
    if found is None:
        pytest.skip("the driver brings no library that is known here")
    return found


@pytest.fixture(params=MAJORS)
def live(request: pytest.FixtureRequest) -> Iterator[str]:
    with database(server(int(request.param)), TABLES) as url:
        yield url


@pytest.mark.parametrize(
    "written",
    [
        "postgresql:///",
        "postgresql://me@localhost:5433/app",
        "postgresql://me:p%40ss%20word@[::1]/app?sslmode=require&application_name=a%20b",
        "postgresql://one,two:5433/app?target_session_attrs=any",
        "postgresql://me@/app?host=/tmp/sockets",
        "host='a b' password='x\\'\\\\y' port=5",
        "",
    ],
)
def test_an_address_is_understood_as_by_the_driver(
    written: str, lib: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libpq, "library", lambda: lib)
    assert libpq.parsed(written) == conninfo_to_dict(written)


def test_what_is_no_address_is_refused(lib: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libpq, "library", lambda: lib)
    for written in ("postgresql://h/d?strange=1", "host=\0", "nothing"):
        with pytest.raises(ValueError, match=r"\w"):
            libpq.parsed(written)


def test_questions_are_answered_in_texts(
    live: str, lib: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(Session(lib, live)) as session, psycopg.connect(live) as connection:
        assert session.version == connection.info.server_version
        assert session.is_superuser
        asked = "SELECT 1; SELECT 2, NULL, 'é', true UNION ALL SELECT 3, '', '', NULL ORDER BY 1"
        assert session.ask(asked) == [("2", None, "é", "t"), ("3", "", "", None)]
        assert session.ask("DO $$ BEGIN RAISE WARNING 'unheard'; END $$") == []
        with pytest.raises(NoAnswer):
            session.ask("SELECT strange")
        with pytest.raises(NoAnswer):
            session.ask("SELECT 1")
    with closing(Session(lib, live)) as session, psycopg.connect(live) as connection:
        assert session.ask("SELECT 1 WHERE false") == []
        pid = session.ask("SELECT pg_backend_pid()")[0][0]
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with pytest.raises(NoAnswer):
            session.ask("SELECT 1")
    assert "unheard" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/x", "postgresql:///x?host=/nowhere"])
def test_who_does_not_answer_is_left_to_the_driver(url: str, lib: Any) -> None:
    with pytest.raises(NoAnswer):
        Session(lib, url)


@pytest.mark.usefixtures("lib")
def test_a_schema_that_is_as_it_was_needs_no_driver(live: str, project: Project) -> None:
    project.write("schema.sql", TABLES + "-- of a library\n")
    first, second = _run("check", live), _run("check", live)
    assert (first[0], second[0]) == (0, 0)
    assert first[1] == second[1] and "plumb" in second[1]
    assert (first[2].split()[-1], second[2].split()[-1]) == ("driver", "library")
    with psycopg.connect(live, autocommit=True) as connection:
        connection.execute("DROP INDEX i; CREATE INDEX i ON t (a)")
    code, out, said = _run("check", live)
    assert code == 1 and "index i" in out and said.split()[-1] == "driver"
    gone = live.replace("?", "_gone?")
    code, out, said = _run("check", gone)
    assert code == 4 and "does not exist" in said


def _run(*arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-c", RUN, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    return ran.returncode, ran.stdout, ran.stderr
