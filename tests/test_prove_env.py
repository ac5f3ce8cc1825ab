"""`prove --env`: the project's own env.py, in a process that reaches nothing but the scratch."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.dialects import postgresql

from sqlplumb.engines import Touched, engine
from sqlplumb.sources.env_child import RefusedByProof, ScratchOnly

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE children (
    id INTEGER PRIMARY KEY,
    parent INTEGER NOT NULL REFERENCES parents ON DELETE CASCADE
);
"""
HEAD = """\
from alembic import context
from sqlalchemy import create_engine, event

URL = context.config.get_main_option("sqlalchemy.url")
"""
RUN = """
engine = create_engine(URL)


@event.listens_for(engine, "connect")
def set_pragma(connection, record):
    connection.execute("PRAGMA foreign_keys = {foreign_keys}")


with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration={each})
    with context.begin_transaction():
        context.run_migrations()
"""


def env(foreign_keys: str = "ON", each: bool = True) -> str:
    return HEAD + RUN.format(foreign_keys=foreign_keys, each=each)


@pytest.fixture
def children(project: Project) -> Project:
    """A revision that makes its parents anew by hand: with foreign keys on, the children go."""
    project.write("schema.sql", SCHEMA)
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    first = [f"op.execute({one + ';'!r})" for one in SCHEMA.split(";\n") if one]
    project.revision("a1", None, *first, "", "", "def downgrade():", "    pass")
    file = project.root / "migrations/versions/a1.py"
    text = file.read_text("utf-8").replace("    def downgrade():\n        pass\n", "")
    downs = "def downgrade():\n    op.drop_table('children')\n    op.drop_table('parents')\n"
    project.write("migrations/versions/a1.py", f"{text.rstrip()}\n\n\n{downs}")
    project.write(
        "migrations/versions/a2.py",
        "from alembic import op\nrevision = 'a2'\ndown_revision = 'a1'\n\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE made (id INTEGER PRIMARY KEY)')\n"
        "    op.execute('INSERT INTO made SELECT id FROM parents')\n"
        "    op.execute('DROP TABLE parents')\n"
        "    op.execute('ALTER TABLE made RENAME TO parents')\n\n"
        "def downgrade():\n    pass\n",
    )
    return project


def test_a_proof_says_under_which_settings_it_ran(children: Project, run: Run) -> None:
    children.write("migrations/env.py", env())
    done = run("prove", "a2")
    assert done.code == 0, done.out
    last = done.out.splitlines()[-1]
    assert last.startswith("without env.py: foreign keys off, ")
    assert "sets foreign_keys and transaction_per_migration: `prove --env` runs it" in last


def test_a_way_back_that_its_author_refuses(children: Project, run: Run) -> None:
    children.write("migrations/env.py", env("OFF"))
    file = children.root / "migrations/versions/a2.py"
    text = file.read_text("utf-8").removesuffix("pass\n") + "raise NotImplementedError('forward')\n"
    children.write("migrations/versions/a2.py", text)
    done = run("prove", "--env", "a2")
    assert done.code == 0, done.out + done.err
    assert "proved a2: up, with" in done.out


@pytest.mark.parametrize(
    "foreign_keys", ["ON", "OFF"] if os.environ.get("SQLPLUMB_EXAMPLES") else ["ON"]
)
def test_under_its_own_roof_it_loses_the_children(
    children: Project, run: Run, foreign_keys: str
) -> None:
    children.write("migrations/env.py", env(foreign_keys))
    done = run("prove", "--env", "a2")
    is_on = foreign_keys == "ON"
    assert done.code == int(is_on), done.out + done.err
    assert ("fails: children: " in done.out) is is_on
    assert f"by env.py: foreign keys {foreign_keys.lower()}, one transaction for each" in done.out


def test_what_a_view_reads_under_its_own_roof_holds_rows(children: Project, run: Run) -> None:
    """Of many tables; the child hears from the engine what its statements touch."""
    far = (f"op.execute('CREATE TABLE far{number} (id INTEGER)')" for number in range(70))
    view = "op.execute('CREATE VIEW shown AS SELECT id FROM far3')"
    children.revision("a2", "a1", *far, view)
    deletes = "op.execute('DELETE FROM parents WHERE id IN (SELECT id FROM shown)')"
    children.revision("a3", "a2", deletes, "", "", "def downgrade():", "    pass")
    children.write("migrations/env.py", env("OFF"))
    done = run("prove", "--env", "a3")
    assert "in 3 tables" in done.out, done.out + done.err  # parents, children, far3


REACHES = {
    "another database": (
        "import sqlite3\nsqlite3.connect('live.db').execute('DROP TABLE t')\n",
        "it opens the database live.db (env.py:7)",
    ),
    "one by a URI": (
        "import sqlite3\nsqlite3.connect('file:live.db?mode=rw', uri=True)\n",
        "it opens the database file:live.db?mode=rw",
    ),
    "its own URL": ("URL = 'sqlite:///live.db'\n", "it opens the database "),
    "an attached one": (
        "e = create_engine(URL).connect().exec_driver_sql(\"ATTACH 'live.db' AS x\")\n",
        "it attaches the database live.db",
    ),
    "a server": (
        "import socket\nsocket.create_connection(('127.0.0.1', 9))\n",
        "it uses the network",
    ),
    "a process": ("import subprocess\nsubprocess.run(['true'])\n", "it starts a process"),
    "a shell": ("import os\nos.system('true')\n", "it starts a process (os.system)"),
    "a driver in C": ("import apsw\napsw.Connection('live.db')\n", "it connects by apsw"),
    "and hides it": (
        "import sqlite3\ntry:\n    sqlite3.connect('live.db')\nexcept Exception:\n    pass\n",
        "it opens the database live.db",
    ),
}


