"""Compare schema.sql with every mirror: the metadata, the history, the live databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlplumb import limits
from sqlplumb.changes.comparison import Comparison, Unmeasured
from sqlplumb.commands.comparing import compare_sources, leftovers
from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What to compare with the schema: the sources named, or else every mirror configured."""

    settings: Settings
    sources: tuple[str, ...] = ()
    whole: bool = False
    explain: bool = False  # of rules that differ, how they relate


def check(options: CheckOptions) -> Iterator[Comparison | Unmeasured]:
    """Yield one outcome for each mirror, as each is done."""
    schema = open_schema(options.settings)
    for mirror, base in _mirrors(options):
        try:
            with limits.piece():
                outcome = retry_if_changed(
                    partial(_measured, mirror, base, schema=schema, options=options)
                )
            yield outcome
        except PlumbError as error:
            if _is_about(schema, error):
                raise  # whatever it is held against, the schema itself is wrong
            yield Unmeasured(without_password(mirror), error)


def _measured(mirror: str, base: Path, schema: Source, options: CheckOptions) -> Comparison:
    settings = options.settings
    table = settings.version_table
    with open_source(mirror, settings, base) as opened:
        comparison = compare_sources(
            opened, schema, version_table=table, whole=options.whole, explain=options.explain
        )
        passed_over = (*comparison.passed_over, *leftovers(opened))
        comparison = replace(comparison, passed_over=passed_over)
        if not comparison.changes:
            return comparison
        from sqlplumb.commands.standing import standing

        return replace(comparison, standing=standing(mirror, opened, settings))


def _is_about(schema: Source, error: PlumbError) -> bool:
    places = [problem.place for problem in error.problems if problem.place]
    return any(place.file in schema.files for place in places)


def _mirrors(options: CheckOptions) -> Sequence[tuple[str, Path]]:
    if options.sources:
        return [(source, Path()) for source in options.sources]
    settings = options.settings
    configured = [settings.metadata] if settings.metadata else []
    configured += ["history"] if settings.has_history else []
    configured += settings.databases
    if not configured:
        message = "there is nothing to hold against the schema"
        hint = "name a source, or set metadata or databases in [tool.sqlplumb]"
        raise WrongInput(Problem(message, hint))
    return [(source, settings.root) for source in configured]
