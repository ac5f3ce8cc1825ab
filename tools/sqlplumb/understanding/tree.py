"""Which tree an expression is: the module that reads rules by sqlglot, imported when it is asked.

It reads canonical text, in which the engine has put every bracket, so sqlglot decides no
precedence: what NOT, AND and OR join is cut at these brackets, and each part is read once. The tree
of a part is then laid over the words of its text, from left to right: where a word does not fit (a
sign that was dropped, a path that was changed, a bracket that is missing) nothing is understood.
Each node knows its own words, so no text is ever written from a tree of sqlglot's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import chain
from typing import Any, Literal

# fmt: off
Kind = Literal[
    "and", "or", "not", "compare", "is", "in", "between", "column", "literal", "boolean", "null",
    "sum", "sign", "pattern", "call", "case", "cast", "collate", "list",
]
# fmt: on

_WORD = re.compile(r"""x'[^']*'|'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|[^ ]+""")
_PATHS = frozenset(("->", "->>", "json_extract"))
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


@lru_cache(maxsize=1024)
def read_tree(canonical: str) -> Node | None:
    """Return the tree of an expression in canonical text; None if it is not understood."""
    words: list[str] = _WORD.findall(canonical)
    try:
        if joined := _joined(words):
            kind, operands = joined
            parts = tuple(map(_read_operand, operands))
            return Node(kind=kind, word=kind, text=canonical, parts=parts)
        if not _PATHS.isdisjoint(words):
            return None  # sqlglot reads a path of JSON in its own way, and warns of it
        return _Overlay(words).lay(_parser()(canonical))
    except Exception:  # whatever goes wrong in there means that it does not know
        return None


def _joined(words: list[str]) -> tuple[Kind, list[list[str]]] | None:
    """Return what NOT, AND or OR join; None where it is another operation, or none. No two of them
    stand on one level; the AND of a BETWEEN stands there alone."""
    outer = _outside_brackets(words)
    if outer[:1] == ["not"]:
        return ("not", [words[1:]]) if _is_one(outer[1:]) else None
    kind: Kind = "or" if "or" in outer else "and"
    if kind not in outer or "between" in outer:
        return None
    ends = [at for at, word in enumerate(outer) if word == kind]
    starts = [0, *(end + 1 for end in ends)]
    return kind, [words[a:b] for a, b in zip(starts, [*ends, len(words)], strict=True)]


def _outside_brackets(words: list[str]) -> list[str]:
    """Return each word, and nothing in place of those inside of brackets or of a CASE."""
    outer, depth = list[str](), 0
    for word in words:
        depth -= word in (")", "end")
        outer.append("" if depth else word)
        depth += word in ("(", "case")
    return outer


def _is_one(outer: list[str]) -> bool:
    return len(outer) == 1 or (outer[:1] == ["("] and outer.index(")") == len(outer) - 1)


def _read_operand(words: list[str]) -> Node:
    has_brackets = words[:1] == ["("] and _is_one(_outside_brackets(words))
    node = read_tree(" ".join(words[1:-1] if has_brackets else words))
    if node and (has_brackets or is_operand(node)):
        return node
    raise _Mismatch


def read_parts(canonical: str, *kinds: Kind) -> Iterator[Node]:
    """Yield the tree of an expression; where it is not understood, the trees of what AND, OR and
    NOT join, or of these `kinds` alone, as far as they are."""
    tree = read_tree(canonical)
    if tree:
        yield tree
    elif joined := _joined(_WORD.findall(canonical)):
        kind, operands = joined
        for words in operands if not kinds or kind in kinds else ():
            has_brackets = words[:1] == ["("] and _is_one(_outside_brackets(words))
            yield from read_parts(" ".join(words[1:-1] if has_brackets else words), *kinds)


def words_of(canonical: str) -> list[str]:
    """Return the words of a canonical text: a text or a quoted name is one, keywords stand bare."""
    return _WORD.findall(canonical)


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


def columns(node: Node) -> frozenset[str]:
    """Return the names of all columns that an expression reads."""
    return frozenset(part.word for part in node.walk() if part.kind == "column")


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return what must hold together: the sides of AND, or the expression itself."""
    if node.kind != "and":
        return (node,)
    return tuple(conjunct for part in node.parts for conjunct in conjuncts(part))


def all_of(texts: Iterable[str]) -> str:
    """Join conditions in canonical text by AND, each in brackets where it needs them."""
    parts = [part for text in texts for part in _conjuncts_of(text)]
    if len(parts) == 1:
        return parts[0][0]
    return " and ".join(text if is_operand else f"( {text} )" for text, is_operand in parts)


def _conjuncts_of(text: str) -> list[tuple[str, bool]]:
    tree = read_tree(text)
    if tree is None:
        return [(text, False)]
    return [(part.text, is_operand(part)) for part in conjuncts(tree)]


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


class _Mismatch(Exception):
    """The tree is not what the text says."""


class _Overlay:
    """The words of a canonical text, over which a tree is laid. A method for each class of
    sqlglot's steps over its words, and returns its kind, its operator and its parts."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._at = 0

    def lay(self, tree: Any) -> Node:
        node = self._node(tree)
        if self._at != len(self._words):
            raise _Mismatch
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
        raise _Mismatch

    def _next(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _expect(self, *words: str) -> None:
        if self._words[self._at : self._at + len(words)] != [*words]:
            raise _Mismatch
        self._at += len(words)

    def _take(self, is_meant: bool) -> str:
        if not is_meant:
            raise _Mismatch
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
            raise _Mismatch
        return self._is_not(tree.this)

    def _is_not(self, tree: Any) -> _Read:
        return "is", "is not", self._sides(tree, "is", "not")

    def _is(self, tree: Any) -> _Read:
        return "is", "is", self._sides(tree, "is")

    def _in(self, tree: Any) -> _Read:
        left = self._operand(tree.this)
        self._expect("in")
        if any(tree.args.get(key) for key in ("query", "field", "unnest")):
            raise _Mismatch
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
            raise _Mismatch
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
