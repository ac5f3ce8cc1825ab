"""Values worth storing: for a declared type, those that a careless migration changes or loses.

Knows types, never constraints; what a column really takes is found out by trying.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from sqlplumb.engines.sqlite.parse.types import affinity

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
