"""Apply the rules to a schema, to the plan to it, or to revisions.

What a rule looks for is said in `sqlplumb.lint`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
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
    Finding,
    Looking,
    Rule,
    Sifted,
    at_or_above,
    ignores,
    in_order,
    judge_plan,
    judge_schema,
    refuse_unknown,
    rules_of,
    sifted,
)
from sqlplumb.sources import open_live, open_schema, open_source
from sqlplumb.sources.database import looked_again, project_engine
from sqlplumb.sources.scripts import is_revision, script_directory


@dataclass(frozen=True, slots=True)
class Bench:
    """What all that is judged at once shares. `looking` asks the rows of a live database."""

    settings: Settings
    rules: tuple[Rule, ...]
    looking: Looking | None = None
    passed_over: list[Problem] = field(default_factory=list)


def judged_schema(desired: Source, against: str, bench: Bench, may_fail: bool = False) -> Sifted:
    """A schema, and the plan from `against` to it; where that `may_fail`, it is told and left."""
    bench.passed_over.extend(desired.passed_over)
    schema = without(desired.read(), bench.settings.version_table)
    found = judge_schema(schema, bench.settings.lint, bench.rules)
    planned = _planned(desired, against, bench, may_fail) if against else None
    return sifted(
        (*found, *(planned or ())),
        tuple(ignores(desired.remarks(MARK), bench.rules)),
        bench.settings.lint,
        bench.rules,
        ("schema",) if planned is None else ("schema", "plan"),
        schema,
    )


def _planned(
    desired: Source, against: str, bench: Bench, may_fail: bool
) -> tuple[Finding, ...] | None:
    try:
        with open_source(against, bench.settings, Path()) as current:
            return _judged_plan(current, desired, bench)
    except PlumbError as error:
        if not may_fail:
            raise
        bench.passed_over.extend(_unplanned(problem, against) for problem in error.problems)
        return None


def _judged_plan(current: Source, desired: Source, bench: Bench) -> tuple[Finding, ...]:
    measured = measured_for_plan(current, desired, bench.settings.version_table)
    target = project_engine(bench.settings).target()
    return judge_plan(
        plan_of(measured, target),
        bench.settings.lint,
        bench.rules,
        back=plan_back(measured, target),
        looking=bench.looking or (current.look if isinstance(current, LiveDatabase) else None),
    )


def _unplanned(problem: Problem, against: str) -> Problem:
    message = f"the plan from {against} was not judged: {problem.message}"
    return replace(problem, message=message)


@dataclass(frozen=True, slots=True)
class Asked:
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands, what somebody gave a reason for, and by which rules."""

    judged: tuple[str, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    failing: tuple[Finding, ...] = ()
    passed_over: tuple[Problem, ...] = ()


def rules(settings: Settings) -> tuple[Rule, ...]:
    """Ours and the project's own; refused where the settings speak of others."""
    found = rules_of(settings.root, settings.lint.rules)
    refuse_unknown(settings.lint, found)
    return found


def lint(asked: Asked) -> Verdict:
    return looked_again(partial(_lint, asked))


def _lint(asked: Asked) -> Verdict:
    settings = asked.settings
    with ExitStack() as stack:
        looking = _looking(asked, stack)
        bench = Bench(settings, rules(settings), looking)
        parts = list(_parts(asked, bench))
    findings = in_order(one for _, part in parts for one in part.findings)
    return Verdict(
        tuple(label for label, _ in parts),
        findings,
        in_order(one for _, part in parts for one in part.ignored),
        bench.rules,
        tuple(at_or_above(findings, settings.lint.fail)),
        tuple(bench.passed_over),
    )


def _looking(asked: Asked, stack: ExitStack) -> Looking | None:
    if not asked.database:
        return None
    return stack.enter_context(open_live(asked.database, asked.settings, Path())).look


def _parts(asked: Asked, bench: Bench) -> Iterator[tuple[str, Sifted]]:
    """Each source and each revision, by its name."""
    if not asked.written:
        yield _plumb_line(asked, bench)
    for written in asked.written:
        if _is_revision(written, asked.settings):
            yield from _revisions(written, asked, bench)
        else:
            with open_source(written, asked.settings, Path()) as opened:
                yield opened.label, judged_schema(opened, asked.start, bench)


def _plumb_line(asked: Asked, bench: Bench) -> tuple[str, Sifted]:
    """The schema itself, and the plan to it from the history, where there is one."""
    schema = open_schema(asked.settings)
    if asked.against or not asked.settings.has_history:
        return schema.label, judged_schema(schema, asked.start, bench)
    return schema.label, judged_schema(schema, "history", bench, may_fail=True)


def _revisions(written: str, asked: Asked, bench: Bench) -> Iterator[tuple[str, Sifted]]:
    if asked.against:
        message = f"--against has no meaning for revision {written}"
        raise WrongInput(Problem(message, "a revision starts where the one before it ends"))
    from sqlplumb.commands.judging import judged_revision
    from sqlplumb.commands.prove import chosen

    scripts = script_directory(bench.settings)
    for script in chosen(scripts, written):
        limits.current().restart()
        yield f"revision {script.revision}", judged_revision(script, scripts, bench)


def _is_revision(written: str, settings: Settings) -> bool:
    """What the history knows, and what is written like nothing else; `a:b` may be a metadata."""
    is_source = written.endswith(".sql") or "://" in written or Path(written).exists()
    if is_source or written in ("empty", "history") or not settings.has_history:
        return False
    scripts = script_directory(settings)
    return all(is_revision(one, scripts) for one in written.split(":", 1) if one)
