"""The comments of a file: hints, `-- @renamed from=name` and `-- @backfill EXPR`, and remarks.

A comment stands on the line that it is about, or on the lines above it. Owns which object a hint
belongs to; must never decide what a hint does to a plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from sqlplumb.engines.hints import FORMS, HINT, Hints, meant_hint, remarks_of
from sqlplumb.engines.source import Remark
from sqlplumb.engines.sqlite.parse.create_table import read_table
from sqlplumb.engines.sqlite.parse.lexer import (
    GAP,
    NAME,
    Unreadable,
    canonical_name,
    fold,
    in_quotes,
    unquoted,
)
from sqlplumb.engines.sqlite.parse.parts import TableText
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.schema import Column, Object, Ref, Table

_COMMENT = re.compile(rf"{NAME}|(?P<gap>{GAP})|.", re.DOTALL)
_GAPS = re.compile(rf"(?:{GAP})*+", re.DOTALL)
_FROM = re.compile(rf"from\s*=\s*(?P<name>{NAME}|[^\s]+)\Z")


class WrongHint(Unreadable):
    """Raised for a comment of a person who meant a hint: `advice` says how it is written."""

    def __init__(self, message: str, offset: int, advice: str) -> None:
        super().__init__(message, offset)
        self.advice = advice


class _Hint(NamedTuple):
    verb: str
    value: str
    start: int
    end: int


def hints_around(comments: str) -> Hints | None:
    """Return the hints among the comments above a statement, and behind it on its last line."""
    hints = list(_find_hints(comments)) if "@" in comments else []
    return _join_hints(hints) if hints else None


def hints_inside(text: str, parsed: TableText | None) -> dict[int, Hints]:
    """Return hints by the offset where their column or constraint begins; -1 is the statement."""
    if "@" not in text:
        return {}
    starts: list[int] = []
    if parsed:
        starts = sorted((*(column.start for column in parsed.columns), *parsed.constraint_starts))
    grouped: dict[int, list[_Hint]] = {}
    for hint in _find_hints(text):
        beside = text[text.rfind("\n", 0, hint.start) + 1 : hint.start].strip()
        if beside:  # it is about what stands before it on its line, else about what follows
            before = [start for start in starts if start < hint.start]
            owner = before[-1] if before and not beside.startswith(")") else -1
        else:
            owner = next((start for start in starts if start >= hint.end), -1)
        grouped.setdefault(owner, []).append(hint)
    return {start: _join_hints(hints) for start, hints in grouped.items()}


def rename_hint(former: str) -> str:
    """Return a comment that is read back as this name; "" for a name that no comment can hold."""
    is_plain, quoted = canonical_name(former) == fold(former), in_quotes(former)
    plain = [f"-- @renamed from={former}"] if is_plain else []
    for comment in (*plain, f"-- @renamed from={quoted}", f"/* @renamed from={quoted} */"):
        with suppress(Unreadable):
            if former and hints_around(comment) == Hints(renamed_from=fold(former)):
                return comment
    return ""


def _find_hints(text: str) -> Iterator[_Hint]:
    for match in _COMMENT.finditer(text):
        if match["gap"] and (hint := HINT.match(match.group())):
            verb = hint["verb"]
            if verb in FORMS:
                yield _Hint(verb, hint["value"], start=match.start(), end=match.end())
            elif meant := meant_hint(verb):
                advice = f"did you mean {FORMS[meant]}?"
                raise WrongHint(f"there is no hint @{verb}", match.start(), advice)


def _join_hints(hints: list[_Hint]) -> Hints:
    renamed_from = backfill = ""
    for hint in hints:
        if hint.verb == "backfill":
            backfill = hint.value
            if not backfill:
                raise WrongHint("@backfill says no value", hint.start, f"write {FORMS['backfill']}")
        else:
            match = _FROM.match(hint.value)
            if match is None:
                message = f"`@renamed {hint.value}` is not how a former name is said"
                raise WrongHint(message, hint.start, f"write {FORMS['renamed']}")
            renamed_from = fold(unquoted(match["name"]))
    return Hints(renamed_from, backfill)


def hinted(
    statement: Statement, parsed: TableText | None, facts: Iterable[Object]
) -> Iterator[Object]:
    """Yield the facts with their hints, which only a file has: what a database keeps is done."""
    if statement.place is None or not ("@" in statement.text or "@" in statement.comments):
        yield from facts
        return
    inside = hints_inside(statement.text, parsed if statement.kind == "table" else None)
    waiting = {statement.place_at(start): hints for start, hints in inside.items() if start >= 0}
    try:
        above = hints_around(statement.comments)
    except WrongHint as error:  # its offset is of the comments, not of the statement
        raise WrongHint(str(error), statement.head, error.advice) from None
    if around := above or inside.get(-1):
        waiting[statement.place] = around
    for fact in facts:
        hints = waiting.pop(fact.place, None)
        if hints and hints.backfill and not isinstance(fact, Column):
            message = "a @backfill speaks of what is no column"
            raise WrongHint(message, 0, "put it on the line of the column that it fills")
        yield (
            replace(fact, renamed_from=hints.renamed_from, backfill=hints.backfill)
            if hints
            else fact
        )
    if waiting:
        starts = (start for start in inside if statement.place_at(start) in waiting)
        message = "this hint speaks of nothing that can have one"
        advice = "put it on the line of what it is about, or on a line of its own above that"
        raise WrongHint(message, next(starts, 0), advice)


def hints_kept(facts: Iterable[Object]) -> Iterator[tuple[Ref, str]]:
    """Yield the former names of tables and columns that the texts of the tables say, which a
    database keeps."""
    for table in facts:
        if not isinstance(table, Table) or "@" not in table.text:
            continue
        with suppress(Unreadable):
            parsed = read_table(table.text)
            names = {column.start: fold(column.name) for column in parsed.columns}
            for start, hints in hints_inside(table.text, parsed).items():
                if hints.renamed_from and start == -1:
                    yield table.ref, hints.renamed_from
                elif hints.renamed_from and start in names:
                    yield table.ref.column_ref(names[start]), hints.renamed_from


def remarks(files: Mapping[str, str], mark: str) -> Iterator[Remark]:
    """Yield the comments that hold this mark, each with the line that it is about."""
    for file, text in files.items():
        if mark in text:
            gaps = (match for match in _COMMENT.finditer(text) if match["gap"])
            marked = (gap.span() for gap in gaps if mark in gap.group())
            yield from remarks_of(
                file, text, comments=marked, code_behind=partial(_behind_gaps, text)
            )


def _behind_gaps(text: str, start: int) -> int:
    gaps = _GAPS.match(text, start)
    return gaps.end() if gaps else start
