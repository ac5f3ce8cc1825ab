"""A project whose history is proved, and a database that is behind it, with rows."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Project, Ran, Run
    from tests.histories import History
else:
    from histories import History

CURRENT = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    notes TEXT
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE log (what TEXT);
CREATE INDEX ix_tasks_user ON tasks (user_id);
CREATE INDEX ix_steps_task ON steps (task_id);
CREATE TRIGGER tasks_gone AFTER DELETE ON tasks BEGIN INSERT INTO log VALUES (old.id); END;
"""
DESIRED = CURRENT.replace(
    "    state TEXT NOT NULL,",
    "    state TEXT NOT NULL CONSTRAINT ck_state CHECK (state IN ('open', 'done')),",
)
ROWS = """\
INSERT INTO users SELECT value, 'user ' || value FROM generate_series(1, 5);
INSERT INTO tasks (id, user_id, state, notes)
    SELECT value * 3, 1 + value % 5, 'open', 'note ' || value FROM generate_series(1, 50);
INSERT INTO steps SELECT value, 3 * (1 + value % 50) FROM generate_series(1, 200);
INSERT INTO log VALUES ('begin');
"""
_SERIES = (
    "(WITH RECURSIVE s (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < {})"
    " SELECT value FROM s)"
)
TABLES_THERE = "SELECT name FROM sqlite_master WHERE type = 'table'"
TABLES = ("users", "tasks", "steps", "log")


@dataclass(frozen=True)
class Ground:
    """`app.db` is at `first`; the history ends at `second`, which makes DESIRED."""

    history: History

    @property
    def root(self) -> Path:
        return self.history.project.root

    @property
    def database(self) -> Path:
        return self.root / "app.db"

    def begin(self, desired: str = DESIRED, rows: str = ROWS, *argv: str) -> None:
        self.history.begin(CURRENT)
        self.history.project.write("schema.sql", CURRENT)
        assert self.history.run("prove").code == 0
        self.history.upgrade("first")
        for count in (5, 50, 200):
            rows = rows.replace(f"generate_series(1, {count})", _SERIES.format(count))
        self.history.execute(rows)
        self.history.project.write("schema.sql", desired)
        if desired != CURRENT:
            done = self.history.revise(*argv)
            assert done.code == 0, done.err

    def apply(self, *argv: str, name: str = "app.db") -> Ran:
        return self.history.run("apply", f"sqlite:///{name}", "--wait", "0.5", *argv)

    def receipt(self, *argv: str) -> Any:
        (one,) = self.apply("--format", "json", *argv).json["receipts"]
        return one

    def bytes(self) -> str:
        return hashlib.sha256(self.database.read_bytes()).hexdigest()

    def ask(self, query: str, name: str = "app.db") -> list[Any]:
        with closing(sqlite3.connect(self.root / name)) as connection:
            return connection.execute(query).fetchall()

    def revision(self, name: str = "app.db") -> str:
        ((found,),) = self.ask("SELECT version_num FROM alembic_version", name)
        return str(found)

    def rows(self, name: str = "app.db") -> dict[str, list[Any]]:
        return {table: self.ask(f"SELECT * FROM {table} ORDER BY 1", name) for table in TABLES}

    def seen(self) -> str:
        """The name of a copy, with the journals that lie beside it: to open what a killed process
        left would heal it."""
        for end in ("", "-journal", "-wal", "-shm"):
            (self.root / f"seen.db{end}").unlink(missing_ok=True)
            lies = self.root / f"app.db{end}"
            if lies.exists() and end != "-shm":
                shutil.copyfile(lies, self.root / f"seen.db{end}")
        return "seen.db"

    def left(self) -> list[str]:
        """What lies beside the database that no test put there."""
        return sorted(one.name for one in self.root.glob("app.db?*"))

    def is_sound(self, name: str = "app.db") -> bool:
        whole = self.ask("PRAGMA integrity_check", name) == [("ok",)]
        made = {row[0] for row in self.ask(TABLES_THERE, name)}
        known = {*TABLES, "alembic_version", "sqlite_sequence"}
        return whole and not self.ask("PRAGMA foreign_key_check", name) and made <= known


def ground(project: Project, run: Run) -> Ground:
    return Ground(History(project, run))
