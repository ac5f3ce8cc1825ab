"""A history as an application of some years has it: batch mode as Alembic's documents show it, over
keys of text. Batch mode makes each table anew and numbers its rows anew; nothing else may be said.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

FLOW = """
op.create_table(
    "flow",
    sa.Column("id", sa.CHAR(36), nullable=False),
    sa.Column("created", sa.DateTime(), server_default=sa.func.now(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("tags", sa.JSON(), server_default="[]", nullable=False),
    sa.PrimaryKeyConstraint("id", name="pk_flow"),
    sa.UniqueConstraint("name", name="uq_flow__name"),
)
op.create_index("ix_flow__created", "flow", [sa.text("created DESC")])
op.create_index("ix_flow__name_case_insensitive", "flow", [sa.text("name COLLATE NOCASE")])
op.create_table(
    "run",
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("flow_id", sa.CHAR(36), sa.ForeignKey("flow.id", ondelete="cascade"), nullable=False),
    sa.Column("parent_id", sa.String(36), nullable=True),
    sa.Column("state", sa.String(20), nullable=True),
    sa.Column("parameters", sa.JSON(), server_default="{}", nullable=False),
    sa.Column("total", sa.Float(), server_default="0", nullable=False),
)
op.create_index("ix_run__flow_id", "run", ["flow_id"])
op.create_table(
    "run_input",
    sa.Column("run_id", sa.String(36), sa.ForeignKey("run.id"), nullable=False),
    sa.Column("key", sa.String(), nullable=False),
    sa.Column("value", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("run_id", "key"),
)
"""
NO_TABLES = 'for one in ("run_input", "run", "flow"):\n    op.drop_table(one)'
INDEXES = """
with op.batch_alter_table("flow") as batch:
    batch.drop_index("ix_flow__created")
    batch.drop_index("ix_flow__name_case_insensitive")
"""
AGAIN = """
op.create_index("ix_flow__created", "flow", [sa.text("created DESC")])
op.create_index("ix_flow__name_case_insensitive", "flow", [sa.text("name COLLATE NOCASE")])
"""
# Each: the way up, and the way back.
STEPS = {
    "tables": (FLOW, NO_TABLES),
    "a column with a key": (
        """
with op.batch_alter_table("run") as batch:
    batch.add_column(sa.Column("owner", sa.String(), server_default="nobody", nullable=False))
    batch.create_foreign_key("fk_run__parent", "run", ["parent_id"], ["id"], ondelete="SET NULL")
""",
        """
with op.batch_alter_table("run") as batch:
    batch.drop_constraint("fk_run__parent", type_="foreignkey")
    batch.drop_column("owner")
""",
    ),
    "a table with indexes that batch mode cannot say": (
        INDEXES
        + """
with op.batch_alter_table("flow") as batch:
    batch.add_column(sa.Column("labels", sa.JSON(), nullable=True))
    batch.alter_column("name", type_=sa.String(200), existing_type=sa.String())
"""
        + AGAIN,
        INDEXES
        + """
with op.batch_alter_table("flow") as batch:
    batch.alter_column("name", type_=sa.String(), existing_type=sa.String(200))
    batch.drop_column("labels")
"""
        + AGAIN,
    ),
    "NOT NULL behind a data step": (
        """
op.execute("UPDATE run SET state = 'PENDING' WHERE state IS NULL")
with op.batch_alter_table("run") as batch:
    batch.alter_column("state", nullable=False, existing_type=sa.String(20))
    batch.create_unique_constraint("uq_run__flow_id_id", ["flow_id", "id"])
""",
        """
with op.batch_alter_table("run") as batch:
    batch.drop_constraint("uq_run__flow_id_id", type_="unique")
    batch.alter_column("state", nullable=True, existing_type=sa.String(20))
""",
    ),
    "another name of a column of the key": (
        """
with op.batch_alter_table("run_input") as batch:
    batch.alter_column("key", new_column_name="name", existing_type=sa.String())
""",
        """
with op.batch_alter_table("run_input") as batch:
    batch.alter_column("name", new_column_name="key", existing_type=sa.String())
""",
    ),
    "a key of another type": (
        """
with op.batch_alter_table("run_input") as batch:
    batch.alter_column("name", type_=sa.String(99), existing_type=sa.String())
""",
        """
with op.batch_alter_table("run_input") as batch:
    batch.alter_column("name", type_=sa.String(), existing_type=sa.String(99))
""",
    ),
    "a table by another name": (
        """
op.rename_table("run_input", "input")
with op.batch_alter_table("input") as batch:
    batch.alter_column("value", server_default="", existing_type=sa.Text())
""",
        """
with op.batch_alter_table("input") as batch:
    batch.alter_column("value", server_default=None, existing_type=sa.Text())
op.rename_table("input", "run_input")
""",
    ),
}


def revision(number: int, up: str, down: str) -> str:
    before = f'"r{number - 1}"' if number else "None"
    functions = [
        f"def {name}():\n" + "\n".join(f"    {line}" for line in body.strip().splitlines())
        for name, body in (("upgrade", up), ("downgrade", down))
    ]
    head = f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "r{number}"\n'
    return f"{head}down_revision = {before}\n\n\n" + "\n\n\n".join(functions) + "\n"


@pytest.fixture
def history(project: Project, run: Run) -> History:
    history = History(project, run)
    history.begin("CREATE TABLE t (a);")
    (history.versions / "first.py").unlink()
    for number, (up, down) in enumerate(STEPS.values()):
        project.write(f"migrations/versions/r{number}.py", revision(number, up, down))
    history.upgrade("head")
    project.write("schema.sql", made(project))
    return history


def made(project: Project) -> str:
    query = "SELECT sql FROM sqlite_master WHERE sql NOT NULL AND tbl_name <> 'alembic_version'"
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        return "".join(f"{sql};\n" for (sql,) in connection.execute(query))


def test_batch_mode_over_keys_of_text_is_proved_without_a_false_word(history: History) -> None:
    ran = history.run("prove", "base:head")
    assert "fails" not in ran.out, ran.out
    assert ran.out.count("\nproved r") + ran.out.startswith("proved r") == len(STEPS), ran.out
    assert "rows of run have another rowid, under the same id" in ran.out
    assert "another rowid, under the same run_id, name" in ran.out
