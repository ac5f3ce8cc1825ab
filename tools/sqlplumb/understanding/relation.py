"""How one rule relates to another: equal, looser, stricter or other, with a row that shows it.

The trees say which literals decide, the engine evaluates both rules over a row of every kind. A
call or a sum that always has a value, and a comparison that converts or has a COLLATE, stand as a
value of their own, of which everything is tried: they count where both rules say them alike.
A generated column has any value that its type can hold, which are more than it does have. Whatever
else there is (a subquery, a call that may fail, random()) is unknown, unless rows show that each
side takes what the other refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlplumb.changes.comparison import Verdict
from sqlplumb.understanding.evaluator import Answer, Evaluator, Purpose, Question, Row
from sqlplumb.understanding.reading import read_tree
from sqlplumb.understanding.shape import Shape, one_text, replace_calls
from sqlplumb.understanding.tree import Node, columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """`looser` takes every row that the current rule takes, and `stricter` takes no other; without
    a row that shows the difference they may be equal. Of two values the verdict is equal, other or
    unknown, and `only_current` is a row for which they differ. `tried` rows were looked at."""

    verdict: Verdict
    tried: int = 0
    only_current: Row | None = None
    only_desired: Row | None = None

    @property
    def keeps_all(self) -> bool:
        """Tell whether the desired rule takes every row that the current one takes."""
        return self.verdict in ("equal", "looser")


UNKNOWN = Relation(verdict="unknown")


def relation(
    current: str,
    desired: str,
    evaluator: Evaluator,
    *,
    purpose: Purpose = "check",
    given: Collection[str] = (),
) -> Relation:
    """Compare two expressions in canonical text over the rows for which the `given` ones hold.

    What is given and not decidable, or reads other columns, is left out: less is claimed then, and
    a row that is shown may be one that it refuses.
    """
    if current == desired:
        return Relation(verdict="equal")
    trees = read_tree(current), read_tree(desired)
    if trees[0] is None or trees[1] is None:
        return UNKNOWN
    both = (trees[0], trees[1])
    read = columns(both[0]) | columns(both[1])
    if not read <= evaluator.kinds.keys() or evaluator.kinds.keys() & {"true", "false"}:
        return UNKNOWN
    shape = Shape(evaluator.kinds)
    for tree in both:
        shape.add(tree, is_value=purpose == "value")
    if shape.is_repeatable and one_text(both[0]) == one_text(both[1]):
        return Relation(verdict="equal")
    known = [fact for text in given if (fact := _premise(text, read, evaluator))]
    for fact in known:
        shape.add(fact)
    asked = _Asked(evaluator=evaluator, purpose=purpose, trees=both, shape=shape, known=known)
    if evaluator.generated & read:
        return _over_all_values(asked)
    return _with_stand_ins(asked) if shape.stand_ins and read else _exact(asked)


def _premise(text: str, read: frozenset[str], evaluator: Evaluator) -> Node | None:
    """What holds anyway counts where it is decidable and speaks of no other column."""
    tree = read_tree(text)
    if tree is None or not columns(tree) <= read:
        return None
    shape = Shape(evaluator.kinds)
    shape.add(tree)
    return tree if shape.is_decidable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    evaluator: Evaluator
    purpose: Purpose
    trees: tuple[Node, Node]
    shape: Shape
    known: Sequence[Node]

    def as_written(self) -> Answer | None:
        if not self.shape.is_repeatable:
            return None
        return self.evaluator.ask(
            Question(
                current=self.trees[0].text,
                desired=self.trees[1].text,
                purpose=self.purpose,
                uses=self.shape.uses(as_written=True),
                given=tuple(tree.text for tree in self.known),
                example=bool(self.shape.stand_ins) or not self.shape.is_decidable,
            )
        )

    def with_stand_ins(self) -> Answer | None:
        stand_ins = self.shape.stand_ins
        current, desired, *given = (
            replace_calls(tree, stand_ins) for tree in (*self.trees, *self.known)
        )
        return self.evaluator.ask(
            Question(
                current=current,
                desired=desired,
                purpose=self.purpose,
                uses=self.shape.uses(as_written=False),
                given=tuple(given),
            )
        )


def _exact(asked: _Asked) -> Relation:
    answer = asked.as_written()
    if answer is None:
        return UNKNOWN
    is_whole = answer.is_whole and asked.shape.is_decidable
    return _relation(answer, asked.purpose, is_whole=is_whole)


def _over_all_values(asked: _Asked) -> Relation:
    """Compare over all values that calls and generated columns might have, which are more than
    they do have: what holds for all of them holds, and no row is shown."""
    wide = asked.with_stand_ins() if asked.shape.is_decidable else None
    if wide is None or not wide.is_whole:
        return UNKNOWN
    verdict = _relation(wide, asked.purpose, is_whole=True).verdict
    return UNKNOWN if verdict == "other" else Relation(verdict=verdict, tried=wide.tried)


def _with_stand_ins(asked: _Asked) -> Relation:
    """A row that differs is looked for among real ones."""
    wide = _over_all_values(asked)
    if wide.verdict == "equal":
        return wide
    real = asked.as_written()
    outcome = _relation(real, asked.purpose, is_whole=False) if real else UNKNOWN
    if outcome.verdict == "unknown" and wide.verdict != "unknown":
        return replace(wide, only_current=outcome.only_current, only_desired=outcome.only_desired)
    return outcome


def _relation(answer: Answer, purpose: Purpose, *, is_whole: bool) -> Relation:
    current, desired = answer.only_current, answer.only_desired
    verdict: Verdict = "unknown"
    if current is not None and (desired is not None or purpose == "value"):
        verdict = "other"
    elif is_whole and current is not None:
        verdict = "stricter"
    elif is_whole:
        verdict = "equal" if desired is None else "looser"
    return Relation(verdict=verdict, tried=answer.tried, only_current=current, only_desired=desired)
