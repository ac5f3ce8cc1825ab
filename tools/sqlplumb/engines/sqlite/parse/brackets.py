"""Put every bracket of an expression where SQLite's own precedence puts it.

A Pratt walk over tokens. The result is one text for all spellings that SQLite parses into one
tree: names folded, quotes settled, `==`, `<>`, `ISNULL` and `NOT IN` written one way, every operand
that is more than one word in brackets. A token keeps its kind until it is placed; nothing is
guessed from its letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlplumb.engines.sqlite.parse.lexer import (
    NO_NAME,
    Token,
    canonical_name,
    fold,
    literal,
    unquoted,
)

_PATTERNS = ("like", "glob", "match", "regexp")
_BEHIND_NOT = ("in", "between", "null", *_PATTERNS)
_TESTS = ("not", "isnull", "notnull", "is", "between", "in", *_PATTERNS)
_CONSTANTS = ("null", "current_date", "current_time", "current_timestamp")
_NO_CALL = NO_NAME | {"raise"}
_DEEPEST = 100  # SQLite's own parser gives up there; so does this, before Python does

# How tightly each operator binds: from the %left and %right lines of SQLite's parse.y.
_OR, _AND, _NOT, _EQUALS, _UNARY = 1, 2, 3, 4, 12
_BINDS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("=", "==", "!=", "<>", "is", "in", "like", "glob", "match"), _EQUALS),
    **dict.fromkeys(("regexp", "between", "isnull", "notnull", "not"), _EQUALS),
    **dict.fromkeys(("<", "<=", ">", ">="), 5),
    **dict.fromkeys(("&", "|", "<<", ">>"), 7),
    **dict.fromkeys(("+", "-"), 8),
    **dict.fromkeys(("*", "/", "%"), 9),
    **dict.fromkeys(("||", "->", "->>"), 10),
    "collate": 11,
}
SAME = {"==": "=", "<>": "!="}  # one operator under two names


class Unbracketed(Exception):
    """The expression holds what this does not read: a subquery, a window, a parameter."""


_Kind = Literal["operand", "number", "and", "or", "operation"]


class _Node(str):
    """The text of an expression, and what it is: one operand, a row of ANDs or ORs, or another
    operation, which needs brackets to be an operand."""

    __slots__ = ("kind",)
    kind: _Kind


def _node(text: str, kind: _Kind = "operation") -> _Node:
    node = _Node(text)
    node.kind = kind
    return node


def _bracketed(node: _Node) -> str:
    return node if node.kind in ("operand", "number") else f"( {node} )"


class Brackets:
    """One expression on its way to a canonical text. `columns` are those that it speaks of."""

    __slots__ = ("_depth", "_index", "_names", "_table", "_tokens", "_words", "columns")

    def __init__(self, tokens: Sequence[Token], names: frozenset[str], table: str) -> None:
        self.columns: set[str] = set()
        self._tokens = tokens
        self._words = [
            token.text if token.kind == "op" else fold(token.text) if token.kind == "word" else ""
            for token in tokens
        ] + ["", ""]
        self._names = names
        self._table = table
        self._index = self._depth = 0

    def text(self) -> str:
        """Return all of it; raise Unbracketed where it is not understood."""
        expression = self._expression(0)
        if self._index == len(self._tokens):
            return str(expression)
        raise Unbracketed

    def _accept(self, word: str) -> bool:
        if self._words[self._index] != word:
            return False
        self._index += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise Unbracketed

    def _take(self) -> Token:
        if self._index >= len(self._tokens):
            raise Unbracketed
        self._index += 1
        return self._tokens[self._index - 1]

    def _expression(self, binds: int) -> _Node:
        """Read an operand and every operator behind it that binds more tightly than `binds`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unbracketed
        left = self._operand()
        while True:
            word = self._words[self._index]
            level = _BINDS.get(word, 0)
            if level <= binds:
                break
            if word == "not" and self._words[self._index + 1] not in _BEHIND_NOT:
                break
            self._index += 1
            left = self._behind(left, word, level)
        self._depth -= 1
        return left

    def _behind(self, left: _Node, word: str, level: int) -> _Node:
        if level == _EQUALS and word in _TESTS:
            return self._test(left, word)
        if word in ("and", "or"):
            kind: _Kind = "and" if word == "and" else "or"
            right = self._expression(level)
            sides = (side if side.kind == kind else _bracketed(side) for side in (left, right))
            return _node(f" {word} ".join(sides), kind)
        if word == "collate":
            return _node(f"{_bracketed(left)} collate {canonical_name(self._name())}")
        right = self._expression(level)
        return _node(f"{_bracketed(left)} {SAME.get(word, word)} {_bracketed(right)}")

    def _test(self, left: _Node, word: str) -> _Node:
        """`a NOT IN b` is `NOT (a IN b)`, to SQLite's parser as well."""
        operand = _bracketed(left)
        match word:
            case "not":
                word = self._words[self._index]
                self._index += 1
                inner = self._test(left, "notnull" if word == "null" else word)
                if word == "in" and inner.endswith(" in ( )"):  # TRUE, as in `x IS TRUE`
                    return _node(f"{inner.removesuffix('in ( )')}not in ( )")
                return inner if word == "null" else _node(f"not ( {inner} )")
            case "isnull":
                return _node(f"{operand} is null")
            case "notnull":
                return _node(f"{operand} is not null")
            case "is":
                negated = self._accept("not")
                if self._accept("distinct"):
                    self._expect("from")
                    negated = not negated
                return _node(f"{operand} {'is not' if negated else 'is'} {self._tested()}")
            case "between":
                low = self._expression(_AND)
                self._expect("and")
                return _node(f"{operand} between {_bracketed(low)} and {self._tested()}")
            case "in":
                self._expect("(")
                return _node(f"{operand} in {self._list()}")
        text = f"{operand} {word} {self._tested()}"
        return _node(f"{text} escape {self._tested()}" if self._accept("escape") else text)

    def _tested(self) -> str:
        return _bracketed(self._expression(_EQUALS))

    def _list(self) -> str:
        """Read behind an opening bracket, up to the one that closes it."""
        if self._accept(")"):
            return "( )"
        listed = ["*"] if self._accept("*") else self._several()
        self._expect(")")
        return f"( {' , '.join(listed)} )"

    def _several(self) -> list[_Node]:
        if self._words[self._index] in ("select", "with", "values"):
            raise Unbracketed
        listed = [self._expression(0)]
        while self._accept(","):
            listed.append(self._expression(0))
        return listed

    def _operand(self) -> _Node:
        word = self._words[self._index]
        token = self._take()
        if token.kind == "word" or token.kind == "quoted":
            return self._word(token, word)
        if token.kind == "number":
            return _node(fold(token.text), "number")
        if token.kind in ("string", "blob"):
            return _node(token.text if token.kind == "string" else fold(token.text), "operand")
        if word == "(":
            listed = self._several()
            self._expect(")")
            return listed[0] if len(listed) == 1 else _node(f"( {' , '.join(listed)} )", "operand")
        if word in ("-", "+", "~"):  # no operator takes a number from its sign
            operand = self._expression(_UNARY)
            kind: _Kind = "operand" if operand.kind == "number" else "operation"
            return _node(f"{word} {_bracketed(operand)}", kind)
        raise Unbracketed

    def _word(self, token: Token, word: str) -> _Node:
        following = self._words[self._index]
        if word == "not":
            return _node(f"not {_bracketed(self._expression(_NOT))}")
        if word == "case":
            return self._case()
        if following == "(":
            return self._call(unquoted(token.text), word)
        if following == ".":
            return self._qualified(token, word)
        name = fold(unquoted(token.text))
        if name in self._names and word not in _CONSTANTS and word not in NO_NAME:
            self.columns.add(name)
            # A bare TRUE is not always a column that is called so: in `x IN (TRUE)` it is 1.
            return _node(word if word in ("true", "false") else canonical_name(name), "operand")
        if token.text[0] == '"':
            return _node(literal(unquoted(token.text)), "operand")
        if word in NO_NAME and word not in _CONSTANTS:
            raise Unbracketed
        return _node(word or canonical_name(name), "operand")

    def _qualified(self, token: Token, word: str) -> _Node:
        """`tasks.active` is `active` where only `tasks` can be meant."""
        if word in NO_NAME:
            raise Unbracketed
        path = [fold(unquoted(token.text))]
        while self._accept("."):
            path.append(self._name())
        column = path.pop()
        if path not in ([self._table], ["main", self._table]):
            raise Unbracketed
        self.columns.add(column)
        return _node(canonical_name(column), "operand")

    def _name(self) -> str:
        """Where nothing but a name can stand, a string is one as well."""
        token = self._take()
        if token.kind not in ("word", "quoted", "string"):
            raise Unbracketed
        return fold(unquoted(token.text))

    def _call(self, name: str, word: str) -> _Node:
        if word in _NO_CALL:
            raise Unbracketed
        self._index += 1
        if word == "cast":
            return self._cast()
        text = f"{canonical_name(name)} {self._list()}"
        if self._words[self._index] in ("filter", "over"):
            raise Unbracketed
        return _node(text, "operand")

    def _cast(self) -> _Node:
        expression = self._expression(0)
        self._expect("as")
        type_words: list[str] = []
        depth = 1
        while depth:
            token = self._take()
            depth += (token.text == "(") - (token.text == ")")
            type_words.append(fold(token.text) if token.kind in ("word", "number") else token.text)
        return _node(f"cast ( {expression} as {' '.join(type_words)}", "operand")

    def _case(self) -> _Node:
        text = "case"
        if self._words[self._index] != "when":
            text += f" {self._expression(0)}"
        while self._accept("when"):
            text += f" when {self._expression(0)}"
            self._expect("then")
            text += f" then {self._expression(0)}"
        if self._accept("else"):
            text += f" else {self._expression(0)}"
        self._expect("end")
        return _node(f"{text} end", "operand")
