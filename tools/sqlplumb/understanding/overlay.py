"""Lay a tree of sqlglot's over the words of its text: the module that reads expressions by sqlglot,
which is imported when it is asked.

Where a word does not fit (a sign that was dropped, a path that was changed, a bracket that is
missing) nothing is understood. Each node keeps its own words, so no text is ever written from a
tree of sqlglot's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from itertools import chain
from typing import Any

from sqlplumb.understanding.tree import Kind, Node, is_operand

_NAME = re.compile(r"[a-z_]|\"")
_COMPARISONS = {"EQ": "=", "NEQ": "!=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
_SUMS = {
    "Add": "+",
    "Sub": "-",
    "Mul": "*",
    "Div": "/",
    "Mod": "%",
    "DPipe": "||",
    "BitwiseAnd": "&",
    "BitwiseOr": "|",
    "BitwiseLeftShift": "<<",
    "BitwiseRightShift": ">>",
}
_PATTERNS = {"Like": "like", "Glob": "glob"}
_BINARY: dict[str, tuple[Kind, str]] = {
    **{name: ("compare", word) for name, word in _COMPARISONS.items()},
    **{name: ("sum", word) for name, word in _SUMS.items()},
    **{name: ("pattern", word) for name, word in _PATTERNS.items()},
}


class Mismatch(Exception):
    """The tree is not what the text says."""


def parsed(canonical: str, words: list[str]) -> Node:
    """Return the tree of a text whose words these are. Raises Mismatch, and whatever sqlglot
    raises."""
    return _Overlay(words).lay(_parser()(canonical))


@cache
def silence_sqlglot() -> None:
    """It warns where it is about to give up, which nobody needs to read."""
    import logging

    logging.getLogger("sqlglot").addHandler(logging.NullHandler())


@cache
def _parser() -> Callable[[str], Any]:
    """Import sqlglot."""
    from sqlglot import exp, parse_one

    silence_sqlglot()
    return partial(parse_one, dialect="sqlite", into=exp.Condition)


class _Overlay:
    """The words of a canonical text, over which a tree is laid. A method for each class of
    sqlglot's steps over its words, and returns its kind, its operator and its parts."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def lay(self, tree: Any) -> Node:
        node = self._node(tree)
        if self._at != len(self._words):
            raise Mismatch
        return node

    def _node(self, tree: Any) -> Node:
        name = type(tree).__name__
        start = self._at
        if name in _BINARY:
            kind, word = _BINARY[name]
            parts: Iterable[Node] = self._sides(tree, word)
        else:
            kind, word, parts = _READERS.get(name, _Overlay._call)(self, tree)
        text = " ".join(self._words[start : self._at])
        return Node(kind=kind, word=word, text=text, parts=tuple(parts))

    def _operand(self, tree: Any) -> Node:
        if type(tree).__name__ == "Paren":
            self._expect("(")
            node = self._node(tree.this)
            self._expect(")")
            return node
        node = self._node(tree)
        if is_operand(node):
            return node
        raise Mismatch

    def _next(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _expect(self, *words: str) -> None:
        if self._words[self._at : self._at + len(words)] != [*words]:
            raise Mismatch
        self._at += len(words)

    def _take(self, is_meant: bool) -> str:
        if not is_meant:
            raise Mismatch
        self._at += 1
        return self._words[self._at - 1]

    def _sides(self, tree: Any, *words: str) -> list[Node]:
        left = self._operand(tree.this)
        self._expect(*words)
        return [left, self._operand(tree.expression)]

    def _listed(self, trees: Iterable[Any]) -> list[Node]:
        nodes: list[Node] = []
        self._expect("(")
        for tree in trees:
            if nodes:
                self._expect(",")
            nodes.append(self._node(tree))
        self._expect(")")
        return nodes

    def _connected(self, tree: Any) -> _Read:
        """A row of ANDs, or of ORs, has no brackets between its sides, and may be long."""
        kind: Kind = "and" if type(tree).__name__ == "And" else "or"
        sides: list[Any] = [tree.expression]
        while type(tree.this) is type(tree):
            tree = tree.this
            sides.append(tree.expression)
        parts = [self._operand(tree.this)]
        for side in reversed(sides):
            self._expect(kind)
            parts.append(self._operand(side))
        return kind, kind, parts

    def _not(self, tree: Any) -> _Read:
        """`a IS NOT b` is NOT (a IS b) to some versions of sqlglot."""
        if self._next() == "not":
            self._expect("not")
            return "not", "not", [self._operand(tree.this)]
        if type(tree.this).__name__ != "Is":
            raise Mismatch
        return self._is_not(tree.this)

    def _is_not(self, tree: Any) -> _Read:
        return "is", "is not", self._sides(tree, "is", "not")

    def _is(self, tree: Any) -> _Read:
        return "is", "is", self._sides(tree, "is")

    def _in(self, tree: Any) -> _Read:
        left = self._operand(tree.this)
        self._expect("in")
        if any(tree.args.get(key) for key in ("query", "field", "unnest")):
            raise Mismatch
        return "in", "in", [left, *self._listed(tree.expressions)]

    def _between(self, tree: Any) -> _Read:
        value = self._operand(tree.this)
        self._expect("between")
        low = self._operand(tree.args["low"])
        self._expect("and")
        return "between", "between", [value, low, self._operand(tree.args["high"])]

    def _escape(self, tree: Any) -> _Read:
        pattern = self._node(tree.this)
        if pattern.kind != "pattern":
            raise Mismatch
        self._expect("escape")
        return "pattern", pattern.word, [*pattern.parts, self._operand(tree.expression)]

    def _sign(self, tree: Any) -> _Read:
        word = "-" if type(tree).__name__ == "Neg" else "~"
        self._expect(word)
        return "sign", word, [self._operand(tree.this)]

    def _column(self, tree: Any) -> _Read:
        name = tree.this.this
        self._take(len(tree.parts) == 1 and _unquoted(self._next()) == name)
        return "column", name, ()

    def _constant(self, tree: Any) -> _Read:
        word = self._next()
        match type(tree).__name__:
            case "Null":
                return "null", self._take(word == "null"), ()
            case "Boolean":
                return "boolean", self._take(word == ("true" if tree.this else "false")), ()
            case "HexString":  # a blob, or a number to some versions of sqlglot
                digits = str(tree.this).lower()
                return "literal", self._take(word in (f"x'{digits}'", f"0x{digits}")), ()
        if tree.is_string:
            is_same = word[:1] == "'" and word[1:-1].replace("''", "'") == tree.this
        else:
            is_same = _is_number(word, tree.this)
        return "literal", self._take(is_same), ()

    def _row(self, tree: Any) -> _Read:
        return "list", "list", self._listed(tree.expressions)

    def _collate(self, tree: Any) -> _Read:
        value = self._operand(tree.this)
        self._expect("collate")
        return "collate", self._take(bool(self._next())), [value]

    def _cast(self, tree: Any) -> _Read:
        self._expect("cast", "(")
        value = self._node(tree.this)
        self._expect("as")
        depth = 1
        while depth:  # sqlglot has one name for several types
            word = self._take(bool(self._next()))
            depth += (word == "(") - (word == ")")
        return "cast", "cast", [value]

    def _case(self, tree: Any) -> _Read:
        self._expect("case")
        parts = [self._node(tree.this)] if tree.this else []
        for branch in tree.args["ifs"]:
            self._expect("when")
            parts.append(self._node(branch.this))
            self._expect("then")
            parts.append(self._node(branch.args["true"]))
        if default := tree.args.get("default"):
            self._expect("else")
            parts.append(self._node(default))
        self._expect("end")
        return "case", "case", parts

    def _call(self, tree: Any) -> _Read:
        """sqlglot has its own name for many functions; the text keeps the one that was written."""
        word = self._take(hasattr(tree, "sql_names") and bool(_NAME.match(self._next())))
        is_known = type(tree).__name__ != "Anonymous"
        values = [value for key, value in tree.args.items() if is_known or key == "expressions"]
        several = chain.from_iterable(v if isinstance(v, list) else [v] for v in values)
        return (
            "call",
            _unquoted(word),
            self._listed(value for value in several if hasattr(value, "args")),
        )


_Read = tuple[Kind, str, Iterable[Node]]
_READERS: dict[str, Callable[[_Overlay, Any], _Read]] = {
    "And": _Overlay._connected,
    "Or": _Overlay._connected,
    "Not": _Overlay._not,
    "Is": _Overlay._is,
    "NullSafeEQ": _Overlay._is,
    "NullSafeNEQ": _Overlay._is_not,
    "In": _Overlay._in,
    "Between": _Overlay._between,
    "Escape": _Overlay._escape,
    "Neg": _Overlay._sign,
    "BitwiseNot": _Overlay._sign,
    "Column": _Overlay._column,
    "Literal": _Overlay._constant,
    "HexString": _Overlay._constant,
    "Boolean": _Overlay._constant,
    "Null": _Overlay._constant,
    "Tuple": _Overlay._row,
    "Collate": _Overlay._collate,
    "Cast": _Overlay._cast,
    "Case": _Overlay._case,
}


def _unquoted(word: str) -> str:
    return word[1:-1].replace('""', '"') if word[:1] == '"' else word


def _is_number(word: str, number: str) -> bool:
    """sqlglot writes .5 as 0.5, and 0x10 as 16."""
    if word[:2] == "0x":
        return int(word, 16) == int(number)
    return word[:1] in ".0123456789" and float(word) == float(number)
