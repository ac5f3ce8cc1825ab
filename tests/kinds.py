"""Other people's kinds of projects: how each is laid out, and the way from its adoption to an
applied change with rows, and back."""

from __future__ import annotations

import importlib
import sqlite3
import sys
import warnings
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from sqlplumb.sources.alembic_internals import has_plugins

if TYPE_CHECKING:
    from tests.conftest import Project, Run

PLUGIN = ', autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"]' if has_plugins() else ""
ENV = """\
import sys
from alembic import context
from sqlalchemy import create_engine
from {module} import metadata

{before}
with create_engine("sqlite:///app.db").connect() as connection:
    context.configure(connection=connection, target_metadata=metadata{options})
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
"""
MODELS = """\
import enum
import uuid
import sqlalchemy as sa

metadata = sa.MetaData({convention})
tasks = sa.Table(
    "tasks", metadata,
    sa.Column("id", {key}, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    {columns}
)
"""
REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = {name!r}
down_revision = {down!r}
{more}


def upgrade():
    {up}


def downgrade():
    {back}
"""
TABLE = (
    'op.create_table("tasks", sa.Column("id", {key}, primary_key=True),'
    ' sa.Column("name", sa.Text, nullable=False){columns})'
)
DROP = 'op.drop_table("tasks")'
SIDE = 'op.create_table("{0}", sa.Column("id", sa.Integer, primary_key=True))'
SIDE_MODEL = 'sa.Table("{0}", metadata, sa.Column("id", sa.Integer, primary_key=True))\n'
SESSION = """from sqlalchemy.orm import Session
    session = Session(op.get_bind())
    for row in session.execute(sa.text("SELECT id, name FROM tasks")).all():
        session.execute(sa.text("UPDATE tasks SET name = :n WHERE id = :i"),
                        {"n": row.name.strip(), "i": row.id})
    session.flush()"""
Step = tuple[str, object, str, str, str]  # name, down, more, up, back


BASE = """\
CREATE TABLE tasks (id INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (id));
"""
EDITS = {
    "schema": ("name TEXT NOT NULL,", "    extra TEXT,"),
    "models": ('sa.Column("name", sa.Text, nullable=False),', '    sa.Column("extra", sa.Text),'),
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`steps` come behind r1, which makes the table; `head` is where a new revision goes. `edits`
    are a line of the schema and one of the models, each with the line that comes behind it."""

    steps: tuple[Step, ...] = ()
    key: str = "sa.Integer"
    columns: str = ""
    models: str = MODELS
    more_models: str = ""
    convention: str = ""
    env: str = ENV
    before_env: str = ""
    options: str = ""
    settings: str = ""
    metadata: str = "metadata"
    revision: str = REVISION
    template: str = ""
    table: str = TABLE
    folder: str = "migrations/versions"
    ini: str = "alembic.ini"
    script_location: str = "migrations"
    ini_more: str = ""
    name: str = ""
    section: str = "alembic"
    head: str = ""
    id_value: str = "7"
    base: bool = False
    url: str = "sqlite:///app.db"
    edits: tuple[tuple[str, str], ...] = (*EDITS.values(),)
    hidden: str = ""
    is_applied_by_alembic: bool = False


def lay(kind: Kind, project: Project, module: str) -> None:
    columns = kind.columns.removeprefix(", ")
    filled = {"convention": kind.convention, "key": kind.key, "columns": columns}
    models = kind.models.format(**filled) if kind.models == MODELS else kind.models
    project.write(f"{module}.py", models + kind.more_models)
    location = f"script_location = {kind.script_location}\n" if kind.script_location else ""
    separator = "path_separator = os\n"
    ini = f"[{kind.section}]\n{location}prepend_sys_path = .\n{separator}{kind.ini_more}"
    project.write(kind.ini, ini)
    options = f"{PLUGIN}{kind.options}"
    env = kind.env.replace("{module}", module).replace("{before}", kind.before_env)
    project.write("migrations/env.py", env.replace("{options}", options))
    if kind.template:
        project.write("migrations/script.py.mako", kind.template)
    table = kind.table.format(key=kind.key, columns=kind.columns)
    up = ("pass", "pass") if kind.base else (table, DROP)
    for name, down, more, there, back in (("r1", None, "", *up), *kind.steps):
        text = kind.revision.format(name=name, down=down, more=more, up=there, back=back)
        project.write(f"{kind.folder}/{name}.py", text)
    settings = kind.settings
    if settings.startswith("alembic"):
        settings = f'alembic = "{kind.ini}"\n'
    project.write(
        "pyproject.toml",
        f'[tool.sqlplumb{f".names.{kind.name}" if kind.name else ""}]\nschema = "schema.sql"\n'
        f'metadata = "{module}:{kind.metadata}"\n{settings}',
    )


