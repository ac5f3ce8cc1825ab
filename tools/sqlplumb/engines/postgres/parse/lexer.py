"""Tokens of PostgreSQL's SQL: words, names in quotes, strings of every kind, comments that nest.

Owns where each ends, and how names are folded. Strings are those of `standard_conforming_strings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

TokenKind = Literal["word", "quoted", "string", "number", "sign", "open"]  # open: it never ends

# What is not among these few is a letter: a range of all that are takes long to compile.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"
WORD = rf"{_LETTER}[^\x00-#%-/:-@\[-^`{{-\x7f]*+"
DOLLAR = rf"\$(?:{_LETTER}{_LETTER_OR_DIGIT}*+)?\$"
_ESCAPED = r"[eE]'(?:[^'\\]|\\.|'')*+'"
_STRING = r"(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*+'"
_QUOTED = r'(?:[uU]&)?"(?:[^"]|"")*+"'
_NUMBER = r"(?:\d[\d_]*(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_BLANK = " \t\n\r\f\v"
_TOKEN = re.compile(
    rf"""(?P<string>{_ESCAPED}|{_STRING})|(?P<quoted>{_QUOTED})|(?P<dollar>{DOLLAR})
    |(?P<word>{WORD})|(?P<number>{_NUMBER})|(?P<gap>[{_BLANK}]++|--[^\n]*)|(?P<nested>/\*)
    |(?P<sign>::|:=|\.\.|=>|.)""",
    re.VERBOSE | re.DOTALL,
)
_OPENED = frozenset("'\"")
_OF_COMMENT = re.compile(r"/\*|\*/")
MAX_BYTES = 63  # of a name; the server cuts what is longer


class Token(NamedTuple):
    text: str
    start: int
    kind: TokenKind

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def upper(self) -> str:
        """A word as keywords are written; what is no word is never one."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def is_name(self) -> bool:
        return self.kind in ("word", "quoted")

    @property
    def name(self) -> str:
        """The name that it is, as the catalogs have it."""
        return folded(self.text)


def lex(text: str, start: int = 0) -> Iterator[Token]:
    """Yield the tokens from here to the end; comments are none."""
    position = start
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup
        position = match.end()
        if kind == "gap":
            continue
        if kind == "nested":
            position = comment_end(text, match.start())
        elif kind == "dollar":
            position = _dollar_end(text, match)
            yield Token(text[match.start() : position], match.start(), "string")
        elif kind == "sign" and match.group() in _OPENED:
            yield Token(text[match.start() :], match.start(), "open")
            return
        else:
            yield Token(match.group(), match.start(), kind)  # type: ignore[arg-type]


def comment_end(text: str, start: int) -> int:
    """Return where the comment that begins here with a slash ends; comments nest."""
    depth = 0
    for mark in _OF_COMMENT.finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    return len(text)


def _dollar_end(text: str, opened: re.Match[str]) -> int:
    ends = text.find(opened.group(), opened.end())
    return len(text) if ends < 0 else ends + len(opened.group())


_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def folded(written: str) -> str:
    """Return a name as the catalogs have it: without quotes, else in lower case, and cut where the
    server cuts it."""
    if written.endswith('"'):
        name = written[written.index('"') + 1 : -1].replace('""', '"')
        name = _unescaped(name) if written[0] in "uU" else name
    else:
        name = written.translate(_ASCII)
    raw = name.encode()
    return name if len(raw) <= MAX_BYTES else raw[:MAX_BYTES].decode("utf-8", "ignore")


_UNICODE = re.compile(r"\\(?:\\|\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4}))")


def _unescaped(name: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else "\\"

    return _UNICODE.sub(one, name)


_PLAIN = re.compile(r"[^\x00-^`{-\x7f][^\x00-#%-/:-^`{-\x7f]*+\Z")


def in_quotes(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def is_plain(name: str) -> bool:
    """May it stand without quotes, as long as it is no keyword?"""
    return _PLAIN.match(name) is not None


# --------------------------------------------------------------------- comments

_GAP = re.compile(rf"[{_BLANK}]++|--[^\n]*")


def gap_end(text: str, start: int) -> int:
    """Return where blanks and comments that begin here end."""
    while start < len(text):
        if match := _GAP.match(text, start):
            start = match.end()
        elif text.startswith("/*", start):
            start = comment_end(text, start)
        else:
            break
    return start


_COMMENT = re.compile(
    rf"(?P<skip>{_ESCAPED}|{_STRING}|{_QUOTED}|{WORD})|(?P<dollar>{DOLLAR})"
    r"|(?P<comment>--[^\n]*)|(?P<nested>/\*)",
    re.DOTALL,
)


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each comment begins and ends."""
    position = 0
    while match := _COMMENT.search(text, position):
        position = match.end()
        if match["dollar"]:
            position = _dollar_end(text, match)
        elif match["nested"]:
            position = comment_end(text, match.start())
        if match["comment"] or match["nested"]:
            yield match.start(), position
