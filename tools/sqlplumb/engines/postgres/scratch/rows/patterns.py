"""Texts that a pattern of LIKE or a regular expression may match, for whoever tries values.

Python's own parser reads the expression; what it does not know yields nothing, and whether a text
matches is found by asking the server.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from random import Random
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_TEXTS = 6
_LETTERS = "abxyz019_-. ABZ/@:"


def matching(written: str, operator: str) -> tuple[str, ...]:
    """Return texts for the pattern in this string of SQL."""
    body = written[written.index("'") + 1 : -1].replace("''", "'")
    if written[:1] in "eE":
        body = body.replace("\\\\", "\\")
    if not operator.startswith(("~", "!")):
        return tuple(
            body.replace("\\", "").replace("%", part).replace("_", "x") for part in ("", "a", "b7")
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(body.removeprefix("***="))
    except Exception:  # PostgreSQL's expressions are not Python's
        return ()
    found = [_text(tree, Random(number)) for number in range(_TEXTS)]  # noqa: S311 (the same each time)
    return tuple(dict.fromkeys(found))


def _text(tree: Sequence[tuple[Any, Any]], chance: Random) -> str:
    return "".join(_one(sign, value, chance) for sign, value in tree)


def _one(sign: Any, value: Any, chance: Random) -> str:
    match sign:
        case signs.LITERAL:
            return chr(value)
        case signs.NOT_LITERAL:
            return next(letter for letter in "ab" if ord(letter) != value)
        case signs.ANY:
            return "a"
        case signs.IN:
            return _of_set(value, chance)
        case signs.BRANCH:
            return _text(chance.choice(value[1]), chance)
        case signs.SUBPATTERN:
            return _text(value[3], chance)
        case signs.MAX_REPEAT | signs.MIN_REPEAT:
            least, most, part = value
            count = chance.randint(least, min(int(most), least + 3))
            return "".join(_text(part, chance) for _ in range(count))
    return ""


def _of_set(parts: Sequence[tuple[Any, Any]], chance: Random) -> str:
    if parts[0][0] is signs.NEGATE:
        taken = {value for sign, value in parts if sign is signs.LITERAL}
        return next((letter for letter in _LETTERS if ord(letter) not in taken), "")
    sign, value = chance.choice(parts)
    match sign:
        case signs.LITERAL:
            return chr(value)
        case signs.RANGE:
            return chr(chance.randint(*value))
        case signs.CATEGORY:
            return {"digit": "7", "space": " ", "word": "w"}.get(
                str(value).rpartition("_")[2].lower(), "7"
            )
    return ""
