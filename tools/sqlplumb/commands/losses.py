"""What a plan would lose, and what rows would refuse it: asked of the plan and of a live database.

Whether a plan is right must not be judged here: `proof` runs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlplumb.changes import Rename
from sqlplumb.engines import LiveDatabase, RefusedRows, Source, engine
from sqlplumb.errors import Problem, Refused, WrongInput, did_you_mean
from sqlplumb.lint.rules.rename_without_hint import likely_renames
from sqlplumb.schema import Ref
from sqlplumb.steps import Loss, Plan, RowCheck

_ALL = "destructive"
_KINDS = ("drop", "narrow", "empty")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be lost: all, or what is named."""

    named: frozenset[str] = frozenset()

    def covers(self, loss: Loss) -> bool:
        return _ALL in self.named or not self.named.isdisjoint(loss.allowances)


def allowance(written: Collection[str], also: Collection[str] = ()) -> Allowance:
    """Return what these values of --allow permit; raise WrongInput for one that means nothing.
    `also` are words that mean something to the caller."""
    for name in written:
        kind, colon, rest = name.partition(":")
        if name != _ALL and kind not in _KINDS:
            known = [f"{each}:{rest}" for each in _KINDS] if colon else [_ALL, *also]
            advice = "write --allow destructive, or what is refused names: --allow drop:tasks.notes"
            message = f"--allow {name} is nothing that sqlplumb knows"
            raise WrongInput(Problem(message, did_you_mean(name, known, advice)))
    return Allowance(frozenset(written))


def allowed(plan: Plan, allowance: Allowance) -> Plan:
    """Return the plan, or raise Refused with every loss that is not allowed."""
    refused = {loss.ref: loss for loss in plan.losses if not allowance.covers(loss)}
    if refused:
        idle = [name for name in allowance.named if not _is_used(name, plan)]
        names = likely_renames(plan)
        pairs = {created: names[created] for created in names if names[created] in refused}
        problems = [
            _is_it_a_rename(created, dropped, plan=plan, refused=refused, idle=idle)
            for created, dropped in pairs.items()
        ]
        told = {*pairs, *pairs.values()}
        others = [loss for loss in refused.values() if loss.ref not in told]
        raise Refused([*problems, *(_refusal(loss, plan, idle) for loss in others)])
    return plan


def _is_it_a_rename(
    created: Ref, dropped: Ref, *, plan: Plan, refused: Mapping[Ref, Loss], idle: Sequence[str]
) -> Problem:
    """Ask once of what goes and what comes: never guessed, but likely one thing."""
    loss, fact = refused[dropped], plan.desired.objects[created]
    hint = engine(plan.desired.engine).rename_hint(dropped.display)
    advice = f"if that is a rename, say `{hint}` beside {created}; if not, " if hint else ""
    advice += _allow(loss, idle)
    if created in refused:
        value = "`-- @backfill EXPRESSION`, a DEFAULT, or none"
        advice += f", and give {created} a value: {value} (--allow {refused[created].allowance})"
    message = f"this would lose {loss.message}, while {created} comes"
    return Problem(message, advice, place=fact.place)


def _is_used(name: str, plan: Plan) -> bool:
    return any(name in loss.allowances for loss in plan.losses)


def _refusal(loss: Loss, plan: Plan, idle: Sequence[str]) -> Problem:
    """`idle` are names that allow nothing here: one of them may be a slip of the pen."""
    fact = plan.desired.objects.get(loss.ref) or plan.current.objects.get(loss.ref)
    verb = "may" if loss.row_check else "would"
    message = loss.message if loss.kind == "empty" else f"this {verb} lose {loss.message}"
    advice = _allow(loss, idle)
    place = fact.place if fact else None
    return Problem(message, f"{loss.advice}; or {advice}" if loss.advice else advice, place=place)


def _allow(loss: Loss, idle: Sequence[str]) -> str:
    slips = [name for name in idle if did_you_mean(name, loss.allowances)]
    typo = f" (--allow {slips[0]} names nothing that is lost)" if slips else ""
    return f"allow it with --allow {loss.allowance}{typo}"


