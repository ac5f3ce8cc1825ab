"""S109: a CHECK that lets NULL pass although its author did not mean it to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import non_null_columns
from sqlplumb.schema import Check, Schema, Unit
from sqlplumb.understanding.conditions import calls_of_columns, compares_with_null, listed_texts
from sqlplumb.understanding.reading import words_of
from sqlplumb.understanding.relation import relation


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for check in table.checks:
            for message in _faults(check, table):
                yield Found(check.ref, message)


def _faults(check: Check, table: Unit) -> Iterator[str]:
    canonical = check.expression.canonical
    if compared := compares_with_null(canonical):
        evaluator = engine(table.schema.engine).evaluator(table, table)
        refuses_nothing = relation(canonical, "1", evaluator).verdict == "equal"
        so = ", so the CHECK refuses nothing" if refuses_nothing else ""
        yield f"{compared} is never false{so}"
    if "null" in words_of(canonical):  # of NULL itself, which its author thought of
        return
    nullable = table.columns.keys() - non_null_columns(table)
    columns = (name for name in calls_of_columns(canonical, "json_valid") if name in nullable)
    if column := next(columns, None):
        yield f"json_valid({column}) accepts NULL in some versions and refuses it in others"
    # A list of values for a column with a default: a value was always meant to be there.
    allowed = listed_texts(canonical)
    listed = table.columns.get(allowed[0]) if allowed else None
    if listed is None or listed.not_null or listed.default is None or listed.generated:
        return
    if listed.default.canonical != "null":
        yield f"{listed.ref} may be NULL: it has a default and a list of values, but no NOT NULL"


RULE = Rule(
    code="S109",
    name="check-passes-null",
    severity="warning",
    triggers=(
        "A CHECK that compares with NULL or has NULL in its list; json_valid(x) alone on a column"
        " that may be NULL; a list of values on a column that has a default and no NOT NULL."
    ),
    harms=(
        "A CHECK refuses only what is false, and a comparison with NULL is never false: such a row"
        " passes. json_valid(NULL) is 0 in older versions of SQLite (seen in 3.40) and NULL in"
        " newer ones (3.54): the same schema refuses a row on one machine and takes it on another."
    ),
    instead="Say NOT NULL where a value must be there, and `x IS NULL OR ...` where it need not.",
    bad="""\
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    parameters TEXT CONSTRAINT ck_parameters CHECK (json_valid(parameters))
);""",
    good="""\
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    parameters TEXT CONSTRAINT ck_parameters CHECK (parameters IS NULL OR json_valid(parameters))
);""",
    find=find,
)
