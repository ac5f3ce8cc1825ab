"""Report a comparison to people: differences are grouped by table, with the author's words on both
sides and their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from os.path import commonprefix

from sqlplumb.changes import Change
from sqlplumb.changes.comparison import Comparison, Note
from sqlplumb.engines import engine
from sqlplumb.render import words
from sqlplumb.render.paint import PLAIN, Palette, one_line, visible
from sqlplumb.values import dataclass

_MOST_NAMES = 6  # in one note


@dataclass(frozen=True, slots=True)
class _Entry:
    """One difference to report: a change, and what comes or goes along with it."""

    change: Change
    following: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference for a page: what it is, its line in the schema, and the text of each side."""

    title: str
    place: str
    current: str
    desired: str


def differences(comparison: Comparison) -> tuple[Difference, ...]:
    """List the differences as a report shows them."""
    shown = []
    for entry in _entries(comparison):
        title = words.with_unit(entry.change, comparison.desired.source)
        place = words.place_of(entry.change)
        current, desired = (
            "\n".join(unindented(text.replace("\r\n", "\n"))) if text else ""
            for text in words.texts(entry.change)
        )
        shown.append(
            Difference(
                title=title + words.along(entry.following),
                place=f"{place.file}:{place.line}" if place else "",
                current=current,
                desired=desired,
            )
        )
    return tuple(shown)


def report(
    comparison: Comparison,
    strict: bool = False,
    palette: Palette = PLAIN,
    *,
    explain: bool = False,
) -> str:
    """Report the differences, then the notes; the last line is the verdict.

    Of a source that is only behind, no differences: they are what its next revisions bring.
    `explain` adds what is known of how rules that differ relate.
    """
    is_behind = comparison.state(strict) == "behind"
    lines = [] if is_behind else list(_difference_lines(comparison, palette))
    lines += _uncreatable_lines(comparison, palette)
    notes_by_reason: dict[str, list[Note]] = {}
    for note in comparison.notes:
        notes_by_reason.setdefault(words.noted(note), []).append(note)
    for reason, notes in notes_by_reason.items():
        names = one_line(", ".join(sorted(str(note.ref) for note in notes)[:_MOST_NAMES]))
        more = f" and {len(notes) - _MOST_NAMES} more" if len(notes) > _MOST_NAMES else ""
        lines.append(f"{palette.faint}noted: {reason}: {names}{more}{palette.end}")
    told = (*map(words.accepted, comparison.accepted), *map(words.expired, comparison.expired))
    lines += [f"{palette.faint}accepted: {one_line(text)}{palette.end}" for text in told]
    if explain:
        sources = comparison.current.source, comparison.desired.source
        explained = [
            words.explained(explanation, *sources) for explanation in comparison.explanations
        ]
        lines += [f"explained: {one_line(text)}" for text in explained]
    return "\n".join([*lines, _verdict(comparison, strict, palette)])


def count_differences(comparison: Comparison) -> int:
    """Count the differences as a report shows them."""
    return len(_entries(comparison)) + len(comparison.uncreatable)


def _uncreatable_lines(comparison: Comparison, palette: Palette) -> Iterator[str]:
    for table, group in groupby(comparison.uncreatable, key=lambda uncreatable: uncreatable.table):
        yield f"{palette.title}{one_line(table)}{palette.end}"
        for uncreatable in group:
            title = f"{uncreatable.title} of {uncreatable.source}"
            words = f"{title} cannot be created: {uncreatable.reason}"
            yield f"  {one_line(words)}"
            yield from (
                f"    {line.rstrip()}" for line in visible(uncreatable.statement).split("\n")
            )
        yield ""


def _difference_lines(comparison: Comparison, palette: Palette) -> Iterator[str]:
    entries = _entries(comparison)
    if not entries:
        return
    twins = words.twins([entry.change for entry in entries])
    yield f"{palette.current}- {one_line(comparison.current.source)}{palette.end}"
    yield f"{palette.desired}+ {one_line(comparison.desired.source)}{palette.end}"
    for _, group in groupby(entries, key=lambda entry: entry.change.ref.unit):
        entries_of_unit = list(group)
        unit = entries_of_unit[0].change.ref.display_unit
        yield f"\n{palette.title}{one_line(unit)}{palette.end}"
        for entry in entries_of_unit:
            headline = words.headline(entry.change, comparison.desired.source)
            headline += words.along(entry.following) + twins.get(entry.change, "")
            place = words.place_of(entry.change)
            where = f"{one_line(place.file)}:{place.line}" if place else ""
            where = f"  {palette.faint}{where}{palette.end}" if where else ""
            yield f"  {one_line(headline)}{where}"
            for change in (entry.change, *entry.following):
                colours = (palette.current, palette.desired)
                for told, sign, colour in zip(words.texts(change), "-+", colours, strict=True):
                    text = visible((told or "").replace("\r\n", "\n"))
                    for line in unindented(text) if told is not None else ():
                        yield f"    {colour}{sign} {line.rstrip()}{palette.end}"
    yield ""


def _entries(comparison: Comparison) -> list[_Entry]:
    """A table that comes or goes takes its indexes and triggers into one entry with it.

    Tables are ordered by name; inside of one, what the schema holds comes first, in its order.
    """
    changes = sorted(words.without_inline(comparison.changes), key=_order)
    whole = {(change.ref.unit, change.verb) for change in changes if words.is_whole(change)}
    leading: list[Change] = []
    following: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        key = (change.ref.unit, change.verb)
        if key in whole and not words.is_whole(change):
            following.setdefault(key, []).append(change)
        else:
            leading.append(change)
    return [
        _Entry(change, tuple(following.pop((change.ref.unit, change.verb), ())))
        for change in leading
    ]


def _order(change: Change) -> tuple[str, bool, int, str, str]:
    place = None if change.verb == "drop" else words.place_of(change)
    line = place.line if place else 0
    return (change.ref.unit, place is None, line, change.ref.kind, change.ref.name)


def unindented(text: str) -> list[str]:
    """Move the lines of a statement left together.

    How far the first line stood in is not in its text, but a line that closes a bracket shows it.
    """
    first, _, rest = text.partition("\n")
    written = [line if line.strip(" \t") else "" for line in rest.splitlines()]
    margins = [_margin(line) for line in written if line]
    margin = len(commonprefix(margins))  # noqa: RUF071 (of characters, not of folders)
    lines = [line[margin:] for line in written]
    if lines != rest.splitlines() and not any(line.startswith(")") for line in lines):
        lines = [f"    {line}" for line in lines]
    return [first, *lines]


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _verdict(comparison: Comparison, strict: bool, palette: Palette) -> str:
    sources = one_line(f"{comparison.current.source} against {comparison.desired.source}")
    noted = f", {len(comparison.notes)} noted" if comparison.notes else ""
    noted += f", {len(comparison.accepted)} accepted" if comparison.accepted else ""
    if comparison.is_plumb(strict):
        compared = words.counted(comparison.units, *engine(comparison.desired.engine).units_called)
        return f"{palette.desired}plumb{palette.end}  {sources}: {compared}{noted}"
    if comparison.standing and comparison.state(strict) == "behind":
        behind = words.behind(comparison.standing)
        return f"{palette.current}behind{palette.end}  {sources}: {behind}{noted}"
    differences = words.counted(count_differences(comparison), "difference")
    noted += ", and --strict counts those" if strict and comparison.notes else ""
    stands = f"; {words.stands(comparison.standing)}" if comparison.standing else ""
    return f"{palette.current}drift{palette.end}  {sources}: {differences}{noted}{stands}"
