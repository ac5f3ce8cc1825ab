"""One revision judged by what it does: the plan from the schema before it to the one after it.

It is run on a scratch, and what its statements say counts: a rename that it carries out is one, and
a column that it fills has values.
"""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes.measure import Measure
from sqlplumb.engines import Remark, Traced, engine
from sqlplumb.journeys.back import plan_back
from sqlplumb.journeys.judged import Bench, without
from sqlplumb.journeys.measure import settled_changes
from sqlplumb.journeys.plan import plan_of
from sqlplumb.lint import MARK, Finding, Sifted, ignores, judge_plan, sifted
from sqlplumb.places import Place
from sqlplumb.schema import Column, Object, Ref, Schema, Table
from sqlplumb.sources.history import bases_of, open_replay

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_ANY_VALUE = "0"  # that there is one is all that counts


@dataclass(frozen=True, slots=True)
class _Ran:
    """What was there before a revision, what is there after it, and what it ran. `filled` are the
    columns that any of its statements gave values to, by the name that they had then."""

    before: Schema
    after: Schema
    statements: tuple[str, ...]
    traced: Traced
    filled: frozenset[tuple[str, str]]


def judged_revision(script: Script, scripts: ScriptDirectory, bench: Bench) -> Sifted:
    ran = _ran(script, scripts, bench)
    desired = _as_done(ran)
    changes = settled_changes(ran.before, desired)
    measured = Measure(ran.before, desired, changes, (), 0)
    target = engine(bench.settings.engine).target()
    found = judge_plan(
        plan_of(measured, target),
        bench.settings.lint,
        bench.rules,
        back=plan_back(measured, target),
        looking=bench.looking,
        statements=ran.statements,
    )
    file = _File(os.path.relpath(script.path), Path(script.path).read_text("utf-8"))
    given = tuple(ignores(_remarks(file), bench.rules))
    placed = [_placed(finding, file) for finding in found]
    return sifted(placed, given, bench.settings.lint, bench.rules, ("plan",))


def _ran(script: Script, scripts: ScriptDirectory, bench: Bench) -> _Ran:
    settings, said = bench.settings, list[str]()
    with open_replay(settings, f"revision {script.revision}", scripts) as replay:
        for base in bases_of(script):
            replay.upgrade(base)
        before = without(replay.opened().read(), settings.version_table)
        replay.scratch.record(said)
        replay.upgrade(script.revision)
        statements = tuple(said)
        after = without(replay.opened().read(), settings.version_table)
        traced = replay.scratch.traced
        alone = (one for said in statements for one in traced([said]).computed)
        whole = traced(statements)
        return _Ran(before, after, statements, whole, frozenset(whole.computed.union(alone)))


def _as_done(ran: _Ran) -> Schema:
    """The schema after it, with the hints that its statements amount to."""
    objects = {ref: _hinted(fact, ran) for ref, fact in ran.after.objects.items()}
    return replace(ran.after, objects=objects)


def _hinted(fact: Object, ran: _Ran) -> Object:
    ref, traced = fact.ref, ran.traced
    if isinstance(fact, Table):
        former = traced.tables.get(ref.name, ref.name)
        return replace(fact, renamed_from=_gone(replace(ref, name=former), ran))
    if not isinstance(fact, Column):
        return fact
    former = traced.columns.get((ref.table, ref.name), ref.name)
    at = Ref("column", traced.tables.get(ref.table, ref.table), former)
    is_filled = bool({(ref.table, ref.name), (at.table, at.name)} & ran.filled)
    name = _gone(at, ran) if former != ref.name else ""
    return replace(fact, renamed_from=name, backfill=_ANY_VALUE if is_filled else "")


def _gone(former: Ref, ran: _Ran) -> str:
    """Its name, if it was there before and is there no more."""
    return former.name if former in ran.before.objects and former not in ran.after.objects else ""


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: str

    def functions(self) -> Mapping[str, tuple[int, int]]:
        """Where `upgrade` and `downgrade` begin and end."""
        parsed = ast.parse(self.text)
        found = (node for node in parsed.body if isinstance(node, ast.FunctionDef))
        return {node.name: (node.lineno, node.end_lineno or node.lineno) for node in found}


def _placed(finding: Finding, file: _File) -> Finding:
    """The first line of the function at fault that says the name of what it is about."""
    at_fault = "downgrade" if finding.name == "lossy-downgrade" else "upgrade"
    first, last = file.functions().get(at_fault, (1, 1))
    lines = file.text.splitlines()
    name = finding.ref.name if finding.ref else ""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    said = (line for line in range(first, last + 1) if name and word.search(lines[line - 1]))
    return replace(finding, place=Place(file.name, next(said, first)))


def _remarks(file: _File) -> Iterator[Remark]:
    """A comment in Python or in its SQL speaks of the whole revision."""
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT and MARK in token.string:
            said = token.string.lstrip("# ")
            yield Remark(said, Place(file.name, token.start[0], token.start[1] + 1), 0)