@dataclass(frozen=True)
class Walk:
    """One project on its way."""

    kind: Kind
    module: str
    project: Project
    run: Run

    def do(self, *argv: str, code: int = 0) -> str:
        name = ("--name", self.kind.name) if self.kind.name else ()
        ran = self.run(*argv, *name)
        assert ran.code == code, (argv, ran.out, ran.err)
        hidden = self.kind.hidden
        assert not hidden or hidden not in ran.out.replace("ignored: stray", ""), ran.out
        return ran.out + ran.err

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.project.root / "app.db")) as connection:
            found = connection.execute(sql).fetchall()
            connection.commit()
        return found

    def alembic(self, what: Callable[..., object], *rest: str, **named: object) -> None:
        kind, root = self.kind, self.project.root
        config = Config(str(root / kind.ini), stdout=StringIO(), ini_section=kind.section)
        config.set_main_option("script_location", str(root / "migrations"))
        with redirect_stdout(StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            what(config, *rest, **named)

    def begin(self) -> None:
        """A database with a row, as Alembic made it; and what sqlplumb makes of the project."""
        kind, project = self.kind, self.project
        project.patch.syspath_prepend(str(project.root))
        lay(kind, project, self.module)
        if kind.base:
            project.write("base.sql", BASE)
            project.database(BASE)
        self.alembic(command.upgrade, "heads")
        self.ask(f"INSERT INTO tasks (id, name) VALUES ({kind.id_value}, 'kept')")
        if kind.hidden:
            self.ask(f"CREATE TABLE {kind.hidden} (a)")
        self.do("init", "--from", kind.url)
        if kind.is_applied_by_alembic:
            for argv in (["adopt"], ["apply"], ["status"], ["review", "--pending"]):
                assert "version_table_schema" in self.do(*argv, kind.url, code=2)
        else:
            self.do("adopt", kind.url)
        self.is_plumb()
        if has_plugins():
            self.alembic(command.check)
        self.do("prove")

    def is_plumb(self) -> None:
        self.do("check", f"{self.module}:{self.kind.metadata}", "history", self.kind.url)

    def change(self) -> None:
        """One column more, in the schema and in the models."""
        files = (self.project.root / "schema.sql", self.project.root / f"{self.module}.py")
        for file, (line, new) in zip(files, self.kind.edits, strict=True):
            text = file.read_text("utf-8")
            assert line in text, text
            file.write_text(text.replace(line, f"{line}\n{new}"), "utf-8")
        if self.kind.metadata != "metadata":  # SQLModel's own, one for the process
            getattr(sys.modules[self.module], self.kind.metadata).metadata.clear()
        sys.modules.pop(self.module)
        importlib.invalidate_caches()

    def by_autogenerate(self) -> None:
        """The plugin's revision has that change alone, and holds; then it is as if it never was."""
        ledgers = {file: file.read_bytes() for file in self.project.root.rglob("proofs*.toml")}
        place = str(self.project.root / self.kind.folder)
        named = {"version_path": place} if "version_locations" in self.kind.ini_more else {}
        self.alembic(
            command.revision,
            autogenerate=True,
            rev_id="auto1",
            message="auto",
            head=self.kind.head or "head",
            **named,
        )
        (file,) = Path(place).glob("*auto1*")
        text = file.read_text("utf-8")
        assert "extra" in text
        assert not self.kind.hidden or self.kind.hidden not in text
        self.do("prove", "auto1")
        file.unlink()
        for ledger, before in ledgers.items():
            ledger.write_bytes(before)

    def there_and_back(self) -> None:
        kind = self.kind
        self.do("check", kind.url, code=1)
        head = ("--head", kind.head) if kind.head else ()
        self.do("revise", "-m", "extra", "--rev-id", "x1", *head)
        self.do("prove")
        self.do("review")
        if kind.is_applied_by_alembic:
            self.alembic(command.upgrade, "x1")
        else:
            self.do("apply", kind.url, "--no-backup")
        self.is_plumb()
        assert self.ask("SELECT name, extra FROM tasks") == [("kept", None)]
        if kind.is_applied_by_alembic:
            self.alembic(command.downgrade, "-1")
        else:
            back = f"{kind.head.partition('@')[0]}@-1" if kind.head else "-1"
            self.do("apply", kind.url, "--no-backup", "--down", back, "--allow", "destructive")
            assert "x1" in self.do("status", kind.url, code=1)
        assert self.ask("SELECT * FROM tasks")[0][1] == "kept"
        assert not kind.hidden or self.ask(f"SELECT * FROM {kind.hidden}") == []
