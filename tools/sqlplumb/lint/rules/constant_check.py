"""S119: a CHECK that decides nothing: it refuses no row, or every row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import compares_with_null, describe_object, expression_words
from sqlplumb.schema import Schema
from sqlplumb.understanding.relation import relation


def find(schema: Schema) -> Iterator[Found]:
    """Find checks by all rows that their columns can hold. What compares with NULL is S109."""
    for table in schema.tables.values():
        for check in table.checks:
            expression = check.expression
            if not expression.columns or compares_with_null(expression, schema):
                continue
            if _is_plain(expression_words(expression, schema)):
                continue
            evaluator = engine(schema.engine).evaluator(table, table)
            for constant, refused in (("1", "no row"), ("0", "every row")):
                found = relation(expression.canonical, constant, evaluator)
                if found.verdict == "equal":
                    yield Found(check.ref, f"{describe_object(check)} refuses {refused}")


def _is_plain(words: list[str]) -> bool:
    """Is it `a > 0` or `a IN (...)`? Most are, and no constant; to ask costs a millisecond each."""
    is_list = words[1:3] == ["in", "("] and words.count("(") == 1 and len(words) > 4
    return is_list or (
        len(words) == 3 and words[1] not in ("is", "=", "!=") and words[0] != words[2]
    )


RULE = Rule(
    code="S119",
    name="constant-check",
    severity="warning",
    triggers="A CHECK that is true, or NULL, for every row that its table can hold; or for none.",
    harms=(
        "Whoever reads it believes that something is checked: OR was written for AND, or what a"
        " NOT NULL says already. One that refuses every row makes a table that stays empty."
    ),
    instead="Say what may not be there, or leave the CHECK away.",
    bad="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER CONSTRAINT ck_priority CHECK (priority >= 1 OR priority <= 5)
);""",
    good="""\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    priority INTEGER CONSTRAINT ck_priority CHECK (priority >= 1 AND priority <= 5)
);""",
    find=find,
)
