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
from itertools import dropwhile, islice
from typing import Literal, NamedTuple

from sqlplumb.engines.sqlite.parse.lexer import (
    GAP,
    NAME,
    WORD,
    WORD_ENDS,
    fold,
    lex,
    tokens,
    unquoted,
)
from sqlplumb.places import Place, PlaceFinder
from sqlplumb.schema import Ref

StatementKind = Literal["table", "virtual table", "index", "view", "trigger"]


_DEPENDENT = ("index", "trigger")


class Statement(NamedTuple):  # a dataclass takes three times as long to make
    """One CREATE statement. Its name stands at `start` in its file, whose lines `places` knows, and
    at `head` in its text; `lenient` is IF NOT EXISTS; `comments` stand above it, and behind it on
    its last line."""

    kind: StatementKind
    name: str
    table: str
    text: str
    places: PlaceFinder | None = None
    start: int = 0
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
    def ref(self) -> Ref:
        """The address of the object that it makes."""
        table, name = fold(self.table), fold(self.name)
        return Ref(self.kind, table, name, shown=self.name, shown_table=self.table)

    @property
    def is_dependent(self) -> bool:
        """Does it hang on a table or a view? The name of that may be empty."""
        return self.kind in _DEPENDENT

    @property
    def place(self) -> Place | None:
        return self.places(self.start) if self.places else None

    def place_at(self, offset: int) -> Place | None:
        """Where in the file this offset of the text stands."""
        return self.places(self.start + max(offset - self.head, 0)) if self.places else None

    def is_before(self, other: Statement) -> bool:
        """Does it stand above the other one, in the same file?"""
        return self.places is other.places is not None and self.start < other.start


# What belongs together: a table with its indexes and triggers, a view with its triggers.
Unit = tuple[Statement, ...]


def units(statements: Iterable[Statement]) -> dict[str, Unit]:
    """By name, each with the table or view first."""
    statements_by_unit: dict[str, list[Statement]] = {}
    for statement in statements:
        is_dependent = statement.kind in _DEPENDENT
        name = fold(statement.table if is_dependent else statement.name)
        unit = statements_by_unit.setdefault(name, [])
        unit.insert(len(unit) if is_dependent else 0, statement)
    return {name: tuple(unit) for name, unit in statements_by_unit.items()}


def has_body(unit: Unit) -> bool:
    """Does it hold a view or a trigger?"""
    return any(statement.kind in ("view", "trigger") for statement in unit)


def quoted_in_bodies(units: Iterable[Unit]) -> bool:
    """Does a view or trigger say `"x"`, which is a name only if something is called so?"""
    return any(
        statement.kind in ("view", "trigger") and '"' in statement.text
        for unit in units
        for statement in unit
    )


_ENDS = " \t\n\f\r;"  # what SQLite does not store
_KINDS: dict[str, StatementKind] = {
    "TABLE": "table",
    "VIEW": "view",
    "TRIGGER": "trigger",
    "VIRTUAL TABLE": "virtual table",
    "INDEX": "index",
    "UNIQUE INDEX": "index",
}


def stored(kind: StatementKind, name: str, table: str, sql: str) -> Statement:
    """A row of sqlite_master."""
    if kind == "table" and sql[:14].upper() == "CREATE VIRTUAL":
        kind = "virtual table"
    owner = table if kind in _DEPENDENT else ""
    return Statement(kind=kind, name=name, table=owner, text=sql.rstrip(_ENDS))


class Head(NamedTuple):
    """How a CREATE begins: `words` up to its name, which stands at `start`. `table` is what an
    index or a trigger is on, and `schema` what stands before the dot, in its quotes."""

    words: str
    name: str
    table: str
    start: int
    temporary: bool = False
    lenient: bool = False
    schema: str = ""
    from_query: bool = False


# Most heads are as plain as this, which compiles and matches ten times as fast as the grammar.
_PLAIN_HEAD = re.compile(
    rf"CREATE (TABLE|UNIQUE INDEX|INDEX) ((?!sqlite_){WORD})(?: ON ({WORD}))? ?\(",
    re.IGNORECASE | re.ASCII,
)

# Between two words something must stand; before a quoted name nothing need.
_APART = rf"{WORD_ENDS}(?:{GAP})++"
_BEFORE_NAME = rf"{WORD_ENDS}(?:(?:{GAP})++|(?=[\"\'\[`]))"
_AROUND = rf"(?:{GAP})*+"
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII
_HEAD = rf"""CREATE{_APART}(?P<temp>TEMP(?:ORARY)?{_APART})?
    (?P<kind>TABLE|VIEW|TRIGGER|VIRTUAL{_APART}TABLE|UNIQUE{_APART}INDEX|INDEX){_BEFORE_NAME}
    (?P<lenient>IF{_APART}NOT{_APART}EXISTS{_BEFORE_NAME})?
    (?:(?P<schema>{NAME}){_AROUND}\.{_AROUND})?(?P<name>{NAME})"""
