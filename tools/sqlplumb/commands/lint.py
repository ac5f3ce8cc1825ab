"""Apply the rules to a schema, to the plan to it, or to revisions.

What a rule looks for is said in `sqlplumb.lint`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlplumb import limits
from sqlplumb.commands.comparing import without
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.config import Ignore, Settings
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.lint import (
    MARK,
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
    rules_applied,
    sort_findings,
)
from sqlplumb.progress import each
from sqlplumb.schema import ForeignKey, Object, Ref, Schema, Table
from sqlplumb.sources import open_live, open_schema, open_source
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.scripts import is_revision, script_directory


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
    """Judge what is written, or else the schema and the plan to it."""
    return retry_if_changed(partial(_lint, options))


def _lint(options: LintOptions) -> Verdict:
    settings = options.settings
    with ExitStack() as stack:
        count_refused = None
        if options.database:
            live = stack.enter_context(open_live(options.database, settings, Path()))
            count_refused = live.count_refused
        context = LintContext(
            settings=settings, rules=project_rules(settings), count_refused=count_refused
        )
        judgements = list(_judgements(options, context))
    findings = sort_findings(
        finding for _, judgement in judgements for finding in judgement.findings
    )
    return Verdict(
        judged=tuple(label for label, _ in judgements),
        findings=findings,
        ignored=sort_findings(
            finding for _, judgement in judgements for finding in judgement.ignored
        ),
        rules=rules_applied(context.rules, findings, project_engine(settings).name),
        failing=tuple(at_or_above(findings, settings.lint.fail)),
        passed_over=tuple(context.passed_over),
    )


def _judgements(options: LintOptions, context: LintContext) -> Iterator[tuple[str, Judgement]]:
    """Judge each source and each revision; yield it with its name."""
    settings, start = options.settings, options.start
    if not options.written:  # the schema, and the plan to it from the history, where there is one
        schema, is_planned = open_schema(settings), False
        if not options.against and settings.has_history:
            start, is_planned = "history", True
        yield schema.label, judge_source(schema, start, context, may_fail=is_planned)
    for written in options.written:
        if _is_revision(written, settings):
            yield from _judge_revisions(written, options, context)
        else:
            with open_source(written, settings, Path()) as source:
                yield source.label, judge_source(source, start, context)


def _judge_revisions(
    written: str, options: LintOptions, context: LintContext
) -> Iterator[tuple[str, Judgement]]:
    if options.against:
        message = f"--against has no meaning for revision {written}"
        raise WrongInput(Problem(message, "a revision starts where the one before it ends"))
    from sqlplumb.commands.prove import chosen, judge_revision

    scripts = script_directory(context.settings)
    for script in each(chosen(scripts, written), "revisions judged"):
        limits.current().restart()
        yield f"revision {script.revision}", judge_revision(script, scripts, context)


def _is_revision(written: str, settings: Settings) -> bool:
    """Tell whether it names revisions that the history knows; `a:b` may be a metadata."""
    is_source = written.endswith(".sql") or "://" in written or Path(written).exists()
    if is_source or written in ("empty", "history") or not settings.has_history:
        return False
    scripts = script_directory(settings)
    return all(is_revision(scripts, name) for name in written.split(":", 1) if name)


def judge_source(
    desired: Source, against: str, context: LintContext, *, may_fail: bool = False
) -> Judgement:
    """Judge a schema and the plan from `against`; a plan that `may_fail` becomes a warning."""
    context.passed_over.extend(desired.passed_over)
    schema = without(desired.read(), context.settings.version_table)
    schema = replace(schema, ignored=ignored_targets(schema, context.settings.ignore))
    findings = judge_schema(schema, context.settings.lint, context.rules)
    judged: tuple[str, ...] = ("schema",)
    if against:
        try:
            with open_source(against, context.settings, Path()) as current:
                findings = (*findings, *_judge_plan(current, desired, context))
            judged = ("schema", "plan")
        except PlumbError as error:
            if not may_fail:
                raise
            for problem in error.problems:
                message = f"the plan from {against} was not judged: {problem.message}"
                context.passed_over.append(replace(problem, message=message))
    return apply_ignores(
        findings,
        tuple(read_ignores(desired.remarks(MARK), context.rules)),
        settings=context.settings.lint,
        rules=context.rules,
        judged=judged,
        schema=schema,
    )


def ignored_targets(schema: Schema, ignore: Ignore) -> Mapping[Ref, Object]:
    """Return the tables that keys of this schema refer to and the settings ignore: they are there,
    and nobody knows more of them."""
    keys = (fact for fact in schema.objects.values() if isinstance(fact, ForeignKey))
    targets = (key.ref.neighbor(key.target, key.shown[0]) for key in keys)
    return {
        ref: Table(ref=ref, text="") for ref in targets if ignore.pattern_for("table", ref.name)
    }


def _judge_plan(current: Source, desired: Source, context: LintContext) -> tuple[Finding, ...]:
    comparison = measured_for_plan(current, desired, context.settings.version_table)
    target = project_engine(context.settings).target()
    count_refused = context.count_refused
    if count_refused is None and isinstance(current, LiveDatabase):
        count_refused = current.count_refused
    return judge_plan(
        plan_of(comparison, target),
        context.settings.lint,
        context.rules,
        back=plan_back(comparison, target),
        count_refused=count_refused,
    )
