"""One form for each small thing that can be written two ways: types, defaults, names, conflicts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlplumb.engines.sqlite.expressions import read_expression
from sqlplumb.engines.sqlite.grammar.lexer import Token, fold, literal, unquoted
from sqlplumb.engines.sqlite.grammar.parts import Default, Tokens

_AROUND_BRACKETS = re.compile(r" *([(),]) *")
_CONSTANTS = frozenset(
    ("null", "true", "false", "current_date", "current_time", "current_timestamp")
)


def declared_type(tokens: Sequence[Token]) -> str:
    """As written, but for case and blanks. A type that begins with a quote ends with it."""
    if tokens and tokens[0].kind in ("quoted", "string"):
        tokens = tokens[:1]
    words = " ".join(fold(unquoted(token.text)) for token in tokens)
    return _AROUND_BRACKETS.sub(r"\1", words).replace("+ ", "+").replace("- ", "-")


def default_value(default: Default) -> str:
    """`(CURRENT_TIMESTAMP)` is CURRENT_TIMESTAMP, `+5` is 5, and a bare word is a string."""
    tokens: Tokens = default.tokens
    if len(tokens) == 1 and not default.bracketed and tokens[0].kind in ("word", "quoted"):
        name = unquoted(tokens[0].text)
        if tokens[0].kind == "quoted" or fold(name) not in _CONSTANTS:
            return literal(name)
    if tokens and tokens[0].text == "+":
        tokens = tokens[1:]
    return read_expression(tokens, frozenset(), "")[0]


def conflict(word: str) -> str:
    """ABORT is what happens anyway."""
    return "" if word == "ABORT" else word


def collation(name: str) -> str:
    folded = fold(name)
    return "" if folded == "binary" else folded
