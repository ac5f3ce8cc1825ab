"""S109: a CHECK that NULL slips through although the author meant it not to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import allowed_strings, expression_words, non_null_columns
from sqlplumb.schema import Check, Schema, Unit
from sqlplumb.schema.words import items_of_in

_COMPARES = ("=", "!=", "<", "<=", ">", ">=")


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for check in table.checks:
            for message in _faults(check, table):
                yield Found(check.ref, message)


def _faults(check: Check, table: Unit) -> Iterator[str]:
    said = expression_words(check.expression, table.schema)
    yield from _never_refuses(said)
    nullable = table.columns.keys() - non_null_columns(table)
    if "json_valid" in said and "null" not in said:
        at = said.index("json_valid")
        if said[at + 1] == "(" and said[at + 3 : at + 4] == [")"] and said[at + 2] in nullable:
            name = said[at + 2]
            yield f"json_valid({name}) lets NULL through on some versions and refuses it on others"
    yield from _forgotten(check, table)


def _never_refuses(said: list[str]) -> Iterator[str]:
    """What compares with NULL is neither true nor false, and so refuses nothing."""
    for before, word, after in zip(said, said[1:], said[2:], strict=False):
        if word in _COMPARES and "null" in (before, after):
            yield f"{before} {word} {after} is never false, so the CHECK refuses nothing"
    if ["null"] in items_of_in(said):
        yield "with NULL in its list, IN is never false, and the CHECK refuses nothing"


def _forgotten(check: Check, table: Unit) -> Iterator[str]:
    """A list of values and a default: a value was meant to be there, always."""
    listed = allowed_strings(check, table.schema)
    column = table.columns.get(listed[0]) if listed else None
    if column is None or column.not_null or column.default is None or column.generated:
        return
    if column.default.canonical != "null" and "null" not in expression_words(
        check.expression, table.schema
    ):
        yield f"{column.ref} may be NULL: it has a default and a list of values, and no NOT NULL"


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
