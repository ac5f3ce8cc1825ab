"""One form for each small thing that can be written two ways: types, defaults, names, conflicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.expressions import read_expression
from sqlplumb.engines.sqlite.parse.lexer import Token, fold, in_quotes, literal, unquoted
from sqlplumb.engines.sqlite.parse.parts import Default, Tokens
from sqlplumb.engines.sqlite.parse.words import NO_NAME

_AROUND_BRACKETS = re.compile(r" *([(),]) *")
_BLANKS = re.compile(r"\s+")
_PLAIN_TYPE = re.compile(r"(?:[^\W\d]\w*(?: \w+)*)?(?:\([-+\w, .]*\))?")
_CONSTANTS = frozenset(
    ("null", "true", "false", "current_date", "current_time", "current_timestamp")
)


def declared_type(tokens: Sequence[Token]) -> str:
    """As written, but for case and blanks. A type that begins with a quote ends with it, save that
    of [ ] only the first and the last sign of the whole type are left out: so SQLite has it."""
    if tokens and tokens[0].kind in ("quoted", "string"):
        text = tokens[0].text
        if text[0] != "[":
            return quoted_type(unquoted(text))
        for before, token in pairwise(tokens):
            text += " " * (token.start - before.end) + token.text
        return quoted_type(text[1:-1])
    words = " ".join(fold(unquoted(token.text)) for token in tokens)
    return _AROUND_BRACKETS.sub(r"\1", words).replace("+ ", "+").replace("- ", "-")


def quoted_type(text: str) -> str:
    """What stands in the quotes is one name, whatever it would mean outside."""
    return _AROUND_BRACKETS.sub(r"\1", _BLANKS.sub(" ", fold(text)))


def spelled_type(declared: str) -> str:
    """A declared type as a CREATE must say it, in quotes where it would be read as more."""
    words = declared.split()
    is_plain = _PLAIN_TYPE.fullmatch(declared) and words[-2:] != ["generated", "always"]
    return declared if is_plain and not NO_NAME.intersection(words) else in_quotes(declared)


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
