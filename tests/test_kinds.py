"""Other people's kinds of projects, each from adoption to an applied change with rows, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import alembic
import pytest

from sqlplumb.sources.alembic_internals import has_plugins

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.kinds import ENV, REVISION, SESSION, SIDE, SIDE_MODEL, TABLE, Kind, Walk
else:
    from kinds import ENV, REVISION, SESSION, SIDE, SIDE_MODEL, TABLE, Kind, Walk

ASYNC_ENV = """\
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from {module} import metadata


def migrate(connection):
    context.configure(connection=connection, target_metadata=metadata{options})
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine("sqlite+aiosqlite:///app.db")
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(main())
"""
MULTIDB = Path(alembic.__file__).parent / "templates/multidb"
MULTIDB_ENV = (MULTIDB / "env.py").read_text("utf-8")
MODELS_OF_BOTH = (
    "from {module} import metadata, others\ntarget_metadata = {'users': metadata, 'orders': others}"
)
for written, meant in {
    "fileConfig(config.config_file_name)": "pass",
    "target_metadata = {}": MODELS_OF_BOTH,
    "=target_metadata.get(name),": "=target_metadata.get(name){options},",
}.items():
    MULTIDB_ENV = MULTIDB_ENV.replace(written, meant)
MULTIDB_REVISION = (
    REVISION.replace("grade():", "grade_users():")
    + """

def upgrade(engine_name):
    globals()[f"upgrade_{{engine_name}}"]()


def downgrade(engine_name):
    globals()[f"downgrade_{{engine_name}}"]()


def upgrade_orders():
    op.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY NOT NULL)")


def downgrade_orders():
    op.drop_table("orders")
"""
)
MULTIDB_INI = """\
databases = users, orders

[users]
sqlalchemy.url = sqlite:///app.db

[orders]
sqlalchemy.url = sqlite:///orders.db
"""
ATTACHED_ENV = """\
from alembic import context
from sqlalchemy import create_engine, event
from {module} import metadata

engine = create_engine("sqlite:///app.db")


@event.listens_for(engine, "connect")
def attach(connection, _):
    connection.execute("ATTACH 'versions.db' AS versions")


with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, version_table_schema="versions"{options}
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
"""
SQLMODEL = """\
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    id: int | None = Field(default=None, primary_key=True)
    name: str
"""
SIDES = SIDE_MODEL.format("left") + SIDE_MODEL.format("right")
LEFT = ("l1", "r1", "branch_labels = 'left'", SIDE.format("left"), 'op.drop_table("left")')
RIGHT = ("m1", "r1", "branch_labels = 'right'", SIDE.format("right"), 'op.drop_table("right")')
INCLUDE = "def include(o, name, kind, *_):\n    return name != 'stray'\n"
KINDS = {
    "plain": Kind(),
    "create_all first": Kind(base=True, settings='base = "base.sql"\n'),
    "UUID keys": Kind(key="sa.Uuid", id_value="'0123456789abcdef0123456789abcdef'"),
    "branches with labels": Kind(steps=(LEFT, RIGHT), more_models=SIDES, head="left@head"),
    "heads of the settings": Kind(
        steps=((*LEFT[:2], "", *LEFT[3:]), (*RIGHT[:2], "", *RIGHT[3:])),
        more_models=SIDES,
        settings="several_heads = true\n",
        head="l1",
    ),
    "depends_on": Kind(
        steps=(LEFT, (*RIGHT[:2], "depends_on = 'l1'", *RIGHT[3:])),
        more_models=SIDES,
        head="m1",
    ),
    "a version table of its own": Kind(options=', version_table="own_version"'),
    "version_locations": Kind(
        folder="db/revisions", ini_more="version_locations = %(here)s/db/revisions\n"
    ),
    "enum types": Kind(
        columns=', sa.Column("state", sa.Enum("open", "done", name="state"))',
    ),
    "data steps by ORM sessions": Kind(steps=(("r2", "r1", "", SESSION, "pass"),)),
    "a naming convention": Kind(
        convention='naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s",'
        ' "uq": "uq_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s"}',
    ),
    "include_object": Kind(before_env=INCLUDE, options=", include_object=include"),
    "Flask-Migrate's layout": Kind(
        ini="migrations/alembic.ini", script_location="", settings='alembic = "migrations"\n'
    ),
    "an async env.py": Kind(env=ASYNC_ENV, url="sqlite+aiosqlite:///app.db"),
    "a section of several": Kind(
        section="users", name="users", ini_more="[orders]\nscript_location = orders\n"
    ),
    "a history of several databases": Kind(
        name="users",
        settings='[tool.sqlplumb.names.orders]\nschema = "orders.sql"\n',
        env=MULTIDB_ENV,
        revision=MULTIDB_REVISION,
        template=(MULTIDB / "script.py.mako").read_text("utf-8"),
        ini_more=MULTIDB_INI,
        more_models="others = sa.MetaData()\n"
        'sa.Table("orders", others, sa.Column("id", sa.Integer, primary_key=True))\n',
    ),
    "SQLModel's layout": Kind(
        models=SQLMODEL,
        metadata="SQLModel",
        env=ENV.replace("import metadata", "import SQLModel; metadata = SQLModel.metadata"),
        revision=REVISION.replace(
            "import sqlalchemy as sa", "import sqlalchemy as sa\nimport sqlmodel"
        ),
        table=TABLE.replace("sa.Text", "sqlmodel.sql.sqltypes.AutoString()"),
        edits=(
            ("name VARCHAR NOT NULL,", "    extra VARCHAR,"),
            ("name: str", "    extra: str | None = None"),
        ),
    ),
    "a table that a filter hides": Kind(
        before_env=INCLUDE,
        options=", include_object=include",
        settings='ignore = ["stray"]\n',
        hidden="stray",
    ),
    "a version table in an attached database": Kind(env=ATTACHED_ENV, is_applied_by_alembic=True),
}


@pytest.mark.parametrize("name", KINDS)
def test_from_adoption_to_a_change_and_back(name: str, project: Project, run: Run) -> None:
    module = f"models_of_kind_{[*KINDS].index(name)}"
    walk = Walk(KINDS[name], module, project, run)
    walk.begin()
    walk.change()
    if has_plugins():
        walk.by_autogenerate()
    walk.there_and_back()
