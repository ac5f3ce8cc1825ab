"""A project with a history, and databases that no revision ever touched."""

from __future__ import annotations

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

SYSTEMS = Path(__file__).parent / "systems"
FIRST = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    notes TEXT
);
CREATE INDEX ix_tasks_user ON tasks (user_id);
"""
SECOND = FIRST.replace(
    "state TEXT NOT NULL,",
    "state TEXT NOT NULL CONSTRAINT ck_state CHECK (state IN ('open', 'done')),",
)
ROWS = """\
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO tasks VALUES (3, 1, 'open', 'a'), (7, 2, 'done', NULL);
"""


def system(name: str) -> str:
    return (SYSTEMS / name).read_text("utf-8")


@dataclass(frozen=True)
class Wild:
    """`app.db` is whatever a test makes it; it names no revision until it is adopted."""

    history: History

    @property
    def root(self) -> Path:
        return self.history.project.root

    def begin(self, *schemas: str) -> None:
        """One revision for each of these schemas, called `first` and `second`, and proved."""
        self.history.begin(schemas[0])
        self.history.project.write("schema.sql", schemas[0])
        assert self.history.run("prove").code == 0
        for schema in schemas[1:]:
            self.history.project.write("schema.sql", schema)
            done = self.history.revise("--allow", "destructive")
            assert done.code == 0, done.err

    def make(self, *scripts: str, name: str = "app.db") -> None:
        self.history.project.database("".join(scripts), name)

    def adopt(self, *argv: str, name: str = "app.db") -> Ran:
        return self.history.run("adopt", f"sqlite:///{name}", "--wait", "0.5", *argv)

    def adoption(self, *argv: str, name: str = "app.db") -> Any:
        return self.adopt("--format", "json", *argv, name=name).json

    def bridge(self, *argv: str) -> Path:
        done = self.adopt("--revise", *argv)
        assert done.code == 0, done.err
        (file,) = (self.root / "migrations" / "bridges").glob("*.py")
        return file

    def bytes(self, name: str = "app.db") -> bytes:
        return (self.root / name).read_bytes()

    def ask(self, query: str, name: str = "app.db") -> list[Any]:
        with closing(sqlite3.connect(self.root / name)) as connection:
            return connection.execute(query).fetchall()

    def is_at(self, name: str = "app.db") -> list[str]:
        found = self.ask("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'", name)
        return [one for (one,) in self.ask("SELECT * FROM alembic_version", name)] if found else []

    def rows(self, name: str = "app.db") -> dict[str, list[Any]]:
        """Of every table that a person has made."""
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        names = [one for (one,) in self.ask(query, name) if not one.startswith("_")]
        own = "alembic_version"
        return {one: self.ask(f"SELECT * FROM {one}", name) for one in names if one != own}

    def is_sound(self, name: str = "app.db") -> bool:
        whole = self.ask("PRAGMA integrity_check", name) == [("ok",)]
        return whole and not self.ask("PRAGMA foreign_key_check", name)


def wild(project: Project, run: Run) -> Wild:
    return Wild(History(project, run))
