"""Texts as literals of Python."""

from __future__ import annotations


def literal(text: str) -> str:
    """In the quotes that need fewer escapes, on one line."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_character(one, quote) for one in text) + quote


def _character(one: str, quote: str) -> str:
    if one in (quote, "\\"):
        return "\\" + one
    return one if one.isprintable() else repr(one)[1:-1]
