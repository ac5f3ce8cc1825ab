"""Cut a file into statements as psql does: at a semicolon outside of quotes, brackets and the body
of a BEGIN ATOMIC; a line of psql's own, and rows behind a COPY, are pieces of their own.

Must never judge whether a statement may stand in a schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from sqlplumb.engines.postgres.parse.lexer import DOLLAR, WORD, comment_end, gap_end

PieceKind = Literal["sql", "psql", "rows"]
_SIGNS = re.compile(
    rf"""(?P<skip>[eE]'(?:[^'\\]|\\.|'')*+'|'[^']*+'|"[^"]*+"|--[^\n]*)|(?P<nested>/\*)
    |(?P<body>(?:BEGIN|CASE|END)\b)|{WORD}
    |(?P<dollar>{DOLLAR})
    |(?P<sign>[;()'"\\])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_BRACKETS = {"(": 1, ")": -1}
_QUOTES = ("'", '"')
_ROUTINE = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE)
_COPIES = re.compile(r"COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)
_ROWS_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_BESIDE = re.compile(r"[ \t]*(?:--[^\n]*|/\*[^\n]*?\*/)")


class Piece(NamedTuple):
    """One statement without its semicolon; the comments above it, and beside its end. Those begin
    at `comments_start`, and are `comments`, with what is between them left out."""

    kind: PieceKind
    text: str
    start: int
    above: str = ""
    beside: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def comments(self) -> str:
        return self.above + self.beside


def cut(text: str) -> Iterator[Piece]:
    """Yield the pieces of a file in order; what is empty is none."""
    position = above = 0
    while (begins := gap_end(text, position)) < len(text):
        if text[begins] == "\\":
            position = _line_end(text, begins)
            yield Piece("psql", text[begins:position].rstrip(), begins)
            above = position
            continue
        ends = _end(text, begins)
        behind = min(ends + 1, len(text))
        beside = _BESIDE.match(text, behind)
        written = text[begins:ends].rstrip()
        if written:
            said = beside.group() if beside else ""
            yield Piece("sql", written, begins, above=text[above:begins], beside=said)
        position = above = beside.end() if beside else behind
        if written[:4].upper() == "COPY" and _COPIES.match(written):
            first = _line_end(text, behind) + 1
            last = _ROWS_END.search(text, first)
            position = above = last.end() if last else len(text)
            yield Piece("rows", text[first:position], first)


def _line_end(text: str, start: int) -> int:
    ends = text.find("\n", start)
    return len(text) if ends < 0 else ends


def _end(text: str, start: int) -> int:
    """Return where the statement that begins here ends: at its semicolon, at a line of psql's, or
    with the text, where a quote is never closed."""
    depth = bodies = 0
    is_routine = _ROUTINE.match(text, start) is not None
    position = start
    while match := _SIGNS.search(text, position):
        position, sign = _behind(text, match), match["sign"] or ""
        if match["body"] and is_routine and not depth:
            bodies = max(bodies + (-1 if match["body"].upper() == "END" else 1), 0)
        elif sign in _BRACKETS:
            depth = max(depth + _BRACKETS[sign], 0)
        elif sign == "\\" or (sign == ";" and not depth and not bodies):
            return match.start()
        elif sign in _QUOTES:
            break
    return len(text)


def _behind(text: str, match: re.Match[str]) -> int:
    """Return where the scan goes on: behind a comment or a string that begins here, whole."""
    if match["nested"]:
        return comment_end(text, match.start())
    if match["dollar"]:
        ends = text.find(match.group(), match.end())
        return len(text) if ends < 0 else ends + len(match.group())
    return match.end()
