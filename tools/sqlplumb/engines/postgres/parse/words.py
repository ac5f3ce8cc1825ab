"""What statements and messages of the server speak of, by their words.

Must never decide what is safe: one name too many costs time alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

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
