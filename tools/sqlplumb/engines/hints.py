"""How the comments of a file say hints: `-- @renamed from=name` and `-- @backfill EXPRESSION`.

Owns their words, and those that stand for a value which nobody knows: a revision that ran gave it,
by statements of its own. Which object a hint belongs to, and how names are written, is an engine's
affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sqlplumb.engines.source import Remark
from sqlplumb.places import place_finder
from sqlplumb.values import dataclass

HINT = re.compile(r"(?:--|/\*)\s*@(?P<verb>[\w-]+)[ \t]*(?P<value>.*?)\s*(?:\*/)?\Z", re.S)
# How each is written, and other words that nobody would write who meant something else.
FORMS = {"renamed": "`-- @renamed from=name`", "backfill": "`-- @backfill EXPRESSION`"}
_MEANT = {"renamed": "renamed", "renamed_from": "renamed", "backfill": "backfill"}
_LIKE = 0.85  # of difflib's ratio: @rename and @backfil, but not @named and @filled

ANY_VALUE = "random()"  # that there is one is all that is known
_INSTEAD_OF = "nullif(random(), "  # in place of one that was there


def any_value_instead_of(column: str) -> str:
    return f"{_INSTEAD_OF}{column})"


def is_any_value(backfill: str) -> bool:
    return backfill == ANY_VALUE or backfill.startswith(_INSTEAD_OF)


@dataclass(frozen=True, slots=True)
class Hints:
    """What the hints of one object say together."""

    renamed_from: str = ""
    backfill: str = ""


def meant_hint(word: str) -> str:
    """Return the hint that a word is meant for; a note of another tool is meant for none."""
    from difflib import get_close_matches  # which nobody needs who makes no mistake

    close = get_close_matches(word.lower().replace("-", "_"), _MEANT, 1, _LIKE)
    return _MEANT[close[0]] if close else ""


def remarks_of(
    file: str,
    text: str,
    *,
    comments: Iterable[tuple[int, int]],
    code_behind: Callable[[int], int],
) -> Iterator[Remark]:
    """Yield these comments of a text, each with the line that it is about: its own, where something
    stands before it, or else that of the code behind it."""
    place = place_finder(file, text)
    for start, end in comments:
        beside = text[text.rfind("\n", 0, start) + 1 : start].strip()
        about = start if beside else code_behind(end)
        inside = text[start:end].removeprefix("--").removeprefix("/*").removesuffix("*/")
        yield Remark(inside.strip(), place(start), line=text.count("\n", 0, about) + 1)
