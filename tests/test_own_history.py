"""The reference project's own history as SQL that is run by hand: `alembic upgrade --sql`, of each
revision and of all. In clients that go on after an error too, all of a revision is done or nothing.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from tests.skips import loads_plugins
    from tests.test_clients import careful_shell, dump, goes_on, shell, some
else:
    from skips import loads_plugins
    from test_clients import careful_shell, dump, goes_on, shell, some

SHELLS = (shell, careful_shell)
MIGRATIONS = Path(__file__).parents[1] / "migrations"


def config(file: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{file}")
    return config


REVISIONS = [*ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
STEPS = [(str(one.down_revision or "base"), one.revision) for one in REVISIONS]
WORDS = {  # what a rule asks for; all else is 1
    "agents": {"status": "IDLE"},
    "agent_threads": {"thread_type": "CHAT"},
    "users": {"role": "USER"},
    "tasks": {"status": "PENDING"},
    "task_item": {"id": "0" * 32, "state": "pending"},
    "plans": {"state": "pending"},
    "events": {"event_type": "GENERIC_EVENT"},
    "user_account": {"id": "1" * 36},
    "user_provider": {"user_id": "1" * 36},
    "user_api_key": {"user_id": "1" * 36},
    "credit_ledger": {"user_id": "1" * 36},
    "payment_record": {"user_id": "1" * 36, "provider": "stripe"},
}


def add(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """A row with a value for each column, so that a step gives none that the clock tells."""
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    said = {**dict.fromkeys(columns, 1), **WORDS.get(table, {}), **values}
    said = {name: value for name, value in said.items() if name in columns}
    marks = ", ".join("?" * len(said))
    names = ", ".join(f'"{name}"' for name in said)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", (*said.values(),))


def populate(file: Path) -> None:
    """One row in each table that has none."""
    with closing(sqlite3.connect(file)) as connection, connection:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for (table,) in connection.execute(f"{tables} AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"):
            if not connection.execute(f'SELECT 1 FROM "{table}"').fetchone():
                add(connection, table)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A database at each revision, with rows."""
    folder = tmp_path_factory.mktemp("states")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        file, made = folder / "x.db", {"base": folder / "base.db"}
        sqlite3.connect(made["base"]).close()
        for _, revision in STEPS:
            command.upgrade(config(file), revision)
            populate(file)
            made[revision] = folder / f"{revision}.db"
            shutil.copy(file, made[revision])
    return made


@pytest.fixture(autouse=True)
def no_other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


def script(start: str, end: str, down: bool = False) -> str:
    made = config(Path("offline.db"))
    made.output_buffer = StringIO()
    (command.downgrade if down else command.upgrade)(made, f"{start}:{end}", sql=True)
    return made.output_buffer.getvalue()


def content(file: Path) -> list[list[str]]:
    """Alembic lists the rules of a table in any order, and one step asks the clock."""
    now = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'")
    return sorted(sorted(re.split(r",?\s*\n\s*", now.sub("'now'", one))) for one in dump(file))


def test_every_revision_has_a_verdict() -> None:
    for one in REVISIONS:
        text = Path(one.path).read_text("utf-8")
        assert (text.count("    begin("), text.count("    end(")) == (2, 2), one.path


def test_all_of_it(tmp_path: Path) -> None:
    online = tmp_path / "online.db"
    command.upgrade(config(online), "head")
    up, head = script("base", "head"), content(online)
    command.downgrade(config(online), "base")
    down, base = script("head", "base", down=True), content(online)
    for client in SHELLS:
        offline = tmp_path / f"{client.__name__}.db"
        client(offline, up)
        assert content(offline) == head
        client(offline, down)
        assert content(offline) == base


WAYS = [(*way[::-1], True) if down else (*way, False) for way in STEPS for down in (False, True)]


@pytest.mark.parametrize(("number", "start", "end", "down"), [(i, *w) for i, w in enumerate(WAYS)])
def test_each_alone(
    number: int, start: str, end: str, down: bool, states: dict[str, Path], tmp_path: Path
) -> None:
    """As Alembic does it; and where the disk is full, as soon as it is, nothing of it."""
    online, offline = tmp_path / "online.db", tmp_path / "offline.db"
    shutil.copy(states[start], online)
    (command.downgrade if down else command.upgrade)(config(online), end)
    said, before, after = script(start, end, down), content(states[start]), content(online)
    for client in some(number, len(SHELLS)):
        shutil.copy(states[start], offline)
        SHELLS[client](offline, said)
        assert content(offline) == after
    with closing(sqlite3.connect(states[start])) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    for room in some(number, 5):
        shutil.copy(states[start], offline)
        goes_on(offline, f"PRAGMA max_page_count = {pages + room};\n{said}")
        assert content(offline) in (before, after)


