"""S118: a trigger that fails, or never fires."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.read.body_check import unreadable
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for ref, error in unreadable(schema, "trigger"):
        yield Found(ref, f"trigger {ref} on {ref.display_unit}: {error}")


RULE = Rule(
    code="S118",
    name="broken-trigger",
    severity="error",
    engines=("sqlite",),
    triggers="A trigger that names a table or a column which does not exist.",
    harms=(
        "CREATE TRIGGER succeeds; then each INSERT, UPDATE or DELETE that would wake it fails with"
        " `no such column`. One on UPDATE OF a column that is not there never wakes at all."
    ),
    instead="Correct the name.",
    bad="""\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, touched_at TEXT);
CREATE TRIGGER tasks_touched AFTER UPDATE ON tasks
BEGIN
    UPDATE tasks SET updated_at = CURRENT_TIMESTAMP WHERE id = new.id;
END;""",
    good="""\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, touched_at TEXT);
CREATE TRIGGER tasks_touched AFTER UPDATE ON tasks
BEGIN
    UPDATE tasks SET touched_at = CURRENT_TIMESTAMP WHERE id = new.id;
END;""",
    find=find,
)
