"""upgrade() and downgrade(), step by step, and the functions that stand below them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from sqlplumb.config import Style
from sqlplumb.engines import Frame, Numbered
from sqlplumb.errors import Problem, Refused
from sqlplumb.render.revision import guarded
from sqlplumb.render.revision.batch import Batch, Unsayable, around, batch
from sqlplumb.render.revision.python import call, comment, execute, identifier, string
from sqlplumb.render.revision.table import SPELLED
from sqlplumb.schema import Ref
from sqlplumb.steps import Plan, Step

Trial = Callable[[Step, str], str]  # a step, in batch mode's words or none; what is wrong

_SPELLED = f'''\
class {SPELLED}(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared
'''
_HELPERS = (guarded.GUARD, guarded.BATCH, _SPELLED)  # as they stand below everything else


@dataclass(frozen=True, slots=True)
class Body:
    """What a template is given. `below` are the functions that upgrade and downgrade call."""

    upgrade: str
    downgrade: str
    below: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    style: Style
    trial: Trial
    tables: list[str] = field(default_factory=list)  # the functions that `copy_from` calls
    helpers: set[str] = field(default_factory=set)
    batch: set[Ref] = field(default_factory=set)  # the tables that batch mode makes anew
    named: dict[str, str] = field(default_factory=dict)  # the table behind each name


def body(up: tuple[Plan, Frame], down: tuple[Plan, Frame], style: Style, trial: Trial) -> Body:
    draft = _Draft(style, trial)
    upgrade = _function(*up, "before", draft)
    downgrade = _function(*down, "after", draft)
    helpers = [one for one in _HELPERS if one in draft.helpers]
    return Body(upgrade, downgrade, (*draft.tables, *helpers))


def module(body: Body) -> str:
    """Enough of a module to be run for a trial."""
    below = "\n\n".join(body.below)
    return (
        "import sqlalchemy as sa\nfrom alembic import op\n\n\n"
        f"def upgrade() -> None:\n    {body.upgrade}\n\n\n{below}\n"
    )


def _function(plan: Plan, frame: Frame, when: str, draft: _Draft) -> str:
    paragraphs = [list(lines) for lines in _paragraphs(plan, frame, when, draft)]
    text = "\n\n".join("\n".join(lines) for lines in paragraphs if lines)
    return text.removeprefix("    ") or "pass"


def _paragraphs(plan: Plan, frame: Frame, when: str, draft: _Draft) -> Iterator[list[str]]:
    if not plan.steps:
        return
    draft.batch.clear()
    middle = list(_middle(plan, frame, when, draft))
    draft.helpers.add(guarded.GUARD)
    if draft.batch:
        draft.helpers.add(guarded.BATCH)
    start = "down_revision" if when == "before" else "revision"
    begin = [start, *(string(" ".join(one.words.split())) for one in frame.asked[1:])]
    yield [*_executed(frame.outside), *call("begin", begin), *_asked(frame.first)]
    yield from middle
    verdict = map(string, frame.verdict(draft.batch))
    yield call("end", [str(len(frame.asked)), *verdict])
    yield _executed(frame.after)


def _executed(statements: Iterable[str]) -> list[str]:
    return [line for one in statements for line in execute(one)]


def _asked(conditions: Iterable[Numbered]) -> list[str]:
    return [
        line for one in conditions for line in call("ask", [str(one.number), string(one.condition)])
    ]


def _middle(plan: Plan, frame: Frame, when: str, draft: _Draft) -> Iterator[list[str]]:
    renames = [step for step in plan if step.verb == "rename"]
    yield [line for step in renames for line in _step(step, frame, when, draft)]
    yield _executed(frame.before)
    for same, steps in groupby((s for s in plan if s.verb != "rename"), key=_stands_alone):
        parts = [_step(step, frame, when, draft) for step in steps]
        if same:
            yield from parts
        else:
            yield [line for part in parts for line in part]
    checks = [check for step in plan for check in step.checks]
    yield _asked(frame.ask(checks))


def _stands_alone(step: Step) -> bool:
    """Rebuilds, and what takes more than a line; the rest is listed without gaps."""
    return step.verb == "rebuild" or any("\n" in one for one in step.statements)


def _step(step: Step, frame: Frame, when: str, draft: _Draft) -> list[str]:
    said = [line for risk in _risks(step) for line in comment(risk)]
    if step.verb == "rebuild" and draft.style == "batch":
        return [*said, *_rebuild(step, frame, when, draft)]
    return [*said, *_in_sql(step, frame)]


def _in_sql(step: Step, frame: Frame) -> list[str]:
    return [
        *_executed(step.first[:-1]),
        *_asked(frame.ask(step.first_provisos)),
        *_executed(step.first[-1:]),
        *_executed(step.statements[:-1]),
        *_asked(frame.ask(step.provisos)),
        *_executed(step.statements[-1:]),
        *_asked(frame.ask(step.evidence)),
    ]


def _rebuild(step: Step, frame: Frame, when: str, draft: _Draft) -> list[str]:
    """In batch mode if it can say it and does not lose anything; else as SQL, with the reason."""
    try:
        found = batch(step, _function_name(step, when, draft))
        wrong = draft.trial(step, module(_alone(found)))
    except Unsayable as unsayable:
        found, wrong = Batch([], []), str(unsayable)
    if wrong:
        refuse_losses(step, draft.trial(step, ""))
        reason = f"In SQL, for batch mode cannot say it: {wrong.rstrip('.')}."
        return [*comment(reason), *_in_sql(step, frame)]
    table, *helpers = _below(found)
    draft.tables.append(table)
    draft.helpers.update(helpers)
    draft.batch.add(step.ref)
    return around(found.lines, step, frame)


def refuse_losses(step: Step, wrong: str) -> None:
    """Where the desired side cannot say all that the table is, its text would lose the rest."""
    if wrong:
        message = f"{step.ref.kind} {step.ref} cannot be made anew from what is desired: {wrong}"
        hint = "write it in schema.sql, which can say all of it, or write this revision by hand"
        raise Refused(Problem(message, hint))


def _function_name(step: Step, when: str, draft: _Draft) -> str:
    """Two tables may have names that are one to Python."""
    name = identifier(step.ref.display)
    while draft.named.setdefault(name, step.ref.name) != step.ref.name:
        name += "_"
    return f"{name}_{when}"


def _below(found: Batch) -> Iterator[str]:
    function = "\n".join(found.function) + "\n"
    yield function
    if f"{SPELLED}(" in function + "\n".join(found.lines):
        yield _SPELLED


def _alone(found: Batch) -> Body:
    return Body("\n".join(found.lines).removeprefix("    "), "", tuple(_below(found)))


def _risks(step: Step) -> Iterator[str]:
    for loss in step.losses:
        verb = "May lose" if loss.look else "Loses"
        yield f"{verb} {loss.message}." if loss.kind != "empty" else f"{loss.message}."
    for look in step.doubts:
        yield f"There may be {look.rule}."
    for look in step.looks:
        yield f"Rows may refuse: {look.rule}."
