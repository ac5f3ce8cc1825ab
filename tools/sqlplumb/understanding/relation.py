"""How one rule relates to another: equal, looser, stricter or other, with a row that shows it.

The trees say which literals decide, the engine evaluates both rules over a row of every kind. What
is compared must be a column, a literal, or a call or sum that always has a value: such a call
stands as a value of its own, of which everything is tried. Whatever else there is (CAST, COLLATE,
a subquery, random()) is unknown, unless rows show that each side takes what the other refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlplumb.understanding.evaluator import Answer, Evaluator, Purpose, Question, Row, Use
from sqlplumb.understanding.tree import Node, columns, read_tree

Verdict = Literal["equal", "looser", "stricter", "other", "unknown"]

_LOGIC = ("and", "or", "not", "compare", "is", "in", "between")
_CONSTANTS = ("literal", "boolean", "null")
_COMPUTED = ("sum", "sign", "pattern", "call", "case")
# Functions that have one value for the same arguments, and never an error.
_TOTAL = frozenset(
    """
    char coalesce hex ifnull iif instr json_valid length lower ltrim max min nullif quote round
    rtrim sign substr substring trim typeof unicode upper
    """.split()
)
# These have one value or one error; a date may be 'now'.
_PARTIAL = frozenset(
    """
    abs date datetime glob json_array_length json_extract json_type julianday like strftime time
    unixepoch replace printf format
    """.split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """`looser` takes every row that the current rule takes, and `stricter` takes no other; without
    a row that shows the difference they may be equal. Of two values the verdict is equal, other or
    unknown, and `only_current` is a row for which they differ."""

    verdict: Verdict
    only_current: Row | None = None
    only_desired: Row | None = None

    @property
    def keeps_all(self) -> bool:
        """Does the desired rule take every row that the current one takes?"""
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
    """Compare two expressions in canonical text over the rows for which the `given` ones hold."""
    if current == desired:
        return Relation(verdict="equal")
    trees = read_tree(current), read_tree(desired)
    if trees[0] is None or trees[1] is None:
        return UNKNOWN
    both = (trees[0], trees[1])
    read = columns(both[0]) | columns(both[1])
    if not read <= evaluator.columns or evaluator.columns & {"true", "false"}:
        return UNKNOWN
    shape = _Shape(evaluator.columns)
    for tree in both:
        shape.add(tree, is_value=purpose == "value")
    known = [fact for text in given if (fact := _premise(text, read, evaluator))]
    for fact in known:
        shape.add(fact)
    asked = _Asked(evaluator=evaluator, purpose=purpose, trees=both, shape=shape, known=known)
    return _with_stand_ins(asked) if shape.stand_ins and read else _exact(asked)


def _premise(text: str, read: frozenset[str], evaluator: Evaluator) -> Node | None:
    """What holds anyway counts where it is decidable and speaks of no other column."""
    tree = read_tree(text)
    if tree is None or not columns(tree) <= read:
        return None
    shape = _Shape(evaluator.columns)
    shape.add(tree)
    return tree if shape.is_decidable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    evaluator: Evaluator
    purpose: Purpose
    trees: tuple[Node, Node]
    shape: _Shape
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
            )
        )

    def with_stand_ins(self) -> Answer | None:
        stand_ins = self.shape.stand_ins
        current, desired, *given = (
            _replaced(tree, stand_ins) for tree in (*self.trees, *self.known)
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


def _with_stand_ins(asked: _Asked) -> Relation:
    """Over all values that calls might have, which is more than they do: what holds for them holds,
    and a row that differs is looked for among real ones."""
    wide = asked.with_stand_ins() if asked.shape.is_decidable else None
    verdict: Verdict = "unknown"
    if wide and wide.is_whole:
        verdict = _relation(wide, asked.purpose, is_whole=True).verdict
        if verdict == "equal":
            return Relation(verdict="equal")
    real = asked.as_written()
    found = _relation(real, asked.purpose, is_whole=False) if real else UNKNOWN
    if found.verdict == "unknown" and verdict in ("looser", "stricter"):
        rows = found.only_current, found.only_desired
        return Relation(verdict=verdict, only_current=rows[0], only_desired=rows[1])
    return found


def _relation(answer: Answer, purpose: Purpose, *, is_whole: bool) -> Relation:
    current, desired = answer.only_current, answer.only_desired
    verdict: Verdict = "unknown"
    if current is not None and (desired is not None or purpose == "value"):
        verdict = "other"
    elif is_whole and current is not None:
        verdict = "stricter"
    elif is_whole:
        verdict = "equal" if desired is None else "looser"
    return Relation(verdict=verdict, only_current=current, only_desired=desired)


@dataclass(slots=True)
class _Compared:
    """What is known so far of a column or a stand-in."""

    literals: set[str] = field(default_factory=set)
    partners: set[str] = field(default_factory=set)
    is_truth: bool = False


class _Shape:
    """What several expressions compare with what.

    `stand_ins` are names for the calls and sums in them, by their text. `is_decidable` says that
    nothing else decides, `is_repeatable` that one row always has one answer.
    """

    def __init__(self, taken: frozenset[str]) -> None:
        self.stand_ins: dict[str, str] = {}
        self.is_decidable = self.is_repeatable = True
        self._taken = taken
        self._compared: dict[str, _Compared] = {}
        self._inside: dict[str, set[str]] = {}  # columns that calls read, and literals near them

    def add(self, tree: Node, *, is_value: bool = False) -> None:
        if is_value and tree.kind not in _LOGIC and columns(tree):
            self.is_decidable = False  # which of all values it has, no comparison tells
        self._add_truth(tree)

    def uses(self, *, as_written: bool) -> Mapping[str, Use]:
        """The columns, and what stands for calls; or, as it is written, the columns alone."""
        stand_ins = frozenset(self.stand_ins.values())
        hidden = stand_ins if as_written else frozenset[str]()
        names = self._compared.keys() | (self._inside.keys() if as_written else set())
        uses: dict[str, Use] = {}
        for name in sorted(names - hidden):
            compared = self._compared.get(name, _Compared())
            near = self._inside.get(name, set()) if as_written else set[str]()
            uses[name] = Use(
                literals=frozenset(compared.literals | near),
                partners=frozenset(compared.partners - hidden),
                is_truth=compared.is_truth,
                is_inside=as_written and name in self._inside,
                is_computed=name in stand_ins,
            )
        return uses

    def _add_truth(self, node: Node) -> None:
        if node.kind in ("and", "or", "not"):
            for part in node.parts:
                self._add_truth(part)
        elif node.kind in _LOGIC:
            self._add_comparison(node)
        elif node.kind not in _CONSTANTS and (name := self._name(node)):
            self._compared[name].is_truth = True

    def _add_comparison(self, node: Node) -> None:
        if node.kind == "is" and node.parts[1].kind == "boolean":
            self._add_truth(node.parts[0])
            return
        literals, operands = set[str](), list[Node]()
        for part in node.parts:
            if _is_constant(part):
                literals.add(part.text)
            elif part.kind in _LOGIC:
                literals |= {"0", "1"}
                self._add_truth(part)
            else:
                operands.append(part)
        if node.kind == "in" and operands and _is_constant(node.parts[0]):
            self.is_decidable = False  # `'a' IN (x)` does not compare as x does
        names = {name for part in operands if (name := self._name(part))}
        for name in names:
            self._compared[name].literals |= literals
            self._compared[name].partners |= names - {name}
        for part in operands:
            for column in columns(part):
                if column in self._inside:
                    self._inside[column] |= literals

    def _name(self, node: Node) -> str:
        """Return the column, or what stands for a call; nothing for what decides in its own way."""
        name = node.word
        if node.kind != "column":
            for column in columns(node):
                literals = {part.text for part in node.walk() if part.kind == "literal"}
                self._inside.setdefault(column, set()).update(literals)
            self.is_repeatable &= all(
                part.word in _TOTAL or part.word in _PARTIAL
                for part in node.walk()
                if part.kind == "call"
            )
            if node.kind not in _COMPUTED or not all(map(_is_total, node.walk())):
                self.is_decidable = False
                return ""
            name = self.stand_ins.setdefault(node.text, self._free_name())
        self._compared.setdefault(name, _Compared())
        return name

    def _free_name(self) -> str:
        number = len(self.stand_ins) + 1
        while f"value {number}" in self._taken:
            number += 1000
        return f"value {number}"


def _is_constant(node: Node) -> bool:
    is_signed = node.kind == "sign" and node.parts[0].kind == "literal"
    return node.kind in _CONSTANTS or is_signed


def _is_total(node: Node) -> bool:
    """Has it always a value, the same for the same row, and no affinity or collation of its own?"""
    match node.kind:
        case "call":
            return node.word in _TOTAL
        case "pattern":
            pattern, *escape = node.parts[1:]
            is_plain = pattern.kind == "literal" and len(pattern.text) < 1000
            return is_plain and all(one.kind == "literal" and len(one.text) == 3 for one in escape)
        case "collate" | "list":
            return False
    return True


def _replaced(node: Node, stand_ins: Mapping[str, str]) -> str:
    """The expression with what stands for its calls, in canonical words."""
    if name := stand_ins.get(node.text):
        return f'"{name}"'
    if node.kind not in _LOGIC:
        return node.text
    replaced = [_replaced(part, stand_ins) for part in node.parts]
    is_logic = [part.kind in _LOGIC for part in node.parts]
    parts = [
        f"( {text} )" if is_one else text for text, is_one in zip(replaced, is_logic, strict=True)
    ]
    if node.kind == "not":
        return f"not {parts[0]}"
    if node.kind == "between":
        return f"{parts[0]} between {parts[1]} and {parts[2]}"
    if node.kind == "in":
        return f"{parts[0]} in ( {' , '.join(parts[1:])} )"
    return f" {node.word} ".join(parts)
