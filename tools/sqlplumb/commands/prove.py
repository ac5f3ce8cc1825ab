"""Run revisions on scratches: replay one and read what it did, judge it by the rules, prove it.

A rename that a revision carries out is one, and a column that it fills has values, whoever wrote
it. What comments in its file ask to be ignored is ignored. No live database is opened here.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.approvals import without_approvals
from sqlplumb.commands.branches import BranchProofs
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.config import Settings
from sqlplumb.engines import Named, Remark, Trace
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.lint import (
    MARK,
    Finding,
    Judgement,
    LintContext,
    apply_ignores,
    judge_plan,
    project_rules,
    read_ignores,
)
from sqlplumb.lint.rules.lost_in_rebuild import RULE as LOST_IN_REBUILD
from sqlplumb.places import Place
from sqlplumb.progress import each
from sqlplumb.proof import DoneSource, Failure, Proof, asked_before
from sqlplumb.proof.ledger import entry_of, ledger_file, read_ledger, update_ledger
from sqlplumb.python_text import parse
from sqlplumb.schema import Object
from sqlplumb.sources import open_schema
from sqlplumb.sources.cut_history import is_beginning
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.env_run import EnvRun, without_env
from sqlplumb.sources.open_replays import OpenReplay, replays_before
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.scripts import script_directory
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedRevision:
    """`statements` are what it ran, and `traces` what was measured of them; `plan` is what they
    amount to, `back` the way back of that; `named` is what its own operations name. `near` is what
    is tied to what changes, as it is afterwards."""

    plan: Plan
    back: Plan
    statements: tuple[str, ...]
    named: Named
    near: tuple[Object, ...] = ()
    traces: tuple[Trace, ...] = ()


def replay_revision(revision: str, scratch: OpenReplay, settings: Settings) -> ReplayedRevision:
    """Run a revision on one of two scratches, and read only what then differs between them."""
    log = OperationLog()
    with scratch() as base, scratch() as done:
        done.upgrade(revision, log)
        return read_replayed(
            f"the history before {revision}", base, done=done, log=log, settings=settings
        )


def replay_rebuild(
    revision: str, scratch: OpenReplay, settings: Settings
) -> ReplayedRevision | None:
    """Run a revision that makes a table anew; compare nothing and return None where it makes
    none."""
    if not project_engine(settings).makes_anew:
        return None
    log = OperationLog()
    with scratch() as done:
        done.upgrade(revision, log)
        if not done.scratch.executed(log.statements).tables:
            return None
        with scratch() as base:
            return read_replayed(
                f"the history before {revision}", base, done=done, log=log, settings=settings
            )


def read_replayed(
    label: str, base: Replay, *, done: Replay, log: OperationLog, settings: Settings
) -> ReplayedRevision:
    """Compare a scratch on which something was done with one that is as it was before."""
    table, engine = settings.version_table, project_engine(settings)
    statements = tuple(log.statements)
    current = base.everything(label)
    desired = DoneSource(current, done, statements)
    touched = engine.units_named(statements, desired.texts.keys()) - {table}
    comparison = measured_for_plan(current, desired, table, also=touched, swaps="do")
    named = log.named(engine)
    executed = done.scratch.executed(statements)
    named.rebuilt.update(executed.tables)
    changed = {change.ref.unit for change in comparison.changes}
    near = changed | desired.units_naming(changed) | desired.units_named_by(changed)
    target = engine.target()
    return ReplayedRevision(
        plan=asked_before(plan_of(comparison, target), desired.executed),
        back=plan_back(comparison, target),
        statements=statements,
        named=named,
        near=tuple(desired.read_units([unit for unit in desired.texts if unit in near - {table}])),
        traces=executed.traces,
    )


def judge_revision(script: Script, scripts: ScriptDirectory, context: LintContext) -> Judgement:
    """Run a revision on replays_before of its own, and judge it."""
    scratch = replays_before(context.settings, script, scripts)
    replayed = replay_revision(script.revision, scratch, context.settings)
    return judge_replayed(script, replayed, context)


def judge_replayed(script: Script, replayed: ReplayedRevision, context: LintContext) -> Judgement:
    # Who approved it must not change how it is judged.
    text = without_approvals(Path(script.path).read_bytes()).decode()
    file = _File(os.path.relpath(script.path), text)
    docstring = ast.get_docstring(file.parsed, clean=False) or ""
    findings = judge_plan(
        replayed.plan,
        context.settings.lint,
        context.rules,
        back=replayed.back,
        count_refused=context.count_refused,
        statements=replayed.statements,
        named=replace(replayed.named, docstring=docstring),
        traces=replayed.traces,
        env_words=_words_of_env(Path(script.path)),
    )
    return apply_ignores(
        [file.place(finding) for finding in findings],
        tuple(read_ignores(file.remarks(), context.rules)),
        settings=context.settings.lint,
        rules=context.rules,
        judged=("plan", "revision"),
    )


def _words_of_env(revision: Path) -> frozenset[str]:
    """Return the words in the strings of the env.py of a revision: what it may set."""
    try:
        tree = parse((revision.parents[1] / "env.py").read_text("utf-8"))
    except (OSError, SyntaxError, ValueError, PlumbError):
        return frozenset()
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    strings = (value for value in constants if isinstance(value, str))
    return frozenset(word for text in strings for word in re.findall(r"\w+", text))


@dataclass(frozen=True)
class _File:
    """The file of a revision."""

    name: str
    text: str

    @cached_property
    def parsed(self) -> ast.Module:
        return parse(self.text)

    def place(self, finding: Finding) -> Finding:
        """Place a finding at the first line of the function at fault that names its object."""
        name_of_function = "downgrade" if finding.name == "lossy-downgrade" else "upgrade"
        first = last = 1
        for node in self.parsed.body:
            if isinstance(node, ast.FunctionDef) and node.name == name_of_function:
                first, last = node.lineno, node.end_lineno or node.lineno
        lines = self.text.splitlines()
        name = finding.ref.name if finding.ref else ""
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        with_name = (
            line for line in range(first, last + 1) if name and word.search(lines[line - 1])
        )
        return replace(finding, place=Place(self.name, next(with_name, first)))

    def remarks(self) -> Iterator[Remark]:
        """Yield the comments with our mark: in Python or in SQL, they speak of all of it."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT and MARK in token.string:
                comment = token.string.lstrip("# ")
                yield Remark(comment, Place(self.name, token.start[0], token.start[1] + 1), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveOptions:
    """`revisions`: one, a range `first:last`, or, where it is empty, the whole history. `by_env`:
    env.py runs them, and finds the URL of the scratch in the variables that `env_url` names."""

    settings: Settings
    revisions: str = ""
    by_env: bool = False
    env_url: tuple[str, ...] = ()


def prove(options: ProveOptions) -> Iterator[Proof]:
    """Prove revisions, in the order in which they run.

    What is proved is recorded beside the history with the bytes of its file.
    """
    settings = options.settings
    with EnvRun(settings, options.env_url) if options.by_env else nullcontext() as env:
        scripts, schema = script_directory(settings), open_schema(settings)
        ledger = ledger_file(scripts, settings)
        scripts_chosen = chosen(scripts, options.revisions)
        env_conditions = env.begin() if env else ""
        proofs = BranchProofs(scripts, schema, settings, env=env)
        for script in each(scripts_chosen, "revisions proved"):
            entry = entry_of(script, settings)
            scratch = replays_before(settings, script, scripts, env=env)
            proof = proofs.prove(script)
            lost = map(Failure, lost_in_rebuild(script, scratch, settings))
            under = env_conditions if env else without_env(settings, proof.under)
            failures, file = (*proof.failures, *lost), os.path.relpath(script.path)
            proof = replace(proof, failures=failures, under=under, file=file)
            if proof.holds:
                update_ledger(ledger, {script.revision: replace(entry, makes=proof.makes)})
            else:
                update_ledger(ledger, {}, gone=(script.revision,))
            yield proof
        if not options.revisions:
            current = {script.revision for script in scripts_chosen}
            update_ledger(ledger, {}, gone=read_ledger(ledger).keys() - current)


def lost_in_rebuild(script: Script, scratch: OpenReplay, settings: Settings) -> Iterator[str]:
    """Yield what the upgrade drops without naming it, unless an ignore gives a reason."""
    with suppress(PlumbError):  # it cannot be run: the proof says so
        replayed = replay_rebuild(script.revision, scratch, settings)
        if replayed is None:
            return
        context = LintContext(settings=settings, rules=project_rules(settings))
        for finding in judge_replayed(script, replayed, context).findings:
            if finding.name == LOST_IN_REBUILD.name and finding.severity == "error":
                yield f"{finding.message} ({finding.code} {finding.name})"


def chosen(scripts: ScriptDirectory, revisions: str) -> list[Script]:
    """Return the revisions that these words name, in the order in which they run."""
    from alembic.util import CommandError

    first, colon, last = revisions.partition(":")
    advice = "`alembic history` lists the revisions"
    try:
        if revisions == "heads":
            return [script for script in chosen(scripts, "") if script.is_head]
        if revisions and not colon:
            script = scripts.get_revision(revisions)
            if script is None:  # `base`, before which nothing could be run
                raise WrongInput(Problem(f"{revisions} is no revision", advice))
            if is_beginning(script):
                message = f"the history begins at {script.revision}: base_revision says so"
                raise WrongInput(Problem(message, "what came before it is not replayed"))
            return [script]
        walked = [*scripts.walk_revisions(first or "base", last or "heads")]
        return [script for script in reversed(walked) if not is_beginning(script)]
    except CommandError as error:
        is_public = without_password(revisions) == revisions
        reason = str(error) if is_public else without_password(revisions)
        raise WrongInput(Problem(f"no such revision: {reason}", advice)) from error
