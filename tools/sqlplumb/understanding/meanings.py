"""Which of the differences between two schemas are two spellings of one meaning.

Asked where one side was spelled by SQLAlchemy Core, which writes rules in its own way, or where a
person asks why. Must never decide that two SQL sources are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, product
from typing import NamedTuple

from sqlplumb.changes import Alter, Change, Create, Drop, diff
from sqlplumb.changes.comparison import Explanation
from sqlplumb.schema import Check, Expr, Object, Ref, Schema, Unit, value_of, with_values
from sqlplumb.understanding.evaluator import Evaluator, Purpose, Row
from sqlplumb.understanding.reading import read_tree
from sqlplumb.understanding.relation import relation
from sqlplumb.understanding.tree import members

MakeEvaluator = Callable[[Unit, Unit], Evaluator]

_PURPOSES: dict[str, Purpose] = {
    "expression": "check",
    "predicate": "filter",
    "default": "value",
    "generated": "value",
    "keys": "value",
}


class Meant(NamedTuple):
    """The current schema with what means the same in the words of the desired one; how each rule
    that differed relates; and the constraints that only their meaning pairs."""

    current: Schema
    explanations: tuple[Explanation, ...]
    paired: tuple[Alter, ...]


class Meanings:
    """What the differing rules of two schemas mean; both hold whole tables."""

    def __init__(self, current: Schema, desired: Schema, make_evaluator: MakeEvaluator) -> None:
        self._current, self._desired = current, desired
        self._make = make_evaluator
        self._evaluators: dict[str, Evaluator] = {}

    def explain(self, change: Alter, *, in_table: bool = False) -> Iterator[Explanation]:
        """Yield how the expressions of an altered object relate, field by field: alone, or
        `in_table` with the CHECKs that stay."""
        for field in change.fields:
            if field in _PURPOSES:
                current, desired = value_of(change.current, field), value_of(change.desired, field)
                if pairs := _expressions(current, desired):
                    given = self._kept_checks(change) if in_table else ()
                    yield self._explanation(change, field, pairs, given=given)

    def compare(self, current: Schema, desired: Schema) -> Meant:
        """Compare two schemas that hold what differs and nothing else."""
        changes = diff(current, desired)
        altered = {
            change: [*self.explain(change)] for change in changes if isinstance(change, Alter)
        }
        objects = dict(current.objects)
        for change, explanations in altered.items():
            equal = [each.field for each in explanations if each.verdict == "equal"]
            values = {field: value_of(change.desired, field) for field in equal}
            objects[change.current.ref] = with_values(change.current, values)
        paired = dict(self._paired_checks(changes, current))
        for pair in paired:
            del objects[pair.current.ref]
            objects[pair.desired.ref] = pair.desired
        explained = (*chain.from_iterable(altered.values()), *paired.values())
        return Meant(replace(current, objects=objects), explained, tuple(paired))

    def _paired_checks(
        self, changes: tuple[Change, ...], current: Schema
    ) -> Iterator[tuple[Alter, Explanation]]:
        """Pair each CHECK that has no name on one side with one of the other side that means it."""
        gone = [change.current for change in changes if isinstance(change, Drop)]
        new = [change.desired for change in changes if isinstance(change, Create)]
        taken: set[Ref] = set()
        for check, other in product(gone, new):
            if not _may_be_one(check, other) or taken.intersection((check.ref, other.ref)):
                continue
            pair = Alter(check, other, ("expression",))
            (explanation,) = self.explain(pair)
            if explanation.verdict == "equal" and other.ref not in current.objects:
                taken |= {check.ref, other.ref}
                yield pair, explanation

    def _kept_checks(self, change: Alter) -> Sequence[str]:
        units = self._current.unit(change.ref.unit), self._desired.unit(change.ref.unit)
        current, desired = ({check.expression.canonical for check in unit.checks} for unit in units)
        return sorted(current & desired)

    def _explanation(
        self, change: Alter, field: str, pairs: list[_Pair], *, given: Sequence[str]
    ) -> Explanation:
        """The relation of the first pair that is not equal, or else of the last."""
        unit = change.ref.unit
        if unit not in self._evaluators:
            current_unit, desired_unit = self._current.unit(unit), self._desired.unit(unit)
            self._evaluators[unit] = self._make(current_unit, desired_unit)
        purpose, evaluator = _PURPOSES[field], self._evaluators[unit]
        for pair in pairs:
            current, desired = pair.current.canonical, pair.desired.canonical
            outcome = relation(current, desired, evaluator, purpose=purpose, given=given)
            if outcome.verdict != "equal":
                break
        lost, gained = _members_of_one(pair)
        return Explanation(
            ref=change.ref,
            field=field,
            current=pair.current.text,
            desired=pair.desired.text,
            verdict=outcome.verdict,
            tried=outcome.tried,
            is_value=purpose == "value",
            only_current=_spelled(outcome.only_current, self._current.unit(unit)),
            only_desired=_spelled(outcome.only_desired, self._desired.unit(unit)),
            lost=lost,
            gained=gained,
        )


def _spelled(row: Row | None, unit: Unit) -> Row | None:
    """The row with the names of its columns as their author writes them."""
    return None if row is None else {unit.spelled(name): value for name, value in row.items()}


class _Pair(NamedTuple):
    current: Expr
    desired: Expr


def _members_of_one(pair: _Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what each of two lists of one column has alone."""
    trees = read_tree(pair.current.canonical), read_tree(pair.desired.canonical)
    current, desired = (members(tree) if tree else None for tree in trees)
    if current is None or desired is None or current[0] != desired[0]:
        return (), ()
    lost = tuple(member for member in current[1] if member not in desired[1])
    return lost, tuple(member for member in desired[1] if member not in current[1])


def _expressions(current: object, desired: object) -> list[_Pair]:
    """The expressions that differ; none where something else differs."""
    if isinstance(current, Expr) and isinstance(desired, Expr):
        return [_Pair(current, desired)]
    if not (isinstance(current, tuple) and isinstance(desired, tuple)):
        return []
    pairs = [(part, other) for part, other in zip(current, desired, strict=False) if part != other]
    is_spelling = all(
        part.is_expression and part == replace(other, term=part.term) for part, other in pairs
    )
    if not is_spelling or len(current) != len(desired):
        return []
    return [
        _Pair(Expr(part.term, part.text), Expr(other.term, other.text)) for part, other in pairs
    ]


def _may_be_one(check: Object, other: Object) -> bool:
    return (
        isinstance(check, Check)
        and isinstance(other, Check)
        and check.ref.unit == other.ref.unit
        and check.options == other.options
        and not (check.ref.shown and other.ref.shown)
        and check.expression.columns == other.expression.columns
    )