DASHES = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
OTHER_DASHES = "aaaaaaa-aaaaa-aaaa-aaaa-aaaaaaaaaaaa"
REFUSED: dict[str, tuple[tuple[str, str, dict[str, object]], ...]] = {
    "b99481a2": (
        ("up", "agents", {"id": 9, "status": "odd"}),
        ("up", "agent_threads", {"id": 9, "thread_type": "odd"}),
    ),
    "7199cc0f9e6c": (("down", "data_sources", {"name": "n", "host": None}),),
    "20953949": (
        ("up", "credit_ledger", {"id": "n", "user_id": "nobody"}),
        ("down", "credit_history", {"id": "n", "user_id": "nobody"}),
    ),
    "c84a1f60d2e9": (
        ("up", "task_item", {"id": "short"}),
        ("down", "task_item", {"id": OTHER_DASHES}),
    ),
    "71be5a903cf4": (
        ("up", "task_item", {"id": DASHES, "state": "odd"}),
        ("up", "events", {"id": 9, "event_type": "odd"}),
        ("up", "nonces", {"id": 9, "nonce_key": "n", "request_count": 0}),
    ),
    "0fd6db14": (
        ("up", "workers", {"id": "n", "current_task_id": "nothing"}),
        ("down", "workers", {"id": "n", "current_task_id": "nothing"}),
    ),
    "9f41c6d07b28": (
        ("up", "agent_threads", {"id": 9, "agent_id": None}),
        ("up", "agent_threads", {"id": 9, "agent_id": 1}),
        ("up", "triggers", {"id": 9, "secret": "s", "config": "no JSON"}),
    ),
    "5d0c82e1a947": (("up", "tasks", {"task_id": None}),),
}


@pytest.mark.parametrize(
    ("revision", "way", "table", "row"),
    [(revision, *case) for revision, cases in REFUSED.items() for case in cases],
)
def test_each_where_a_row_refuses(
    revision: str,
    way: str,
    table: str,
    row: dict[str, object],
    states: dict[str, Path],
    tmp_path: Path,
) -> None:
    """A step of data that a person wrote is refused like any other."""
    parent = next(before for before, after in STEPS if after == revision)
    start, end = (parent, revision) if way == "up" else (revision, parent)
    begun = tmp_path / "begun.db"
    shutil.copy(states[start], begun)
    with closing(sqlite3.connect(begun)) as connection, connection:
        if row.get("id") == OTHER_DASHES:
            add(connection, table, id=DASHES)
        add(connection, table, **row)
    said, before = script(start, end, way == "down"), dump(begun)
    for client in (*SHELLS, goes_on):
        file = tmp_path / f"{client.__name__}.db"
        shutil.copy(begun, file)
        client(file, said)
        assert dump(file) == before
    with suppress(Exception):
        (command.downgrade if way == "down" else command.upgrade)(config(begun), end)
    assert dump(begun) == before


@pytest.mark.parametrize(("start", "end"), [("base", "4ec412bb"), ("base", "head")])
def test_a_script_that_is_run_twice(
    start: str, end: str, states: dict[str, Path], tmp_path: Path
) -> None:
    for down in (False, True):
        said = script(end, start, down=True) if down else script(start, end)
        for client in (*SHELLS, goes_on):
            file = tmp_path / f"{client.__name__}.db"
            client(file, said)
            once = content(file)
            client(file, said)
            assert content(file) == once


@loads_plugins
def test_alembic_check_asks_the_plugin(tmp_path: Path) -> None:
    """env.py switches it on: what Alembic alone does not see is told, and no difference at head."""
    file = tmp_path / "app.db"
    command.upgrade(config(file), "head")
    check = [sys.executable, "-m", "alembic", "-x", f"url=sqlite:///{file}", "check"]
    done = subprocess.run(check, cwd=MIGRATIONS.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(file)) as connection:
        name, words = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        ).fetchone()
        connection.execute(f"DROP TRIGGER {name}")
    done = subprocess.run(check, cwd=MIGRATIONS.parent, capture_output=True, text=True)
    assert done.returncode != 0
    assert name in done.stdout + done.stderr, words
