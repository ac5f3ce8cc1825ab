"""What a plan would lose, and what rows would refuse it: asked of the plan and of a live database.

Whether a plan is right is not judged here: `proof` runs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial

from sqlplumb.changes import Rename
from sqlplumb.engines import LiveDatabase, RefusedRows, Source
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.steps import Loss, Plan, RowCheck

_ALL = "destructive"
_KINDS = ("drop", "narrow", "empty")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be lost: all, or what is named."""

    named: frozenset[str] = frozenset()

    def covers(self, loss: Loss) -> bool:
        return _ALL in self.named or not self.named.isdisjoint(loss.leaves)


def leave(written: Collection[str]) -> Allowance:
    for name in written:
        if name != _ALL and name.partition(":")[0] not in _KINDS:
            hint = "write --allow destructive, or what is refused names: --allow drop:tasks.notes"
            raise WrongInput(Problem(f"--allow {name} is no leave that sqlplumb knows", hint))
    return Allowance(frozenset(written))


def allowed(plan: Plan, given: Allowance) -> Plan:
    """Return the plan, or raise Refused with every loss that is not allowed."""
    refused = [loss for loss in plan.losses if not given.covers(loss)]
    if refused:
        raise Refused([_refusal(loss, plan) for loss in refused])
    return plan


def weighed(plan: Plan, current: Source | None) -> tuple[Plan, tuple[Problem, ...]]:
    """Ask the rows of a live database what a changed type would lose: what no row loses is no loss.

    Return the plan with the losses that are real, and warnings of values that stay what their type
    does not say.
    """
    if not isinstance(current, LiveDatabase):
        lost = {loss.ref for loss in plan.losses}  # one word about a column is enough
        return plan, tuple(
            _doubt(row_check) for row_check in plan.doubts if row_check.ref not in lost
        )
    renames = [change for change in plan.changes if isinstance(change, Rename)]
    row_check = partial(current.count_refused, renames=renames)
    warnings: list[Problem] = []
    steps = []
    for step in plan:
        losses = [found for loss in step.losses for found in _found(loss, row_check)]
        for doubt in step.doubts:
            seen = row_check(doubt)
            if doubt.outcome == "lose" and seen.count:
                losses.append(
                    _counted(Loss(kind="narrow", ref=doubt.ref, message=doubt.rule), seen)
                )
            elif seen.count or seen.why_not:
                warnings.append(_doubt(doubt, seen, current.label))
        steps.append(replace(step, losses=tuple(losses)))
    return replace(plan, steps=tuple(steps)), tuple(warnings)


def _found(loss: Loss, row_check: Callable[[RowCheck], RefusedRows]) -> Iterator[Loss]:
    seen = row_check(loss.row_check) if loss.row_check else None
    if seen is None or seen.why_not:
        yield loss
    elif seen.count:
        yield _counted(loss, seen)


def _counted(loss: Loss, seen: RefusedRows) -> Loss:
    shown = f": the first are {'; '.join(seen.values)}" if seen.values else ""
    return replace(loss, message=f"{_of_values(seen, loss.message)}{shown}", row_check=None)


def _of_values(seen: RefusedRows, what: str) -> str:
    """`3 values of tasks.size that change ...`."""
    if seen.count != 1:
        return f"{seen.count} {what}"
    singular = f"1 value{what.removeprefix('values')}".replace(" that change ", " that changes ")
    return singular.replace(" that stay what they are", " that stays what it is")


def _doubt(row_check: RowCheck, seen: RefusedRows | None = None, label: str = "") -> Problem:
    if seen is None:
        hint = "a live database as the current side, or --database, would tell by its rows"
        return Problem(f"there may be {row_check.rule}", hint)
    if seen.why_not:
        return Problem(f"{label}: its rows were not asked for {row_check.rule}: {seen.why_not}")
    return Problem(f"{label}: {_of_values(seen, row_check.rule)}: {'; '.join(seen.values)}")


def check_rows(plan: Plan, current: Source) -> tuple[Problem, ...]:
    """Raise Refused where rows of a live database break a rule that is to come.

    Return a warning for each rule whose rows could not be asked.
    """
    if not isinstance(current, LiveDatabase):
        return ()
    renames = [change for change in plan.changes if isinstance(change, Rename)]
    seen = [(row_check, current.count_refused(row_check, renames)) for row_check in plan.row_checks]
    broken = [_broken(row_check, rows, current.label) for row_check, rows in seen if rows.count]
    if broken:
        raise Refused(broken)
    return tuple(
        Problem(
            f"{current.label}: its rows were not looked at for {row_check.rule}: {rows.why_not}"
        )
        for row_check, rows in seen
        if rows.why_not
    )


def _broken(row_check: RowCheck, seen: RefusedRows, label: str) -> Problem:
    rows = "1 row" if seen.count == 1 else f"{seen.count} rows"
    message = f"{label}: {rows} of {row_check.table} would be refused by {row_check.rule}"
    shown = f"the first values are {'; '.join(seen.values)}. " if seen.values else ""
    return Problem(message, f"{shown}{_MENDED.get(row_check.ref.kind, _BY_HINT)}")


_BY_HINT = "Mend them first, or say `-- @backfill EXPRESSION`"
_NO_TWO = "Mend them first: no two rows may have the same values there"
_MENDED = {
    "unique": _NO_TWO,
    "index": _NO_TWO,
    "primary key": "Mend them first: every row needs a key of its own",
    "foreign key": (
        "Mend them first: add the rows that they refer to, or let them refer to none or to others"
    ),
}


def _refusal(loss: Loss, plan: Plan) -> Problem:
    fact = plan.desired.objects.get(loss.ref) or plan.current.objects.get(loss.ref)
    verb = "may" if loss.row_check else "would"
    message = loss.message if loss.kind == "empty" else f"this {verb} lose {loss.message}"
    hint = f"allow it with --allow {loss.leave}"
    place = fact.place if fact else None
    return Problem(message, f"{loss.advice}; or {hint}" if loss.advice else hint, place=place)
