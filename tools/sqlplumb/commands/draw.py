"""Draw any source, or the difference of two."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Literal

from sqlplumb.commands.comparing import compare_sources, without
from sqlplumb.commands.view_reads import view_reads
from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.render import picture as pictures
from sqlplumb.render.picture import Picture
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.database import retry_if_changed

Format = Literal["svg", "mermaid", "dot"]
_SUFFIXES: dict[str, Format] = {
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOptions:
    """Sources as they are written; no `source` is what the settings call the schema. `against` is
    the current side of a difference. No `format` is what the name of the file asks for, or SVG."""

    source: str = ""
    against: str = ""
    focus: str = ""
    depth: int = 1
    format: Format | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    text: str
    warnings: tuple[Problem, ...] = ()


def draw(options: DrawOptions, settings: Settings) -> Drawn:
    """Draw a schema, or what makes one schema into the other."""
    picture, passed_over = retry_if_changed(partial(_picture, options, settings))
    if options.focus:
        picture = pictures.focused(picture, _find_box(options.focus, picture), options.depth)
    drawn = _draw_as(_format(options), pictures.shortened(picture))
    return Drawn(drawn.text, (*passed_over, *drawn.warnings))


def _picture(options: DrawOptions, settings: Settings) -> tuple[Picture, tuple[Problem, ...]]:
    table, source = settings.version_table, options.source
    opened = open_source(source, settings, Path()) if source else nullcontext(open_schema(settings))
    with opened as desired:
        if not options.against:
            schema = without(desired.read(), table)
            return pictures.picture_of(schema, view_reads(schema)), desired.passed_over
        with open_source(options.against, settings, Path()) as current:
            comparison = compare_sources(current, desired, table, whole=True)
    schema = without(comparison.desired, table)
    difference = pictures.picture_of_difference(
        comparison.current.source, schema, comparison.changes, reads=view_reads(schema)
    )
    return difference, comparison.passed_over


def _find_box(name: str, picture: Picture) -> str:
    """Return the key of the box that a person names, in any case."""
    keys = {box.name.lower(): box.key for box in picture.boxes}
    if name.lower() in keys:
        return keys[name.lower()]
    near = get_close_matches(name.lower(), keys, 3, 0.5)
    advice = f"did you mean {' or '.join(near)}?" if near else "sqlplumb draw shows which there are"
    raise WrongInput(Problem(f"{picture.desired} has no table or view called {name}", advice))


def _format(options: DrawOptions) -> Format | None:
    if options.format or not options.file:
        return options.format
    suffix = Path(options.file).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    advice = f"say --format, or let it end with one of {', '.join(_SUFFIXES)}"
    raise WrongInput(Problem(f"{options.file} does not say what to draw", advice))


def _draw_as(form: Format | None, picture: Picture) -> Drawn:
    """Draw the picture; without a format and without a layout engine, as Mermaid."""
    match form:
        case "mermaid":
            return Drawn(pictures.mermaid(picture))
        case "dot":
            return Drawn(pictures.dot(picture))
        case None if not pictures.has_engine():
            advice = "pip install 'sqlplumb[draw]' brings one"
            problem = Problem("drawn as Mermaid: no layout engine for SVG is installed", advice)
            return Drawn(pictures.mermaid(picture), (problem,))
        case _:
            return Drawn(pictures.svg(picture))
