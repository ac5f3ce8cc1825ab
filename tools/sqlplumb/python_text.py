"""Python that is read and never run: revisions, env.py, models. Stdlib only.

Some versions of CPython (3.11.7 is one) count how deep a tree goes in one place for all threads.
Where the collector lets another thread in, and that one parses something too, a sound text ends
with SystemError. Nothing is wrong with it: it is parsed again.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_TRIES = 20  # one in some hundreds fails, where threads do nothing else


def parse(source: str | bytes) -> ast.Module:
    tree: ast.Module = _undisturbed(ast.parse, source)
    return tree


def literal(source: str) -> Any:
    """What a literal means."""
    return _undisturbed(ast.literal_eval, source)


def _undisturbed(read: Callable[[Any], T], source: str | bytes) -> T:
    for _ in range(_TRIES):
        try:
            return read(source)
        except SystemError:
            continue
    return read(source)
