"""The values to try in each column, the most telling first.

What is said of a column comes before what its type has in general; NULL stands among the first, for
rows take their values from there. What the words of an expression say (literals, lengths, patterns,
times, paths in JSON) is a guess, made from tokens one comparison at a time: a wrong one costs a try
and no more. All paths of a column stand in one document, since one row needs them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from sqlplumb.engines.scratch import ColumnType, ColumnTypes
from sqlplumb.engines.sqlite.parse.lexer import Tokens, comparisons, fold, unquoted
from sqlplumb.engines.sqlite.scratch.rows.expressions import mentioned
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape
from sqlplumb.engines.sqlite.scratch.rows.values import (
    DOCUMENTS,
    Value,
    distinct,
    fitted,
    globbed,
    keys,
    liked,
    moments,
    texts_of_length,
    typical,
)

SPARE = 6  # more values than rows: some will be refused
LARGEST = 2**63 - 1
LONGEST = 5000
_SHAPE_OF_TIME = re.compile(r"(?:[^%]|%[YmdHMSjw])*")  # what Python and SQLite read alike
_LENGTH = frozenset(("LENGTH", "OCTET_LENGTH"))
_Made = Callable[[Sequence[str], Sequence[float], int], Iterator[Value]]
_SPEAKS_OF_FORM = frozenset("LENGTH OCTET_LENGTH TYPEOF STRFTIME JSON_VALID JSON_TYPE".split())
_ARROWS = ("->", "->>")


def candidates(shape: Shape, per_table: int, known: ColumnTypes) -> Mapping[str, list[Value]]:
    """For every column that an INSERT sets, the row number among them."""
    many = per_table + SPARE
    found: dict[str, list[Value]] = {shape.rowid: [*keys(many)]} if shape.rowid else {}
    spoken, types = _spoken(shape), shape.types
    for name in shape.columns:
        general = keys(many) if name == shape.alias else typical(types[name], many)
        values = distinct((*_said(shape, spoken[name], many), *general))
        if any(map(reads_json, spoken[name])):
            values = [value for value in values if is_json(value)]  # else SQLite fails, not denies
        if typed := known.get((fold(shape.table), name)):
            values = _of_application(typed, types[name], values)
        if name in shape.nullable:
            values.insert(max(per_table - 1, 1), None)
        found[name] = values
    return found


def _of_application(typed: ColumnType, declared: str, values: list[Value]) -> list[Value]:
    """Its own values first, and of the others those that it can read; unless the column has another
    type by now."""
    if typed.declared.lower().replace(" ", "") != declared.lower().replace(" ", ""):
        return values
    return [one for one in distinct((*typed.values, *values)) if typed.reads(one)] or values


def _spoken(shape: Shape) -> Mapping[str, list[Tokens]]:
    """Each comparison speaks of the columns in it; one without speaks of all its expression's."""
    spoken: dict[str, list[Tokens]] = {name: [] for name in shape.columns}
    for expression in shape.expressions:
        for comparison in comparisons(expression.tokens):
            for name in mentioned(comparison, shape.sources) or expression.columns:
                spoken[name].append(comparison)
    return spoken


def _said(shape: Shape, spoken: list[Tokens], many: int) -> Iterator[Value]:
    """Of one column: what is said in one place must often fit what is said in another."""
    names = shape.sources.keys()
    values = [value for tokens in spoken for value in values_said(tokens, names, many)]
    if any(map(reads_json, spoken)):
        yield from documents([p for tokens in spoken for p in paths_said(tokens)], values, many)
    yield from values
    lengths = [length for tokens in spoken for length in lengths_said(tokens)]
    for value in values if len(spoken) > 1 else ():
        if isinstance(value, str):
            yield from (fitted(value, length) for length in lengths)


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


def reads_json(tokens: Tokens) -> bool:
    return any(token.text in _ARROWS or token.upper.startswith("JSON") for token in tokens)


def paths_said(tokens: Tokens) -> Iterator[str]:
    """`$.a.b`, and the `a` of `->> 'a'`."""
    for before, token in pairwise(tokens):
        if token.kind == "string":
            text = unquoted(token.text)
            if text.startswith("$."):
                yield text[2:]
            elif before.text in _ARROWS and not text.startswith("$"):
                yield text


def documents(paths: Sequence[str], said: Sequence[Value], many: int) -> Iterator[Value]:
    """First one path says what is spoken of and the others what no other row says."""
    texts = [value for value in said if isinstance(value, str) and value[:1] not in ("", "$")]
    for number in range(many):
        for leading in paths:
            values: dict[str, Value] = dict.fromkeys(paths, f"x{number}")
            values[leading] = texts[number % len(texts)] if texts else number
            yield _document(values)
    yield from DOCUMENTS
    yield from (json.dumps([number, number]) for number in range(many))


def is_json(value: Value) -> bool:
    try:
        json.loads(value) if isinstance(value, str | bytes) else None
    except (ValueError, RecursionError):
        return False
    return True


def _document(values: dict[str, Value]) -> str:
    document: dict[str, object] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        inside = document
        for name in above:
            further = inside.setdefault(name, {})
            inside = further if isinstance(further, dict) else {}
        inside.setdefault(last, value)
    return json.dumps(document)
