"""Parse Python without running it: revisions, env.py, models. Stdlib only.

Some versions of CPython (3.11.7 is one) count the depth of a tree in one place for all threads. If
the garbage collector lets another thread run, and that one parses as well, a correct text ends with
SystemError. It is parsed again then.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_TRIES = 20  # one of some hundreds fails while other threads do nothing but parse


def parse(source: str | bytes) -> ast.Module:
    tree: ast.Module = _retry(ast.parse, source)
    return tree


def literal(source: str) -> Any:
    """Return the value of a literal."""
    return _retry(ast.literal_eval, source)


def _retry(read: Callable[[Any], T], source: str | bytes) -> T:
    for _ in range(_TRIES):
        try:
            return read(source)
        except SystemError:
            continue
    return read(source)
