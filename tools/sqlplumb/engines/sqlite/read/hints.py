"""What a person says in comments: `-- @renamed from=name` and `-- @backfill EXPR`.

A hint stands on the line it speaks of, or on the lines above it. Owns where a hint belongs; what it
does to a plan is decided by whoever plans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

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
from sqlplumb.places import place_finder
from sqlplumb.schema import Column, Object, Ref, Table

_COMMENT = re.compile(rf"{NAME}|(?P<gap>{GAP})|.", re.DOTALL)
_HINT = re.compile(
    r"(?:--|/\*)\s*@(?P<verb>renamed|backfill)\b[ \t]*(?P<said>.*?)\s*(?:\*/)?\Z", re.S
)
_FROM = re.compile(rf"from\s*=\s*(?P<name>{NAME}|[^\s]+)\Z")


@dataclass(frozen=True, slots=True)
class Hints:
    renamed_from: str = ""
    backfill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hint:
    verb: str
    said: str
    start: int
    end: int


def hints_around(comments: str) -> Hints | None:
    """The hints among the comments above a statement, and behind it on its last line."""
    found = list(_found(comments)) if "@" in comments else []
    return _joined(found) if found else None


def hints_inside(text: str, parsed: TableText | None) -> dict[int, Hints]:
    """By the offset at which a column or a constraint begins; -1 is the statement itself."""
    if "@" not in text:
        return {}
    starts = _part_starts(parsed) if parsed else []
    grouped: dict[int, list[_Hint]] = {}
    for hint in _found(text):
        grouped.setdefault(_spoken_of(hint, text, starts), []).append(hint)
    return {start: _joined(hints) for start, hints in grouped.items()}


def rename_hint(former: str) -> str:
    """The comment that says it, as it is read back here; empty for what no comment can say."""
    is_plain, quoted = canonical_name(former) == fold(former), in_quotes(former)
    said = [f"-- @renamed from={former}"] if is_plain else []
    for comment in (*said, f"-- @renamed from={quoted}", f"/* @renamed from={quoted} */"):
        with suppress(Unreadable):
            if former and hints_around(comment) == Hints(renamed_from=fold(former)):
                return comment
    return ""


def _part_starts(parsed: TableText) -> list[int]:
    return sorted((*(one.start for one in parsed.columns), *parsed.constraint_starts))


def _spoken_of(hint: _Hint, text: str, starts: list[int]) -> int:
    """The part before it, if anything stands before it on its line; else the next part."""
    beside = text[text.rfind("\n", 0, hint.start) + 1 : hint.start].strip()
    if beside:
        before = [start for start in starts if start < hint.start and not beside.startswith(")")]
        return before[-1] if before else -1
    return next((start for start in starts if start >= hint.end), -1)


def _found(text: str) -> Iterator[_Hint]:
    for match in _COMMENT.finditer(text):
        if match["gap"] and (hint := _HINT.match(match.group())):
            yield _Hint(verb=hint["verb"], said=hint["said"], start=match.start(), end=match.end())


def _joined(hints: list[_Hint]) -> Hints:
    renamed_from = backfill = ""
    for hint in hints:
        match = _FROM.match(hint.said) if hint.verb == "renamed" else None
        if hint.verb == "backfill":
            backfill = hint.said
        elif match:
            renamed_from = fold(unquoted(match["name"]))
        if not (hint.said if hint.verb == "backfill" else match):
            form = "@backfill EXPRESSION" if hint.verb == "backfill" else "@renamed from=name"
            raise Unreadable(f"a hint is written `-- {form}`", max(hint.start, 0))
    return Hints(renamed_from, backfill)


def hinted(
    statement: Statement, parsed: TableText | None, facts: Iterable[Object]
) -> Iterator[Object]:
    """Only a file has hints to give; what a database keeps of them is done."""
    if statement.place is None or not ("@" in statement.text or "@" in statement.comments):
        yield from facts
        return
    inside = hints_inside(statement.text, parsed if statement.kind == "table" else None)
    found = {statement.place_at(start): hints for start, hints in inside.items() if start >= 0}
    if whole := hints_around(statement.comments) or inside.get(-1):
        found[statement.place] = whole
    for fact in facts:
        hints = found.pop(fact.place, None)
        yield _with(fact, hints) if hints else fact
    if found:
        starts = (start for start in inside if statement.place_at(start) in found)
        raise Unreadable("this hint speaks of nothing that can have one", next(starts, 0))


def _with(fact: Object, hints: Hints) -> Object:
    if hints.backfill and not isinstance(fact, Column):
        raise Unreadable("a @backfill stands at the column that it fills", 0)
    return replace(fact, renamed_from=hints.renamed_from, backfill=hints.backfill)


def hints_kept(facts: Iterable[Object]) -> Iterator[tuple[Ref, str]]:
    """The former names that the texts of tables themselves tell, which a database keeps: of the
    table, and of its columns."""
    for fact in facts:
        if isinstance(fact, Table) and "@" in fact.text:
            with suppress(Unreadable):
                yield from _kept(fact)


def _kept(table: Table) -> Iterator[tuple[Ref, str]]:
    parsed = read_table(table.text)
    names = {column.start: fold(column.name) for column in parsed.columns}
    for start, hints in hints_inside(table.text, parsed).items():
        if hints.renamed_from and start == -1:
            yield table.ref, hints.renamed_from
        elif hints.renamed_from and start in names:
            yield table.ref.column_ref(names[start]), hints.renamed_from


_PIECE = re.compile(rf"{NAME}|(?P<gap>{GAP})|.", re.DOTALL)
_GAPS = re.compile(rf"(?:{GAP})*+", re.DOTALL)


def remarks(files: Mapping[str, str], mark: str) -> Iterator[Remark]:
    """The comments that hold this mark: on a line of their own they speak of what follows."""
    for file, text in files.items():
        if mark not in text:
            continue
        place = place_finder(file, text)
        for match in _PIECE.finditer(text):
            if match["gap"] and mark in match.group():
                yield Remark(_inside(match.group()), place(match.start()), _line(text, match))


def _line(text: str, match: re.Match[str]) -> int:
    beside = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
    gaps = _GAPS.match(text, match.end())
    spot = match.start() if beside or gaps is None else gaps.end()
    return text.count("\n", 0, spot) + 1


def _inside(comment: str) -> str:
    return comment.removeprefix("--").removeprefix("/*").removesuffix("*/").strip()
