"""Which statements make what is of no kind that is compared, by the name that the catalogs have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from sqlplumb.engines.postgres.parse.lexer import Token, folded, lex

_KINDS: dict[tuple[str, ...], str] = {
    ("CONVERSION",): "conversion",
    ("ACCESS", "METHOD"): "access method",
    ("TRANSFORM", "FOR"): "transform",
    ("TEXT", "SEARCH", "PARSER"): "text search parser",
    ("TEXT", "SEARCH", "TEMPLATE"): "text search template",
    ("TYPE",): "shell type",
}
_BEFORE_KIND = ("OR", "REPLACE", "DEFAULT")
_LABELLED = ("MATERIALIZED", "FOREIGN", "EVENT", "LARGE", "PROCEDURAL")  # of two words
_ENDS = ("LANGUAGE", "FOR", "TYPE", "IS", "(")
_LONGEST = 40  # tokens


class Refused(NamedTuple):
    """`name` is as it is written, without quotes; it begins at `start`."""

    kind: str
    name: str
    start: int


def read_refused(text: str) -> Refused | None:
    """Return what a statement makes, if it is of such a kind."""
    tokens = list(islice(lex(text), _LONGEST))
    words = [token.upper for token in tokens]
    if words[:2] == ["SECURITY", "LABEL"] and "ON" in words:
        at = words.index("ON") + 2
        return _named("security label", tokens, at + (words[at - 1] in _LABELLED))
    if words[:1] != ["CREATE"]:
        return None
    at = next((at for at, word in enumerate(words[1:], 1) if word not in _BEFORE_KIND), 1)
    length = next((size for size in (3, 2, 1) if tuple(words[at : at + size]) in _KINDS), 0)
    if not length:
        return None
    read = _named(_KINDS[tuple(words[at : at + length])], tokens, at + length)
    if read and read.kind == "shell type" and not _is_all(tokens[at + length :]):
        return None
    return read


def _named(kind: str, tokens: Sequence[Token], at: int) -> Refused | None:
    """Read a name of several words, or of parts with dots between them."""
    name, start = "", tokens[at].start if at < len(tokens) else 0
    for token in tokens[at:]:
        if token.upper in _ENDS or token.text in _ENDS:
            break
        word = "." if token.text == "." else folded(token.text)
        is_part = not name or word == "." or name.endswith(".")
        name += word if is_part else f" {word}"
    return Refused(kind, name, start) if name else None


def _is_all(tokens: Sequence[Token]) -> bool:
    """Is there but a name?"""
    return all(token.is_name or token.text == "." for token in tokens) and len(tokens) < 4
