"""S119: a CHECK that decides nothing: it refuses no row, every row, or whatever is not NULL."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.words import describe_object
from sqlplumb.schema import Schema
from sqlplumb.understanding.conditions import compares_with_null
from sqlplumb.understanding.evaluator import Evaluator
from sqlplumb.understanding.reading import read_tree
from sqlplumb.understanding.relation import relation
from sqlplumb.understanding.tree import Node, members


def find(schema: Schema) -> Iterator[Found]:
    """Find checks by all rows that their columns can hold. What compares with NULL is S109."""
    for table in schema.tables.values():
        for check in table.checks:
            expression = check.expression
            if not expression.columns or compares_with_null(expression.canonical):
                continue
            tree = read_tree(expression.canonical)
            if tree is None or _is_plain(tree):
                continue
            evaluator = engine(schema.engine).evaluator(table, table)
            if refused := _refused(expression.canonical, evaluator):
                yield Found(check.ref, f"{describe_object(check)} refuses {refused}")


def _refused(canonical: str, evaluator: Evaluator) -> str:
    """Return which rows a rule refuses, if the answer is a word; NULL lets a row pass."""
    if relation(canonical, "1", evaluator).verdict == "equal":
        return "no row"
    if relation(canonical, "0", evaluator, purpose="filter").verdict != "equal":
        return ""
    if relation(canonical, "0", evaluator).verdict == "equal":
        return "every row"
    return "every row without NULL"


def _is_plain(tree: Node) -> bool:
    """Is it `a > 0` or `a IN (...)`? Most are, and no constant; to ask costs a millisecond each."""
    if listed := members(tree):
        return len(listed[1]) > 0
    is_order = tree.kind == "compare" and tree.word in ("<", "<=", ">", ">=")
    kinds = {part.kind for part in tree.parts}
    return is_order and kinds <= {"column", "literal"} and tree.parts[0] != tree.parts[1]


RULE = Rule(
    code="S119",
    name="constant-check",
    severity="warning",
    triggers=(
        "A CHECK that is true, or NULL, for every row that its table can hold; or true for none."
    ),
    harms=(
        "Whoever reads it believes that something is checked: OR was written for AND, or what a"
        " NOT NULL says already. One that refuses every row makes a table that stays empty, or a"
        " column that holds NULL alone."
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
    by_table=True,
)
