"""SQLite's tokens, with exact offsets. Owns the lexical rules; must never know a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sqlplumb.engines.sqlite.parse.words import RESERVED

REMEMBERED = 4096  # distinct texts of each kind: those of one schema are much alike


class Token(NamedTuple):
    kind: str  # string, quoted, blob, number, word, op
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def upper(self) -> str:
        """The keyword this token may be: quoted names and strings are never keywords."""
        if self.kind not in ("word", "op"):
            return ""
        return self.text.upper() if self.text.isascii() else self.text


# What SQLite calls a blank is not what Python does: a no-break space is part of a name, and a
# vertical tab is a blank only behind another one. GAP is what may stand between two tokens.
COMMENT = r"--[^\n]*+|/\*(?>.*?\*/|.*\Z)"
GAP = rf"[ \t\n\f\r][ \t\n\v\f\r]*+|\ufeff|{COMMENT}"
GAPS = rf"(?:{GAP})*+"
STRING = r"'[^']*(?:''[^']*)*'"
QUOTED = r'"[^"]*(?:""[^"]*)*"|\[[^\]]*\]|`[^`]*(?:``[^`]*)*`'
NUMBER = r"0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?"
# Letters, digits, _ and $, and all that is not ASCII: said by what it is not, which compiles fast.
_IN_WORD = r"[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
WORD = rf"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]{_IN_WORD}*"
WORD_ENDS = rf"(?!{_IN_WORD})"
NAME = rf"(?>{QUOTED}|{STRING}|{WORD})"

_TOKEN = re.compile(
    rf"""(?P<skip>{GAP})
    |(?P<string>{STRING})
    |(?P<quoted>{QUOTED})
    |(?P<blob>[xX]'[^']*')
    |(?P<number>{NUMBER})
    |(?P<word>{WORD})
    |(?P<op>\|\||->>|->|<>|!=|==|<=|>=|<<|>>|.)""",
    re.VERBOSE | re.DOTALL,
)

_PLAIN = re.compile(rf"{WORD}\Z")


def tokens(sql: str) -> list[Token]:
    return [
        Token(kind, match[0], match.start())
        for match in _TOKEN.finditer(sql)
        if (kind := match.lastgroup or "") != "skip"
    ]


def lex(sql: str, start: int = 0) -> Iterator[Token]:
    """One by one, for whoever may stop early."""
    for match in _TOKEN.finditer(sql, start):
        if match.lastgroup != "skip":
            yield Token(match.lastgroup or "", match.group(), match.start())


def unquoted(text: str) -> str:
    """The name that a quoted or bare token stands for."""
    quote = text[:1]
    if quote == "[":
        return text[1:-1]
    if quote in ('"', "'", "`"):
        return text[1:-1].replace(quote * 2, quote)
    return text


def in_quotes(name: str) -> str:
    """For statements that only SQLite reads: no name is ever a keyword."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@lru_cache(maxsize=REMEMBERED)
def fold(name: str) -> str:
    """How SQLite compares names: only the ASCII letters lose their case."""
    if name.isascii():
        return name.lower()
    return "".join(char.lower() if char.isascii() else char for char in name)


def canonical_name(name: str) -> str:
    """A name as it stands in a canonical text: quoted only where it could be something else."""
    folded = fold(name)
    if folded not in RESERVED and _PLAIN.match(folded):
        return folded
    return in_quotes(folded)
