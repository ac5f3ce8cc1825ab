"""A measure for people: grouped by table, the author's words on both sides and their place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import dedent

from sqlplumb.diff import Change
from sqlplumb.diff.measure import Measure, Note
from sqlplumb.render import words
from sqlplumb.render.paint import PLAIN, Palette, visible
from sqlplumb.schema import Object


def report(measure: Measure, strict: bool = False, palette: Palette = PLAIN) -> str:
    """The whole of it; its last line is the verdict."""
    lines = [*_differences(measure, palette), *_notes(measure, palette)]
    return "\n".join([*lines, _verdict(measure, strict, palette)])


def _differences(measure: Measure, palette: Palette) -> Iterator[str]:
    changes = sorted(words.told(measure.changes), key=_order)
    if not changes:
        return
    yield f"{palette.current}- {measure.current.source}{palette.end}"
    yield f"{palette.desired}+ {measure.desired.source}{palette.end}"
    for unit, group in groupby(changes, key=lambda change: change.ref.unit):
        yield f"\n{palette.title}{visible(unit)}{palette.end}"
        for change in group:
            yield from _difference(change, measure.desired.source, palette)
    yield ""


def _order(change: Change) -> tuple[str, int, str, str]:
    """Tables by name; inside one, in the order of the schema, then what is not in it."""
    place = None if change.verb == "drop" else words.place_of(change)
    return (change.ref.unit, place.line if place else 1 << 30, change.ref.kind, change.ref.name)


def _difference(change: Change, desired_name: str, palette: Palette) -> Iterator[str]:
    place = words.place_of(change)
    where = f"  {palette.faint}{place.file}:{place.line}{palette.end}" if place else ""
    yield f"  {visible(words.headline(change, desired_name))}{where}"
    current, desired = words.sides(change)
    yield from _text_of(current, "-", palette.current, palette.end)
    yield from _text_of(desired, "+", palette.desired, palette.end)


def _text_of(fact: Object | None, sign: str, colour: str, end: str) -> Iterator[str]:
    if fact is None:
        return
    for line in _unindented(visible(fact.text.replace("\r\n", "\n"))):
        yield f"    {colour}{sign} {line.rstrip()}{end}"


def _unindented(text: str) -> list[str]:
    """The author's lines, moved left together: how far the first one stood in is not in its text,
    but a line that closes a bracket tells."""
    first, _, rest = text.partition("\n")
    lines = dedent(rest).splitlines()
    moved = lines != rest.splitlines()
    if moved and not any(line.startswith(")") for line in lines):
        lines = [f"    {line}" for line in lines]
    return [first, *lines]


def _notes(measure: Measure, palette: Palette) -> Iterator[str]:
    """One line for all that share a reason, so that many notes stay a short read."""
    reasons: dict[str, list[Note]] = {}
    for note in measure.notes:
        reasons.setdefault(note.message, []).append(note)
    for reason, notes in reasons.items():
        names = visible(", ".join(str(note.ref) for note in notes[:6]))
        more = f" and {len(notes) - 6} more" if len(notes) > 6 else ""
        yield f"{palette.faint}noted: {reason}: {names}{more}{palette.end}"


def _verdict(measure: Measure, strict: bool, palette: Palette) -> str:
    sources = f"{measure.current.source} against {measure.desired.source}"
    if measure.is_plumb(strict):
        noted = f", {len(measure.notes)} noted" if measure.notes else ""
        compared = words.counted(measure.units, "object")
        return f"{palette.desired}plumb{palette.end}  {sources}: {compared}{noted}"
    found = words.counted(len(words.told(measure.changes)), "difference")
    noted = f", {len(measure.notes)} noted" if measure.notes else ""
    return f"{palette.current}drift{palette.end}  {sources}: {found}{noted}"
