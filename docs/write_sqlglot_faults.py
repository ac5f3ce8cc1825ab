"""Write docs/what-sqlglot-misreads.md: what SQLite reads in one way and sqlglot in another.

    python docs/write_sqlglot_faults.py

Each line is tried with the sqlglot that is installed and with this Python's SQLite; what is mended
upstream is told so. sqlplumb puts every bracket itself before sqlglot sees a text, and lays
sqlglot's tree over the words again (decision 0035), so that none of this reaches an answer.
"""

from __future__ import annotations

import logging
import sqlite3
from importlib.metadata import version
from itertools import product
from pathlib import Path

import sqlglot
from sqlglot import exp, parse_one
from sqlglot.optimizer.simplify import simplify

PAGE = Path(__file__).parent / "what-sqlglot-misreads.md"

# A text, and the same with the brackets that sqlglot puts.
BRACKETS = (
    ("a = b IN (c)", "a = (b IN (c))"),
    ("a == b LIKE c", "a = (b LIKE c)"),
    ("a LIKE b >= c", "(a LIKE b) >= c"),
    ("a BETWEEN b AND 2 >= c", "(a BETWEEN b AND 2) >= c"),
)
# Texts that sqlglot writes as others.
WRITTEN = ("+b > c", "typeof(CAST(a AS STRING))", "json_extract(a, '$.*')")
VALUES = (0, 1, 2, "x", "1", "10", '{"x": 1}')
# What SQLite takes and sqlglot does not read, or not as a statement of its own.
UNREAD = (
    "SELECT c IN (d) & 0 FROM (SELECT 1 AS c, 1 AS d)",
    "SELECT d NOT NULL << 1 FROM (SELECT 1 AS d)",
    "SELECT a ISNULL << 1 FROM (SELECT 1 AS a)",
    "UPDATE OR IGNORE t SET x = 1",
    "REPLACE INTO t VALUES (1)",
    "CREATE TABLE u (x TEXT PRIMARY KEY) WITHOUT ROWID",
)


def main() -> None:
    logging.disable(logging.CRITICAL)
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("CREATE TABLE row (a TEXT, b INTEGER, c)")
        lines = [
            "# What sqlglot misreads",
            "",
            f"Written by `docs/write_sqlglot_faults.py` with sqlglot {version('sqlglot')} and"
            f" SQLite {sqlite3.sqlite_version}. What stands here is no fault of sqlplumb's answers:"
            " every bracket",
            "is put before sqlglot sees a text, and its tree is laid over the words of the text"
            " again ([why](decisions/0035-what-two-rules-mean.md)).",
            "",
            "## It binds other words first",
            "",
            "| text | as sqlglot reads it | a, b, c | SQLite | sqlglot's reading |",
            "| --- | --- | --- | --- | --- |",
            *(_bracketed(connection, *fault) for fault in BRACKETS),
            "",
            "## It writes what means something else",
            "",
            "| text | as sqlglot writes it | a, b, c | SQLite | what was written |",
            "| --- | --- | --- | --- | --- |",
            *(_written(connection, text) for text in WRITTEN),
            f"| `b >= a` | `{simplify(_tree('b >= a')).sql('sqlite')}` (`simplify`) | b NOCASE,"
            " a BINARY | compares as `b` does | compares as `a` does |",
            "",
            "## It does not read, or takes what SQLite refuses",
            "",
            "| text | sqlglot | SQLite |",
            "| --- | --- | --- |",
            *(_unread(connection, text) for text in UNREAD),
            f"| `a <=> b` | {_said('SELECT a <=> b')} | {_refusal(connection, 'SELECT 1 <=> 1')} |",
            "",
        ]
    PAGE.write_text("\n".join(lines), "utf-8")


def _tree(text: str) -> exp.Expr:
    return parse_one(text, dialect="sqlite")


def _answers(connection: sqlite3.Connection, *texts: str) -> str:
    """Find values for which SQLite answers these texts in two ways, and show both answers."""
    for values in product(VALUES, repeat=3):
        answers = []
        for text in texts:
            query = f"SELECT {text} FROM row"
            try:
                connection.execute("DELETE FROM row")
                connection.execute("INSERT INTO row VALUES (?, ?, ?)", values)
                answers.append(connection.execute(query).fetchone()[0])
            except sqlite3.Error as error:
                answers.append(str(error))
        if answers[0] != answers[1]:
            return f"{', '.join(map(repr, values))} | {answers[0]!r} | {answers[1]!r}"
    return "none | the same | the same"


def _bracketed(connection: sqlite3.Connection, text: str, as_read: str) -> str:
    plain = _tree(as_read).transform(
        lambda node: node.this if isinstance(node, exp.Paren) else node
    )
    mended = "" if _tree(text) == plain else " (mended)"
    return f"| `{text}` | `{as_read}`{mended} | {_answers(connection, text, as_read)} |"


def _written(connection: sqlite3.Connection, text: str) -> str:
    written = _tree(text).sql("sqlite")
    return f"| `{text}` | `{written}` | {_answers(connection, text, written)} |"


def _unread(connection: sqlite3.Connection, text: str) -> str:
    connection.execute(f"EXPLAIN {text}").close()
    return f"| `{text}` | {_said(text)} | takes it |"


def _said(text: str) -> str:
    try:
        tree = _tree(text)
    except sqlglot.errors.SqlglotError as error:
        return type(error).__name__
    return f"`{type(tree).__name__}`" if isinstance(tree, exp.Command) else "takes it"


def _refusal(connection: sqlite3.Connection, text: str) -> str:
    try:
        connection.execute(text)
    except sqlite3.Error as error:
        return str(error)
    return "takes it"


if __name__ == "__main__":
    main()
