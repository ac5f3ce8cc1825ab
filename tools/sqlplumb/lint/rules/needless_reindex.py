"""P210: an index that is dropped and created again without a change."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Index


def find(outlook: Outlook) -> Iterator[Found]:
    yield from _for_a_name(outlook)
    yield from _for_nothing(outlook)


def _for_a_name(outlook: Outlook) -> Iterator[Found]:
    """Find an index that is dropped while an equal one is created under another name."""
    dropped = [change.current for change in outlook.plan.changes if isinstance(change, Drop)]
    for change in outlook.plan.changes:
        if isinstance(change, Create) and isinstance(change.desired, Index):
            for index in dropped:
                if isinstance(index, Index) and _is_equal(index, change.desired):
                    message = f"index {index.ref} is built anew only to be called {change.ref}"
                    yield Found(change.ref, message)


def _is_equal(left: Index, right: Index) -> bool:
    facts = [(side.ref.table, side.keys, side.unique, side.predicate) for side in (left, right)]
    return facts[0] == facts[1]


def _for_nothing(outlook: Outlook) -> Iterator[Found]:
    """Find an index that a revision drops and creates as it was; a rebuild must do that."""
    rebuilt = {step.ref.name for step in outlook.plan if step.verb == "rebuild"}
    changed = {change.ref for change in outlook.plan.changes}
    statements = map(engine(outlook.plan.desired.engine).verb_and_names, outlook.statements)
    dropped = {name for verb, names in statements if verb == "DROP INDEX" for name in names}
    for ref in outlook.plan.desired.objects:
        is_dropped = ref.kind == "index" and ref.name in dropped
        if is_dropped and ref not in changed and ref.table not in rebuilt:
            yield Found(ref, f"index {ref} is dropped and created again, and stays the same")


RULE = Rule(
    code="P210",
    name="needless-reindex",
    severity="warning",
    judges="plan",
    triggers="An index that is dropped and created again, the same but perhaps for its name.",
    harms=(
        "SQLite reads and sorts the whole table to build it, and no writer gets in meanwhile."
        " Queries have no index between the two statements."
    ),
    instead="Leave it as it is: SQLite cannot rename an index, and a name is not worth a rebuild.",
    bad="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
CREATE INDEX tasks_status ON tasks (status);
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT);
CREATE INDEX idx_tasks_status ON tasks (status);""",
    good="""\
-- current
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT, kind TEXT);
CREATE INDEX idx_tasks_status ON tasks (status);
-- desired
CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT, kind TEXT);
CREATE INDEX idx_tasks_status ON tasks (status, kind);""",
    find=find,
)
