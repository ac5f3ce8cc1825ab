"""What rules compare with what: the literals that decide of each column, and what stands for calls.

Owns which expressions are decidable. Nothing here asks an engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlplumb.understanding.evaluator import Use
from sqlplumb.understanding.tree import Node, columns, is_operand

_LOGIC = ("and", "or", "not", "compare", "is", "in", "between")
_CONSTANTS = ("literal", "boolean", "null")
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMMUTING = ("+", "*", "&", "|")
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


@dataclass(slots=True)
class _Compared:
    """What is known so far of a column or a stand-in."""

    literals: set[str] = field(default_factory=set)
    partners: set[str] = field(default_factory=set)
    is_truth: bool = False


class Shape:
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
        """Return how each column and stand-in is used; as it is written, the columns alone."""
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
        """Tell whether the order of values alone decides it."""
        operands = [
            part for part in node.parts if not _is_constant(part) and part.kind not in _LOGIC
        ]
        kinds = {self._kinds.get(part.word) if part.kind == "column" else "" for part in operands}
        is_turned = node.kind == "in" and operands and _is_constant(node.parts[0])
        # `a IS (b IN ())` is `a IS FALSE` to SQLite.
        is_truth = node.kind == "is" and any(_is_empty_list(part) for part in node.parts)
        is_plain = len(kinds) <= 1 and not is_turned and not is_truth
        return is_plain and all(map(_is_operand, operands))

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


def _is_empty_list(node: Node) -> bool:
    return node.kind == "in" and len(node.parts) == 1


def _is_operand(node: Node) -> bool:
    """Tell whether it is a column, or a value that has no affinity and no collation."""
    if node.kind == "column":
        return True
    return node.kind in _COMPUTED and all(part.kind != "collate" for part in node.walk())


def _key(node: Node) -> str:
    """Return one text for `f(a) < b` and `b > f(a)`.

    Where one side alone is a column, its collation and affinity count on whichever side it is.
    """
    if node.kind == "compare" and node.parts[1].kind == "column" and _is_call(node.parts[0]):
        call, column = map(_operand_text, node.parts)
        return f"{column} {_TURNED.get(node.word, node.word)} {call}"
    return one_text(node)


def one_text(node: Node) -> str:
    """Return one text for `1 + a` and `a + 1`, and for `'x' || '%'` and `'x%'`, wherever it is.

    A sum of two has one value in either order, whatever is added; unless one of them has a COLLATE,
    which counts for whoever compares the sum.
    """
    if not any(sign in node.text for sign in _COMMUTING):
        return node.text
    if literal := _literal_text(node):
        return literal
    if node.kind in ("sum", "compare", "is") or (node.kind == "pattern" and len(node.parts) == 2):
        operands = [*map(_operand_text, node.parts)]
        has_collation = any(part.kind == "collate" for part in node.walk())
        if node.kind == "sum" and node.word in _COMMUTING and not has_collation:
            operands.sort()
        return f" {node.word} ".join(operands)
    words, at = node.text.split(" "), 0
    for part in node.parts:
        former, instead = part.text.split(" "), one_text(part).split(" ")
        at = next(n for n in range(at, len(words)) if words[n : n + len(former)] == former)
        words[at : at + len(former)] = instead
        at += len(instead)
    return " ".join(words)


def _operand_text(node: Node) -> str:
    text = one_text(node)
    return text if is_operand(node) or _literal_text(node) else f"( {text} )"


def _literal_text(node: Node) -> str:
    """Return a text, or several that are joined to one; empty for anything else."""
    if node.kind == "literal" and node.text[0] == "'":
        return node.text
    parts = [_literal_text(part) for part in node.parts] if node.word == "||" else []
    return f"{parts[0][:-1]}{parts[1][1:]}" if parts and all(parts) else ""


def _is_call(node: Node) -> bool:
    return node.kind != "column" and _is_operand(node)


def _has_no_error(node: Node) -> bool:
    """Tell whether it always has a value: a long pattern or ESCAPE may end the statement."""
    if node.kind != "pattern":
        return True
    pattern, *escape = node.parts[1:]
    text = _literal_text(pattern) or (pattern.text if pattern.kind == "literal" else "")
    return 0 < len(text) < 1000 and all(
        sign.kind == "literal" and len(sign.text) == 3 for sign in escape
    )


def replace_calls(node: Node, stand_ins: Mapping[str, str]) -> str:
    """Return the expression in canonical text, with stand-ins in place of its calls."""
    if name := stand_ins.get(_key(node)):
        return f'"{name}"'
    if node.kind not in _LOGIC:
        return node.text
    replaced = [replace_calls(part, stand_ins) for part in node.parts]
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
