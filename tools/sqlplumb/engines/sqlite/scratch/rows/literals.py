"""What the words of an expression say about a column's values: literals, lengths, patterns, times.

A guess, made from tokens one comparison at a time; it never evaluates, and a wrong guess costs a
try and no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.parts import Tokens
from sqlplumb.engines.sqlite.scratch.rows.patterns import globbed, liked
from sqlplumb.engines.sqlite.scratch.rows.values import Value, moments, texts_of_length

LARGEST = 2**63 - 1
LONGEST = 5000
_SHAPE_OF_TIME = re.compile(r"(?:[^%]|%[YmdHMSjw])*")  # what Python and SQLite read alike


def values_said(tokens: Tokens, names: Collection[str], many: int) -> Iterator[Value]:
    """The values that one comparison speaks of; `names` are the columns, so `"x"` may be a text."""
    literals = [value for value in _literals(tokens, names) if value is not None]
    texts = [value for value in literals if isinstance(value, str)]
    numbers = [value for value in literals if isinstance(value, int | float)]
    words = {token.upper for token in tokens if token.kind == "word"}
    for known, made in _BY_WORD:
        if words & known:
            yield from made(texts, numbers, many)
    if not words & _SPEAKS_OF_FORM:
        yield from literals
        beside = (number + step for step in (1, -1, 0.5, -0.5) for number in numbers)
        yield from (number for number in beside if abs(number) <= LARGEST)
        yield from (part * number for number in numbers for part in (0.5, 0.96875, 1.03125))


def _literals(tokens: Tokens, names: Collection[str]) -> Iterator[Value]:
    minus = False
    for token in tokens:
        name = unquoted(token.text)
        if token.kind == "string" or (token.text[0] == '"' and fold(name) not in names):
            yield name
        elif token.kind == "number":
            value = _number(token.text)
            yield -value if minus else value
        elif token.kind == "blob":
            yield bytes.fromhex(token.text[2:-1])
        elif token.upper in ("TRUE", "FALSE"):
            yield int(token.upper == "TRUE")
        minus = token.text == "-"


def _number(text: str) -> int | float:
    """As SQLite has it: a whole number that does not fit in 64 bits is a REAL."""
    plain = text.replace("_", "")
    if plain[:2] in ("0x", "0X"):
        return min(int(plain, 16), LARGEST)
    value = int(plain) if plain.isdigit() and len(plain) < 20 else float(plain)
    return value if abs(value) < LARGEST else float(value)


def lengths_said(tokens: Tokens) -> list[int]:
    """Those of `length(x) BETWEEN 8 AND 16`, and their neighbours."""
    if not any(token.upper in _LENGTH for token in tokens):
        return []
    numbers = [value for value in _literals(tokens, ()) if isinstance(value, int | float)]
    few = (int(number) for number in numbers if 0 <= number <= LONGEST)
    return [length for number in few for length in (number, number + 1, number - 1)]


def _lengths(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    for number in numbers:
        if 0 <= number <= LONGEST:
            for length in (int(number), int(number) + 1, int(number) - 1):
                yield from texts_of_length(length, many)


def _liked(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    for text in texts:
        yield from liked(text, many)


def _globbed(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    for text in texts:
        yield from globbed(text, many)


def _in_time(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    shapes = (text.replace("%f", "%S.125") for text in texts if "%" in text)
    yield from moments(many, filter(_SHAPE_OF_TIME.fullmatch, shapes))


def _now(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    yield from ("2024-02-29 23:59:59", "1969-12-31 00:00:00", "2024-02-29")


def _classes(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    known: dict[str, Value] = {"integer": 7, "real": 1.5, "text": "abc", "blob": b"\x00\xff"}
    yield from (known[text] for text in texts if text in known)


def _cased(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    for number in range(many):
        yield from (f"abc{number}", f"ABC{number}")


def _around(texts: Sequence[str], numbers: Sequence[float], many: int) -> Iterator[Value]:
    for text in texts:
        yield from (f"{before}{text}abc" for before in ("", *(f"x{n}" for n in range(many))))


_LENGTH = frozenset(("LENGTH", "OCTET_LENGTH"))
_Made = Callable[[Sequence[str], Sequence[float], int], Iterator[Value]]
_BY_WORD: tuple[tuple[frozenset[str], _Made], ...] = (
    (_LENGTH, _lengths),
    (frozenset(("LIKE",)), _liked),
    (frozenset(("GLOB",)), _globbed),
    (frozenset("DATE TIME DATETIME STRFTIME JULIANDAY UNIXEPOCH".split()), _in_time),
    (frozenset(("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP")), _now),
    (frozenset(("TYPEOF",)), _classes),
    (frozenset(("UPPER", "LOWER")), _cased),
    (frozenset("INSTR SUBSTR SUBSTRING REPLACE TRIM LTRIM RTRIM".split()), _around),
)
_SPEAKS_OF_FORM = frozenset("LENGTH OCTET_LENGTH TYPEOF STRFTIME JSON_VALID JSON_TYPE".split())
