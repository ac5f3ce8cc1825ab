"""Apply the rules to a schema, to the plan to it, or to revisions.

What a rule looks for is said in `sqlplumb.lint`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlplumb import limits
from sqlplumb.commands.comparing import without
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.lint import (
    MARK,
    CountRefused,
    Finding,
    Judgement,
    LintContext,
    Rule,
    apply_ignores,
    at_or_above,
    judge_plan,
    judge_schema,
    project_rules,
    read_ignores,
    sort_findings,
)
from sqlplumb.sources import open_live, open_schema, open_source
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.scripts import is_revision, script_directory


def judge_source(
    desired: Source, against: str, context: LintContext, may_fail: bool = False
) -> Judgement:
    """Judge a schema and the plan from `against`; a plan that `may_fail` becomes a warning."""
    context.passed_over.extend(desired.passed_over)
    schema = without(desired.read(), context.settings.version_table)
    findings = judge_schema(schema, context.settings.lint, context.rules)
    planned = _planned(desired, against, context=context, may_fail=may_fail) if against else None
    return apply_ignores(
        (*findings, *(planned or ())),
        tuple(read_ignores(desired.remarks(MARK), context.rules)),
        settings=context.settings.lint,
        rules=context.rules,
        judged=("schema",) if planned is None else ("schema", "plan"),
        schema=schema,
    )


def _planned(
    desired: Source, against: str, context: LintContext, may_fail: bool
) -> tuple[Finding, ...] | None:
    try:
        with open_source(against, context.settings, Path()) as current:
            return _judged_plan(current, desired, context)
    except PlumbError as error:
        if not may_fail:
            raise
        context.passed_over.extend(_unplanned(problem, against) for problem in error.problems)
        return None


def _judged_plan(current: Source, desired: Source, context: LintContext) -> tuple[Finding, ...]:
    comparison = measured_for_plan(current, desired, context.settings.version_table)
    target = project_engine(context.settings).target()
    return judge_plan(
        plan_of(comparison, target),
        context.settings.lint,
        context.rules,
        back=plan_back(comparison, target),
        count_refused=context.count_refused
        or (current.count_refused if isinstance(current, LiveDatabase) else None),
    )


def _unplanned(problem: Problem, against: str) -> Problem:
    message = f"the plan from {against} was not judged: {problem.message}"
    return replace(problem, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """Sources and revisions as they are written; nothing: the schema, and the plan to it.
    `against` is where a plan to the schema starts; `database` is whose rows are looked at."""

    settings: Settings
    written: tuple[str, ...] = ()
    against: str = ""
    database: str = ""

    @property
    def start(self) -> str:
        """Where a plan to a schema starts, if nothing else says: at the database that is named."""
        return self.against or self.database


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What stands, what somebody gave a reason for, and by which rules."""

    judged: tuple[str, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    failing: tuple[Finding, ...] = ()
    passed_over: tuple[Problem, ...] = ()


def lint(options: LintOptions) -> Verdict:
    return retry_if_changed(partial(_lint, options))


def _lint(options: LintOptions) -> Verdict:
    settings = options.settings
    with ExitStack() as stack:
        count_refused = _count_refused(options, stack)
        context = LintContext(
            settings=settings, rules=project_rules(settings), count_refused=count_refused
        )
        parts = list(_parts(options, context))
    findings = sort_findings(finding for _, part in parts for finding in part.findings)
    return Verdict(
        judged=tuple(label for label, _ in parts),
        findings=findings,
        ignored=sort_findings(finding for _, part in parts for finding in part.ignored),
        rules=context.rules,
        failing=tuple(at_or_above(findings, settings.lint.fail)),
        passed_over=tuple(context.passed_over),
    )


def _count_refused(options: LintOptions, stack: ExitStack) -> CountRefused | None:
    if not options.database:
        return None
    return stack.enter_context(open_live(options.database, options.settings, Path())).count_refused


def _parts(options: LintOptions, context: LintContext) -> Iterator[tuple[str, Judgement]]:
    """Yield each source and each revision with its name."""
    if not options.written:
        yield _plumb_line(options, context)
    for written in options.written:
        if _is_revision(written, options.settings):
            yield from _revisions(written, options, context)
        else:
            with open_source(written, options.settings, Path()) as opened:
                yield opened.label, judge_source(opened, options.start, context)


def _plumb_line(options: LintOptions, context: LintContext) -> tuple[str, Judgement]:
    """Judge the schema, and the plan to it from the history, where there is one."""
    schema = open_schema(options.settings)
    if options.against or not options.settings.has_history:
        return schema.label, judge_source(schema, options.start, context)
    return schema.label, judge_source(schema, "history", context, may_fail=True)


def _revisions(
    written: str, options: LintOptions, context: LintContext
) -> Iterator[tuple[str, Judgement]]:
    if options.against:
        message = f"--against has no meaning for revision {written}"
        raise WrongInput(Problem(message, "a revision starts where the one before it ends"))
    from sqlplumb.commands.judging import judge_revision
    from sqlplumb.commands.prove import chosen

    scripts = script_directory(context.settings)
    for script in chosen(scripts, written):
        limits.current().restart()
        yield f"revision {script.revision}", judge_revision(script, scripts, context)


def _is_revision(written: str, settings: Settings) -> bool:
    """What the history knows, and what is written like nothing else; `a:b` may be a metadata."""
    is_source = written.endswith(".sql") or "://" in written or Path(written).exists()
    if is_source or written in ("empty", "history") or not settings.has_history:
        return False
    scripts = script_directory(settings)
    return all(is_revision(scripts, one) for one in written.split(":", 1) if one)
