"""A key and what refers to it get another type in three changes (docs/how-to/change-a-type.md):
no table is written again, and every value is there at the end, and again on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.postgres import MAJORS, database, server
from tests.test_postgres_revisions import Live

if TYPE_CHECKING:
    from tests.conftest import Project, Run

TASKS = """
CREATE TABLE tasks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    weight integer NOT NULL,
    title text NOT NULL{columns}
);
CREATE INDEX tasks_weight ON tasks (weight);
CREATE TABLE notes (id bigint PRIMARY KEY, task_id integer NOT NULL REFERENCES tasks{column});
CREATE INDEX notes_task ON notes (task_id);
"""
TRIGGERS = """
CREATE FUNCTION tasks_new() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.id_new := NEW.id; NEW.weight_new := NEW.weight; RETURN NEW; END';
CREATE FUNCTION notes_new() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.task_id_new := NEW.task_id; RETURN NEW; END';
CREATE TRIGGER tasks_new BEFORE INSERT OR UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_new();
CREATE TRIGGER notes_new BEFORE INSERT OR UPDATE ON notes
    FOR EACH ROW EXECUTE FUNCTION notes_new();
"""
BEGUN = TASKS.format(columns="", column="")
BESIDE = (
    TASKS.format(
        columns=",\n    id_new bigint,\n    weight_new bigint", column=", task_id_new bigint"
    )
    + TRIGGERS
)
FILLED = (
    TASKS.format(
        columns=""",
    id_new bigint NOT NULL UNIQUE, -- @backfill id
    weight_new bigint NOT NULL -- @backfill weight""",
        column=""",
    task_id_new bigint NOT NULL REFERENCES tasks (id_new) -- @backfill task_id
""",
    )
    + TRIGGERS
    + """
CREATE INDEX tasks_weight_new ON tasks (weight_new);
CREATE INDEX notes_task_new ON notes (task_id_new);
"""
)
DONE = """
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- @renamed from=id_new
    weight bigint NOT NULL, -- @renamed from=weight_new
    title text NOT NULL
);
CREATE INDEX tasks_weight ON tasks (weight); -- @renamed from=tasks_weight_new
CREATE TABLE notes (
    id bigint PRIMARY KEY,
    task_id bigint NOT NULL REFERENCES tasks -- @renamed from=task_id_new
);
CREATE INDEX notes_task ON notes (task_id); -- @renamed from=notes_task_new
"""
ROWS = """
INSERT INTO tasks (weight, title) SELECT i * 2, 't' || i FROM generate_series(1, 99) i;
INSERT INTO notes SELECT i, i FROM generate_series(1, 99) i;
"""


@pytest.fixture(params=MAJORS)
def live(request: pytest.FixtureRequest, project: Project, run: Run) -> Iterator[Live]:
    with database(server(request.param)) as url:
        driver = url.replace("postgresql:", "postgresql+psycopg:", 1)
        project.write("pyproject.toml", f'[tool.sqlplumb]\ndatabases = ["{driver}"]\n')
        project.write("schema.sql", BEGUN)
        assert run("init").code == 0
        yield Live(project=project, run=run, url=driver, style="sql")


def test_a_key_gets_another_type_while_others_write(live: Live, run: Run) -> None:
    _change(live, "begun", BEGUN)
    live.ask(ROWS)
    files = _files(live)
    _change(live, "beside", BESIDE)
    live.ask("INSERT INTO tasks (weight, title) VALUES (7, 'between')")
    _change(live, "filled", FILLED)
    rows = _rows(live)
    _change(live, "done", DONE)
    assert live.is_plumb()
    assert _rows(live) == rows
    assert _files(live) == files, "a table was written again"
    live.ask("INSERT INTO tasks (weight, title) VALUES (5000000000, 'large')")
    assert live.ask("SELECT max(id) FROM tasks") == [(101,)]
    live.ask("DELETE FROM tasks WHERE title = 'large'")
    live.alembic("downgrade", "-1")  # in the middle of the chain
    live.ask("INSERT INTO tasks (weight, title) VALUES (8, 'behind')")
    for _ in range(3):
        live.alembic("downgrade", "-1")
    assert _rows(live) == [*rows, (102, 8, "behind", None)]
    live.alembic("downgrade", "base")


def _change(live: Live, message: str, schema: str) -> None:
    live.project.write("schema.sql", schema)
    ran = live.run("revise", "-m", message, "--allow", "destructive")
    assert ran.code == 0, ran
    live.alembic("upgrade", "head")


def _rows(live: Live) -> list[tuple[Any, ...]]:
    query = "SELECT t.id, weight, title, n.id FROM tasks t LEFT JOIN notes n ON task_id = t.id"
    return live.ask(f"{query} ORDER BY t.id")


def _files(live: Live) -> list[tuple[Any, ...]]:
    return live.ask("SELECT relfilenode FROM pg_class WHERE relname IN ('tasks', 'notes')")
