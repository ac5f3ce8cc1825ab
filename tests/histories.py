"""A project with a history of its own, whose revisions Alembic itself runs on a real database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from tests.conftest import Project, Ran, Run

PLUGINS = '            autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"],\n'
ENV = Path(__file__).parents[1] / "migrations" / "env.py"
OWN_MODELS = "from database_api.tables import metadata"
NO_MODELS = "from sqlalchemy import MetaData\n\nmetadata = MetaData()"
ISOLATION = "    connection.isolation_level = None\n"
NO_DISK = (ISOLATION, f'{ISOLATION}    connection.execute("PRAGMA synchronous = OFF")\n')
FIRST = """\
from alembic import op

revision = "first"
down_revision = None

UP = {up!r}
DOWN = {down!r}


def upgrade():
    for one in UP:
        op.get_bind().exec_driver_sql(one)


def downgrade():
    for one in DOWN:
        op.get_bind().exec_driver_sql(one)
"""
DROPS = "SELECT 'DROP ' || type || ' \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_master"
MADE = " WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND sql NOT NULL"


def statements_of(script: str) -> Iterator[str]:
    """As SQLite itself tells them apart."""
    statement = ""
    for piece in script.split(";"):
        statement += piece
        if sqlite3.complete_statement(f"{statement};"):
            yield statement.strip()
            statement = ""
        else:
            statement += ";"
    assert not statement.strip("; \n"), statement


def first_revision(sql: str) -> str:
    return FIRST.format(up=list(statements_of(sql)), down=drops(sql))


@dataclass(frozen=True)
class History:
    """Its first revision makes `schema.sql` as it was; what follows is up to the test."""

    project: Project
    run: Run

    @property
    def versions(self) -> Path:
        return self.project.root / "migrations" / "versions"

    def begin(self, sql: str) -> None:
        self.project.alembic()
        env = ENV.read_text("utf-8").replace(OWN_MODELS, NO_MODELS).replace(*NO_DISK)
        env = env.replace(PLUGINS, "")  # which an older Alembic does not know
        self.project.write("migrations/env.py", env)
        self.project.write("migrations/versions/first.py", first_revision(sql))

    def by_hand(self, upgrade: Iterable[str], downgrade: Iterable[str], head: str = "") -> None:
        """The second revision, line by line."""
        lines = [
            "import sqlalchemy as sa",
            "from alembic import op",
            'revision = "second"',
            'down_revision = "first"',
            head,
            "def upgrade():",
            *(f"    {line}" for one in upgrade for line in one.splitlines()),
            "def downgrade():",
            *(f"    {line}" for one in downgrade for line in one.splitlines()),
        ]
        self.project.write("migrations/versions/second.py", "\n".join(lines) + "\n")

    def revise(self, *argv: str, message: str = "change") -> Ran:
        return self.run("revise", "-m", message, "--rev-id", "second", *argv)

    def second(self) -> Path:
        (path,) = (one for one in self.versions.glob("*.py") if one.name != "first.py")
        return path

    def config(self, name: str) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.project.root / "migrations"))
        config.set_main_option("sqlalchemy.url", f"sqlite:///{self.project.root / name}")
        return config

    def upgrade(self, revision: str, name: str = "app.db") -> None:
        command.upgrade(self.config(name), revision)

    def downgrade(self, revision: str, name: str = "app.db") -> None:
        command.downgrade(self.config(name), revision)

    def offline(self, revisions: str, down: bool = False) -> str:
        config = self.config("offline.db")
        config.output_buffer = StringIO()
        go = command.downgrade if down else command.upgrade
        go(config, revisions, sql=True)
        return config.output_buffer.getvalue()

    def execute(self, script: str, name: str = "app.db") -> None:
        with closing(sqlite3.connect(self.project.root / name)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(script)
            connection.commit()


def drops(sql: str) -> list[str]:
    """Views first, then tables, the last one first."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(sql)
        shadow = " AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')"
        found = connection.execute(f"{DROPS}{MADE}{shadow} ORDER BY type DESC, rowid DESC")
        return [one for (one,) in found]
