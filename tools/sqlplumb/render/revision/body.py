"""upgrade() and downgrade(), step by step, and the functions that stand below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from sqlplumb.config import Style
from sqlplumb.engines import Frame
from sqlplumb.errors import Problem, Refused
from sqlplumb.render.revision import guarded
from sqlplumb.render.revision.batch import Batch, Unsayable, batch, counts
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
_GUARD = '''\
def require_foreign_keys_off() -> None:
    """With foreign keys on, DROP TABLE deletes the rows that refer to the table.

    Inside a transaction nothing can turn them off: let env.py say PRAGMA foreign_keys = OFF before
    it begins one.
    """
{lines}
'''


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
    below: dict[str, None] = field(default_factory=dict)  # in order, each once
    batch: set[Ref] = field(default_factory=set)  # the tables that batch mode makes anew
    named: dict[str, str] = field(default_factory=dict)  # the table behind each name


def body(up: tuple[Plan, Frame], down: tuple[Plan, Frame], style: Style, trial: Trial) -> Body:
    draft = _Draft(style, trial)
    upgrade = _function(*up, "before", draft)
    downgrade = _function(*down, "after", draft)
    return Body(upgrade, downgrade, tuple(draft.below))


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
    if frame.guard:
        lines = "\n".join(line for one in frame.guard for line in execute(one))
        draft.below.setdefault(_GUARD.format(lines=lines))
        yield ["    require_foreign_keys_off()"]
    draft.batch.clear()
    middle = list(_middle(plan, frame, when, draft))
    draft.below.setdefault(guarded.SOURCE)
    start = "down_revision" if when == "before" else "revision"
    yield call("begin", [start, *(string(" ".join(one.words.split())) for one in frame.asked[1:])])
    yield from middle
    yield call("end", [string(one) for one in frame.verdict(draft.batch)])
    yield [line for one in frame.after for line in execute(one)]


def _middle(plan: Plan, frame: Frame, when: str, draft: _Draft) -> Iterator[list[str]]:
    renames = [step for step in plan if step.verb == "rename"]
    yield [line for step in renames for line in _step(step, frame, when, draft)]
    yield [line for one in frame.before for line in execute(one)]
    for same, steps in groupby((s for s in plan if s.verb != "rename"), key=_stands_alone):
        parts = [_step(step, frame, when, draft) for step in steps]
        if same:
            yield from parts
        else:
            yield [line for part in parts for line in part]
    checks = [check for step in plan for check in step.checks]
    yield [line for one in frame.ask(checks) for line in execute(one)]


def _stands_alone(step: Step) -> bool:
    """Rebuilds, and what takes more than a line; the rest is listed without gaps."""
    return step.verb == "rebuild" or any("\n" in one for one in step.statements)


def _step(step: Step, frame: Frame, when: str, draft: _Draft) -> list[str]:
    said = [line for risk in _risks(step) for line in comment(risk)]
    if step.verb == "rebuild" and draft.style == "batch":
        return [*said, *_rebuild(step, frame, when, draft)]
    return [*said, *_in_sql(step, frame)]


def _in_sql(step: Step, frame: Frame) -> list[str]:
    statements = [
        *step.first[:-1],
        *frame.ask(step.first_provisos),
        *step.first[-1:],
        *step.statements[:-1],
        *frame.ask(step.provisos),
        step.statements[-1],
        *frame.ask(step.evidence),
    ]
    return [line for one in statements for line in execute(one)]


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
    for part in _below(found):
        draft.below.setdefault(part)
    draft.batch.add(step.ref)
    name = step.ref.display
    around = frame.made_anew(step, f"_alembic_tmp_{name}"[:50], counts(step))
    return [
        *(line for one in around.before for line in execute(one)),
        *found.lines,
        *(line for one in around.after for line in execute(one)),
    ]


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
    if f"{SPELLED}(" in function + "\n".join(found.lines):
        yield _SPELLED
    yield function


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
