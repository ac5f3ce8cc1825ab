"""A measure as annotations that GitHub shows beside the line: one for each difference."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes.measure import Measure
from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.render import words
from sqlplumb.render.paint import visible
from sqlplumb.schema import Object


def annotated(measure: Measure, strict: bool) -> Iterator[str]:
    for change in words.without_inline(measure.changes):
        current, desired = words.sides(change)
        message = words.headline(change, measure.desired.source)
        message += _told("-", measure.current.source, current)
        message += _told("+", measure.desired.source, desired)
        yield _line("error", words.place_of(change), f"{measure.current.source} drifts", message)
    for note in measure.notes:
        level = "error" if strict else "notice"
        yield _line(level, None, measure.current.source, f"{note.ref}: {words.noted(note)}")


def problem(found: Problem) -> str:
    message = f"{found.message}\n{found.hint}" if found.hint else found.message
    return _line("error", found.place, "sqlplumb", message)


def _told(sign: str, source: str, fact: Object | None) -> str:
    return f"\n{sign} {fact.text}  ({source})" if fact else ""


def _line(level: str, place: Place | None, title: str, message: str) -> str:
    where = f"file={_property(place.file)},line={place.line}," if place else ""
    return f"::{level} {where}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
