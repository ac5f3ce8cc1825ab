"""The one command of the example's README, in a process of its own."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="the group `example` is not installed")

import json
import urllib.error
import urllib.request

from examples.fastapi_service.ready import CONFIG

import sqlplumb

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "examples.fastapi_service"]


def environment(**said: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if name != "ENVIRONMENT"}
    path = os.pathsep.join([str(ROOT), str(ROOT / "tools")])
    return {**known, "PYTHONPATH": path, **said}


def free_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def ask(port: str, path: str, body: object = None, method: str = "GET") -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextmanager
def started(folder: Path, **said: str) -> Iterator[str]:
    port = free_port()
    env = environment(DATABASE_URL="sqlite:///service.db", PORT=port, **said)
    process = subprocess.Popen(COMMAND, cwd=folder, env=env, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(300):
            try:
                ask(port, "/tasks")
                break
            except OSError:
                assert process.poll() is None, process.communicate()[1]
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_one_command_starts_it_on_a_new_database_and_again(tmp_path: Path) -> None:
    task = {"task_type": "sql", "created_by": "ann"}
    with started(tmp_path) as port:
        assert ask(port, "/tasks", task, "POST")[0] == 201
        status, said = ask(port, "/admin/reset-database", method="POST")
        assert (status, "ENVIRONMENT=development" in said) == (403, True)
    sqlplumb.require_plumb(f"sqlite:///{tmp_path / 'service.db'}", config=CONFIG)
    with started(tmp_path, ENVIRONMENT="development") as port:
        assert len(json.loads(ask(port, "/tasks")[1])) == 1
        assert ask(port, "/admin/reset-database", method="POST")[0] == 200
        assert ask(port, "/tasks") == (200, "[]")


def refused(folder: Path, **said: str) -> str:
    done = subprocess.run(
        COMMAND, cwd=folder, env=environment(**said), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_refuses_what_is_not_plumb_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    sqlplumb.apply(url, config=CONFIG, no_backup=True)
    damaged = sqlite3.connect(tmp_path / "app.db")
    damaged.execute("DROP TRIGGER credit_history_no_update")
    damaged.commit()
    damaged.close()
    said = refused(tmp_path, DATABASE_URL=url)
    assert (
        "the history makes: credit_history: trigger credit_history_no_update is missing\n" in said
    )
    assert f"`sqlplumb diff {url} history` shows what differs" in said


def test_a_port_that_is_none_is_told_before_anything_is_made(tmp_path: Path) -> None:
    said = refused(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'app.db'}", PORT="http")
    assert said == "PORT is 'http', which is no number: write PORT=8000\n"
    assert not list(tmp_path.iterdir())


def test_without_a_database_it_says_what_to_set(tmp_path: Path) -> None:
    said = refused(tmp_path, DATABASE_URL="")
    assert said == "DATABASE_URL is not set: write DATABASE_URL=sqlite:///path/to/app.db\n"


def test_the_readme_names_the_command_that_is_tested() -> None:
    readme = (ROOT / "examples" / "fastapi_service" / "README.md").read_text("utf-8")
    assert re.search(r"python -m examples\.fastapi_service$", readme, re.MULTILINE)
