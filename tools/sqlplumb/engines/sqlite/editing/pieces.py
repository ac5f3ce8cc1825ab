"""The statements of a file, and the words that SQLite knows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sqlplumb.engines.editing import Piece
from sqlplumb.engines.sqlite.parse.lexer import NAME, REMEMBERED, fold
from sqlplumb.engines.sqlite.parse.statements import Chunk, cut, read_head, statement
from sqlplumb.schema import Ref

KEYWORDS = tuple(
    """
    ABORT ACTION AFTER ALL ALWAYS AND AS ASC AUTOINCREMENT BEFORE BEGIN BETWEEN BY CASCADE CASE CAST
    CHECK COLLATE CONFLICT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME
    CURRENT_TIMESTAMP DEFAULT DEFERRABLE DEFERRED DELETE DESC DISTINCT DO EACH ELSE END ESCAPE
    EXCEPT EXCLUDE EXISTS FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP
    GROUPS HAVING IF IGNORE IMMEDIATE IN INDEX INDEXED INITIALLY INNER INSERT INSTEAD INTERSECT INTO
    IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT MATCH MATERIALIZED NATURAL NO NOCASE NOT NOTHING NOTNULL
    NULL NULLS OF OFFSET ON OR ORDER OTHERS OUTER OVER PARTITION PRECEDING PRIMARY RAISE RANGE
    RECURSIVE REFERENCES REGEXP REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW ROWID ROWS SELECT SET
    STORED STRICT TABLE TEMP TEMPORARY THEN TIES TO TRIGGER UNBOUNDED UNION UNIQUE UPDATE USING
    VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH WITHOUT
    """.split()
)
TYPES = tuple(
    """
    INTEGER TEXT REAL BLOB NUMERIC ANY BOOLEAN DATE DATETIME TIMESTAMP DECIMAL VARCHAR CHAR BIGINT
    SMALLINT FLOAT DOUBLE JSON
    """.split()
)
_RESTART = re.compile(
    r"\n(?=CREATE\s+(?:TEMP\s+|TEMPORARY\s+|UNIQUE\s+|VIRTUAL\s+)?(?:TABLE|INDEX|VIEW|TRIGGER)\b)",
    re.IGNORECASE | re.ASCII,
)
_NAME = re.compile(NAME, re.DOTALL)


def pieces(text: str) -> list[Piece]:
    return [_piece(chunk, text) for chunk in cut(text)]


def restart(text: str) -> int:
    """A line that begins with CREATE TABLE and the like, below the first line of the statement. In
    a whole statement it may be part of a string, so nobody asks for that."""
    begins = next((chunk.start for chunk in cut(text)), 0)
    found = _RESTART.search(text, begins)
    return found.end() if found else 0


def _piece(chunk: Chunk, text: str) -> Piece:
    begins = chunk.start - chunk.first
    whole = text[chunk.first : chunk.last]
    made = _made(chunk.text)
    if made is None:
        return Piece(text=whole, start=chunk.first, begins=begins, ref=None)
    return Piece(
        text=whole,
        start=chunk.first,
        begins=begins,
        ref=made.ref,
        key=made.key,
        name_start=begins + made.start,
        name_end=begins + made.end,
    )


class _Made(NamedTuple):
    ref: Ref
    key: tuple[str, str]
    start: int
    end: int


@lru_cache(maxsize=REMEMBERED)
def _made(text: str) -> _Made | None:
    """What a statement makes; most of a file is the same at each keystroke."""
    head = read_head(text)
    if head is None or fold(head.name).startswith("sqlite_"):
        return None
    name = _NAME.match(text, head.start)
    assert name is not None
    made = statement(Chunk(text, 0), head)
    return _Made(made.ref, made.key, start=name.start(), end=name.end())
