"""The statements of a schema, each in the form in which SQLite stores it.

SQLite stores a statement as a plain head (`CREATE TABLE `) and the author's own words from the name
on. That stored form is what everything else reads, wherever the statement comes from, so the same
words are the same text.

A text is split where its statements end, and the head of each says what it makes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from sqlplumb.engines.sqlite.parse.lexer import GAP, NAME, WORD_ENDS, fold, lex, tokens, unquoted
from sqlplumb.places import Place

StatementKind = Literal["table", "virtual table", "index", "view", "trigger"]

_STORED: dict[str, StatementKind] = {
    "table": "table",
    "index": "index",
    "view": "view",
    "trigger": "trigger",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One CREATE statement. Its name stands at `place` in its file, and at `head` in its text;
    `lenient` is IF NOT EXISTS; `comments` stand above it, and behind it on its last line."""

    kind: StatementKind
    name: str
    table: str
    text: str
    place: Place | None = None
    head: int = 0
    lenient: bool = False
    comments: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Triggers have names of their own; everything else shares one set of names."""
        return ("trigger" if self.kind == "trigger" else "", fold(self.name))

    @property
    def unit(self) -> str:
        """The table or view that this statement makes or belongs to."""
        return fold(self.table if self.is_dependent else self.name)

    @property
    def is_dependent(self) -> bool:
        """Does it hang on a table or a view? The name of that may be empty."""
        return self.kind in ("index", "trigger")

    def place_at(self, offset: int) -> Place | None:
        """Where in the file this offset of the text stands."""
        if self.place is None:
            return None
        lines = self.text.count("\n", self.head, max(offset, self.head))
        if lines:
            column = offset - self.text.rfind("\n", 0, offset)
            return Place(self.place.file, self.place.line + lines, column)
        column = self.place.column + max(offset - self.head, 0)
        return Place(self.place.file, self.place.line, column)


# What belongs together: a table with its indexes and triggers, a view with its triggers.
Unit = tuple[Statement, ...]


def units(statements: Iterable[Statement]) -> dict[str, Unit]:
    """By name, each with the table or view first."""
    found: dict[str, list[Statement]] = {}
    for statement in statements:
        found.setdefault(statement.unit, []).append(statement)
    return {
        name: tuple(sorted(unit, key=attrgetter("is_dependent"))) for name, unit in found.items()
    }


def quoted_in_bodies(units: Iterable[Unit]) -> bool:
    """Does a view or trigger say `"x"`, which is a name only if something is called so?"""
    return any(
        '"' in statement.text
        for unit in units
        for statement in unit
        if statement.kind in ("view", "trigger")
    )


def stored(kind: str, name: str, table: str, sql: str) -> Statement:
    """A row of sqlite_master."""
    known = "virtual table" if sql[:14].upper() == "CREATE VIRTUAL" else _STORED[kind]
    owner = table if known in ("index", "trigger") else ""
    return Statement(kind=known, name=name, table=owner, text=sql.rstrip(" \t\n\f\r;"))


# Between two words something must stand; before a quoted name nothing need.
_APART = rf"{WORD_ENDS}(?:{GAP})++"
_BEFORE_NAME = rf"{WORD_ENDS}(?:(?:{GAP})++|(?=[\"'\[`]))"
_AROUND = rf"(?:{GAP})*+"
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII

_HEAD = re.compile(
    rf"""CREATE{_APART}(?P<temp>TEMP(?:ORARY)?{_APART})?
    (?P<kind>TABLE|VIEW|TRIGGER|VIRTUAL{_APART}TABLE|UNIQUE{_APART}INDEX|INDEX){_BEFORE_NAME}
    (?P<lenient>IF{_APART}NOT{_APART}EXISTS{_BEFORE_NAME})?
    (?:(?P<schema>{NAME}){_AROUND}\.{_AROUND})?(?P<tail>(?P<name>{NAME}).*)""",
    _FLAGS,
)
_INDEX_ON = re.compile(rf"{NAME}{_AROUND}ON{_BEFORE_NAME}(?P<table>{NAME})", _FLAGS)
_AS = re.compile(rf"{NAME}{_AROUND}AS{WORD_ENDS}", _FLAGS)

_KINDS: dict[str, StatementKind] = {
    "table": "table",
    "view": "view",
    "trigger": "trigger",
    "virtual table": "virtual table",
    "index": "index",
    "unique index": "index",
}


def read_head(sql: str) -> re.Match[str] | None:
    return _HEAD.match(sql)


def statement(head: re.Match[str], place: Place | None, comments: str = "") -> Statement:
    words = head["kind"].lower()
    if words not in _KINDS:  # more than one blank between its two words
        words = " ".join(token.text for token in tokens(words))
    kind = _KINDS[words]
    tail = head["tail"].rstrip(" \t\n\f\r;")
    start = f"CREATE {words.upper()} "
    return Statement(
        kind=kind,
        name=unquoted(head["name"]),
        table=_table_of(tail) if kind in ("index", "trigger") else "",
        text=start + tail,
        place=place,
        head=len(start),
        lenient=bool(head["lenient"]),
        comments=comments,
    )


def takes_columns_from_query(head: re.Match[str]) -> bool:
    return head["kind"].upper() == "TABLE" and _AS.match(head["tail"]) is not None


def _table_of(tail: str) -> str:
    """The name behind the first bare ON: nothing that comes before it can hold another."""
    if match := _INDEX_ON.match(tail):
        return unquoted(match["table"])
    words = tokens(tail)
    on = next((index for index, word in enumerate(words) if word.upper == "ON"), len(words))
    qualified = [word.text for word in words[on + 2 : on + 3]] == ["."]
    name = on + 3 if qualified else on + 1
    return unquoted(words[name].text) if name < len(words) else ""


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
