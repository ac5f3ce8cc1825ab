"""Read expressions in canonical text, in which the engine has put every bracket.

So sqlglot decides no precedence: what NOT, AND and OR join is cut here at these brackets, and each
part is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sqlplumb.understanding.overlay import Mismatch, parsed
from sqlplumb.understanding.tree import Kind, Node, conjuncts, is_operand

_WORD = re.compile(r"""x'[^']*'|'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|[^ ]+""")
_PATHS = frozenset(("->", "->>", "json_extract"))


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
        return parsed(canonical, words)
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
    raise Mismatch


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
