"""What a rule says of its columns: which values it lists, whether NULL may pass, what it calls.

Reads trees. Where a part is not understood, what AND and OR join it with is read all the same; it
counts for nothing itself. Must never decide how two rules relate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.understanding.reading import read_parts, read_tree
from sqlplumb.understanding.tree import Node, columns, conjuncts, members


def required(canonical: str) -> Iterator[Node]:
    """Yield the conditions that must hold together, as far as they are understood."""
    for part in read_parts(canonical, "and"):
        yield from conjuncts(part)


def comparisons_with_null(canonical: str) -> Iterator[str]:
    """Yield each comparison with NULL, which is neither true nor false."""
    for node in _nodes(canonical, "null"):
        if node.kind == "compare" and any(part.kind == "null" for part in node.parts):
            yield node.text


def compares_with_null(canonical: str) -> str:
    """Return the first comparison with NULL, or what else is never false; else nothing."""
    lists = (node.parts[1:] for node in _nodes(canonical, "null") if node.kind == "in")
    has_null = any(part.kind == "null" for listed in lists for part in listed)
    listed = "IN with NULL in its list" if has_null else ""
    return next(comparisons_with_null(canonical), listed)


def of_values(node: Node) -> Node:
    """Return the side of `x IS NULL OR ...` that speaks of values of x; else the whole rule."""
    if node.kind == "or" and len(node.parts) == 2:
        for null_test, other in (node.parts, node.parts[::-1]):
            if (
                null_test.kind == "is"
                and null_test.word == "is"
                and null_test.parts[1].kind == "null"
            ):
                tested = null_test.parts[0]
                if tested.kind == "column" and tested.word in columns(other):
                    return other
    return node


def listed_texts(canonical: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the column and the texts, as literals, of a rule that lists them and says no more. It
    may let NULL pass."""
    tree = read_tree(canonical) if " in ( '" in canonical else None
    listed = members(of_values(tree)) if tree else None
    if listed and all(literal[0] == "'" for literal in listed[1]):
        return listed
    return None


def calls_of_columns(canonical: str, function: str) -> Iterator[str]:
    """Yield each column that is all that this function is given, wherever it is called."""
    for node in _nodes(canonical, function):
        if (column := called_with(node, function)) is not None:
            yield column


def called_with(node: Node, function: str) -> str | None:
    """Return the column of `function(column)`; None for anything else."""
    if node.kind == "call" and node.word == function and len(node.parts) == 1:
        return node.parts[0].word if node.parts[0].kind == "column" else None
    return None


def is_not_null(node: Node, columns: Collection[str]) -> bool:
    """Is it `x IS NOT NULL`, of one of these columns?"""
    if node.kind != "is" or node.word != "is not" or node.parts[1].kind != "null":
        return False
    return node.parts[0].kind == "column" and node.parts[0].word in columns


def compared_by_is(canonical: str) -> Iterator[tuple[Node, str, str]]:
    """Yield what is compared with a literal by IS or IS NOT, which of them, and the literal."""
    for node in _nodes(canonical, " is "):
        if node.kind == "is" and node.parts[1].kind in ("literal", "boolean"):
            yield node.parts[0], node.word, node.parts[1].text


def _nodes(canonical: str, word: str) -> Iterator[Node]:
    """Yield all nodes of what is understood. Without this word none is wanted, and sqlglot is not
    imported for it."""
    if word in canonical:
        for part in read_parts(canonical):
            yield from part.walk()
