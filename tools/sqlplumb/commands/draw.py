"""Draw any source, or the difference of two."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from sqlplumb.commands.comparing import compare_sources, without
from sqlplumb.config import Settings
from sqlplumb.engines import Source
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
    picture, passed_over = retry_if_changed(partial(_picture, options, settings))
    if options.focus:
        picture = pictures.focused(picture, _key(options.focus, picture), options.depth)
    drawn = _written(pictures.shortened(picture), _format(options))
    return Drawn(drawn.text, (*passed_over, *drawn.warnings))


def _picture(options: DrawOptions, settings: Settings) -> tuple[Picture, tuple[Problem, ...]]:
    with _opened(options.source, settings) as desired:
        if not options.against:
            schema = without(desired.read(), settings.version_table)
            return pictures.picture_of(schema), desired.passed_over
        with open_source(options.against, settings, Path()) as current:
            comparison = compare_sources(current, desired, settings.version_table, whole=True)
    schema = without(comparison.desired, settings.version_table)
    difference = pictures.picture_of_difference(
        comparison.current.source, schema, comparison.changes
    )
    return difference, comparison.passed_over


def _opened(source: str, settings: Settings) -> AbstractContextManager[Source]:
    return open_source(source, settings, Path()) if source else nullcontext(open_schema(settings))


def _key(name: str, picture: Picture) -> str:
    """Find the box that a person names, in any case."""
    keys = {box.name.lower(): box.key for box in picture.boxes}
    if name.lower() in keys:
        return keys[name.lower()]
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), keys, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "sqlplumb draw shows which there are"
    raise WrongInput(Problem(f"{picture.desired} has no table or view called {name}", hint))


def _format(options: DrawOptions) -> Format | None:
    if options.format or not options.file:
        return options.format
    suffix = Path(options.file).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    hint = f"say --format, or let it end with one of {', '.join(_SUFFIXES)}"
    raise WrongInput(Problem(f"{options.file} does not say what to draw", hint))


def _written(picture: Picture, form: Format | None) -> Drawn:
    """Write the picture; without a format and without a layout engine, as Mermaid."""
    match form:
        case "mermaid":
            return Drawn(pictures.mermaid(picture))
        case "dot":
            return Drawn(pictures.dot(picture))
        case None if not pictures.has_engine():
            hint = "pip install 'sqlplumb[draw]' brings one"
            problem = Problem("drawn as Mermaid: no layout engine for SVG is installed", hint)
            return Drawn(pictures.mermaid(picture), (problem,))
        case _:
            return Drawn(pictures.svg(picture))
