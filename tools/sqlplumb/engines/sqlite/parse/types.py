"""What a declared type says, in one spelling, and what it means to SQLite: its five rules."""

from __future__ import annotations

import re
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.lexer import (
    NO_NAME,
    REMEMBERED,
    fold,
    in_quotes,
    tokens,
    unquoted,
)

_AROUND_BRACKETS = re.compile(r" *([(),]) *")
_QUOTES = frozenset("'\"`[")
_SPACES = " \t\n\v\f\r"
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


def without_generated(text: str) -> str:
    """SQLite takes ALWAYS off the end of a type of 16 bytes or more, and then GENERATED, whether or
    not an AS follows. It looks at letters alone: of a longer word, or a comment, the end goes."""
    if fold(text[-6:]) != "always" or len(text.encode("utf-8", "surrogatepass")) < 16:
        return text
    kept = text[:-6].rstrip(_SPACES)
    if fold(kept[-9:]) == "generated":
        kept = kept[:-9].rstrip(_SPACES)
    return kept


@lru_cache(maxsize=REMEMBERED)
def declared_type_of(text: str) -> str:
    """As written, but for case and blanks. A type that begins with a quote ends with it, save that
    where no other quote opens in it, only the first and the last sign are left out: so SQLite has
    it, and `[a] b` is `a] `."""
    if text[:1] in _QUOTES:
        is_one = text[0] == "[" and _QUOTES.isdisjoint(text[1:-1])
        return quoted_type(text[1:-1] if is_one else unquoted(tokens(text)[0].text))
    words = " ".join(fold(unquoted(token.text)) for token in tokens(text))
    return _AROUND_BRACKETS.sub(r"\1", words).replace("+ ", "+").replace("- ", "-")


def quoted_type(text: str) -> str:
    """What stands in the quotes is one name, whatever it would mean outside."""
    return _AROUND_BRACKETS.sub(r"\1", _BLANKS.sub(" ", fold(text)))


def spelled_type(declared: str) -> str:
    """A declared type as a CREATE must say it, in quotes where it would be read as more."""
    is_plain = _PLAIN_TYPE.fullmatch(declared) and without_generated(declared) == declared
    is_name = not NO_NAME.intersection(declared.split())
    return declared if is_plain and is_name else in_quotes(declared)
