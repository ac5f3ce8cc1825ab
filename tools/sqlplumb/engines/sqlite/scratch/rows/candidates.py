"""The values to try in each column, the most telling first.

What an expression mentions comes before what a type has in general; NULL stands among the first,
for rows take their values from there. What the words of an expression mean (literals, lengths,
patterns, times, paths in JSON) is a guess, made from tokens one comparison at a time: a wrong one
costs a try and no more. All paths of a column stand in one document, since one row needs them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from sqlplumb.engines.scratch import ColumnTypes
from sqlplumb.engines.sqlite.parse.lexer import Tokens, comparisons, fold, unquoted
from sqlplumb.engines.sqlite.scratch.rows.shape import Shape, mentioned
from sqlplumb.engines.sqlite.scratch.rows.values import (
    DOCUMENTS,
    Value,
    distinct,
    keys,
    matching_glob,
    matching_like,
    moments,
    texts_of_length,
    typical,
    with_length,
)

SPARE = 6  # more values than rows: some will be refused
LARGEST = 2**63 - 1
LONGEST = 5000
_FORMAT_OF_TIME = re.compile(r"(?:[^%]|%[YmdHMSjw])*")  # what Python and SQLite read alike
_LENGTH = frozenset(("LENGTH", "OCTET_LENGTH"))
_TIME = frozenset("DATE TIME DATETIME STRFTIME JULIANDAY UNIXEPOCH".split())
_NOW = frozenset(("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"))
_CASE = frozenset(("UPPER", "LOWER"))
_PART_OF_TEXT = frozenset("INSTR SUBSTR SUBSTRING REPLACE TRIM LTRIM RTRIM".split())
_ABOUT_FORM = _LENGTH | frozenset("TYPEOF STRFTIME JSON_VALID JSON_TYPE".split())
_OF_CLASS: Mapping[str, Value] = {"integer": 7, "real": 1.5, "text": "abc", "blob": b"\x00\xff"}
_ARROWS = ("->", "->>")


def candidates(shape: Shape, per_table: int, known: ColumnTypes) -> Mapping[str, list[Value]]:
    """Return the values to try for each column that an INSERT sets, the row number among them.

    `known` are the types that an application has for columns."""
    count = per_table + SPARE
    pools: dict[str, list[Value]] = {shape.rowid: [*keys(count)]} if shape.rowid else {}
    comparisons_of, types = _comparisons_by_column(shape), shape.types
    for name in shape.columns:
        about = comparisons_of[name]
        general = keys(count) if name == shape.alias else typical(types[name], count)
        values = distinct((*_mentioned_values(shape, about, count), *general))
        if any(map(_reads_json, about)):  # SQLite fails on anything else, where it should deny it
            values = [value for value in values if _is_json(value)]
        own = known.get((fold(shape.table), name))
        if own and _squeezed(own.declared) == _squeezed(types[name]):  # it has that type still
            readable = [value for value in distinct((*own.values, *values)) if own.reads(value)]
            values = readable or values
        if name in shape.nullable:
            values.insert(max(per_table - 1, 1), None)
        pools[name] = values
    return pools


def _squeezed(declared: str) -> str:
    return declared.lower().replace(" ", "")


def _comparisons_by_column(shape: Shape) -> Mapping[str, list[Tokens]]:
    """Give each comparison to the columns in it; one without, to all of its expression."""
    by_column: dict[str, list[Tokens]] = {name: [] for name in shape.columns}
    for expression in shape.expressions:
        for comparison in comparisons(expression.tokens):
            for name in mentioned(comparison, shape.sources) or expression.columns:
                by_column[name].append(comparison)
    return by_column


def _mentioned_values(shape: Shape, about: Sequence[Tokens], count: int) -> Iterator[Value]:
    """Yield the values that comparisons with one column mention, alone and together: what fits one
    must often fit the others."""
    names = shape.sources.keys()
    values = [value for tokens in about for value in _values_in(tokens, names, count)]
    if any(map(_reads_json, about)):
        paths = [path for tokens in about for path in _json_paths(tokens)]
        yield from _documents(paths, values, count)
    yield from values
    lengths = [length for tokens in about for length in _lengths_in(tokens)]
    for value in values if len(about) > 1 else ():
        if isinstance(value, str):
            yield from (with_length(value, length) for length in lengths)


def _values_in(tokens: Tokens, names: Collection[str], count: int) -> Iterator[Value]:
    """Yield what one comparison mentions; `names` are the columns, so `"x"` may be a text."""
    literals = [value for value in _literals(tokens, names) if value is not None]
    numbers = [value for value in literals if isinstance(value, int | float)]
    words = {token.upper for token in tokens if token.kind == "word"}
    yield from _values_by_form(words, literals, count)
    yield from _values_by_function(words, literals, count)
    if not words & _ABOUT_FORM:
        yield from literals
        beside = (number + step for step in (1, -1, 0.5, -0.5) for number in numbers)
        yield from (number for number in beside if abs(number) <= LARGEST)
        yield from (part * number for number in numbers for part in (0.5, 0.96875, 1.03125))


def _values_by_form(
    words: Collection[str], literals: Sequence[Value], count: int
) -> Iterator[Value]:
    """Yield texts of the lengths and patterns that a comparison mentions."""
    texts = [value for value in literals if isinstance(value, str)]
    if not _LENGTH.isdisjoint(words):
        for length in _lengths_near(literals):
            yield from texts_of_length(length, count)
    if "LIKE" in words:
        for text in texts:
            yield from matching_like(text, count)
    if "GLOB" in words:
        for text in texts:
            yield from matching_glob(text, count)


def _values_by_function(
    words: Collection[str], literals: Sequence[Value], count: int
) -> Iterator[Value]:
    """Yield values for the functions of a comparison, by the texts beside them."""
    texts = [value for value in literals if isinstance(value, str)]
    if not _TIME.isdisjoint(words):
        formats = (text.replace("%f", "%S.125") for text in texts if "%" in text)
        yield from moments(count, filter(_FORMAT_OF_TIME.fullmatch, formats))
    if not _NOW.isdisjoint(words):
        yield from ("2024-02-29 23:59:59", "1969-12-31 00:00:00", "2024-02-29")
    if "TYPEOF" in words:
        yield from (_OF_CLASS[text] for text in texts if text in _OF_CLASS)
    if not _CASE.isdisjoint(words):
        for number in range(count):
            yield from (f"abc{number}", f"ABC{number}")
    if not _PART_OF_TEXT.isdisjoint(words):
        for text in texts:
            yield from (f"{before}{text}abc" for before in ("", *(f"x{n}" for n in range(count))))


def _literals(tokens: Tokens, names: Collection[str]) -> Iterator[Value]:
    is_negative = False
    for token in tokens:
        name = unquoted(token.text)
        if token.kind == "string" or (token.text[0] == '"' and fold(name) not in names):
            yield name
        elif token.kind == "number":
            value = _number(token.text)
            yield -value if is_negative else value
        elif token.kind == "blob":
            yield bytes.fromhex(token.text[2:-1])
        elif token.upper in ("TRUE", "FALSE"):
            yield int(token.upper == "TRUE")
        is_negative = token.text == "-"


def _number(text: str) -> int | float:
    """Read it as SQLite does: a whole number that does not fit in 64 bits is a REAL."""
    digits = text.replace("_", "")
    if digits[:2] in ("0x", "0X"):
        return min(int(digits, 16), LARGEST)
    value = int(digits) if digits.isdigit() and len(digits) < 20 else float(digits)
    return value if abs(value) < LARGEST else float(value)


def _lengths_in(tokens: Tokens) -> list[int]:
    """Return the lengths of `length(x) BETWEEN 8 AND 16`, and their neighbours."""
    is_about_length = any(token.upper in _LENGTH for token in tokens)
    return [*_lengths_near(_literals(tokens, ()))] if is_about_length else []


def _lengths_near(literals: Iterable[Value]) -> Iterator[int]:
    for value in literals:
        if isinstance(value, int | float) and 0 <= value <= LONGEST:
            yield from (int(value), int(value) + 1, int(value) - 1)


def _reads_json(tokens: Tokens) -> bool:
    return any(token.text in _ARROWS or token.upper.startswith("JSON") for token in tokens)


def _json_paths(tokens: Tokens) -> Iterator[str]:
    """Yield the paths of `$.a.b`, and of the `a` in `->> 'a'`."""
    for before, token in pairwise(tokens):
        if token.kind == "string":
            text = unquoted(token.text)
            if text.startswith("$."):
                yield text[2:]
            elif before.text in _ARROWS and not text.startswith("$"):
                yield text


def _documents(paths: Sequence[str], values: Sequence[Value], count: int) -> Iterator[Value]:
    """Yield documents in which one path has a value that is mentioned, and the others one that no
    other row has."""
    texts = [value for value in values if isinstance(value, str) and value[:1] not in ("", "$")]
    for number in range(count):
        for leading in paths:
            at_paths: dict[str, Value] = dict.fromkeys(paths, f"x{number}")
            at_paths[leading] = texts[number % len(texts)] if texts else number
            yield _document(at_paths)
    yield from DOCUMENTS
    yield from (json.dumps([number, number]) for number in range(count))


def _document(at_paths: Mapping[str, Value]) -> str:
    document: dict[str, object] = {}
    for path, value in at_paths.items():
        *parents, last = path.split(".")
        inside = document
        for name in parents:
            child = inside.setdefault(name, {})
            inside = child if isinstance(child, dict) else {}
        inside.setdefault(last, value)
    return json.dumps(document)


def _is_json(value: Value) -> bool:
    try:
        json.loads(value) if isinstance(value, str | bytes) else None
    except (ValueError, RecursionError):
        return False
    return True
