"""How one rule relates to another: equal, looser, stricter or other, with a row that shows it.

The trees say which literals decide, the engine evaluates both rules over a row of every kind. A
call or a sum that always has a value, and a comparison that converts or has a COLLATE, stand as a
value of their own, of which everything is tried: they count where both rules say them alike.
Whatever else there is (a subquery, a call that may fail, random()) is unknown, unless rows show
that each side takes what the other refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlplumb.changes.comparison import Verdict
from sqlplumb.understanding.evaluator import Answer, Evaluator, Purpose, Question, Row, Use
from sqlplumb.understanding.tree import Node, columns, read_tree

_LOGIC = ("and", "or", "not", "compare", "is", "in", "between")
_CONSTANTS = ("literal", "boolean", "null")
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
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
    unknown, and `only_current` is a row for which they differ. `tried` rows were looked at."""

    verdict: Verdict
    tried: int = 0
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
    shape = _Shape(evaluator.kinds)
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
    shape = _Shape(evaluator.kinds)
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
            return Relation(verdict="equal", tried=wide.tried)
    real = asked.as_written()
    found = _relation(real, asked.purpose, is_whole=False) if real else UNKNOWN
    if found.verdict == "unknown" and verdict in ("looser", "stricter"):
        rows = found.only_current, found.only_desired
        return Relation(
            verdict=verdict,
            tried=wide.tried if wide else 0,
            only_current=rows[0],
            only_desired=rows[1],
        )
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
    return Relation(verdict=verdict, tried=answer.tried, only_current=current, only_desired=desired)


@dataclass(slots=True)
class _Compared:
    """What is known so far of a column or a stand-in."""

    literals: set[str] = field(default_factory=set)
    partners: set[str] = field(default_factory=set)
    is_truth: bool = False


class _Shape:
    """What several expressions compare with what.

    `stand_ins` are names for the calls and sums in them, by their text, and for comparisons that
    decide in their own way. `is_decidable` says that nothing else decides, `is_repeatable` that one
    row always has one answer.
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.stand_ins: dict[str, str] = {}
        self.is_decidable = self.is_repeatable = True
        self._kinds = kinds
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
        elif node.kind == "is" and node.parts[1].kind == "boolean":
            self._add_truth(node.parts[0])
        elif node.kind in _LOGIC and self._is_plain(node):
            self._add_comparison(node)
        elif node.kind not in _CONSTANTS:
            self._compared_as(self._name(node)).is_truth = True

    def _is_plain(self, node: Node) -> bool:
        """Is it decided by the order of values alone?"""
        operands = [
            part for part in node.parts if not _is_constant(part) and part.kind not in _LOGIC
        ]
        kinds = {self._kinds.get(part.word) if part.kind == "column" else "" for part in operands}
        is_turned = node.kind == "in" and operands and _is_constant(node.parts[0])
        return len(kinds) <= 1 and not is_turned and all(map(_is_operand, operands))

    def _add_comparison(self, node: Node) -> None:
        literals, names = set[str](), set[str]()
        for part in node.parts:
            if _is_constant(part):
                literals.add(part.text)
            elif part.kind in _LOGIC:
                literals |= {"0", "1"}
                self._add_truth(part)
            else:
                names.add(self._name(part))
        for name in names:
            compared = self._compared_as(name)
            compared.literals |= literals
            compared.partners |= names - {name}
        for column in columns(node) & self._inside.keys():
            self._inside[column] |= literals

    def _compared_as(self, name: str) -> _Compared:
        return self._compared.setdefault(name, _Compared())

    def _name(self, node: Node) -> str:
        """Return the column, or the name of what stands for the value of this node."""
        if node.kind == "column":
            return node.word
        literals = {part.text for part in node.walk() if part.kind == "literal"}
        for column in columns(node):
            self._inside.setdefault(column, set()).update(literals)
        calls = {part.word for part in node.walk() if part.kind == "call"}
        self.is_repeatable &= calls <= _TOTAL | _PARTIAL
        self.is_decidable &= calls <= _TOTAL and all(map(_has_no_error, node.walk()))
        number = len(self.stand_ins) + 1
        while f"value {number}" in self._kinds:
            number += 1000
        return self.stand_ins.setdefault(_key(node), f"value {number}")


def _is_constant(node: Node) -> bool:
    is_signed = node.kind == "sign" and node.parts[0].kind == "literal"
    return node.kind in _CONSTANTS or is_signed


def _is_operand(node: Node) -> bool:
    """Has it a value without an affinity or a collation of its own, unless it is a column?"""
    if node.kind == "column":
        return True
    return node.kind in _COMPUTED and all(part.kind != "collate" for part in node.walk())


def _key(node: Node) -> str:
    """One text for `f(a) < b` and `b > f(a)`: where one side alone is a column, its collation and
    affinity count on either side."""
    if node.kind == "compare" and node.parts[1].kind == "column" and _is_call(node.parts[0]):
        return f"{node.parts[1].text} {_TURNED.get(node.word, node.word)} {node.parts[0].text}"
    return node.text


def _is_call(node: Node) -> bool:
    return node.kind != "column" and _is_operand(node)


def _has_no_error(node: Node) -> bool:
    """A pattern that is too long, and an ESCAPE of more than one sign, end the statement."""
    if node.kind != "pattern":
        return True
    pattern, *escape = node.parts[1:]
    is_plain = pattern.kind == "literal" and len(pattern.text) < 1000
    return is_plain and all(one.kind == "literal" and len(one.text) == 3 for one in escape)


def _replaced(node: Node, stand_ins: Mapping[str, str]) -> str:
    """The expression with what stands for its calls, in canonical words."""
    if name := stand_ins.get(_key(node)):
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
