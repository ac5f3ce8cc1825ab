"""The words of SQLite's language, the tokens of a text, and a cursor that walks over them.

Every token keeps its kind and its place in the text. Must never decide what a statement means.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

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


Tokens = tuple[Token, ...]

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

_TOKEN = rf"""(?P<skip>{GAP})
    |(?P<string>{STRING})
    |(?P<quoted>{QUOTED})
    |(?P<blob>[xX]'[^']*')
    |(?P<number>{NUMBER})
    |(?P<word>{WORD})
    |(?P<op>\|\||->>|->|<>|!=|==|<=|>=|<<|>>|.)"""

_PLAIN = rf"{WORD}\Z"


@cache
def _token() -> re.Pattern[str]:
    """Where two sides have the same texts, no text is ever cut into tokens."""
    return re.compile(_TOKEN, re.VERBOSE | re.DOTALL)


def tokens(sql: str) -> list[Token]:
    return [
        Token(kind, match[0], match.start())
        for match in _token().finditer(sql)
        if (kind := match.lastgroup or "") != "skip"
    ]


def lex(sql: str, start: int = 0) -> Iterator[Token]:
    """One by one, for whoever may stop early."""
    for match in _token().finditer(sql, start):
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
    if folded not in RESERVED and re.match(_PLAIN, folded):
        return folded
    return in_quotes(folded)


RESERVED = frozenset(
    """
    add all alter and as autoincrement between case check collate commit constraint create
    current_date current_time current_timestamp default deferrable delete distinct drop else end
    escape except exists false foreign from glob group having in index insert intersect into is
    isnull join like limit match not notnull null on or order primary references regexp returning
    select set table then to transaction true union unique update using values when where
    """.split()
)

# What the row number of an ordinary table may be called, in the order in which they are tried.
ROWID_NAMES = ("rowid", "_rowid_", "oid")

# Among them these may be columns all the same: SQLite sees from where they stand what is meant.
BARE_COLUMNS = frozenset(("end", "false", "glob", "like", "match", "regexp", "true"))
NO_NAME = RESERVED - BARE_COLUMNS


class Unreadable(Exception):
    """The text is not what this grammar knows; `offset` says where it stopped."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Cursor:
    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokens(sql)
        self.words = [*(token.upper for token in self.tokens), ""]
        self.index = 0

    @property
    def done(self) -> bool:
        return self.index >= len(self.tokens)

    @property
    def word(self) -> str:
        """The keyword or sign that comes next, in upper case; empty for anything else."""
        return self.words[self.index]

    @property
    def start(self) -> int:
        return len(self.sql) if self.done else self.tokens[self.index].start

    @property
    def end(self) -> int:
        """Where the token before this place ends."""
        return self.tokens[self.index - 1].end if self.index else 0

    def looks_at(self, *words: str) -> bool:
        if self.words[self.index] != words[0]:
            return False
        return len(words) == 1 or self.words[self.index : self.index + len(words)] == [*words]

    def accept(self, *words: str) -> bool:
        """Step over these words if they are what comes next."""
        if not self.looks_at(*words):
            return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.unreadable(f"expected {' '.join(words)}")

    def take(self) -> Token:
        if self.done:
            raise self.unreadable("unexpected end")
        self.index += 1
        return self.tokens[self.index - 1]

    def name(self) -> str:
        token = self.take()
        if token.kind not in ("word", "quoted", "string"):
            raise Unreadable(f"expected a name, not {token.text!r}", token.start)
        return unquoted(token.text)

    def bracketed(self) -> Sequence[Token]:
        """The tokens between this opening bracket and the one that closes it."""
        self.expect("(")
        first, depth = self.index, 1
        while depth:
            sign = self.take().text
            depth += (sign == "(") - (sign == ")")
        return self.tokens[first : self.index - 1]

    def text_of(self, words: Sequence[Token]) -> str:
        return text_of(self.sql, words)

    def skip_to(self, *words: str) -> Sequence[Token]:
        """The tokens up to the first of these words that stands in no bracket, or to the end."""
        first, depth = self.index, 0
        while not self.done and (depth or self.word not in words):
            depth += (self.word == "(") - (self.word == ")")
            self.index += 1
        return self.tokens[first : self.index]

    def unreadable(self, message: str) -> Unreadable:
        next_token = "the end" if self.done else repr(self.tokens[self.index].text)
        return Unreadable(f"{message}, found {next_token}", self.start)


def text_of(sql: str, words: Sequence[Token]) -> str:
    """These tokens as they stand in their text."""
    return sql[words[0].start : words[-1].end] if words else ""


def separated(inside: Tokens) -> Iterator[Tokens]:
    """What stands between the commas, those in nested brackets left alone."""
    depth, first = 0, 0
    for index, token in enumerate(inside):
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and depth == 0:
            yield inside[first:index]
            first = index + 1
    yield inside[first:]


def comparisons(inside: Tokens) -> Iterator[Tokens]:
    """What stands between the words that join, at whatever depth."""
    return _split_at(inside, ("AND", "OR", "WHEN", "THEN", "ELSE"), deep=True)


def conjuncts(inside: Tokens) -> list[Tokens]:
    """What must all be true."""
    parts = [*_split_at(inside, ("AND",), deep=False)]
    return [inside] if len([*_split_at(inside, ("OR",), deep=False)]) > 1 else parts


def _split_at(inside: Tokens, words: Collection[str], deep: bool) -> Iterator[Tokens]:
    """The AND of a BETWEEN joins nothing."""
    first, depth, between = 0, 0, False
    for index, token in enumerate(inside):
        word = token.upper
        depth += (word in ("(", "CASE")) - (word in (")", "END"))
        if word == "BETWEEN":
            between = True
        elif word == "AND" and between:
            between = False
        elif word in words and (deep or depth == 0):
            yield inside[first:index]
            first = index + 1
    yield inside[first:]