_AS = rf"{_AROUND}AS{WORD_ENDS}"


def read_head(sql: str) -> Head | None:
    """None for what is no CREATE of something that a schema may hold."""
    match = re.match(_HEAD, sql, _FLAGS)
    if match is None:
        return None
    words = " ".join(token.text for token in tokens(match["kind"].upper()))
    behind = sql[match.end() :]
    return Head(
        words=words,
        name=unquoted(match["name"]),
        table=_table_of(behind) if _KINDS[words] in _DEPENDENT else "",
        start=match.start("name"),
        temporary=match["temp"] is not None,
        lenient=match["lenient"] is not None,
        schema=match["schema"] or "",
        from_query=words == "TABLE" and re.match(_AS, behind, _FLAGS) is not None,
    )


def plain_statement(chunk: Chunk, places: PlaceFinder | None = None) -> Statement | None:
    """Return a statement whose head is plain, and whose name anybody may give; None for others."""
    plain = _PLAIN_HEAD.match(chunk.text)
    if plain is None:
        return None
    words, name, table = plain.groups("")
    begins, start = f"CREATE {words.upper()} ", plain.start(2)
    return Statement(
        kind="table" if begins == "CREATE TABLE " else "index",
        name=name,
        table=table,
        text=begins + chunk.text[start:].rstrip(_ENDS),
        places=places,
        start=chunk.start + start,
        head=len(begins),
        comments=chunk.comments,
    )


def statement(chunk: Chunk, head: Head, places: PlaceFinder | None = None) -> Statement:
    """A statement as it was cut; `places` are those of its file."""
    begins = f"CREATE {head.words} "
    return Statement(
        kind=_KINDS[head.words],
        name=head.name,
        table=head.table,
        text=begins + chunk.text[head.start :].rstrip(_ENDS),
        places=places,
        start=chunk.start + head.start,
        head=len(begins),
        lenient=head.lenient,
        comments=chunk.comments,
    )


def _table_of(behind: str) -> str:
    """The name behind the first bare ON: nothing that comes before it can hold another."""
    from_on = dropwhile(lambda token: token.upper != "ON", lex(behind))
    name = [token.text for token in islice(from_on, 1, 4)]
    chosen = name[2:] if name[1:2] == ["."] else name[:1]
    return unquoted(chosen[0]) if chosen else ""


# What follows a statement: a comment on its last line, and all that stands above the next.
_BETWEEN = re.compile(rf"([ \t]*(?:--[^\n]*|/\*[^\n]*?\*/))?(?:{GAP})*+", re.DOTALL)
_OPENED = frozenset(("'", '"', "`", "["))
_BESIDE = frozenset(("EXPLAIN", "QUERY", "PLAN", "TEMP", "TEMPORARY"))
_HEAD_WORDS = 6
_PATIENCE = 8  # semicolons inside of a statement, before its tokens are walked


class Chunk(NamedTuple):
    """One statement as it was cut; the comments above it, and behind it on its line, beside it.
    With these it reaches from `first` to `last`."""

    text: str
    start: int
    comments: str = ""
    first: int = 0
    last: int = 0


def cut(text: str) -> Iterator[Chunk]:
    # SQLite's parser takes these for blanks, complete_statement does not.
    patience = 0 if "\v" in text or "\ufeff" in text else _PATIENCE
    between, start = _BETWEEN.match(text), 0
    while between and (begins := between.end()) < len(text):
        ends = _end(text, begins, patience)
        between = _BETWEEN.match(text, ends)
        behind = between.end(1) if between and between[1] else ends
        if text[begins] != ";":
            comments = text[start:begins] + text[ends:behind]
            yield Chunk(text[begins:ends], begins, comments, first=start, last=behind)
        start = behind


def _end(text: str, start: int, patience: int) -> int:
    if text[start] == ".":  # a command of the sqlite3 shell ends with its line
        line_end = text.find("\n", start)
        return len(text) if line_end < 0 else line_end
    ends = start
    for _ in range(patience):
        ends = text.find(";", ends) + 1
        if not ends:
            return len(text)
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
    significant = [word for word in words if word not in _BESIDE]
    return significant[:2] == ["CREATE", "TRIGGER"]
