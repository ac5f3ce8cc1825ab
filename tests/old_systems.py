"""A database file as one of three systems left it, with rows, and this project's own history."""

from __future__ import annotations

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

ROOT = Path(__file__).parents[1]
SETTINGS = '[tool.sqlplumb]\nschema = "schema.sql"\n'
HEAD = "b58e02d7f4c1"


def rows_of(name: str) -> str:
    return (ROOT / "tests" / "systems" / name).read_text("utf-8")


@dataclass(frozen=True)
class Old:
    """`app.db`, in a project whose history is ours, proofs and all."""

    history: History

    @property
    def root(self) -> Path:
        return self.history.project.root

    def begin(self, revision: str, rows: str, then: str = "") -> None:
        """With rows of that revision; Alembic alone may take them on to a later one."""
        for name in ("alembic.ini", "schema.sql"):
            shutil.copyfile(ROOT / name, self.root / name)
        shutil.copytree(ROOT / "migrations", self.root / "migrations", dirs_exist_ok=True)
        self.history.project.write("pyproject.toml", SETTINGS)
        self.history.upgrade(revision)
        self.history.execute(rows_of(rows))
        if then:
            self.history.upgrade(then)

    def apply(self, *argv: str) -> Ran:
        return self.history.run("apply", "sqlite:///app.db", *argv)

    def ask(self, query: str, *values: object) -> list[Any]:
        """With foreign keys on, as the applications open it."""
        with closing(sqlite3.connect(self.root / "app.db")) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            found = connection.execute(query, values).fetchall()
            connection.commit()
            return found

    def one(self, query: str) -> Any:
        ((found,),) = self.ask(query)
        return found

    def columns(self, table: str) -> set[str]:
        return {name for (name,) in self.ask("SELECT name FROM pragma_table_info(?)", table)}

    def indexes(self, table: str) -> set[str]:
        made = (
            "SELECT name FROM sqlite_master WHERE tbl_name = ? AND type = 'index' AND sql NOT NULL"
        )
        return {name for (name,) in self.ask(made, table)}

    def revision(self) -> str:
        return str(self.one("SELECT version_num FROM alembic_version"))

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.root / "app.db")) as connection:
            return list(connection.iterdump())

    def is_plumb(self) -> bool:
        """Whole, no row without its parent, no leftover, and what schema.sql says."""
        sound = self.one("PRAGMA integrity_check") == "ok" and not self.ask(
            "PRAGMA foreign_key_check"
        )
        left = self.ask("SELECT name FROM sqlite_master WHERE name GLOB '_[pa]l*_*'")
        return sound and not left and self.history.run("check", "sqlite:///app.db").code == 0


def old(project: Project, run: Run) -> Old:
    project.patch.delenv("DATABASE_URL", raising=False)
    return Old(History(project, run))
