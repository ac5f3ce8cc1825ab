"""upgrade() and downgrade(), step by step, and the functions that stand below them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

from sqlplumb.config import Style
from sqlplumb.engines.revision_lines import remark, risks, statement
from sqlplumb.engines.sqlite.alembic import helpers
from sqlplumb.engines.sqlite.alembic.batch import REFERENCED, Batch, Unsayable, around, batch
from sqlplumb.engines.sqlite.alembic.copies import Side, copy_function, copy_functions
from sqlplumb.engines.sqlite.alembic.core import SPELLED, asked, executed
from sqlplumb.engines.sqlite.plan.guards import Asked
from sqlplumb.engines.sqlite.plan.script import Frame
from sqlplumb.engines.statements import RevisionBody, Trial, refuse_losses
from sqlplumb.python_layout import Call, Code, call_with, identifier, string
from sqlplumb.schema import Ref
from sqlplumb.steps import Step


@dataclass(slots=True, kw_only=True)
class _Draft:
    """What both directions share; `same` are the tables that batch mode copies from the same words
    in both."""

    style: Style
    trial: Trial
    same: frozenset[Ref]
    tables: dict[str, dict[Side, Call]] = field(default_factory=dict)  # to copy from
    helpers: set[str] = field(default_factory=set)
    named: dict[str, str] = field(default_factory=dict)  # the table behind each name


@dataclass(slots=True, kw_only=True)
class _Side:
    """One direction while it is written; `batch` are the tables that batch mode makes anew."""

    draft: _Draft
    when: Side
    frame: Frame
    batch: set[Ref] = field(default_factory=set)


def revision_body(
    up: tuple[Step, ...], down: tuple[Step, ...], *, style: Style, trial: Trial
) -> RevisionBody:
    same = {ref for ref, table in _copied(up) if (ref, table) in [*_copied(down)]}
    draft = _Draft(style=style, trial=trial, same=frozenset(same))
    upgrade = _function(up, _Side(draft=draft, when="before", frame=Frame(up)))
    downgrade = _function(down, _Side(draft=draft, when="after", frame=Frame(down)))
    used = [helper for helper in helpers.ALL if helper in draft.helpers]
    tables = [copy for name, sides in draft.tables.items() for copy in copy_functions(name, sides)]
    return RevisionBody(upgrade=upgrade, downgrade=downgrade, below=(*tables, *used))


def _copied(steps: Iterable[Step]) -> Iterator[tuple[Ref, Call]]:
    for step in steps:
        with suppress(Unsayable):
            if step.verb == "rebuild":
                yield step.ref, batch(step, "").table


def _function(steps: tuple[Step, ...], side: _Side) -> str:
    if not steps:
        return "pass"
    frame = side.frame
    middle = list(_middle(steps, side))  # gives numbers to what is asked, so it is written first
    side.draft.helpers.update([helpers.GUARD, helpers.BATCH] if side.batch else [helpers.GUARD])
    start = Code("down_revision" if side.when == "before" else "revision")
    guards = frame.asked.guards
    words = (Code(string(" ".join(guard.words.split()))) for guard in guards[1:])
    begin = statement(call_with("begin", [start, *words]))
    verdict = (Code(string(condition)) for condition in frame.verdict(side.batch))
    paragraphs = [
        [*executed(frame.outside), *begin, *asked(frame.first)],
        *middle,
        statement(call_with("end", [Code(str(len(guards))), *verdict])),
        executed(frame.after),
    ]
    text = "\n\n".join("\n".join(lines) for lines in paragraphs if lines)
    return text.removeprefix("    ")


def _middle(steps: tuple[Step, ...], side: _Side) -> Iterator[list[str]]:
    renames = [step for step in steps if step.verb == "rename"]
    yield [line for step in renames for line in _step(step, side)]
    yield executed(side.frame.before)
    for same, group in groupby((s for s in steps if s.verb != "rename"), key=_stands_alone):
        parts = [_step(step, side) for step in group]
        if same:
            yield from parts
        else:
            yield [line for part in parts for line in part]
    checks = [check for step in steps for check in step.checks]
    yield asked(side.frame.asked.numbered(checks))


def _stands_alone(step: Step) -> bool:
    """Rebuilds, and what takes more than a line; the rest is listed without gaps."""
    return step.verb == "rebuild" or any("\n" in text for text in step.statements)


def _step(step: Step, side: _Side) -> list[str]:
    comments = risks(step)
    if step.verb == "rebuild" and side.draft.style != "sql":
        return [*comments, *_rebuild(step, side)]
    return [*comments, *_in_sql(step, side.frame.asked)]


def _in_sql(step: Step, asks: Asked) -> list[str]:
    return [
        *executed(step.first[:-1]),
        *asked(asks.numbered(step.first_provisos)),
        *executed(step.first[-1:]),
        *executed(step.statements[:-1]),
        *asked(asks.numbered(step.provisos)),
        *executed(step.statements[-1:]),
        *asked(asks.numbered(step.evidence)),
    ]


def _rebuild(step: Step, side: _Side) -> list[str]:
    """In batch mode if it can say it and does not lose anything; else as SQL, with the reason."""
    draft, name = side.draft, identifier(step.ref.display)
    while draft.named.setdefault(name, step.ref.name) != step.ref.name:
        name += "_"  # two tables may have names that are one to Python
    when: Side = "table" if step.ref in draft.same else side.when
    function = f"{name}_{when}"
    written, wrong = None, ""
    try:
        written = batch(step, function)
        wrong = draft.trial(step, _module(written, function))
    except Unsayable as unsayable:
        wrong = str(unsayable)
    if wrong or written is None:
        refuse_losses(step, draft.trial(step, ""))
        reason = f"In SQL, for batch mode cannot say it: {wrong.rstrip('.')}."
        return [*remark(reason), *_in_sql(step, side.frame.asked)]
    _, *spelled = _below(written, function)
    draft.tables.setdefault(name, {})[when] = written.table
    draft.helpers.update(spelled)
    side.batch.add(step.ref)
    return around(written.lines, step, side.frame.asked)


def _below(written: Batch, name: str) -> Iterator[str]:
    function = copy_function(name, written.table)
    yield function
    text = function + "\n".join(written.lines)
    if f"{SPELLED}(" in text:
        yield helpers.SPELLED
    if f"{REFERENCED}(" in text:
        yield helpers.REFERENCED


def _module(written: Batch, function: str) -> str:
    """Enough of a module to be run for a trial."""
    upgrade, below = "\n".join(written.lines), "\n\n".join(_below(written, function))
    return (
        "import sqlalchemy as sa\nfrom alembic import op\n\n\n"
        f"def upgrade() -> None:\n{upgrade}\n\n\n{below}\n"
    )
