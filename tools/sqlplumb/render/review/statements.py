"""Compare the statements that a revision changes, each before and after in its author's words.

Two texts stand side by side, line by line, with the words that differ marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import partial
from itertools import zip_longest

from sqlplumb.changes import Change, Drop, Rename
from sqlplumb.render import words
from sqlplumb.render.review.page import Bit, Line, Shown
from sqlplumb.render.text import unindented
from sqlplumb.review import Reviewed
from sqlplumb.schema import Object, Ref


def shown(reviewed: Reviewed) -> Iterator[Shown]:
    """What stands inside a table is told with the table."""
    by_statement: dict[Ref, list[Change]] = {}
    for change in words.without_inline(reviewed.plan.changes):
        by_statement.setdefault(_statement(change), []).append(change)
    former = _former(reviewed.plan.changes)
    for ref, changes in by_statement.items():
        desired = reviewed.plan.desired.objects.get(ref)
        current = reviewed.plan.current.objects.get(former.get(ref, ref)) or _dropped(changes, ref)
        before = _before(reviewed, current)
        yield Shown(
            title=f"{ref.kind} {fact.ref if (fact := desired or current) else ref}",
            deeds=tuple(words.deed(change) for change in changes),
            place=_place(reviewed, changes, ref),
            lines=side_by_side(
                before, _written(reviewed, ref, current=before, made=_text(desired))
            ),
        )


def _dropped(changes: list[Change], ref: Ref) -> Object | None:
    """An index of a renamed table is addressed by the new name of it."""
    facts = (change.current for change in changes if isinstance(change, Drop) and change.ref == ref)
    return next(facts, None)


def _statement(change: Change) -> Ref:
    """The object whose CREATE statement says it."""
    return change.ref.table_ref if change.ref.inline else change.ref


def _former(changes: tuple[Change, ...]) -> Mapping[Ref, Ref]:
    return {
        change.ref: change.current.ref
        for change in changes
        if isinstance(change, Rename) and not change.ref.inline
    }


def _place(reviewed: Reviewed, changes: list[Change], ref: Ref) -> str:
    """Where schema.sql says the first that changed, or else all of it."""
    for changed in (*(change.ref for change in changes), ref):
        if place := reviewed.places.get(changed):
            return f"{place.file}:{place.line}"
    return ""


def _text(fact: Object | None) -> str:
    return _lined(fact.text) if fact else ""


def _lined(text: str) -> str:
    """A view's body stands in as far as its author let it."""
    lines = text.replace("\r\n", "\n")
    return lines if lines.startswith("CREATE VIEW") else "\n".join(unindented(lines))


def _before(reviewed: Reviewed, current: Object | None) -> str:
    written = reviewed.written_before.get(current.ref) if current else None
    return _lined(written) if written else _text(current)


def _written(reviewed: Reviewed, ref: Ref, current: str, made: str) -> str:
    """In the words of schema.sql, unless those that the revision leaves in the database are nearer
    to what was there: against a text that Alembic wrote, every line of a person's would differ."""
    if ref not in reviewed.written:
        return made
    written = _lined(reviewed.written[ref])
    return max(written, made, key=partial(_nearness, current)) if current else written


def _nearness(current: str, desired: str) -> float:
    """The first of two that are as near is chosen."""
    return SequenceMatcher(None, current.splitlines(), desired.splitlines(), False).ratio()


_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.4  # less than that in common, and two lines are not the same line changed


def side_by_side(current: str, desired: str) -> tuple[Line, ...]:
    """Either may be empty: then nothing is marked, all of it comes or goes."""
    before, after = current.splitlines(), desired.splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        line
        for verb, i1, i2, j1, j2 in matcher.get_opcodes()
        for line in _lines(verb, before[i1:i2], after[j1:j2])
    )


def _lines(verb: str, before: list[str], after: list[str]) -> Iterator[Line]:
    if verb == "equal":
        for one in before:
            yield Line((Bit(one),), (Bit(one),), "same")
        return
    for was, now in _paired(before, after):
        if was is None or now is None:
            yield Line(_whole(was), _whole(now), "new" if was is None else "gone")
        else:
            current, desired = _marked(was, now)
            yield Line(current, desired, "changed")


def _paired(before: list[str], after: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Lines that became one another stand in one row: those that begin with the same word, and
    between them those that are alike."""
    firsts = [" ".join(line.split()[:1]) for line in before + after]
    matcher = SequenceMatcher(None, firsts[: len(before)], firsts[len(before) :], autojunk=False)
    for verb, i1, i2, j1, j2 in matcher.get_opcodes():
        for was, now in zip_longest(before[i1:i2], after[j1:j2]):
            if was is None or now is None or verb == "equal" or _are_alike(was, now):
                yield was, now
            else:
                yield was, None
                yield None, now


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio() >= _ALIKE


def _whole(text: str | None) -> tuple[Bit, ...] | None:
    return None if text is None else (Bit(text),)


def _marked(one: str, other: str) -> tuple[tuple[Bit, ...], tuple[Bit, ...]]:
    words = _WORD.findall(one), _WORD.findall(other)
    left, right = list[Bit](), list[Bit]()
    for verb, i1, i2, j1, j2 in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        is_marked = verb != "equal"
        left += [Bit("".join(words[0][i1:i2]), is_marked)] if i1 < i2 else []
        right += [Bit("".join(words[1][j1:j2]), is_marked)] if j1 < j2 else []
    return tuple(left), tuple(right)
