"""A text cut into its statements, by SQLite's own rule for where one ends. Knows no clause.

`sqlite3.complete_statement` is asked at each semicolon. It reads from the start each time, so where
it says no again and again (a long trigger, a string of semicolons) the same rule is walked once,
over tokens.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.engines.sqlite.parse.lexer import GAP, lex

_GAPS = re.compile(rf"(?:{GAP})*+", re.DOTALL)
_SAME_LINE = re.compile(r"[ \t]*(?:--[^\n]*|/\*[^\n]*?\*/)")
_ODD_BLANK = re.compile("[\v\ufeff]")
_OPENED = frozenset(("'", '"', "`", "["))
_BESIDE = frozenset(("EXPLAIN", "QUERY", "PLAN", "TEMP", "TEMPORARY"))
_HEAD_WORDS = 6
_PATIENCE = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """One statement as it was cut; the comments above it, and behind it on its line, beside it."""

    text: str
    start: int
    comments: str = ""


def cut(text: str) -> Iterator[Chunk]:
    start = 0
    while start < len(text):
        begins = _behind_gap(text, start)
        if begins >= len(text):
            return
        ends = _end(text, begins)
        behind = _behind_line(text, ends)
        if text[begins] != ";":
            yield Chunk(text[begins:ends], begins, text[start:begins] + text[ends:behind])
        start = behind


def _behind_gap(text: str, start: int) -> int:
    match = _GAPS.match(text, start)
    return match.end() if match else start


def _behind_line(text: str, start: int) -> int:
    """Behind the comment that stands on the same line, if there is one."""
    match = _SAME_LINE.match(text, start)
    return match.end() if match else start


def _end(text: str, start: int) -> int:
    if text[start] == ".":  # a command of the sqlite3 shell ends with its line
        line_end = text.find("\n", start)
        return len(text) if line_end < 0 else line_end
    ends = start
    for _ in range(_PATIENCE):
        ends = text.find(";", ends) + 1
        if not ends:
            return len(text)
        if _ODD_BLANK.search(text, start, ends):
            break  # SQLite's parser takes these for blanks, complete_statement does not
        if sqlite3.complete_statement(text[start:ends]):
            return ends
    return _walked_end(text, start)


def _walked_end(text: str, start: int) -> int:
    """The first semicolon, or for a trigger the first `; END ;`."""
    is_trigger = False
    words: list[str] = []
    before = last = ""
    for token in lex(text, start):
        word = token.upper
        if token.text in _OPENED:  # and never closed: all that follows is inside
            return len(text)
        if len(words) < _HEAD_WORDS:
            words.append(word)
            is_trigger = _begins_trigger(words)
        if word == ";" and (not is_trigger or (before, last) == (";", "END")):
            return token.end
        before, last = last, word
    return len(text)


def _begins_trigger(words: list[str]) -> bool:
    """CREATE [TEMP|TEMPORARY] TRIGGER, perhaps behind EXPLAIN [QUERY PLAN]."""
    said = [word for word in words if word not in _BESIDE]
    return said[:2] == ["CREATE", "TRIGGER"]
