"""Judge one revision by what it does: run it on a scratch, read its statements, apply the rules.

A rename that it carries out is one, and a column that it fills has values, whoever wrote it. What
comments in its file ask to be ignored is ignored."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.config import Settings
from sqlplumb.engines import Named, Remark, Source
from sqlplumb.lint import (
    MARK,
    Finding,
    Judgement,
    LintContext,
    apply_ignores,
    judge_plan,
    read_ignores,
)
from sqlplumb.places import Place
from sqlplumb.proof import DoneSource, tables_named
from sqlplumb.python_text import parse
from sqlplumb.schema import Object
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.replay import OpenReplay, Replay, replays_before
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedRevision:
    """`statements` are what it ran; `plan` is what they amount to, `back` the way back of that;
    `named` is what its own operations name. `near` is what is tied to what changes, as it is
    afterwards."""

    plan: Plan
    back: Plan
    statements: tuple[str, ...]
    named: Named
    near: tuple[Object, ...] = ()


def replay_revision(revision: str, scratch: OpenReplay, settings: Settings) -> ReplayedRevision:
    """Run a revision on one of two scratches, and read only what then differs between them."""
    log = OperationLog()
    with scratch() as base, scratch() as done:
        done.upgrade(revision, log)
        return _measured(revision, base, done=done, log=log, settings=settings)


def replay_rebuild(
    revision: str, scratch: OpenReplay, settings: Settings
) -> ReplayedRevision | None:
    """Run a revision that makes a table anew; compare nothing and return None where it makes
    none."""
    log = OperationLog()
    with scratch() as done:
        done.upgrade(revision, log)
        if not done.scratch.executed(log.statements).tables:
            return None
        with scratch() as base:
            return _measured(revision, base, done=done, log=log, settings=settings)


def _measured(
    revision: str, base: Replay, *, done: Replay, log: OperationLog, settings: Settings
) -> ReplayedRevision:
    statements = tuple(log.statements)
    current = base.source(f"the history before {revision}")
    desired = DoneSource(current, done, statements)
    touched = tables_named(statements, desired.texts) - {settings.version_table}
    comparison = measured_for_plan(
        current, desired, version_table=settings.version_table, also=touched, swaps="do"
    )
    target = project_engine(settings).target()
    changed = {change.ref.unit for change in comparison.changes}
    named = log.named(project_engine(settings))
    named.rebuilt.update(done.scratch.executed(statements).tables)
    near = tuple(_near(desired, changed, settings.version_table))
    return ReplayedRevision(
        plan=plan_of(comparison, target),
        back=plan_back(comparison, target),
        statements=statements,
        named=named,
        near=near,
    )


def _near(desired: Source, changed: Collection[str], version_table: str) -> Iterable[Object]:
    """Read what changed, and every unit whose text names it or is named by it."""
    words = {unit: str(text).lower() for unit, text in desired.texts.items()}
    here = [unit for unit in words if unit in changed]
    others = (
        unit
        for unit, text in words.items()
        if any(name in text for name in here) or any(unit in words[name] for name in here)
    )
    chosen = {*here, *others} - {version_table}
    return desired.read_units([unit for unit in desired.texts if unit in chosen])


def judge_revision(script: Script, scripts: ScriptDirectory, context: LintContext) -> Judgement:
    scratch = replays_before(context.settings, script, scripts)
    return judge_replayed(
        script, replay_revision(script.revision, scratch, context.settings), context
    )


def judge_replayed(script: Script, done: ReplayedRevision, context: LintContext) -> Judgement:
    file = _File(os.path.relpath(script.path), Path(script.path).read_text("utf-8"))
    findings = judge_plan(
        done.plan,
        context.settings.lint,
        context.rules,
        back=done.back,
        count_refused=context.count_refused,
        statements=done.statements,
        named=replace(done.named, docstring=ast.get_docstring(file.parsed, clean=False) or ""),
    )
    given = tuple(read_ignores(_remarks(file), context.rules))
    placed = [_placed(finding, file) for finding in findings]
    return apply_ignores(
        placed,
        given,
        settings=context.settings.lint,
        rules=context.rules,
        judged=("plan", "revision"),
    )


@dataclass(frozen=True)
class _File:
    name: str
    text: str

    @cached_property
    def parsed(self) -> ast.Module:
        return parse(self.text)

    def functions(self) -> Mapping[str, tuple[int, int]]:
        """Where `upgrade` and `downgrade` begin and end."""
        found = (node for node in self.parsed.body if isinstance(node, ast.FunctionDef))
        return {node.name: (node.lineno, node.end_lineno or node.lineno) for node in found}


def _placed(finding: Finding, file: _File) -> Finding:
    """Place a finding at the first line of the function at fault that names its object."""
    at_fault = "downgrade" if finding.name == "lossy-downgrade" else "upgrade"
    first, last = file.functions().get(at_fault, (1, 1))
    lines = file.text.splitlines()
    name = finding.ref.name if finding.ref else ""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    lines_with_name = (
        line for line in range(first, last + 1) if name and word.search(lines[line - 1])
    )
    return replace(finding, place=Place(file.name, next(lines_with_name, first)))


def _remarks(file: _File) -> Iterator[Remark]:
    """A comment in Python or in its SQL speaks of the whole revision."""
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT and MARK in token.string:
            comment = token.string.lstrip("# ")
            yield Remark(comment, Place(file.name, token.start[0], token.start[1] + 1), 0)
