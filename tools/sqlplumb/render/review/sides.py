"""Two texts side by side, line by line, with the words that differ marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest

from sqlplumb.render.review.page import Bit, Line

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.4  # less than that in common, and two lines are not the same line changed


def side_by_side(current: str, desired: str) -> tuple[Line, ...]:
    """Either may be empty: then nothing is marked, all of it comes or goes."""
    before, after = current.splitlines(), desired.splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        line
        for verb, i1, i2, j1, j2 in matcher.get_opcodes()
        for line in _lines(verb, before[i1:i2], after[j1:j2])
    )


def _lines(verb: str, before: list[str], after: list[str]) -> Iterator[Line]:
    if verb == "equal":
        for one in before:
            yield Line((Bit(one),), (Bit(one),), "same")
        return
    for was, now in _paired(before, after):
        if was is None or now is None:
            sides = _whole(was), _whole(now)
            yield Line(*sides, "new" if was is None else "gone")
        else:
            yield Line(*_marked(was, now), "changed")


def _paired(before: list[str], after: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Lines that became one another stand in one row: those that begin with the same word, and
    between them those that are alike."""
    firsts = [" ".join(line.split()[:1]) for line in before + after]
    matcher = SequenceMatcher(None, firsts[: len(before)], firsts[len(before) :], autojunk=False)
    for verb, i1, i2, j1, j2 in matcher.get_opcodes():
        for was, now in zip_longest(before[i1:i2], after[j1:j2]):
            if was is None or now is None or verb == "equal" or _are_alike(was, now):
                yield was, now
            else:
                yield was, None
                yield None, now


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio() >= _ALIKE


def _whole(text: str | None) -> tuple[Bit, ...] | None:
    return None if text is None else (Bit(text),)


def _marked(one: str, other: str) -> tuple[tuple[Bit, ...], tuple[Bit, ...]]:
    words = _WORD.findall(one), _WORD.findall(other)
    left, right = list[Bit](), list[Bit]()
    for verb, i1, i2, j1, j2 in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        is_marked = verb != "equal"
        left += [Bit("".join(words[0][i1:i2]), is_marked)] if i1 < i2 else []
        right += [Bit("".join(words[1][j1:j2]), is_marked)] if j1 < j2 else []
    return tuple(left), tuple(right)
