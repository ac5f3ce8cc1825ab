"""What statements and messages of the server speak of, by their words.

Must never decide what is safe: one name too many costs time alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from sqlplumb.engines.postgres.parse.lexer import lex


def units_named(statements: Iterable[str], units: Collection[str]) -> frozenset[str]:
    """Bodies and `regclass` are strings, and a table is named with its schema or without."""
    said = {word for statement in statements for word in _words(statement)}
    return frozenset(unit for unit in units if said.issuperset(_words(unit.rpartition(".")[2])))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def names_in_quotes(message: str) -> frozenset[str]:
    """Return what the first line of a message calls by name."""
    line = message.partition("\n")[0]
    return frozenset(token.name for token in lex(line) if token.kind == "quoted")


def is_not_null_test(expression: str, column: str) -> bool:
    """Does the server print `(column IS NOT NULL)`, and no more?"""
    tokens = [token for token in lex(expression) if token.text not in ("(", ")")]
    said = [token.upper for token in tokens[1:]]
    return said == ["IS", "NOT", "NULL"] and tokens[0].is_name and tokens[0].name == column


_NO_ROWS = frozenset(
    "DROP COMMENT GRANT REVOKE SET RESET SHOW BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE".split()
)
_MOVES = frozenset("UPDATE INSERT SELECT MERGE COPY DO CALL EXECUTE USING GENERATED".split())


def columns_in_data_steps(statements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name in a statement that may put values elsewhere, as a name of no table: bodies
    are strings, and what a function does is not seen."""
    for statement in statements:
        words = list(lex(statement))
        if words and words[0].upper not in _NO_ROWS and any(t.upper in _MOVES for t in words):
            for token in words:
                if token.is_name:
                    yield "", token.name
                elif token.kind == "string":
                    yield from (("", word) for word in _words(token.text))
