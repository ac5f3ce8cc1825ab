"""Values worth storing: for a declared type, those that a careless migration changes or loses.

Knows types and the patterns of LIKE and GLOB, never constraints. Only trying tells what a column
takes, and whether SQLite agrees about a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from sqlplumb.engines.sqlite.parse.parts import affinity

Value = None | int | float | str | bytes

_LEAP = datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)
_BEYOND_REAL = 2**53 + 1  # no REAL holds it: whoever copies it as one gives another number back

KEYS = (3, 7, 20, -4, 2**40)  # with gaps, or a copy that numbers its rows anew goes unseen
DOCUMENTS = ("{}", "[]", '{"a": "it\'s", "b": [1.0, null]}', "null", '"é"', "7", "[1, 2]")

# Of each affinity: first what every column of it meets, last what it stores as it came.
_TYPICAL: dict[str, tuple[Value, ...]] = {
    "integer": (1, 0, -1, _BEYOND_REAL, "12 Abc"),
    "real": (1.5, -2.25, 3, 1e300, "1.5 Abc"),
    "numeric": (1.5, 10, -7, _BEYOND_REAL, "n/a"),
    "text": ("Abc", "abc", "1.50", 'it\'s "ünï" ☃', ""),
    "blob": (b"\x00\xff", "1.50", 7, 1.5, "Abc"),
}
_BY_TYPE_NAME: tuple[tuple[str, tuple[Value, ...]], ...] = (
    ("json", DOCUMENTS),
    ("bool", (1, 0)),
    ("date", ("2024-02-29", "1969-12-31 23:59:59", "2024-02-29 23:59:59.125", "9999-12-31")),
    ("time", ("2024-02-29 23:59:59", "1969-12-31 00:00:00", "2024-02-29T12:00:00Z", "08:15:00")),
)
_TIME_FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.125Z"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.125", "%H:%M:%S", "%H:%M", "%Y-%m", "%Y"),
)
_CHAR = re.compile(r"\s*n?char(?:acter)?\s*\(\s*(\d{1,3})\s*\)\s*", re.IGNORECASE)
_ALPHABETS = ("0123456789", "abcdef0123456789", "ABCDEFGHIJ", "abcdefghij")
_LIKE_PARTS = re.compile(r"\\.|%|_|[^%_\\]+|\\", re.DOTALL)
_GLOB_PARTS = re.compile(r"\[\^?\]?[^\]]*\]|\*|\?|[^*?\[]+|\[", re.DOTALL)
_OTHER_LETTERS = "a0Z _-.~é"


def typical(declared: str, count: int) -> Iterator[Value]:
    """Yield values for a declared type: first the edges, then as many more as a UNIQUE may need."""
    folded = declared.lower()
    if char := _CHAR.fullmatch(declared):  # of one length, so that a migration may count on it
        texts = texts_of_length(int(char[1]), count)
        yield from (text for text in texts if isinstance(text, str))
    for word, values in _BY_TYPE_NAME:
        if word in folded:
            yield from values
            break
    kind = "blob" if folded == "any" else affinity(folded)
    yield from _TYPICAL[kind]
    for number in range(count):
        if kind == "text":
            yield f"text {number}"
        elif kind == "blob":
            yield bytes((number % 256, number // 256 % 256, 255))
        else:
            yield 41 + number + (0.25 if kind == "real" else 0)
    yield from (b"\x00\xff", "abc", 7, 2.5)  # of each class one, for a CHECK that asks for a class


def keys(count: int) -> Iterator[int]:
    yield from KEYS
    yield from range(101, 101 + 3 * count, 3)


def moments(count: int, formats: Iterable[str] = ()) -> Iterator[Value]:
    """Yield points in time, each in every format; a day lies between one and the next."""
    formats = (*formats, *_TIME_FORMATS)
    for number in range(count):
        moment = _LEAP + timedelta(days=number)
        yield from map(moment.strftime, formats)
        yield from (int(moment.timestamp()), 2460370.5 + number)


def texts_of_length(length: int, count: int) -> Iterator[Value]:
    """Yield digits, hex, upper and lower case, since a length seldom stands alone; 36 is a UUID."""
    for number in range(count):
        if length == 36:
            yield f"{number:08x}-0000-4000-8000-0000000000ff"
        for alphabet in _ALPHABETS:
            size = len(alphabet)
            head = alphabet[number % size] + alphabet[number // size % size]
            yield with_length(head, length, alphabet)
        yield bytes((number % 256,)) * length


def with_length(text: str, length: int, alphabet: str = "0123456789") -> str:
    """Make a text longer or shorter; its beginning stays."""
    return (text + alphabet * (length // len(alphabet) + 1))[: max(length, 0)]


def distinct(values: Iterable[Value]) -> list[Value]:
    """Return each once, as it came first; to Python 1 is 1.0, to a column it is not."""
    first: dict[tuple[type, Value], None] = {}
    for value in values:
        first.setdefault((type(value), value))
    return [value for _, value in first]


def matching_like(pattern: str, count: int) -> Iterator[str]:
    for number in range(count):
        text = ""
        for at, part in enumerate(_LIKE_PARTS.findall(pattern)):
            if part == "%":
                text += _filling(number)
            elif part == "_":
                text += "0123456789abcdef"[(number + at) % 16]
            else:
                text += part[1:] if part[0] == "\\" and len(part) > 1 else part
        yield text


def matching_glob(pattern: str, count: int) -> Iterator[str]:
    """Also for `NOT GLOB '*[^a-f]*'`, the way to say that all is of one class."""
    for number in range(count):
        text = ""
        for at, part in enumerate(_GLOB_PARTS.findall(pattern)):
            if part == "*":
                text += _filling(number)
            elif part == "?" or (part[0] == "[" and len(part) > 1):
                letters = _letters(part)
                text += letters[(number + at) % len(letters)] if number else letters[0]
            else:
                text += part
        yield text
    if pattern.startswith("*[^") and pattern.endswith("]*"):
        letters = _letters(f"[{pattern[3:-2]}]")
        for number in range(count):
            yield "".join(letters[(number * at + at) % len(letters)] for at in range(1, 4))


def _filling(number: int) -> str:
    """Return for `%` and `*`: nothing, one letter, then no two alike."""
    return ("", "x")[number] if number < 2 else f"x{number}"


def _letters(part: str) -> str:
    """Return the letters of `[a-f0-9]` in their order; of `[^...]` and `?`, some others."""
    if part == "?":
        return _OTHER_LETTERS
    inside = part[1:-1]
    named = re.sub(r"(.)-(.)", _range, inside.removeprefix("^"), flags=re.DOTALL)
    if inside.startswith("^"):
        return "".join(letter for letter in _OTHER_LETTERS if letter not in named) or "\u2603"
    return named or "]"


def _range(match: re.Match[str]) -> str:
    first, last = ord(match[1]), ord(match[2])
    return "".join(map(chr, range(first, min(last, first + 99) + 1)))
