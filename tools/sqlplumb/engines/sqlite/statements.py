"""The statements of a schema: cut from a file or listed by a database, each in its stored form.

SQLite stores a statement as a plain head (`CREATE TABLE `) and the author's own words from the name
on. That stored form is what everything else reads, wherever the statement comes from, so the same
words are the same text. Owns the cut and the head; must never look into a body.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlplumb.engines.sqlite.grammar.lexer import (
    BLANK,
    COMMENT,
    QUOTED,
    STRING,
    WORD,
    fold,
    tokens,
    unquoted,
)
from sqlplumb.places import Place

StatementKind = Literal["table", "virtual table", "index", "view", "trigger"]

_GAP = rf"(?:{BLANK}|{COMMENT})*"
_NAME = rf"(?:{QUOTED}|{STRING}|{WORD})"
_GAPS = re.compile(_GAP, re.DOTALL)
_HEAD = re.compile(
    rf"""CREATE{_GAP}(?P<temp>TEMP(?:ORARY)?\b{_GAP})?
    (?P<kind>TABLE|VIEW|TRIGGER|VIRTUAL{_GAP}TABLE|UNIQUE{_GAP}INDEX|INDEX)\b{_GAP}
    (?P<lenient>IF{_GAP}NOT{_GAP}EXISTS\b{_GAP})?
    (?:(?P<schema>{_NAME}){_GAP}\.{_GAP})?(?P<tail>(?P<name>{_NAME}).*)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_INDEX_ON = re.compile(rf"{_NAME}{_GAP}ON\b{_GAP}(?P<table>{_NAME})", re.DOTALL | re.IGNORECASE)
_KINDS: dict[str, StatementKind] = {
    "table": "table",
    "view": "view",
    "trigger": "trigger",
    "virtual table": "virtual table",
    "index": "index",
    "unique index": "index",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One CREATE statement. `place` is where its name stands; `lenient` is IF NOT EXISTS."""

    kind: StatementKind
    name: str
    table: str
    text: str
    place: Place | None = None
    lenient: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Triggers have names of their own; everything else shares one set of names."""
        return ("trigger" if self.kind == "trigger" else "", fold(self.name))

    @property
    def unit(self) -> str:
        """The table or view that this statement makes or belongs to."""
        return fold(self.table or self.name)

    def place_at(self, offset: int) -> Place | None:
        if self.place is None:
            return None
        head = len(self.text) - len(_tail(self.text))
        lines = self.text.count("\n", head, max(offset, head))
        if lines:
            column = offset - self.text.rfind("\n", 0, offset)
            return Place(self.place.file, self.place.line + lines, column)
        column = self.place.column + max(offset - head, 0)
        return Place(self.place.file, self.place.line, column)


# What belongs together: a table with its indexes and triggers, a view with its triggers.
Unit = tuple[Statement, ...]


def units(statements: Iterable[Statement]) -> dict[str, Unit]:
    """By name, each with the table or view first."""
    found: dict[str, list[Statement]] = {}
    for statement in statements:
        found.setdefault(statement.unit, []).append(statement)
    return {name: tuple(sorted(unit, key=_is_dependent)) for name, unit in found.items()}


def _is_dependent(statement: Statement) -> bool:
    return bool(statement.table)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One statement of a file as it was cut, blanks and comments before it left out."""

    text: str
    start: int


def cut(text: str) -> Iterator[Chunk]:
    """SQLite's own rule says where a statement ends; it knows the semicolons inside triggers."""
    start = 0
    while start < len(text):
        begins = _behind_gap(text, start)
        if text.startswith(";", begins):
            start = begins + 1
            continue
        if begins >= len(text):
            return
        ends = _statement_end(text, begins)
        yield Chunk(text[begins:ends], begins)
        start = ends


def _behind_gap(text: str, start: int) -> int:
    match = _GAPS.match(text, start)
    return match.end() if match else start


def _statement_end(text: str, start: int) -> int:
    ends, tries = start, 0
    while (semicolon := text.find(";", ends)) >= 0:
        ends = semicolon + 1
        if sqlite3.complete_statement(text[start:ends]):
            return ends
        tries += 1
        if tries > 64:  # a long string of semicolons, or a trigger without an end
            return _lexical_end(text, start)
    return len(text)


def _lexical_end(text: str, start: int) -> int:
    rest = text[start:]
    for token in tokens(rest):
        if token.text == ";" and sqlite3.complete_statement(rest[: token.end]):
            return start + token.end
    return len(text)


def read_head(sql: str) -> re.Match[str] | None:
    return _HEAD.match(sql)


def statement(head: re.Match[str], place: Place | None) -> Statement:
    kind = _KINDS[" ".join(word.text.lower() for word in tokens(head["kind"]))]
    tail = head["tail"].rstrip(" \t\n\f\r;")
    unique = "UNIQUE " if head["kind"][:1] in "uU" else ""
    return Statement(
        kind=kind,
        name=unquoted(head["name"]),
        table=_table_of(tail) if kind in ("index", "trigger") else "",
        text=f"CREATE {unique}{kind.upper()} {tail}",
        place=place,
        lenient=bool(head["lenient"]),
    )


def stored(kind: str, name: str, table: str, sql: str) -> Statement:
    """A row of sqlite_master."""
    virtual = sql[:14].upper() == "CREATE VIRTUAL"
    known = _KINDS["virtual table" if virtual else kind]
    owner = table if known in ("index", "trigger") else ""
    return Statement(known, name, owner, sql.rstrip(" \t\n\f\r;"))


def _tail(text: str) -> str:
    head = _HEAD.match(text)
    return head["tail"] if head else text


def _table_of(tail: str) -> str:
    """The name behind the first bare ON: nothing that comes before it can hold another."""
    if match := _INDEX_ON.match(tail):
        return unquoted(match["table"])
    words = tokens(tail)
    on = next((index for index, word in enumerate(words) if word.upper == "ON"), len(words))
    qualified = [word.text for word in words[on + 2 : on + 3]] == ["."]
    name = on + 3 if qualified else on + 1
    return unquoted(words[name].text) if name < len(words) else ""
