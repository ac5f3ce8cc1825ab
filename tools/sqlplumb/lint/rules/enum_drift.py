"""S113: two lists of values that were one once."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import allowed_strings
from sqlplumb.schema import Check, Schema
from sqlplumb.schema.words import enumerate_names, name_parts

_Listed = tuple[Check, str, frozenset[str]]


def find(schema: Schema) -> Iterator[Found]:
    """Each list once, against the first before it that it has drifted from."""
    before: dict[str, list[_Listed]] = {}
    for table in schema.tables.values():
        for check in table.checks:
            if said := allowed_strings(check, schema):
                one = (check, table.spelled(said[0]), frozenset(said[1]))
                alike = before.setdefault((name_parts(said[0]) or [said[0]])[-1], [])
                first = next((other for other in alike if _drifted(other, one)), None)
                if first:
                    yield Found(check.ref, _message(first, one))
                alike.append(one)


def _drifted(one: _Listed, other: _Listed) -> bool:
    """Called alike, and most of the members are the same: nobody invents that twice."""
    shared, apart = one[2] & other[2], one[2] ^ other[2]
    is_elsewhere = one[0].ref.table != other[0].ref.table
    return is_elsewhere and bool(apart) and len(shared) >= 2 and len(apart) * 3 <= len(shared) + 1


def _message(one: _Listed, other: _Listed) -> str:
    names = f"{other[0].ref.display_unit}.{other[1]} and {one[0].ref.display_unit}.{one[1]}"
    sides = (
        (f"{side[0].ref.display_unit}.{side[1]}", sorted(side[2] - beside[2]))
        for side, beside in ((one, other), (other, one))
    )
    told = [f"only {name} has {enumerate_names(alone)}" for name, alone in sides if alone]
    return f"{names} list nearly the same values: {', and '.join(told)}"


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
