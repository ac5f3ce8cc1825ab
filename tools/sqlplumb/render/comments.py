"""The author's comments, each at the object that it is about.

What becomes of them is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlplumb.engines import Remark, Source
from sqlplumb.schema import Column, Object, Ref, Schema

# What is meant for sqlplumb itself is no news to a reader of Python.
_TO_US = re.compile(r"(@(renamed|backfill)|sqlplumb:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """By object: beside it on its line, on the lines above it, and in groups that stand alone
    before it. `head` are those that a file begins with, `tail` those that it ends with."""

    beside: dict[Ref, list[str]] = field(default_factory=dict)
    above: dict[Ref, list[str]] = field(default_factory=dict)
    apart: dict[Ref, list[list[str]]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    tail: list[list[str]] = field(default_factory=list)

    def about(self, *refs: Ref) -> list[str]:
        """Return all lines that stand above these or beside them."""
        sides = (self.above, self.beside)
        return [line for ref in refs for side in sides for line in side.get(ref, ())]


@dataclass(frozen=True, slots=True)
class _Spot:
    """An object, and the lines that its text takes."""

    ref: Ref
    first: int
    last: int

    def holds(self, line: int) -> bool:
        return self.first <= line <= self.last


def all_remarks(source: Source) -> tuple[Remark, ...]:
    """Return every comment of the files of a source once: those of a line, and those between
    strokes and stars."""
    found = {remark.place: remark for mark in ("--", "/*") for remark in source.remarks(mark)}
    return tuple(found.values())


def comments(schema: Schema, remarks: Iterable[Remark]) -> Comments:
    assigned = Comments()
    by_file: dict[str, list[Remark]] = {}
    for remark in remarks:
        if not _TO_US.match(remark.text):
            by_file.setdefault(remark.place.file, []).append(remark)
    for file, in_file in by_file.items():
        facts = [fact for fact in schema.objects.values() if fact.place and fact.place.file == file]
        in_file.sort(key=lambda remark: (remark.place.line, remark.place.column))
        _assign(in_file, facts, assigned)
    return assigned


def _assign(remarks: Sequence[Remark], facts: Sequence[Object], assigned: Comments) -> None:
    statements = sorted(_spots(fact for fact in facts if not fact.ref.inline), key=_first)
    inline: dict[str, list[Object]] = {}
    for fact in facts:
        if fact.ref.inline:
            inline.setdefault(fact.ref.table, []).append(fact)
    parts = {
        spot.ref: _parts(inline.get(spot.ref.name, [])) if spot.ref.kind == "table" else []
        for spot in statements
    }
    waiting: dict[_Spot | None, list[Remark]] = {}
    for remark in remarks:
        inside = next((spot for spot in statements if spot.holds(remark.line)), None)
        if inside and remark.place.line >= inside.first:
            _put_inside(remark, inside, parts=parts[inside.ref], assigned=assigned)
        else:
            next_one = next((spot for spot in statements if spot.first > remark.line), None)
            waiting.setdefault(inside or next_one, []).append(remark)
    for statement, before in waiting.items():
        is_first = bool(statements) and statement == statements[0]
        _put_before(statement, before, assigned, is_first=is_first)


def _put_inside(
    remark: Remark, statement: _Spot, *, parts: Sequence[_Spot], assigned: Comments
) -> None:
    """A comment on a line of its object is beside it: of several on that line, the last."""
    is_beside = remark.line == remark.place.line
    ends = is_beside and remark.line == statement.last and statement.first < statement.last
    begun = [part for part in parts if part.first <= remark.line]
    is_whole = ends or statement.first == statement.last or not begun
    owner = statement if is_whole else begun[-1]
    if not is_whole and not is_beside:
        owner = next((part for part in parts if part.first == remark.line), owner)
    side = assigned.beside if is_beside and owner.holds(remark.line) else assigned.above
    side.setdefault(owner.ref, []).extend(_lines(remark))


def _put_before(
    statement: _Spot | None, remarks: Sequence[Remark], assigned: Comments, *, is_first: bool
) -> None:
    groups: list[list[Remark]] = []  # of remarks on lines that follow each other
    last_line = 0
    for remark in remarks:
        if not groups or remark.place.line > last_line + 1:
            groups.append([])
        groups[-1].append(remark)
        last_line = remark.place.line + remark.text.count("\n")
    texts = [[line for remark in group for line in _lines(remark)] for group in groups]
    if statement is None:
        assigned.tail.extend(texts)
        return
    if last_line == statement.first - 1:
        assigned.above[statement.ref] = texts.pop()
    if is_first and texts:
        assigned.head.extend(texts.pop(0))
    if texts:
        assigned.apart[statement.ref] = texts


def _parts(facts: Sequence[Object]) -> list[_Spot]:
    """Return the columns of a table, and the rules that stand behind them and not in them."""
    columns = list(_spots(fact for fact in facts if isinstance(fact, Column)))
    rules = _spots(fact for fact in facts if not isinstance(fact, Column))
    outside = [rule for rule in rules if not any(column.holds(rule.first) for column in columns)]
    return sorted((*columns, *outside), key=_first)


def _spots(facts: Iterable[Object]) -> Iterator[_Spot]:
    for fact in facts:
        if fact.place:
            yield _Spot(fact.ref, fact.place.line, fact.place.line + fact.text.count("\n"))


def _first(spot: _Spot) -> int:
    return spot.first


def _lines(remark: Remark) -> list[str]:
    return [
        re.sub(r"^\s*\*? ?", "", line, count=1) if number else line.strip()
        for number, line in enumerate(remark.text.split("\n"))
    ]
