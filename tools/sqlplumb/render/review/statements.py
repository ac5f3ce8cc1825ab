"""Compare the statements that a revision changes, each before and after in its author's words.

Two texts stand side by side, line by line, with the words that differ marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.engines import engine
from sqlplumb.render import words
from sqlplumb.render.comparisons import unindented
from sqlplumb.render.log import short_line
from sqlplumb.render.review.bodies import body_changes, column_sources
from sqlplumb.review import Reviewed
from sqlplumb.schema import Object, Ref, Schema, Trigger, View
from sqlplumb.understanding.meanings import Meanings


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a line; `marked` where it is not on the other side."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line before and after; None where that side has none."""

    current: tuple[Bit, ...] | None
    desired: tuple[Bit, ...] | None
    kind: Literal["same", "changed", "gone", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedStatement:
    """One statement of a schema, before and after; `deeds` say in words what happens to it, and
    `log` what happened to it last."""

    title: str
    deeds: tuple[str, ...]
    place: str
    lines: tuple[Line, ...]
    log: tuple[str, ...] = ()

    @property
    def has_both(self) -> bool:
        has_current = any(line.current for line in self.lines)
        return has_current and any(line.desired for line in self.lines)


def changed_statements(reviewed: Reviewed) -> Iterator[ChangedStatement]:
    """Return the statements that change; what stands inside of a table is part of the table's."""
    plan = reviewed.plan
    near = reviewed.near.objects
    sides = [
        replace(side, objects={**near, **side.objects}) for side in (plan.current, plan.desired)
    ]
    by_statement: dict[Ref, list[Change]] = {}
    for change in words.without_inline(plan.changes):
        ref = change.ref.table_ref if change.ref.inline else change.ref
        by_statement.setdefault(ref, []).append(change)
    former = {
        change.ref: change.current.ref
        for change in plan.changes
        if isinstance(change, Rename) and not change.ref.inline
    }
    for ref, changes in by_statement.items():
        desired = plan.desired.objects.get(ref)
        current = plan.current.objects.get(former.get(ref, ref))
        if current is None:  # an index of a renamed table has the address that it would have now
            drops = (change for change in changes if isinstance(change, Drop))
            current = next((drop.current for drop in drops if drop.ref == ref), None)
        # The first place that changed in schema.sql, or else that of the statement.
        refs = (*(change.ref for change in changes), ref)
        place = next(filter(None, map(reviewed.places.get, refs)), None)
        before = _text_before(reviewed, current)
        fact = desired or current
        yield ChangedStatement(
            title=f"{ref.kind} {fact.ref if fact else ref}",
            deeds=(*map(words.deed, changes), *body_changes_of(changes, sides[0], sides[1])),
            place=f"{place.file}:{place.line}" if place else "",
            lines=side_by_side(before, _text_after(reviewed, ref, before=before)),
            log=tuple(_last_changes(reviewed, former.get(ref, ref))),
        )


def _last_changes(reviewed: Reviewed, ref: Ref) -> Iterator[str]:
    """Yield the last changes of what is there, and how many more there were."""
    entries = reviewed.log.of_object(ref) if reviewed.log else ()
    yield from (short_line(*entry) for entry in entries[:_LAST])
    if len(entries) > _LAST:
        yield f"and {len(entries) - _LAST} changes before"


def body_changes_of(changes: Iterable[Change], current: Schema, desired: Schema) -> Iterator[str]:
    """Say what changes mean beyond their names: of a body by clause, of a rule by a row. The
    schemas hold what is near."""
    for change in changes:
        match change:
            case Alter(View() as before, View() as after):
                yield from body_changes(before, after, desired)
                yield from column_sources(before, after, current_schema=current, schema=desired)
            case Create(View() as after):
                yield from column_sources(None, after, current_schema=current, schema=desired)
            case Alter(Trigger() as before, Trigger() as after):
                yield from body_changes(before, after, desired)
            case Alter():
                meanings = Meanings(current, desired, engine(desired.engine).evaluator)
                yield from filter(
                    None, map(words.consequence, meanings.explain(change, in_table=True))
                )


def _text_before(reviewed: Reviewed, current: Object | None) -> str:
    if current is None:
        return ""
    return _unindented(reviewed.written_before.get(current.ref) or current.text)


def _text_after(reviewed: Reviewed, ref: Ref, before: str) -> str:
    """Return the text of schema.sql, or what the revision leaves in the database if that is nearer.

    Against a text that Alembic wrote, every line of a person's would differ.
    """
    desired = reviewed.plan.desired.objects.get(ref)
    stored = _unindented(desired.text) if desired else ""
    if ref not in reviewed.written:
        return stored
    written = _unindented(reviewed.written[ref])
    if not before:
        return written
    ratios = [
        SequenceMatcher(None, before.splitlines(), text.splitlines(), autojunk=False).ratio()
        for text in (written, stored)
    ]
    return written if ratios[0] >= ratios[1] else stored


def _unindented(text: str) -> str:
    """Move lines left together, but leave the body of a view as its author indented it."""
    lines = text.replace("\r\n", "\n")
    return lines if lines.startswith("CREATE VIEW") else "\n".join(unindented(lines))


_LAST = 3  # changes that are shown of what happened before
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.4  # less than that in common, and two lines are not the same line changed


def side_by_side(current: str, desired: str) -> tuple[Line, ...]:
    """Pair the lines of two texts; where one is empty, all of the other comes or goes. Equal texts
    show nothing: an engine that keeps none of an author says of a table that it is there."""
    if current == desired:
        return ()
    before, after = current.splitlines(), desired.splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    lines = []
    for verb, i1, i2, j1, j2 in matcher.get_opcodes():
        if verb == "equal":
            lines += [Line((Bit(text),), (Bit(text),), "same") for text in before[i1:i2]]
            continue
        for left, right in _paired(before[i1:i2], after[j1:j2]):
            if left is not None and right is not None:
                before_bits, after_bits = _marked(left, right)
                lines.append(Line(before_bits, after_bits, "changed"))
            elif left is not None:
                lines.append(Line((Bit(left),), None, "gone"))
            elif right is not None:
                lines.append(Line(None, (Bit(right),), "new"))
    return tuple(lines)


def _paired(before: list[str], after: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Pair lines that became one another: those that begin with the same word, and between them
    those that are alike."""
    firsts = [" ".join(line.split()[:1]) for line in before + after]
    matcher = SequenceMatcher(None, firsts[: len(before)], firsts[len(before) :], autojunk=False)
    for verb, i1, i2, j1, j2 in matcher.get_opcodes():
        for left, right in zip_longest(before[i1:i2], after[j1:j2]):
            if left is None or right is None or verb == "equal":
                yield left, right
                continue
            both = SequenceMatcher(None, left.split(), right.split(), autojunk=False)
            if both.ratio() >= _ALIKE:
                yield left, right
            else:
                yield left, None
                yield None, right


def _marked(current: str, desired: str) -> tuple[tuple[Bit, ...], tuple[Bit, ...]]:
    before, after = _WORD.findall(current), _WORD.findall(desired)
    left, right = list[Bit](), list[Bit]()
    for verb, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        is_marked = verb != "equal"
        left += [Bit("".join(before[i1:i2]), is_marked)] if i1 < i2 else []
        right += [Bit("".join(after[j1:j2]), is_marked)] if j1 < j2 else []
    return tuple(left), tuple(right)
