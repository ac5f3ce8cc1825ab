"""S113: two lists of values that were the same once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Check, Schema
from sqlplumb.schema.words import enumerate_names, name_parts
from sqlplumb.understanding.conditions import listed_texts


class _List(NamedTuple):
    """A CHECK that lists the values of a column."""

    check: Check
    column: str
    values: frozenset[str]

    @property
    def label(self) -> str:
        return f"{self.check.ref.display_unit}.{self.column}"


def find(schema: Schema) -> Iterator[Found]:
    """Compare each list with the first list before it that it differs from a little."""
    by_name: dict[str, list[_List]] = {}
    for table in schema.tables.values():
        for check in table.checks:
            if allowed := listed_texts(check.expression.canonical):
                column, values = allowed
                listed = _List(check, table.spelled(column), frozenset(values))
                earlier = by_name.setdefault((name_parts(column) or [column])[-1], [])
                candidates = (other for other in earlier if _differs_a_little(other, listed))
                similar = next(candidates, None)
                if similar:
                    yield Found(check.ref, _message(similar, listed))
                earlier.append(listed)


def _differs_a_little(left: _List, right: _List) -> bool:
    """Most of the values are the same: nobody invents that twice."""
    shared, apart = left.values & right.values, left.values ^ right.values
    is_elsewhere = left.check.ref.table != right.check.ref.table
    return is_elsewhere and bool(apart) and len(shared) >= 2 and len(apart) * 3 <= len(shared) + 1


def _message(earlier: _List, listed: _List) -> str:
    sides = ((earlier, listed), (listed, earlier))
    differences = [
        f"only {side.label} has {enumerate_names(sorted(side.values - other.values))}"
        for side, other in sides
        if side.values - other.values
    ]
    names = f"{listed.label} and {earlier.label}"
    return f"{names} list nearly the same values: {', and '.join(differences)}"


RULE = Rule(
    code="S113",
    name="enum-drift",
    severity="warning",
    triggers=(
        "CHECK (x IN (...)) in two tables, on columns that are called alike, whose lists differ in"
        " one or two of many members."
    ),
    harms=(
        "A value was added to one list and forgotten in the other. A row that is copied or logged"
        " from one table to the other is refused, the first time that this value occurs."
    ),
    instead=(
        "Make the lists the same, or keep the values in a table that both refer to. Where they are"
        " meant to differ, say so in an ignore."
    ),
    bad="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL
        CONSTRAINT ck_tasks CHECK (status IN ('new', 'ready', 'open', 'done', 'failed', 'gone'))
);
CREATE TABLE task_events (
    id INTEGER PRIMARY KEY,
    new_status TEXT NOT NULL
        CONSTRAINT ck_events CHECK (new_status IN ('new', 'ready', 'open', 'done', 'failed'))
);""",
    good="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CONSTRAINT ck_tasks CHECK (status IN ('new', 'open', 'done'))
);
CREATE TABLE task_events (
    id INTEGER PRIMARY KEY,
    new_status TEXT NOT NULL
        CONSTRAINT ck_events CHECK (new_status IN ('new', 'open', 'done'))
);""",
    find=find,
)
