"""The hints of one statement, by where its part begins that they speak of.

A comment stands on the line that it is about, or on the lines above it. What becomes of a hint is
decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlplumb.engines.hints import FORMS, HINT, Hints, meant_hint
from sqlplumb.engines.postgres.parse.lexer import WORD, comments, folded

_FROM = re.compile(rf"""from\s*=\s*(?P<name>"(?:[^"]|"")*+"|'(?:[^']|'')*+'|{WORD}|[^\s]+)\Z""")
WHOLE = -1  # where a hint begins that speaks of the statement itself


class WrongHint(Exception):
    """Raised for a comment of a person who meant a hint: `offset` is that of the comment."""

    def __init__(self, message: str, offset: int, advice: str) -> None:
        super().__init__(message)
        self.offset, self.advice = offset, advice


class _Hint(NamedTuple):
    verb: str
    value: str
    start: int
    end: int


def hints_around(said: str) -> Hints | None:
    """Return the hints among the comments above a statement, and behind it on its last line."""
    hints = list(_find(said)) if "@" in said else []
    return _joined(hints) if hints else None


def hints_inside(text: str, starts: Sequence[int]) -> dict[int, Hints]:
    """Return the hints by the part that they speak of, each of which begins at one of `starts`."""
    grouped: dict[int, list[_Hint]] = {}
    for hint in _find(text) if "@" in text else ():
        beside = text[text.rfind("\n", 0, hint.start) + 1 : hint.start].strip()
        if beside:  # it is about what stands before it on its line, else about what follows
            before = [start for start in starts if start < hint.start]
            owner = before[-1] if before and not beside.startswith(")") else WHOLE
        else:
            owner = next((start for start in starts if start >= hint.end), WHOLE)
        grouped.setdefault(owner, []).append(hint)
    return {start: _joined(hints) for start, hints in grouped.items()}


def _find(text: str) -> Iterator[_Hint]:
    for start, end in comments(text):
        if hint := HINT.match(text[start:end]):
            verb = hint["verb"]
            if verb in FORMS:
                yield _Hint(verb, hint["value"], start=start, end=end)
            elif meant := meant_hint(verb):
                advice = f"did you mean {FORMS[meant]}?"
                raise WrongHint(f"there is no hint @{verb}", start, advice)


def _joined(hints: Sequence[_Hint]) -> Hints:
    renamed_from = backfill = ""
    for hint in hints:
        if hint.verb == "backfill":
            backfill = hint.value
            if not backfill:
                raise WrongHint("@backfill says no value", hint.start, f"write {FORMS['backfill']}")
        else:
            match = _FROM.match(hint.value)
            if match is None:
                message = f"`@renamed {hint.value}` is not how a former name is said"
                raise WrongHint(message, hint.start, f"write {FORMS['renamed']}")
            renamed_from = _name(match["name"])
    return Hints(renamed_from, backfill)


def _name(written: str) -> str:
    """A label of an enum is a string, and may be written as one."""
    if written.startswith("'"):
        return written[1:-1].replace("''", "'")
    return folded(written)


def rename_hint(former: str) -> str:
    """Return a comment that is read back as this name; "" for a name that no comment can hold."""
    quoted = '"' + former.replace('"', '""') + '"'
    forms = (f"-- @renamed from={former}", f"-- @renamed from={quoted}")
    for comment in (*forms, f"/* @renamed from={quoted} */"):
        try:
            if former and hints_around(comment) == Hints(renamed_from=former):
                return comment
        except WrongHint:
            continue
    return ""
