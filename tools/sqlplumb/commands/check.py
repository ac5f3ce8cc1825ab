"""Compare schema.sql with every mirror (the metadata, the history, live databases), or two sources.

What differs between two open sources, `comparing` finds. A plan or a replay must never be needed
where nothing differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb import limits
from sqlplumb.changes.comparison import Comparison, Unmeasured
from sqlplumb.commands.accepting import compare_accepting, stale_accepts
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.progress import each
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.commands.swaps import Swaps


_FEW = 4  # a MetaData with less than a quarter of a schema is nearly empty


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
    for mirror, base in each(_mirrors(options), "sources compared"):
        compare_mirror = partial(_compare_mirror, mirror, base, schema=schema, options=options)
        try:
            with limits.piece():
                outcome = retry_if_changed(compare_mirror)
            yield outcome
        except PlumbError as error:
            places = [problem.place for problem in error.problems if problem.place]
            if any(place.file in schema.files for place in places):
                raise  # whatever it is held against, the schema itself is wrong
            yield Unmeasured(without_password(mirror), error)


def idle_settings(
    options: CheckOptions, outcomes: Iterable[Comparison | Unmeasured]
) -> tuple[Problem, ...]:
    """Tell of what is accepted and differs nowhere, and of patterns that cover nothing, once every
    mirror was read. Of patterns where a database is among them: there others make their tables."""
    settings, covered = options.settings, set[tuple[str, str]]()
    if options.sources:
        return ()
    outcomes = tuple(outcomes)
    stale = stale_accepts(settings, outcomes)
    if not settings.databases:
        return stale
    for outcome in outcomes:
        if isinstance(outcome, Unmeasured):
            return ()
        covered |= {(ref.kind, ref.name) for ref in outcome.ignored}
    advice = "look at its spelling, or take it out"
    idle = tuple(
        Problem(f"ignore {pattern!r} covers nothing in any mirror", advice)
        for pattern in settings.ignore.idle(covered)
    )
    return (*stale, *idle)


def _mirrors(options: CheckOptions) -> Sequence[tuple[str, Path]]:
    if options.sources:
        return [(source, Path()) for source in options.sources]
    settings = options.settings
    settings.require_name()
    if settings.histories:
        from sqlplumb.sources.running_alembic import history_files

        history_files(settings)  # which says that none of them is chosen
    configured = [settings.metadata] if settings.metadata else []
    configured += ["history"] if settings.has_history else []
    configured += settings.databases
    if not configured:
        message = "there is nothing to hold against the schema"
        advice = "name a source, or set metadata or databases in [tool.sqlplumb]"
        raise WrongInput(Problem(message, advice))
    return [(source, settings.root) for source in configured]


def _compare_mirror(mirror: str, base: Path, schema: Source, options: CheckOptions) -> Comparison:
    settings = options.settings
    with open_source(mirror, settings, base) as source:
        comparison = compare_accepting(
            source,
            schema,
            settings,
            whole=options.whole,
            explain=options.explain,
        )
        if isinstance(source, LiveDatabase):
            passed_over = (*comparison.passed_over, *source.leftovers())
            comparison = replace(comparison, passed_over=passed_over)
        if not comparison.changes:
            return comparison
        passed_over = (*comparison.passed_over, *_nearly_empty(source, schema))
        comparison = replace(comparison, passed_over=passed_over)
        from sqlplumb.commands.standing import standing  # a replay, which equal databases need not

        return replace(comparison, standing=standing(mirror, source, settings))


def _nearly_empty(models: Source, schema: Source) -> tuple[Problem, ...]:
    """Say so where a MetaData holds little of a schema: a table is in it once its module ran."""
    held, asked = len(models.texts), len(schema.texts)
    if models.spelled_in != "core" or asked < _FEW or held * _FEW > asked:
        return ()
    tables = "no table" if not held else "1 table" if held == 1 else f"{held} tables"
    message = (
        f"{models.label} holds {tables}, and {schema.label} {asked} {schema.engine.units_called[1]}"
    )
    advice = "were its models imported? name the module that imports all of them"
    return (Problem(message, advice),)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """Two sources as they are written. `whole`: read what is equal as well. The last three are of
    the script alone: what may be lost, as it is written, and the engine that will run it."""

    settings: Settings
    current: str
    desired: str
    whole: bool = False
    swaps: Swaps = ""
    allow: tuple[str, ...] = ()
    version: str = ""
    instant: bool = False
    offline: bool = False


def compare(options: DiffOptions) -> Comparison:
    """Compare any two sources."""
    settings = options.settings

    def look() -> Comparison:
        with (
            open_source(options.current, settings, Path()) as current,
            open_source(options.desired, settings, Path()) as desired,
        ):
            comparison = compare_sources(
                current,
                desired,
                version_table=settings.version_table,
                whole=options.whole,
                swaps=options.swaps,
            )
            few = (*_nearly_empty(current, desired), *_nearly_empty(desired, current))
            return replace(comparison, passed_over=(*comparison.passed_over, *few))

    return retry_if_changed(look)
