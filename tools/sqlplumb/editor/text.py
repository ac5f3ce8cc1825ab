"""The text of a file as an editor counts it: lines that end in three ways, characters in units of
UTF-16 or another encoding.

Everything else counts characters of `plain`, where every line ends with a line feed. Must never
know what SQL is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from sqlplumb.sources.files import with_line_feeds

_RAW_ENDS = re.compile(r"\r\n|\n|\r")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_ENDS = re.compile(r"[\n\r]")


class Text:
    """`raw` is what the editor holds, `encoding` what it counts characters in."""

    def __init__(self, raw: str, encoding: str = "utf-16") -> None:
        self.raw = raw
        self.encoding = encoding

    @cached_property
    def plain(self) -> str:
        """What no file of SQL can hold is shown to the engine as a sign that it refuses."""
        return _NO_TEXT.sub("\x01", with_line_feeds(self.raw))

    def replaced(self, start: tuple[int, int], end: tuple[int, int], new: str) -> Text:
        """Return the text after one change of an editor, from one line and character to another."""
        starts = [0, *(match.end() for match in _RAW_ENDS.finditer(self.raw))]
        first = _offset(self.raw, starts, start, encoding=self.encoding)
        last = _offset(self.raw, starts, end, encoding=self.encoding)
        return Text(f"{self.raw[:first]}{new}{self.raw[max(first, last) :]}", self.encoding)

    def offset(self, line: int, character: int) -> int:
        return _offset(self.plain, self._starts, (line, character), encoding=self.encoding)

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the character of an offset; both count from 0."""
        offset = min(max(offset, 0), len(self.plain))
        line = bisect_right(self._starts, offset) - 1
        return line, _units(self.plain[self._starts[line] : offset], self.encoding)

    def offset_of_place(self, line: int, column: int) -> int:
        """Return the offset of a place as the rest of sqlplumb counts it: from 1, and a carriage
        return alone ends no line."""
        if line > len(self._line_feeds):
            return len(self.plain)
        return min(self._line_feeds[max(line, 1) - 1] + max(column, 1) - 1, len(self.plain))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _ENDS.finditer(self.plain))]

    @cached_property
    def _line_feeds(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.plain))]


def _offset(text: str, starts: list[int], place: tuple[int, int], *, encoding: str) -> int:
    """A place behind the end of its line is that end; one inside of a character is before it."""
    line, character = place
    if line >= len(starts):
        return len(text)
    ends = starts[line + 1] if line + 1 < len(starts) else len(text)
    inside = text[starts[line] : ends].rstrip("\r\n")
    if inside.isascii() or encoding == "utf-32":
        return starts[line] + min(character, len(inside))
    for at, sign in enumerate(inside):
        character -= _units(sign, encoding)
        if character < 0:
            return starts[line] + at
    return starts[line] + len(inside)


def _units(text: str, encoding: str) -> int:
    if text.isascii() or encoding == "utf-32":
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(sign > "\uffff" for sign in text)
