"""S108: a partial index whose predicate no query repeats."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.parse.expressions import words_of
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema
from sqlplumb.schema.words import is_constant

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for index in table.indexes:
            if index.predicate and (message := _fault(words_of(index.predicate.canonical))):
                yield Found(index.ref, f"index {index.ref}: {message}")


def _fault(words: list[str]) -> str:
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        if word in _COMPARISONS and "null" in (before, after):
            return f"{before} {word} {after} is never true, so the index stays empty"
        if word == "is" and after != "not" and is_constant(after) and after != "null":
            return f"a query with `{before} = {_as_number(after)}` does not use it"
    for before, *is_not, after in zip(words, words[1:], words[2:], words[3:], strict=False):
        if is_not == ["is", "not"] and is_constant(after) and after != "null":
            return f"a query with `{before} <> {_as_number(after)}` does not use it"
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
