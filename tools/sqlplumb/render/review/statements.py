"""Which statements of a schema a revision changes, each before and after in its author's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import partial

from sqlplumb.changes import Change, Drop, Rename
from sqlplumb.render import words
from sqlplumb.render.review.page import Shown
from sqlplumb.render.review.sides import side_by_side
from sqlplumb.render.text import unindented
from sqlplumb.review import Reviewed
from sqlplumb.schema import Object, Ref


def shown(reviewed: Reviewed) -> Iterator[Shown]:
    """What stands inside a table is told with the table."""
    told: dict[Ref, list[Change]] = {}
    for change in words.without_inline(reviewed.plan.changes):
        told.setdefault(_statement(change), []).append(change)
    former = _former(reviewed.plan.changes)
    for ref, changes in told.items():
        desired = reviewed.plan.desired.objects.get(ref)
        current = reviewed.plan.current.objects.get(former.get(ref, ref)) or _dropped(changes, ref)
        before = _before(reviewed, current)
        yield Shown(
            f"{ref.kind} {fact.ref if (fact := desired or current) else ref}",
            tuple(words.deed(change) for change in changes),
            _place(reviewed, changes, ref),
            side_by_side(before, _written(reviewed, ref, before, _text(desired))),
        )


def _dropped(changes: list[Change], ref: Ref) -> Object | None:
    """An index of a renamed table is addressed by the new name of it."""
    found = (one.current for one in changes if isinstance(one, Drop) and one.ref == ref)
    return next(found, None)


def _statement(change: Change) -> Ref:
    """The object whose CREATE statement says it."""
    return Ref("table", "", change.ref.table) if change.ref.inline else change.ref


def _former(changes: tuple[Change, ...]) -> Mapping[Ref, Ref]:
    return {
        change.ref: change.current.ref
        for change in changes
        if isinstance(change, Rename) and not change.ref.inline
    }


def _place(reviewed: Reviewed, changes: list[Change], ref: Ref) -> str:
    """Where schema.sql says the first that changed, or else all of it."""
    for one in (*(change.ref for change in changes), ref):
        if place := reviewed.places.get(one):
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
