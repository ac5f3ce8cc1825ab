"""JSON for columns that an expression reads as JSON, with every path in it that one speaks of.

All paths of a column stand in one document, since one row needs them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.lexer import unquoted
from sqlplumb.engines.sqlite.parse.parts import Tokens
from sqlplumb.engines.sqlite.scratch.rows.values import DOCUMENTS, Value

_ARROWS = ("->", "->>")


def reads_json(tokens: Tokens) -> bool:
    return any(token.text in _ARROWS or token.upper.startswith("JSON") for token in tokens)


def paths_said(tokens: Tokens) -> Iterator[str]:
    """`$.a.b`, and the `a` of `->> 'a'`."""
    for before, token in pairwise(tokens):
        if token.kind == "string":
            text = unquoted(token.text)
            if text.startswith("$."):
                yield text[2:]
            elif before.text in _ARROWS and not text.startswith("$"):
                yield text


def documents(paths: Sequence[str], said: Sequence[Value], many: int) -> Iterator[Value]:
    """First one path says what is spoken of and the others what no other row says."""
    texts = [value for value in said if isinstance(value, str) and value[:1] not in ("", "$")]
    for number in range(many):
        for leading in paths:
            values: dict[str, Value] = dict.fromkeys(paths, f"x{number}")
            values[leading] = texts[number % len(texts)] if texts else number
            yield _document(values)
    yield from DOCUMENTS
    yield from (json.dumps([number, number]) for number in range(many))


def is_json(value: Value) -> bool:
    try:
        json.loads(value) if isinstance(value, str | bytes) else None
    except (ValueError, RecursionError):
        return False
    return True


def _document(values: dict[str, Value]) -> str:
    document: dict[str, object] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        inside = document
        for name in above:
            further = inside.setdefault(name, {})
            inside = further if isinstance(further, dict) else {}
        inside.setdefault(last, value)
    return json.dumps(document)
