"""What may be written next: tables, the columns in scope, types, keywords, and the comments that
sqlplumb reads.

A name is put where the cursor stands, and whoever resolves names says what it could be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.editor.reading import Reading, Statement
from sqlplumb.engines.editing import Mention
from sqlplumb.lint import RULES

_HERE = "sqlplumb_completes_here"
_HINT = re.compile(r"--\s*(@[\w]*)$")
_HINT_VALUE = re.compile(r"--\s*@")
_MARK = re.compile(r"--\s*(s[\w]*:?\s?\w*)$")
_IGNORE = re.compile(r"--\s*sqlplumb:\s*ignore\s+(?:[\w-]+\s*,\s*)*([\w-]*)$")
_HINTS = {
    "@renamed from=": "what this table or column was called before",
    "@backfill ": "the value of rows that have none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something to write in place of what stands from `start` to `end`. `kind` is a kind of object,
    "type", "keyword" or "hint"; those of the least `rank` come first."""

    text: str
    label: str
    kind: str
    start: int
    end: int
    detail: str = ""
    rank: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The word that is begun, from `start` to `end`."""

    reading: Reading
    start: int
    end: int

    def choice(
        self, text: str, kind: str, *, label: str = "", detail: str = "", rank: int = 5
    ) -> Choice:
        return Choice(
            text=text,
            label=label or text,
            kind=kind,
            start=self.start,
            end=self.end,
            detail=detail,
            rank=rank,
        )


def complete(reading: Reading, file: str, offset: int) -> list[Choice]:
    text = reading.files.get(file, "")
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    if "--" in line:
        comments = [*_in_comment(reading, line, offset)]
        if comments or _HINT_VALUE.search(line) or line.lstrip().startswith("--"):
            return comments
    statement = _statement(reading, file, offset)
    if statement is None:
        start, _ = reading.engine.editing().word_at(text[:offset], offset)
        return [*_keywords(_Place(reading=reading, start=start, end=offset))]
    return [*_in_statement(reading, statement, offset)]


def _statement(reading: Reading, file: str, offset: int) -> Statement | None:
    """The statement that the cursor is in; behind a semicolon it is in none."""
    statement = reading.statement_at(file, offset)
    if statement is None:
        return None
    before = reading.files[file][statement.piece.start : offset]
    whole = statement.piece.text.rstrip()
    is_over = whole.endswith(";") and len(before.rstrip()) >= len(whole)
    return None if is_over else statement


def _in_comment(reading: Reading, line: str, offset: int) -> Iterator[Choice]:
    if found := _HINT.search(line):
        place = _Place(reading=reading, start=offset - len(found[1]), end=offset)
        for hint, detail in _HINTS.items():
            yield place.choice(hint, "hint", detail=detail)
    elif found := _IGNORE.search(line):
        place = _Place(reading=reading, start=offset - len(found[1]), end=offset)
        for rule in RULES:
            if rule.judges in ("schema", "plan"):
                yield place.choice(rule.code, "hint", label=f"{rule.code} {rule.name}")
    elif found := _MARK.search(line):
        place = _Place(reading=reading, start=offset - len(found[1]), end=offset)
        detail = "a rule, and the reason why it does not count here"
        yield place.choice("sqlplumb: ignore ", "hint", detail=detail)


def _in_statement(reading: Reading, statement: Statement, offset: int) -> Iterator[Choice]:
    editing, piece = reading.engine.editing(), statement.piece
    inside = offset - piece.start
    begins, ends = editing.word_at(piece.text, inside)
    begins = min(begins, inside)
    text = f"{piece.text[:begins]}{_HERE}{piece.text[max(ends, inside) :]}"
    found = [
        mention for mention in editing.mentions(text, reading.columns) if mention.start == begins
    ]
    place = _Place(reading=reading, start=piece.start + begins, end=offset)
    for mention in found:
        yield from _choices(place, mention)
    if not any(mention.follows or mention.role in ("table", "name") for mention in found):
        yield from _keywords(place)


def _choices(place: _Place, mention: Mention) -> Iterator[Choice]:
    reading = place.reading
    editing = reading.engine.editing()
    match mention.role:
        case "table":
            for unit in reading.columns:
                head = reading.heads.get(unit)
                shown = head.ref.display if head and head.ref else unit
                kind = head.ref.kind if head and head.ref else "table"
                yield place.choice(editing.spelled(shown), kind, label=shown, detail=kind, rank=1)
        case "column" if not mention.defines:
            for unit in mention.among:
                for name in reading.columns.get(unit) or ():
                    column = reading.schema.unit(unit).columns.get(editing.fold(name))
                    detail = f"{unit} {column.type if column else ''}".strip()
                    yield place.choice(
                        editing.spelled(name), "column", label=name, detail=detail, rank=1
                    )
        case "type":
            for name in editing.types:
                yield place.choice(name, "type", rank=1)


def _keywords(place: _Place) -> Iterator[Choice]:
    for word in place.reading.engine.editing().keywords:
        yield place.choice(word, "keyword", rank=9)