OFTEN = ("another database", "an attached one", "a server", "a process", "a driver in C")


@pytest.mark.parametrize("name", REACHES if os.environ.get("SQLPLUMB_EXAMPLES") else OFTEN)
def test_it_reaches_the_scratch_alone(children: Project, run: Run, name: str) -> None:
    reach, said = REACHES[name]
    children.database("CREATE TABLE t (a); INSERT INTO t VALUES (1);", "live.db")
    before = (children.root / "live.db").read_bytes()
    children.write("migrations/env.py", HEAD + "\n" + reach + RUN.format(foreign_keys=1, each=True))
    done = run("prove", "--env", "a2")
    assert done.code == 2, done.out
    assert f"env.py was stopped: {said}" in done.err
    assert "let env.py take the URL from config.get_main_option" in done.err
    assert (children.root / "live.db").read_bytes() == before
    with closing(sqlite3.connect(children.root / "live.db")) as connection:
        assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]


def test_a_revision_reaches_it_alone_too(children: Project, run: Run) -> None:
    children.write("migrations/env.py", env())
    file = children.root / "migrations/versions/a2.py"
    reach = "def upgrade():\n    import sqlite3\n    sqlite3.connect('live.db')\n"
    file.write_text(file.read_text("utf-8").replace("def upgrade():\n", reach), "utf-8")
    done = run("prove", "--env", "a2")
    assert done.code == 1
    assert "revision a2 was stopped: it opens the database live.db" in done.out
    assert not (children.root / "live.db").exists()


class ServerGuard:
    """As an engine would have it whose scratch is on a server."""

    driver_modules = frozenset(("psycopg",))

    def __init__(self) -> None:
        self.statements: list[str] = []

    def install(self, url: str, tell: Callable[[str], None]) -> None: ...

    def allows_event(self, event: str, arguments: tuple[Any, ...]) -> bool:
        return event == "socket.connect" and arguments[1] == ("127.0.0.1", 5432)

    def allows_dialect(self, dialect: Any) -> bool:
        return str(dialect.name) == "postgresql"

    def touched(self) -> Touched:
        return Touched()

    def session_settings(self) -> str:
        return ""

    def finish(self) -> None: ...


def test_the_engine_says_what_reaches_its_scratch() -> None:
    only = ScratchOnly(ServerGuard())
    only.audit("socket.connect", (None, ("127.0.0.1", 5432)))
    server: Any = postgresql.dialect
    only.before_connect(server())
    assert only.find_spec("psycopg") is None  # it is imported as it is
    for event, arguments in (
        ("socket.connect", (None, ("127.0.0.1", 9))),
        ("sqlite3.connect", ("live.db",)),
        ("os.system", (b"true",)),
    ):
        with pytest.raises(RefusedByProof):
            only.audit(event, arguments)
    with pytest.raises(RefusedByProof):
        only.before_connect(engine("sqlite").dialect())
    assert [line.partition(" (")[0] for line in only.refused] == [
        "it uses the network",
        "it opens the database live.db",
        "it starts a process",
        "it connects by sqlite+pysqlite",
    ]


def test_a_url_from_the_environment_and_one_transaction_for_all(
    children: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_URL", "sqlite:///live.db")
    own = env("OFF", each=False).replace(HEAD, HEAD + 'import os\nURL = os.environ["OUR_URL"]\n')
    children.write("migrations/env.py", own)
    done = run("prove", "--env", "a1")
    assert done.code == 2
    assert "--env-url NAME" in done.err
    done = run("prove", "--env-url", "OUR_URL", "a1")
    assert done.code == 0, done.out + done.err
    assert "by env.py: foreign keys off, one transaction for a whole run" in done.out
    assert not (children.root / "live.db").exists()


def test_an_env_py_that_fails_is_told(children: Project, run: Run) -> None:
    children.write("migrations/env.py", HEAD + "raise LookupError('no settings')\n")
    done = run("prove", "--env", "a1")
    assert done.code == 2
    assert "env.py cannot be replayed: LookupError: no settings" in done.err
    assert "env.py:5" in done.err


def test_one_child_carries_out_every_move(
    children: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And imports Alembic once; what a move leaves in memory, the next one does not see."""
    begun: list[object] = []
    begin = subprocess.Popen

    def popen(argv: list[str], **options: object) -> object:
        begun.append(argv)
        return begin(argv, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("sqlplumb.sources.env_run.subprocess.Popen", popen)
    once = "import alembic\nassert not hasattr(alembic, 'seen')\nalembic.seen = True\n"
    children.write("migrations/env.py", HEAD + once + RUN.format(foreign_keys="OFF", each=True))
    done = run("prove", "--env")
    assert done.code == 0, done.out + done.err
    assert len(begun) == 1


def test_a_child_that_is_ended_is_told_and_begun_anew(children: Project, run: Run) -> None:
    children.write("migrations/env.py", HEAD + "import os\nos._exit(7)\n")
    done = run("prove", "--env", "a1")
    assert (done.code, "env.py ended its process with code 7" in done.err) == (2, True)
    loud = "import sys\nprint('told', file=sys.stderr, flush=True)\nos._exit(7)\n"
    children.write("migrations/env.py", HEAD + "import os\n" + loud)
    assert "with code 7: told" in run("prove", "--env", "a1").err
