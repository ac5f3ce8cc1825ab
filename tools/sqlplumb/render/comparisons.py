"""Report a comparison to people and to machines, and a proof to people.

For people, differences are grouped by table, with the author's words on both sides and their place.
The form of the JSON is fixed: a change of it is a breaking change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent
from typing import TYPE_CHECKING

from sqlplumb.changes import Alter, Change
from sqlplumb.changes.comparison import Comparison, Explanation, Note, Unmeasured
from sqlplumb.engines import engine
from sqlplumb.render import words
from sqlplumb.render.paint import PLAIN, Palette, one_line, visible
from sqlplumb.schema import Expr, KeyPart, Object, Schema, compared_fields, fingerprint, value_of

if TYPE_CHECKING:
    from sqlplumb.proof import Proof

VERSION = 1
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
    found = []
    for entry in _entries(comparison):
        title = words.with_unit(entry.change, comparison.desired.source)
        place = words.place_of(entry.change)
        current, desired = (
            "\n".join(unindented(fact.text.replace("\r\n", "\n"))) if fact else ""
            for fact in words.sides(entry.change)
        )
        found.append(
            Difference(
                title=title + words.along(entry.following),
                place=f"{place.file}:{place.line}" if place else "",
                current=current,
                desired=desired,
            )
        )
    return tuple(found)


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
    notes_by_reason: dict[str, list[Note]] = {}
    for note in comparison.notes:
        notes_by_reason.setdefault(words.noted(note), []).append(note)
    for reason, notes in notes_by_reason.items():
        names = one_line(", ".join(sorted(str(note.ref) for note in notes)[:_MOST_NAMES]))
        more = f" and {len(notes) - _MOST_NAMES} more" if len(notes) > _MOST_NAMES else ""
        lines.append(f"{palette.faint}noted: {reason}: {names}{more}{palette.end}")
    if explain:
        sources = comparison.current.source, comparison.desired.source
        explained = [words.explained(one, *sources) for one in comparison.explanations]
        lines += [f"explained: {one_line(text)}" for text in explained]
    return "\n".join([*lines, _verdict(comparison, strict, palette)])


def count_differences(comparison: Comparison) -> int:
    """Count the differences as a report shows them."""
    return len(_entries(comparison))


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
                for fact, sign, colour in zip(words.sides(change), "-+", colours, strict=True):
                    text = visible(fact.text.replace("\r\n", "\n")) if fact else ""
                    for line in unindented(text) if fact else ():
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
    lines = dedent(rest).splitlines()
    is_moved = lines != rest.splitlines()
    if is_moved and not any(line.startswith(")") for line in lines):
        lines = [f"    {line}" for line in lines]
    return [first, *lines]


def _verdict(comparison: Comparison, strict: bool, palette: Palette) -> str:
    sources = one_line(f"{comparison.current.source} against {comparison.desired.source}")
    noted = f", {len(comparison.notes)} noted" if comparison.notes else ""
    if comparison.is_plumb(strict):
        units = comparison.units
        compared = "1 table or view" if units == 1 else f"{units} tables and views"
        return f"{palette.desired}plumb{palette.end}  {sources}: {compared}{noted}"
    if comparison.standing and comparison.state(strict) == "behind":
        behind = words.behind(comparison.standing)
        return f"{palette.current}behind{palette.end}  {sources}: {behind}{noted}"
    differences = words.counted(count_differences(comparison), "difference")
    noted += ", and --strict counts those" if strict and comparison.notes else ""
    stands = f"; {words.stands(comparison.standing)}" if comparison.standing else ""
    return f"{palette.current}drift{palette.end}  {sources}: {differences}{noted}{stands}"


def untouched(proof: Proof) -> list[str]:
    """Say which tables of a large schema a proof put no rows into."""
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
    lines += [f"  does not come back: {loss}" for loss in proof.losses]
    lines += [f"  comes back with the downgrade: {loss}" for loss in proof.returning]
    lines += [f"  {change.words()}" for change in proof.changes]
    lines += [f"  not covered: {gap}" for gap in proof.uncovered]
    lines += [f"  noted: {note}" for note in proof.notes]
    lines += [f"  {sentence}" for sentence in untouched(proof)]
    return "\n".join(lines)


def as_json(comparison: Comparison, strict: bool) -> str:
    return json.dumps(as_value(comparison, strict), indent=2)


def several_as_json(outcomes: Iterable[Comparison | Unmeasured], strict: bool) -> str:
    """Of what differs, `at` are the revisions that it names, `pending` those that it lacks."""
    mirrors: list[dict[str, object]] = []
    for outcome in outcomes:
        if isinstance(outcome, Unmeasured):
            problems = [str(problem) for problem in outcome.error.problems]
            value: dict[str, object] = {
                "version": VERSION,
                "equal": False,
                "state": "unmeasured",
                "current": {"source": outcome.source},
                "changes": [],
                "error": {"exit_code": outcome.error.exit_code, "problems": problems},
            }
        else:
            value = {**as_value(outcome, strict), "state": outcome.state(strict)}
            if standing := outcome.standing:
                value |= {"at": [*standing.at], "pending": [*standing.pending]}
        mirrors.append(value)
    equal = all(mirror["equal"] for mirror in mirrors)
    return json.dumps({"version": VERSION, "equal": equal, "mirrors": mirrors}, indent=2)


def as_value(comparison: Comparison, strict: bool) -> dict[str, object]:
    return {
        "version": VERSION,
        "equal": comparison.is_plumb(strict),
        "current": _source(comparison.current),
        "desired": _source(comparison.desired),
        "changes": [
            _change(change, comparison.desired.engine)
            for change in words.without_inline(comparison.changes)
        ],
        "notes": [
            {"kind": note.ref.kind, "object": note.ref.address, "message": words.noted(note)}
            for note in comparison.notes
        ],
        "explanations": [_explanation(one) for one in comparison.explanations],
    }


def _explanation(explanation: Explanation) -> dict[str, object]:
    """Rows are columns with their values as literals of SQL; null where none was found."""
    rows = explanation.only_current, explanation.only_desired
    return {
        "kind": explanation.ref.kind,
        "object": explanation.ref.address,
        "field": explanation.field,
        "current": explanation.current,
        "desired": explanation.desired,
        "verdict": explanation.verdict,
        "rows_tried": explanation.tried,
        "only_current": None if rows[0] is None else dict(rows[0]),
        "only_desired": None if rows[1] is None else dict(rows[1]),
    }


def _source(schema: Schema) -> dict[str, str]:
    return {"source": schema.source, "fingerprint": fingerprint(schema)}


def _change(change: Change, engine_name: str) -> dict[str, object]:
    fields = change.fields if isinstance(change, Alter) else ()
    current, desired = words.sides(change)
    place = words.place_of(change)
    return {
        "verb": change.verb,
        "kind": change.ref.kind,
        "object": change.ref.address,
        "table": change.ref.unit,
        "fields": list(fields),
        "current": _object(current, fields),
        "desired": _object(desired, fields),
        "where": {"file": place.file, "line": place.line} if place else None,
        "loses_data": engine(engine_name).loses_data(change),
    }


def _object(fact: Object | None, fields: tuple[str, ...]) -> dict[str, object] | None:
    """Its author's text, and the fields that differ; all fields of what only one side has."""
    if fact is None:
        return None
    names = fields or compared_fields(fact)
    return {**{name: _value(value_of(fact, name)) for name in names}, "text": fact.text}


def _value(value: object) -> object:
    match value:
        case Expr():
            return value.text
        case KeyPart():
            collation = value.collation and f"COLLATE {value.collation}"
            direction = "DESC" if value.descending else ""
            return " ".join(filter(None, (value.term, collation, direction)))
        case tuple():
            return [_value(item) for item in value]
        case _:
            return value
