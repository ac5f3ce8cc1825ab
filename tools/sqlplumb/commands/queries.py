"""Hold the queries of an application against schema.sql, and against the change that is pending."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes import Change
from sqlplumb.commands.comparing import without
from sqlplumb.commands.planning import measured_for_plan
from sqlplumb.config import Ignore, Settings
from sqlplumb.engines import LiveDatabase, Remark, engine
from sqlplumb.engines.queries import Queries, QueryFacts, QueryRefused
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.lint import (
    MARK,
    Finding,
    Rule,
    apply_ignores,
    at_or_above,
    judge_query,
    project_rules,
    read_ignores,
    rules_applied,
    sort_findings,
)
from sqlplumb.lint.rules import query_breaks, select_star
from sqlplumb.lint.subjects import QueryOutlook
from sqlplumb.places import Place
from sqlplumb.schema import Schema
from sqlplumb.sources import open_live, open_schema, open_source
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.query_files import Query, QueryFile, read_query_files
from sqlplumb.sources.scripts import down_revisions

if TYPE_CHECKING:
    from alembic.script import Script

_OF_A_CHANGE = (query_breaks.RULE.code, select_star.RULE.code)
_REVISION = re.compile(r"^down_revision\b", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueriesOptions:
    """Files, folders or patterns of .sql and .py files; nothing: those of the settings.

    `against` is where the pending change begins: the history, if nothing else is said. `database`
    is whose tables are looked at for how a query reads them.
    """

    settings: Settings
    paths: tuple[str, ...] = ()
    against: str = ""
    database: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQueries:
    """What was found in how many queries, and what somebody gave a reason for."""

    read: int
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    failing: tuple[Finding, ...] = ()
    passed_over: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """What queries are held against: scratches of what is desired and of what a pending change
    begins with, if one is, and a live database."""

    schema: Schema
    desired: Queries
    current: Queries | None = None
    live: LiveDatabase | None = None
    large: int = 0
    changes: tuple[Change, ...] = ()
    ignore: Ignore = field(default_factory=Ignore)
    passed_over: list[Problem] = field(default_factory=list)


def judge_for_revision(
    script: Script, before: Sequence[str], settings: Settings
) -> JudgedQueries | None:
    """Judge what the last revision of a history, before which these have run, does to the queries
    that the settings name; None where they name none, or where it joins branches."""
    if not settings.queries or len(down_revisions(script)) > 1:
        return None
    against = f"history@{','.join(before)}" if before else "empty"
    judged = judge_queries(QueriesOptions(settings=settings, against=against))
    return replace(
        judged,
        findings=tuple(each for each in judged.findings if each.code in _OF_A_CHANGE),
        ignored=tuple(each for each in judged.ignored if each.code in _OF_A_CHANGE),
    )


def judge_queries(options: QueriesOptions) -> JudgedQueries:
    return retry_if_changed(partial(_judge_queries, options))


def _judge_queries(options: QueriesOptions) -> JudgedQueries:
    settings = options.settings
    rules = project_rules(settings)
    paths = options.paths or settings.queries
    base = Path() if options.paths else settings.root
    if not paths:
        way_out = "name .sql or .py files or folders, or set `queries` in [tool.sqlplumb]"
        raise WrongInput(Problem("no queries are named", way_out))
    findings, ignored, count = list[Finding](), list[Finding](), 0
    with ExitStack() as stack:
        sides = _open_sides(options, stack)
        files = list(read_query_files(paths, base, sides.passed_over))
        made_by = {file.name: _made(file, sides.desired) for file in files}
        for file in files:
            queries = list(_queries(file, sides.desired, made_by[file.name]))
            outlooks = [_outlook(query, sides, made_by.values()) for query in queries]
            judgement = apply_ignores(
                chain.from_iterable(
                    judge_query(outlook, settings.lint, rules) for outlook in outlooks
                ),
                tuple(read_ignores(_remarks(file, sides.desired), rules)),
                settings=settings.lint,
                rules=rules,
                judged=("query",),
            )
            count += len(queries)
            findings += judgement.findings
            ignored += judgement.ignored
    return JudgedQueries(
        read=count,
        findings=sort_findings(findings),
        ignored=sort_findings(ignored),
        rules=rules_applied(rules, findings, project_engine(settings).name),
        failing=tuple(at_or_above(findings, settings.lint.fail)),
        passed_over=tuple(sides.passed_over),
    )


def _open_sides(options: QueriesOptions, stack: ExitStack) -> _Sides:
    settings = options.settings
    source = open_schema(settings)
    desired = source.read()
    its_engine = engine(desired.engine)
    database = options.database
    sides = _Sides(
        schema=desired,
        desired=stack.enter_context(its_engine.open_queries(desired)),
        live=stack.enter_context(open_live(database, settings, Path())) if database else None,
        large=settings.lint.large,
        ignore=settings.ignore,
    )
    against = options.against or ("history" if settings.has_history else "")
    if not against:
        return sides
    try:
        with open_source(against, settings, Path()) as opened:
            comparison = measured_for_plan(opened, source, settings.version_table)
            if not comparison.changes:
                return sides
            current = without(opened.read(), settings.version_table)
    except PlumbError as error:
        if options.against:
            raise
        sides.passed_over.extend(
            replace(each, message=f"the change from {against} was not looked at: {each.message}")
            for each in error.problems
        )
        return sides
    return replace(
        sides,
        current=stack.enter_context(its_engine.open_queries(current)),
        changes=comparison.changes,
    )


def queries_in(
    paths: Sequence[str], base: Path, queries: Queries, *, passed_over: list[Problem]
) -> Iterator[Query]:
    """Yield the statements that read or write rows in the files that these paths name."""
    for file in read_query_files(paths, base, passed_over):
        yield from _queries(file, queries, _made(file, queries))


def _queries(file: QueryFile, queries: Queries, made: Collection[str]) -> Iterator[Query]:
    """Yield each statement of a file that reads or writes rows, with the lines that it is on.

    Where a file makes a table of its own, queries of that table say nothing about ours. A file that
    alters tables, or is a revision, speaks of schemas that are past.
    """
    split = [(held, *part) for held in file.queries for part in queries.statements(held.text)]
    if _REVISION.search(file.text) or any(queries.alters(text) for _, _, text in split):
        return
    for held, start, text in split:
        if queries.is_query(text) and queries.named_tables(text).isdisjoint(made):
            line = 0 if file.is_python else held.text.count("\n", 0, start)
            lines = held.lines if file.is_python else held.lines[line:][: text.count("\n") + 1]
            yield replace(held, text=text, line=held.line + line, lines=lines)


_Made = Mapping[str, str]  # CREATE statements, by what they make


def _made(file: QueryFile, queries: Queries) -> _Made:
    """Return what the CREATE statements in a file make, and ours do not."""
    return {
        name: text
        for held in file.queries
        for _, text in queries.statements(held.text)
        if (name := queries.created(text))
    }


def _is_of_another_database(text: str, queries: Queries, made_by: Collection[_Made]) -> bool:
    """A program may make a table of one name in two databases: would the engine take a query of it
    in the other one?"""
    named = queries.named_tables(text)
    others = (creates for creates in made_by if not named.isdisjoint(creates))
    return any(queries.takes_beside(text, [*creates.values()]) for creates in others)


def _outlook(query: Query, sides: _Sides, made_by: Collection[_Made]) -> QueryOutlook:
    made = frozenset(chain.from_iterable(made_by))
    desired = sides.desired.read(query.text)
    current = sides.current.read(query.text) if sides.current else None
    if isinstance(desired, QueryRefused):
        if sides.ignore.pattern_for("table", desired.name):
            made = made | {desired.name}  # by somebody else
        is_taken = isinstance(current, QueryFacts)
        if not is_taken and _is_of_another_database(query.text, sides.desired, made_by):
            desired = replace(desired, why="unknown")
    # Whoever puts no condition wants all the rows.
    is_filtered = isinstance(desired, QueryFacts) and desired.is_filtered
    return QueryOutlook(
        query=query,
        schema=sides.schema,
        queries=sides.desired,
        desired=desired,
        current=current,
        changes=sides.changes,
        made=made,
        scanned=_scanned(query, sides.live, sides.large) if sides.live and is_filtered else {},
    )


def _scanned(query: Query, live: LiveDatabase, large: int) -> dict[str, int]:
    """Count the rows of the large tables that a query reads from end to end."""
    weights = {table: live.weigh(table) for table in sorted(live.scanned(query.text))}
    return {
        table: weight.rows for table, weight in weights.items() if weight and weight.rows >= large
    }


def _remarks(file: QueryFile, queries: Queries) -> Iterable[Remark]:
    """Find the comments that ignore a finding: on its line, or on a line of their own above it."""
    if MARK not in file.text:
        return ()
    if not file.is_python:
        return queries.remarks(file.name, file.text, MARK)
    return [
        Remark(
            word.string.lstrip("# "),
            Place(file.name, word.start[0], word.start[1] + 1),
            word.start[0] + word.line.lstrip().startswith("#"),
        )
        for word in tokenize.generate_tokens(io.StringIO(file.text).readline)
        if word.type == tokenize.COMMENT and MARK in word.string
    ]
