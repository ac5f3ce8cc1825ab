"""What an expression is: nodes with their words, and the first questions about them.

Values only; `reading` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# fmt: off
Kind = Literal[
    "and", "or", "not", "compare", "is", "in", "between", "column", "literal", "boolean", "null",
    "sum", "sign", "pattern", "call", "case", "cast", "collate", "list",
]
# fmt: on
# What needs no brackets to be an operand.
_OPERANDS = ("column", "literal", "boolean", "null", "call", "case", "cast", "list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One operation or operand. `word` is its operator, or the name of its column or function;
    `text` is all of it in canonical words, without the brackets around it."""

    kind: Kind
    word: str
    text: str
    parts: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()


def columns(node: Node) -> frozenset[str]:
    """Return the names of all columns that an expression reads."""
    return frozenset(part.word for part in node.walk() if part.kind == "column")


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return what must hold together: the sides of AND, or the expression itself."""
    if node.kind != "and":
        return (node,)
    return tuple(conjunct for part in node.parts for conjunct in conjuncts(part))


def members(node: Node) -> tuple[str, tuple[str, ...]] | None:
    """Return the column and the literals of `column IN (literal, ...)`; None for anything else."""
    if node.kind != "in" or node.parts[0].kind != "column":
        return None
    listed = node.parts[1:]
    if any(part.kind not in ("literal", "null", "boolean") for part in listed):
        return None
    return node.parts[0].word, tuple(part.text for part in listed)


def is_operand(node: Node) -> bool:
    is_signed = node.kind == "sign" and node.parts[0].kind == "literal"
    return node.kind in _OPERANDS or is_signed
