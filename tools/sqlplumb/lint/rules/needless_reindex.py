"""P210: an index that is dropped and created again without a change."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Index, Ref


def find(outlook: Outlook) -> Iterator[Found]:
    plan, of_engine = outlook.plan, engine(outlook.plan.desired.engine)
    # An index that is dropped while an equal one is created under another name.
    dropped = [change.current for change in plan.changes if isinstance(change, Drop)]
    dropped_indexes = [
        _definition(fact, plan.desired.engine) for fact in dropped if isinstance(fact, Index)
    ]
    for change in plan.changes:
        if isinstance(change, Create) and isinstance(change.desired, Index):
            for definition, ref in dropped_indexes:
                if definition == _definition(change.desired, plan.desired.engine)[0]:
                    message = f"index {ref} is built anew only to be called {change.ref}"
                    yield Found(change.ref, message, "" if of_engine.makes_anew else _RENAME)
    # An index that a revision drops and creates as it was; a rebuild must do that.
    rebuilt = {step.ref.name for step in plan if step.verb == "rebuild"}
    changed = {change.ref for change in plan.changes}
    verb_and_names = of_engine.verb_and_names if outlook.statements else None
    statements = map(verb_and_names, outlook.statements) if verb_and_names else ()
    dropped_names = {name for verb, names in statements if verb == "DROP INDEX" for name in names}
    for ref in plan.desired.objects:
        is_dropped = ref.kind == "index" and ref.name in dropped_names
        if is_dropped and ref not in changed and ref.table not in rebuilt:
            yield Found(ref, f"index {ref} is dropped and created again, and stays the same")


_RENAME = "Say `-- @renamed from=` beside it in schema.sql, or rename it in the revision."


def _definition(index: Index, index_engine: str) -> tuple[object, Ref]:
    keys = engine(index_engine).search_keys(index)
    return (index.ref.unit, keys, index.unique, index.predicate), index.ref


RULE = Rule(
    code="P210",
    name="needless-reindex",
    severity="warning",
    judges="plan",
    triggers="An index that is dropped and created again, the same but perhaps for its name.",
    harms=(
        "The whole table is read and sorted to build it, and writers wait meanwhile."
        " Queries have no index between the two statements."
    ),
    instead="Leave it as it is: a name is not worth a rebuild.",
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
