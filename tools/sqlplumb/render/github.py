"""A measure as annotations that GitHub shows beside the line: one for each difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import join, normpath
from typing import TYPE_CHECKING

from sqlplumb.changes.measure import Measure
from sqlplumb.config import Severity
from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.render import words
from sqlplumb.render.paint import visible
from sqlplumb.schema import Object

if TYPE_CHECKING:
    from sqlplumb.lint import Finding


def annotated(measure: Measure, strict: bool, folder: str = "") -> Iterator[str]:
    """`folder` is where the files' names start from, seen from the top of the repository."""
    if measure.standing and measure.state(strict) == "behind":
        title, behind = f"{measure.current.source} is behind", words.behind(measure.standing)
        yield _line("error", None, title, behind)
        return
    if measure.standing:
        yield _line("notice", None, measure.current.source, words.stands(measure.standing))
    for change in words.without_inline(measure.changes):
        current, desired = words.sides(change)
        message = words.headline(change, measure.desired.source)
        message += _told("-", measure.current.source, current)
        message += _told("+", measure.desired.source, desired)
        place = words.place_of(change)
        yield _line("error", place, f"{measure.current.source} drifts", message, folder)
    for note in measure.notes:
        level = "error" if strict else "notice"
        yield _line(level, None, measure.current.source, f"{note.ref}: {words.noted(note)}")


_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def finding(found: Finding, folder: str = "") -> str:
    message = f"{found.message}\n{found.instead}"
    title = f"{found.code} {found.name}"
    return _line(_LEVELS[found.severity], found.place, title, message, folder)


def problem(found: Problem, folder: str = "") -> str:
    message = f"{found.message}\n{found.hint}" if found.hint else found.message
    return _line("error", found.place, "sqlplumb", message, folder)


def _told(sign: str, source: str, fact: Object | None) -> str:
    return f"\n{sign} {fact.text}  ({source})" if fact else ""


def _line(level: str, place: Place | None, title: str, message: str, folder: str = "") -> str:
    where = f"file={_file(place, folder)},line={place.line}," if place else ""
    return f"::{level} {where}title={_property(title)}::{_data(message)}"


def _file(place: Place, folder: str) -> str:
    return _property(normpath(join(folder, place.file)))


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
