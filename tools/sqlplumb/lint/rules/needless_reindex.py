"""P210: an index that goes and comes back the same."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Index, Ref


def find(outlook: Outlook) -> Iterator[Found]:
    yield from _for_its_name(outlook)
    yield from _for_nothing(outlook)


def _for_its_name(outlook: Outlook) -> Iterator[Found]:
    """One goes, and the same comes by another name."""
    gone = [c.current for c in outlook.plan.changes if isinstance(c, Drop)]
    for change in outlook.plan.changes:
        if isinstance(change, Create) and isinstance(change.desired, Index):
            for dropped in gone:
                if isinstance(dropped, Index) and _same(dropped, change.desired):
                    message = f"index {dropped.ref} is built anew only to be called {change.ref}"
                    yield Found(change.ref, message)


def _same(one: Index, other: Index) -> bool:
    facts = [(i.ref.table, i.keys, i.unique, i.predicate) for i in (one, other)]
    return facts[0] == facts[1]


def _for_nothing(outlook: Outlook) -> Iterator[Found]:
    """A revision drops and makes it, and before and after are the same. In a table that is rebuilt
    it must be."""
    rebuilt = {step.ref.name for step in outlook.plan if step.verb == "rebuild"}
    changed = {change.ref for change in outlook.plan.changes}
    spoken = map(engine(outlook.plan.desired.engine).verb_and_names, outlook.statements)
    dropped = {name for verb, names in spoken if verb == "DROP INDEX" for name in names}
    for ref in outlook.plan.desired.objects:
        if _is_kept(ref, dropped) and ref not in changed and ref.table not in rebuilt:
            yield Found(ref, f"index {ref} is dropped and made again, and is what it was")


def _is_kept(ref: Ref, dropped: set[str]) -> bool:
    return ref.kind == "index" and ref.name in dropped


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