def weighed(plan: Plan, current: Source | None) -> tuple[Plan, tuple[Problem, ...]]:
    """Ask the rows of a live database what a changed type would lose: what no row loses is no loss.

    Return the plan with the losses that are real, and warnings of values that stay what their type
    does not say.
    """
    if not isinstance(current, LiveDatabase):
        lost = {loss.ref for loss in plan.losses}  # one word about a column is enough
        doubts = [doubt for doubt in plan.doubts if doubt.ref not in lost]
        return plan, tuple(_warning(doubt) for doubt in doubts)
    renames = [change for change in plan.changes if isinstance(change, Rename)]
    count_refused = partial(current.count_refused, renames=renames)
    warnings: list[Problem] = []
    steps = []
    for step in plan:
        losses = [real for loss in step.losses for real in _real_losses(loss, count_refused)]
        for doubt in step.doubts:
            rows = count_refused(doubt)
            if doubt.outcome == "lose" and rows.count:
                loss = Loss(kind="narrow", ref=doubt.ref, message=doubt.rule)
                losses.append(_counted(loss, rows))
            elif rows.count or rows.why_not:
                warnings.append(_warning(doubt, rows, current.label))
        steps.append(replace(step, losses=tuple(losses)))
    return replace(plan, steps=tuple(steps)), tuple(warnings)


def _real_losses(loss: Loss, count_refused: Callable[[RowCheck], RefusedRows]) -> Iterator[Loss]:
    """Yield the loss with its count, or as it is where rows cannot tell; nothing where none is."""
    rows = count_refused(loss.row_check) if loss.row_check else None
    if rows is None or rows.why_not:
        yield loss
    elif rows.count:
        yield _counted(loss, rows)


def _counted(loss: Loss, rows: RefusedRows) -> Loss:
    first = f": the first are {'; '.join(rows.values)}" if rows.values else ""
    return replace(loss, message=f"{_of_values(rows, loss.message)}{first}", row_check=None)


def _of_values(rows: RefusedRows, words: str) -> str:
    """`3 values of tasks.size that change ...`."""
    if rows.count != 1:
        return f"{rows.count} {words}"
    singular = f"1 value{words.removeprefix('values')}".replace(" that change ", " that changes ")
    singular = singular.replace(" that become numbers ", " that becomes a number ")
    return singular.replace(" that stay what they are", " that stays what it is")


def _warning(doubt: RowCheck, rows: RefusedRows | None = None, label: str = "") -> Problem:
    if rows is None:
        advice = "a live database as the current side, or --database, would tell by its rows"
        return Problem(f"there may be {doubt.rule}", advice)
    if rows.why_not:
        return Problem(f"{label}: its rows were not asked for {doubt.rule}: {rows.why_not}")
    return Problem(f"{label}: {_of_values(rows, doubt.rule)}: {'; '.join(rows.values)}")


_ADD_BACKFILL = "Mend them first, or say `-- @backfill EXPRESSION` at the column in schema.sql"
_NO_TWO = (
    "Mend them first: no two rows may have the same values there, and which of them keeps its"
    " value no `@backfill` says"
)
_ADVICE = {
    "unique": _NO_TWO,
    "index": _NO_TWO,
    "primary key": "Mend them first: every row needs a key of its own",
    "foreign key": (
        "Mend them first: add the rows that they refer to, or let them refer to none or to others;"
        " `-- @backfill NULL`, or another value, at the column in schema.sql does that"
    ),
}


def check_rows(plan: Plan, current: Source, way: str = "") -> tuple[Problem, ...]:
    """Raise Refused where rows of a live database break a rule that is to come, or warn of them
    where others may mend them until a script runs. `way` says how the caller is asked again.

    Return a warning for each rule whose rows could not be asked.
    """
    if not isinstance(current, LiveDatabase):
        return ()
    label = current.label
    renames = [change for change in plan.changes if isinstance(change, Rename)]
    results = [(check, current.count_refused(check, renames)) for check in plan.row_checks]
    broken = [_broken_rule(check, rows, label) for check, rows in results if rows.count]
    if broken and not current.engine.rows_change_meanwhile:
        *others, last = broken
        advice = ". ".join(filter(None, (last.advice, way)))
        raise Refused([*others, replace(last, advice=advice)])
    return *broken, *(
        Problem(f"{label}: its rows were not looked at for {check.rule}: {rows.why_not}")
        for check, rows in results
        if rows.why_not
    )


def _broken_rule(check: RowCheck, rows: RefusedRows, label: str) -> Problem:
    count = "1 row" if rows.count == 1 else f"{rows.count} rows"
    message = f"{label}: {count} of {check.table} would be refused by {check.rule}"
    first = f"the first values are {'; '.join(rows.values)}. " if rows.values else ""
    return Problem(message, f"{first}{_ADVICE.get(check.ref.kind, _ADD_BACKFILL)}")
