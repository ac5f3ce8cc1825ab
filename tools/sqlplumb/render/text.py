"""Report a comparison and a proof to people.

Differences are grouped by table, with the author's words on both sides and their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent
from typing import TYPE_CHECKING

from sqlplumb.changes import Change
from sqlplumb.changes.comparison import Comparison, Note
from sqlplumb.render import words
from sqlplumb.render.paint import PLAIN, Palette, one_line, visible
from sqlplumb.schema import Object

if TYPE_CHECKING:
    from sqlplumb.proof import Proof


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing to tell: a change, and what comes or goes along with it."""

    lead: Change
    following: tuple[Change, ...]


def report(comparison: Comparison, strict: bool = False, palette: Palette = PLAIN) -> str:
    """The whole of it; its last line is the verdict. What is only behind need not be read: what
    differs is what its next revisions bring."""
    lines_of_changes = (
        () if comparison.state(strict) == "behind" else _differences(comparison, palette)
    )
    lines = [*lines_of_changes, *_notes(comparison, palette)]
    return "\n".join([*lines, _verdict(comparison, strict, palette)])


def differences(comparison: Comparison) -> int:
    """How many are told."""
    return len(_entries(comparison))


def _differences(comparison: Comparison, palette: Palette) -> Iterator[str]:
    entries = _entries(comparison)
    if not entries:
        return
    twins = words.twins([entry.lead for entry in entries])
    yield f"{palette.current}- {one_line(comparison.current.source)}{palette.end}"
    yield f"{palette.desired}+ {one_line(comparison.desired.source)}{palette.end}"
    for _, group in groupby(entries, key=lambda entry: entry.lead.ref.unit):
        group_entries = list(group)
        yield f"\n{palette.title}{one_line(group_entries[0].lead.ref.display_unit)}{palette.end}"
        for entry in group_entries:
            twin = twins.get(entry.lead, "")
            yield from _entry(entry, twin, desired_name=comparison.desired.source, palette=palette)
    yield ""


def _entries(comparison: Comparison) -> list[_Entry]:
    """A table that is missing takes its indexes and triggers into one entry with it."""
    changes = sorted(words.without_inline(comparison.changes), key=_order)
    whole = {_key(change) for change in changes if words.is_whole(change)}
    leads: list[Change] = []
    along: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if _key(change) in whole and not words.is_whole(change):
            along.setdefault(_key(change), []).append(change)
        else:
            leads.append(change)
    return [_Entry(lead, tuple(along.pop(_key(lead), ()))) for lead in leads]


def _key(change: Change) -> tuple[str, str]:
    """What comes along with what: the unit, and whether it comes or goes."""
    return (change.ref.unit, change.verb)


def _order(change: Change) -> tuple[str, bool, int, str, str]:
    """Tables by name; inside one, in the order of the schema, then what is not in it."""
    place = None if change.verb == "drop" else words.place_of(change)
    line = place.line if place else 0
    return (change.ref.unit, place is None, line, change.ref.kind, change.ref.name)


def _entry(entry: _Entry, twin: str, desired_name: str, palette: Palette) -> Iterator[str]:
    place = words.place_of(entry.lead)
    where = f"  {palette.faint}{one_line(place.file)}:{place.line}{palette.end}" if place else ""
    headline = words.headline(entry.lead, desired_name) + words.along(entry.following) + twin
    yield f"  {one_line(headline)}{where}"
    for change in (entry.lead, *entry.following):
        current, desired = words.sides(change)
        yield from _text_of(current, "-", colour=palette.current, end=palette.end)
        yield from _text_of(desired, "+", colour=palette.desired, end=palette.end)


def _text_of(fact: Object | None, sign: str, colour: str, end: str) -> Iterator[str]:
    if fact is None:
        return
    for line in unindented(visible(fact.text.replace("\r\n", "\n"))):
        yield f"    {colour}{sign} {line.rstrip()}{end}"


def unindented(text: str) -> list[str]:
    """The author's lines, moved left together: how far the first one stood in is not in its text,
    but a line that closes a bracket tells."""
    first, _, rest = text.partition("\n")
    lines = dedent(rest).splitlines()
    moved = lines != rest.splitlines()
    if moved and not any(line.startswith(")") for line in lines):
        lines = [f"    {line}" for line in lines]
    return [first, *lines]


def _notes(comparison: Comparison, palette: Palette) -> Iterator[str]:
    """One line for all that share a reason, so that many notes stay a short read."""
    reasons: dict[str, list[Note]] = {}
    for note in comparison.notes:
        reasons.setdefault(words.noted(note), []).append(note)
    for reason, notes in reasons.items():
        names = one_line(", ".join(sorted(str(note.ref) for note in notes)[:6]))
        more = f" and {len(notes) - 6} more" if len(notes) > 6 else ""
        yield f"{palette.faint}noted: {reason}: {names}{more}{palette.end}"


def _verdict(comparison: Comparison, strict: bool, palette: Palette) -> str:
    sources = one_line(f"{comparison.current.source} against {comparison.desired.source}")
    if comparison.is_plumb(strict):
        noted = f", {len(comparison.notes)} noted" if comparison.notes else ""
        compared = (
            "1 table or view" if comparison.units == 1 else f"{comparison.units} tables and views"
        )
        return f"{palette.desired}plumb{palette.end}  {sources}: {compared}{noted}"
    noted = f", {len(comparison.notes)} noted" if comparison.notes else ""
    if comparison.standing and comparison.state(strict) == "behind":
        behind = words.behind(comparison.standing)
        return f"{palette.current}behind{palette.end}  {sources}: {behind}{noted}"
    differences_counted = words.counted(differences(comparison), "difference")
    noted += ", and --strict counts those" if strict and comparison.notes else ""
    stands = f"; {words.stands(comparison.standing)}" if comparison.standing else ""
    return f"{palette.current}drift{palette.end}  {sources}: {differences_counted}{noted}{stands}"


def untouched(proof: Proof) -> list[str]:
    """Of a large schema only what is near gets rows."""
    if not proof.left_alone:
        return []
    tables = words.counted(proof.left_alone, "table")
    return [f"{tables} that it neither names nor reaches held no rows"]


def proof_report(proof: Proof) -> str:
    verdict = "proved" if proof.holds else "NOT PROVED"
    rows = f"{words.counted(proof.rows, 'row')} in {words.counted(proof.tables, 'table')}"
    lines = [f"{verdict} {proof.revision}: up, down and up again, with {rows}"]
    for failure in proof.failures:
        lines += [f"  fails: {failure}", *([f"    {failure.to_do}"] if failure.to_do else [])]
    lines += [f"  does not come back: {item}" for item in proof.losses]
    lines += [f"  comes back with the downgrade: {item}" for item in proof.returning]
    lines += [f"  {item.words()}" for item in proof.changes]
    lines += [f"  not covered: {item}" for item in proof.uncovered]
    lines += [f"  noted: {item}" for item in proof.notes]
    lines += [f"  {item}" for item in untouched(proof)]
    return "\n".join(lines)
