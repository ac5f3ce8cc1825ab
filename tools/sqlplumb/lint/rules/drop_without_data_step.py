"""P211: columns come and go, and nothing carries the values over."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.rules.rename_without_hint import likely_columns
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Column, ForeignKey, Ref
from sqlplumb.schema.words import enumerate_names, name_parts

_TELL_NOTHING = frozenset("id ids at is has by of to name type count path url date time".split())
_WRITES = ("INSERT", "REPLACE", "UPDATE")


def find(outlook: Outlook) -> Iterator[Found]:
    changes = outlook.plan.changes
    renamed = {dropped for _, dropped in likely_columns(outlook.plan)}  # told by that rule
    gone = [c.ref for c in changes if isinstance(c, Drop) and _is_stored(c.current)]
    made = [c.desired for c in changes if isinstance(c, Create)]
    come = [fact for fact in made if isinstance(fact, Column)]
    for dropped in (ref for ref in gone if ref not in renamed):
        near = [fact.ref for fact in come if _is_heir(fact, dropped, outlook)]
        if near and not _is_moved(dropped, come, outlook):
            names = enumerate_names([str(ref) for ref in near[:3]])
            come_or = "comes" if len(near) == 1 else "come"
            message = f"{dropped} goes while {names} {come_or}, and no step moves its values there"
            yield Found(dropped, message)


def _is_stored(fact: object) -> bool:
    return isinstance(fact, Column) and fact.generated is None


def _is_heir(made: Column, dropped: Ref, outlook: Outlook) -> bool:
    """In the same table, or in a new one that refers to it or is referred to; and called alike."""
    alike = bool(_telling(made.ref.name) & _telling(dropped.name))
    tables = {made.ref.table, dropped.table}
    return alike and (len(tables) == 1 or tables in _bound(outlook))


def _telling(name: str) -> set[str]:
    return set(name_parts(name)) - _TELL_NOTHING or {name}


def _bound(outlook: Outlook) -> list[set[str]]:
    keys = outlook.plan.desired.objects.values()
    return [{key.ref.table, key.target} for key in keys if isinstance(key, ForeignKey)]


def _is_moved(dropped: Ref, come: list[Column], outlook: Outlook) -> bool:
    """By a hint in the schema, or by a statement of the revision that names it."""
    spoken = engine(outlook.plan.desired.engine).verb_and_names
    hints = [spoken(fact.backfill)[1] for fact in come]
    writes = [names for verb, names in map(spoken, outlook.statements) if verb in _WRITES]
    return any(dropped.name in names for names in (*hints, *writes))


RULE = Rule(
    code="P211",
    name="drop-without-data-step",
    severity="warning",
    judges="plan",
    triggers=(
        "A column that is dropped while columns that are called alike are created beside it, or in"
        " a table bound to it by a foreign key, and nothing moves the values."
    ),
    harms="The new columns are empty, and what they should hold is gone with the dropped one.",
    instead=(
        "Say `-- @backfill EXPRESSION` beside the new columns in schema.sql, or put an UPDATE or"
        " INSERT ... SELECT into the revision, before the drop."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name_given TEXT, full_name_family TEXT);""",
    good="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT);
-- desired
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    full_name_given TEXT, -- @backfill substr(full_name, 1, instr(full_name, ' ') - 1)
    full_name_family TEXT -- @backfill substr(full_name, instr(full_name, ' ') + 1)
);""",
    find=find,
)
