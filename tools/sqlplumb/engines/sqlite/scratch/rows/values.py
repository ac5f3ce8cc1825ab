"""Values worth storing: for a declared type, those that a careless migration changes or loses.

Knows types and the patterns of LIKE and GLOB, never constraints; what a column really takes, and
whether SQLite agrees about a pattern, is found out by trying.
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

# Of each affinity first what every column of it meets, and last what it stores as it came.
_TYPICAL: dict[str, tuple[Value, ...]] = {
    "integer": (1, 0, -1, _BEYOND_REAL, "12 Abc"),
    "real": (1.5, -2.25, 3, 1e300, "1.5 Abc"),
    "numeric": (1.5, 10, -7, _BEYOND_REAL, "n/a"),
    "text": ("Abc", "abc", "1.50", 'it\'s "ünï" ☃', ""),
    "blob": (b"\x00\xff", "1.50", 7, 1.5, "Abc"),
}
_SAID_BY_TYPE: tuple[tuple[str, tuple[Value, ...]], ...] = (
    ("json", DOCUMENTS),
    ("bool", (1, 0)),
    ("date", ("2024-02-29", "1969-12-31 23:59:59", "2024-02-29 23:59:59.125", "9999-12-31")),
    ("time", ("2024-02-29 23:59:59", "1969-12-31 00:00:00", "2024-02-29T12:00:00Z", "08:15:00")),
)
_SHAPES_OF_TIME = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.125Z"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.125", "%H:%M:%S", "%H:%M", "%Y-%m", "%Y"),
)
_CHAR = re.compile(r"\s*n?char(?:acter)?\s*\(\s*(\d{1,3})\s*\)\s*", re.IGNORECASE)
_ALPHABETS = ("0123456789", "abcdef0123456789", "ABCDEFGHIJ", "abcdefghij")
_IN_LIKE = re.compile(r"\\.|%|_|[^%_\\]+|\\", re.DOTALL)
_IN_GLOB = re.compile(r"\[\^?\]?[^\]]*\]|\*|\?|[^*?\[]+|\[", re.DOTALL)
_OTHERS = "a0Z _-.~é"


def typical(declared: str, many: int) -> Iterator[Value]:
    """For one column: first the edges, then as many more as a UNIQUE may ask for."""
    folded = declared.lower()
    if char := _CHAR.fullmatch(declared):  # of one length, so that a migration may count on it
        yield from (one for one in texts_of_length(int(char[1]), many) if isinstance(one, str))
    for word, values in _SAID_BY_TYPE:
        if word in folded:
            yield from values
            break
    kind = "blob" if folded == "any" else affinity(folded)
    yield from _TYPICAL[kind]
    yield from (_another(kind, number) for number in range(many))
    yield from (b"\x00\xff", "abc", 7, 2.5)  # of each class one, for a CHECK that asks for a class


def _another(kind: str, number: int) -> Value:
    if kind == "text":
        return f"text {number}"
    if kind == "blob":
        return bytes((number % 256, number // 256 % 256, 255))
    return 41 + number + (0.25 if kind == "real" else 0)


def keys(many: int) -> Iterator[int]:
    yield from KEYS
    yield from range(101, 101 + 3 * many, 3)


def moments(many: int, shapes: Iterable[str] = ()) -> Iterator[Value]:
    """Points in time, each in every shape; a day lies between one and the next."""
    written = tuple(shapes)
    for number in range(many):
        moment = _LEAP + timedelta(days=number)
        yield from (moment.strftime(shape) for shape in (*written, *_SHAPES_OF_TIME))
        yield from (int(moment.timestamp()), 2460370.5 + number)


def texts_of_length(length: int, many: int) -> Iterator[Value]:
    """In digits, hex, upper and lower case, since a length seldom stands alone; 36 is a UUID."""
    for number in range(many):
        if length == 36:
            yield f"{number:08x}-0000-4000-8000-0000000000ff"
        for alphabet in _ALPHABETS:
            size = len(alphabet)
            head = alphabet[number % size] + alphabet[number // size % size]
            yield fitted(head, length, alphabet)
        yield bytes((number % 256,)) * length


def fitted(text: str, length: int, alphabet: str = "0123456789") -> str:
    """Made longer or shorter, and its beginning kept."""
    return (text + alphabet * (length // len(alphabet) + 1))[: max(length, 0)]


def distinct(values: Iterable[Value]) -> list[Value]:
    """Each once, as it came first; to Python 1 is 1.0, to a column it is not."""
    first: dict[tuple[type, Value], None] = {}
    for value in values:
        first.setdefault((type(value), value))
    return [value for _, value in first]


def liked(pattern: str, many: int) -> Iterator[str]:
    yield from ("".join(_like(pattern, number)) for number in range(many))


def globbed(pattern: str, many: int) -> Iterator[str]:
    """Also for `NOT GLOB '*[^a-f]*'`, the way to say that all is of one class."""
    yield from ("".join(_glob(pattern, number)) for number in range(many))
    if pattern.startswith("*[^") and pattern.endswith("]*"):
        inside = _members(f"[{pattern[3:-2]}]")
        for number in range(many):
            yield "".join(inside[(number * at + at) % len(inside)] for at in range(1, 4))


def _like(pattern: str, number: int) -> Iterator[str]:
    for at, part in enumerate(_IN_LIKE.findall(pattern)):
        if part == "%":
            yield _filling(number)
        elif part == "_":
            yield "0123456789abcdef"[(number + at) % 16]
        else:
            yield part[1:] if part[0] == "\\" and len(part) > 1 else part


def _glob(pattern: str, number: int) -> Iterator[str]:
    for at, part in enumerate(_IN_GLOB.findall(pattern)):
        if part == "*":
            yield _filling(number)
        elif part == "?" or (part[0] == "[" and len(part) > 1):
            inside = _members(part)
            yield inside[(number + at) % len(inside)] if number else inside[0]
        else:
            yield part


def _filling(number: int) -> str:
    """For `%` and `*`: nothing, one letter, then no two alike."""
    return ("", "x")[number] if number < 2 else f"x{number}"


def _members(part: str) -> str:
    """The letters of `[a-f0-9]` in their order; of `[^...]` and `?` some that are not named."""
    if part == "?":
        return _OTHERS
    inside = part[1:-1]
    said = inside.removeprefix("^")
    found = re.sub(r"(.)-(.)", _range, said, flags=re.DOTALL)
    if inside != said:
        return "".join(letter for letter in _OTHERS if letter not in found) or "\u2603"
    return found or "]"


def _range(match: re.Match[str]) -> str:
    first, last = ord(match[1]), ord(match[2])
    return "".join(map(chr, range(first, min(last, first + 99) + 1)))
