"""The author's comments, each at the object that it speaks of. What becomes of them is not decided
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlplumb.engines import Remark
from sqlplumb.schema import Column, Object, Ref, Schema

# What is said to sqlplumb itself is no news to a reader of Python.
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
        """All that stands above these or beside them, in lines."""
        return [
            line for ref in refs for said in (self.above, self.beside) for line in said.get(ref, ())
        ]


@dataclass(frozen=True, slots=True)
class _Spot:
    """An object, and the lines that its text takes."""

    ref: Ref
    first: int
    last: int

    def holds(self, line: int) -> bool:
        return self.first <= line <= self.last


def comments(schema: Schema, remarks: Iterable[Remark]) -> Comments:
    found = Comments()
    by_file: dict[str, list[Remark]] = {}
    for remark in remarks:
        if not _TO_US.match(remark.text):
            by_file.setdefault(remark.place.file, []).append(remark)
    for file, said in by_file.items():
        facts = [fact for fact in schema.objects.values() if fact.place and fact.place.file == file]
        _assign(sorted(said, key=lambda one: (one.place.line, one.place.column)), facts, found)
    return found


def _assign(remarks: Sequence[Remark], facts: Sequence[Object], found: Comments) -> None:
    statements = sorted(_spots(fact for fact in facts if not fact.ref.inline), key=_first)
    inside_of: dict[str, list[Object]] = {}
    for fact in facts:
        if fact.ref.inline:
            inside_of.setdefault(fact.ref.table, []).append(fact)
    inner = {
        one.ref: list(_inner(inside_of.get(one.ref.name, []))) if one.ref.kind == "table" else []
        for one in statements
    }
    waiting: dict[Ref | None, list[Remark]] = {}
    for remark in remarks:
        inside = next((one for one in statements if one.holds(remark.line)), None)
        if inside and remark.place.line >= inside.first:
            _inside(remark, inside, inner[inside.ref], found)
            continue
        following = inside or next((one for one in statements if one.first > remark.line), None)
        waiting.setdefault(following.ref if following else None, []).append(remark)
    firsts = {one.ref: one.first for one in statements}
    for ref, said in waiting.items():
        is_first = bool(statements) and ref == statements[0].ref
        _before(ref, firsts.get(ref, 0) if ref else 0, said, found, is_first)


def _inside(remark: Remark, statement: _Spot, inner: Sequence[_Spot], found: Comments) -> None:
    """Beside is what stands on a line of its owner: of several on that line, the last."""
    is_beside = remark.line == remark.place.line
    ends = is_beside and remark.line == statement.last and statement.first < statement.last
    before = [one for one in inner if one.first <= remark.line]
    is_whole = ends or statement.first == statement.last or not before
    owner = statement if is_whole else before[-1]
    if not is_whole and not is_beside:
        owner = next((one for one in inner if one.first == remark.line), owner)
    said = found.beside if is_beside and owner.holds(remark.line) else found.above
    said.setdefault(owner.ref, []).extend(_lines(remark))


def _before(
    ref: Ref | None, first: int, remarks: Sequence[Remark], found: Comments, is_first: bool
) -> None:
    groups = list(_groups(remarks))
    ends = groups[-1][-1].place.line + groups[-1][-1].text.count("\n")
    texts = [[line for one in group for line in _lines(one)] for group in groups]
    if ref is None:
        found.tail.extend(texts)
        return
    if ends == first - 1:
        found.above[ref] = texts.pop()
    if is_first and texts:
        found.head.extend(texts.pop(0))
    if texts:
        found.apart[ref] = texts


def _groups(remarks: Sequence[Remark]) -> Iterator[list[Remark]]:
    """What stands on lines that follow each other."""
    group: list[Remark] = []
    for remark in remarks:
        if group and remark.place.line > group[-1].place.line + group[-1].text.count("\n") + 1:
            yield group
            group = []
        group.append(remark)
    yield group


def _inner(facts: Sequence[Object]) -> Iterator[_Spot]:
    """Of a table: columns, and the rules that stand behind them, not in them."""
    columns = list(_spots(fact for fact in facts if isinstance(fact, Column)))
    rules = _spots(fact for fact in facts if not isinstance(fact, Column))
    outside = [one for one in rules if not any(column.holds(one.first) for column in columns)]
    yield from sorted((*columns, *outside), key=_first)


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
