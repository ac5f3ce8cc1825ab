"""S118: a trigger that fails, or never happens."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.lint.finding import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    if not any(ref.kind == "trigger" for ref in schema.objects):
        return
    for ref, why in engine(schema.engine).unreadable(schema, "trigger"):
        yield Found(ref, f"trigger {ref} on {ref.display_unit}: {why}")


RULE = Rule(
    code="S118",
    name="broken-trigger",
    severity="error",
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
