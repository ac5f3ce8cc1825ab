"""S108: a partial index whose predicate no query repeats."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.evaluator import TableEvaluator
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema, Unit
from sqlplumb.understanding.conditions import compared_by_is, comparisons_with_null
from sqlplumb.understanding.relation import relation


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for index in table.indexes:
            if index.predicate and (message := _fault(index.predicate.canonical, table)):
                yield Found(index.ref, f"index {index.ref}: {message}")


def _fault(canonical: str, table: Unit) -> str:
    if compared := next(comparisons_with_null(canonical), ""):
        evaluator = TableEvaluator(table, table)
        outcome = relation(canonical, "0", evaluator, purpose="filter")
        so = ", so the index stays empty" if outcome.verdict == "equal" else ""
        return f"{compared} is never true{so}"
    for operand, word, literal in compared_by_is(canonical):
        sign = "=" if word == "is" else "<>"
        return f"a query with `{operand.text} {sign} {_as_number(literal)}` does not use it"
    return ""


def _as_number(word: str) -> str:
    return {"true": "1", "false": "0"}.get(word, word)


RULE = Rule(
    code="S108",
    name="partial-index-predicate",
    severity="warning",
    engines=("sqlite",),
    triggers="A partial index whose predicate says IS where queries say =, or compares with NULL.",
    harms=(
        "SQLite uses a partial index only where the query's own words imply its predicate:"
        " `active = 1` does not imply `active IS 1`. The index is written on each change, and the"
        " query reads the whole table. Compared with NULL, nothing is ever in the index."
    ),
    instead="Say the predicate in the words of the queries, mostly with =; IS only before NULL.",
    bad="""\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, active INTEGER NOT NULL, status TEXT NOT NULL);
CREATE INDEX idx_tasks_status ON tasks (status) WHERE active IS 1;""",
    good="""\
CREATE TABLE tasks (id INTEGER PRIMARY KEY, active INTEGER NOT NULL, status TEXT NOT NULL);
CREATE INDEX idx_tasks_status ON tasks (status) WHERE active = 1;""",
    find=find,
)
