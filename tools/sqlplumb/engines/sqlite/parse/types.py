"""What a declared type says, in one spelling, and what it means to SQLite: its five rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.lexer import REMEMBERED, Token, fold, in_quotes, tokens, unquoted
from sqlplumb.engines.sqlite.parse.words import NO_NAME

_AROUND_BRACKETS = re.compile(r" *([(),]) *")
_BLANKS = re.compile(r"\s+")
_PLAIN_TYPE = re.compile(r"(?:[^\W\d]\w*(?: \w+)*)?(?:\([-+\w, .]*\))?")
_RULES = (
    ("int", "integer"),
    ("char", "text"),
    ("clob", "text"),
    ("text", "text"),
    ("blob", "blob"),
    ("real", "real"),
    ("floa", "real"),
    ("doub", "real"),
)


@lru_cache(maxsize=REMEMBERED)
def affinity(declared: str) -> str:
    if not declared:
        return "blob"
    folded = declared.lower()
    return next((meaning for part, meaning in _RULES if part in folded), "numeric")


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


@lru_cache(maxsize=REMEMBERED)
def declared_type_of(text: str) -> str:
    return declared_type(tokens(text))
