"""schema.sql against every mirror: the metadata, the history, the live databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.diff.measure import Measure
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.journeys.measure import measure
from sqlplumb.sources import open_schema, open_source


@dataclass(frozen=True, slots=True)
class Request:
    """What to hold against the schema: the sources named, or else every mirror configured."""

    settings: Settings
    sources: tuple[str, ...] = ()
    base: Path = Path()
    whole: bool = False


def check(request: Request) -> Iterator[Measure]:
    """One measure for each mirror, as each is done."""
    settings = request.settings
    schema = open_schema(settings)
    for mirror, base in _mirrors(request):
        with open_source(mirror, settings, base) as opened:
            yield measure(opened, schema, settings.version_table, request.whole)


def _mirrors(request: Request) -> Sequence[tuple[str, Path]]:
    if request.sources:
        return [(source, request.base) for source in request.sources]
    settings = request.settings
    configured = [settings.metadata] if settings.metadata else []
    configured += ["history"] if settings.alembic else []
    configured += settings.databases
    if not configured:
        message = "there is nothing to hold against the schema"
        hint = "name a source, or set metadata or databases in [tool.sqlplumb]"
        raise WrongInput(Problem(message, hint))
    return [(source, settings.root) for source in configured]
