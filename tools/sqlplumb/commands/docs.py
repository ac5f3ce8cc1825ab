"""Write a small site of a schema: from its files, its history and the queries of the application.

Whatever cannot be known (a history that does not run, queries that no scratch can prepare) is told,
and left out of the pages.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlplumb.commands.comparing import without
from sqlplumb.commands.log import read_log
from sqlplumb.commands.queries import queries_in
from sqlplumb.commands.site_folder import SiteChanges, changes_of, write_site
from sqlplumb.commands.view_reads import reads_of_views
from sqlplumb.config import Settings
from sqlplumb.engines import Source, engine
from sqlplumb.engines.queries import Queries, QueryFacts
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.log import Log
from sqlplumb.places import Place
from sqlplumb.render.comments import all_remarks, comments
from sqlplumb.render.pages import project_templates
from sqlplumb.render.picture import has_engine
from sqlplumb.render.site import SiteSource, UsedQuery, site_pages
from sqlplumb.schema import Schema, View
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.understanding.lineage import lineage


@dataclass(frozen=True, slots=True, kw_only=True)
class DocsOptions:
    """`folder` is where the pages go. No `source` is what the settings call the schema, with its
    history and its queries. `check`: compare, and write nothing."""

    settings: Settings
    folder: Path
    source: str = ""
    title: str = ""
    check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDocs:
    """How many pages the site has, what of it differed from the folder, and what was left out."""

    pages: int
    changes: SiteChanges
    warnings: tuple[Problem, ...]


def docs(options: DocsOptions) -> WrittenDocs:
    """Make all pages, and write those that differ; where anything fails, write nothing."""
    passed_over: list[Problem] = []
    site = retry_if_changed(partial(_site, options, passed_over))
    if not has_engine():
        advice = "pip install 'sqlplumb[draw]' brings what they need"
        passed_over.append(Problem("the pages have no pictures", advice))
    files = dict(site_pages(site, project_templates(options.settings)))
    changes = changes_of(options.folder, files)
    if changes and not options.check:
        write_site(options.folder, files, changes)
    return WrittenDocs(
        pages=sum(name.endswith(".html") for name in files),
        changes=changes,
        warnings=tuple(dict.fromkeys(passed_over)),
    )


def _site(options: DocsOptions, passed_over: list[Problem]) -> SiteSource:
    settings = options.settings
    with ExitStack() as stack:
        if options.source:
            opened = stack.enter_context(open_source(options.source, settings, Path()))
        else:
            opened = open_schema(settings)
        return _read(opened, options, passed_over)


def _read(source: Source, options: DocsOptions, passed_over: list[Problem]) -> SiteSource:
    settings = options.settings
    passed_over.extend(source.passed_over)
    # Files are called as the settings call them, wherever the command is given.
    named = source.label if options.source else " ".join(settings.schema)
    schema = without(source.read(), settings.version_table)
    site = SiteSource(
        title=options.title or named,
        root=settings.root,
        schema=replace(schema, source=named),
        comments=comments(schema, all_remarks(source)),
        log=None if options.source else _log(settings, passed_over),
    )
    spoken = engine(schema.engine)
    if (known := spoken.known_reads(schema)) is not None:
        return replace(site, reads=known)
    try:
        with spoken.open_queries(schema) as queries:
            site = replace(
                site,
                reads=reads_of_views(schema, queries),
                view_columns=_view_columns(schema, queries),
            )
            if settings.queries and not options.source:
                site = replace(site, queries=_used(settings, queries, passed_over))
    except PlumbError as error:
        passed_over.extend(error.problems)
    return site


def _log(settings: Settings, passed_over: list[Problem]) -> Log | None:
    if not settings.has_history:
        return None
    try:
        return read_log(settings)
    except PlumbError as error:
        passed_over.extend(
            replace(each, message=f"the pages have no log: {each.message}")
            for each in error.problems
        )
        return None


def _view_columns(schema: Schema, queries: Queries) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the columns of each view, and where each comes from, as far as that is known."""
    columns = {name: tuple(unit.columns) for name, unit in schema.tables.items()}
    found = {}
    for name, unit in schema.by_unit.items():
        if not isinstance(unit.head, View):
            continue
        traced = lineage(unit.text, columns, schema.engine)
        names = queries.columns_of_view(name) or tuple(traced)
        found[name] = {column: traced.get(column.lower(), ()) for column in names}
    return found


def _used(
    settings: Settings, queries: Queries, passed_over: list[Problem]
) -> tuple[UsedQuery, ...]:
    """Return the queries that the engine takes, in the order of their files."""
    found = []
    for query in queries_in(settings.queries, settings.root, queries, passed_over=passed_over):
        facts = queries.read(query.text)
        if isinstance(facts, QueryFacts) and facts.tables:
            file = Path(os.path.relpath(query.file, settings.root)).as_posix()
            found.append(
                UsedQuery(
                    place=Place(file, query.line),
                    text=query.text,
                    tables=facts.tables,
                    indexes=queries.indexes(query.text),
                )
            )
    return tuple(sorted(found, key=lambda each: (each.place.file, each.place.line)))
