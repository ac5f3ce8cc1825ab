"""S117: a view that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.read.body_check import unreadable
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for ref, error in unreadable(schema, "view"):
        yield Found(ref, f"view {ref} cannot be read: {error}")


RULE = Rule(
    code="S117",
    name="unreadable-view",
    severity="error",
    engines=("sqlite",),
    triggers="A view whose body names a table or a column that is not there, or says nonsense.",
    harms=(
        "CREATE VIEW succeeds, every SELECT from it fails. ALTER TABLE ... RENAME fails as well, on"
        " any table of that database, for SQLite reads all views again."
    ),
    instead="Correct the body, or drop the view.",
    bad="""\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL);
CREATE VIEW open_tasks AS SELECT id, titel FROM tasks WHERE status = 'open';""",
    good="""\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL);
CREATE VIEW open_tasks AS SELECT id FROM tasks WHERE status = 'open';""",
    find=find,
)
