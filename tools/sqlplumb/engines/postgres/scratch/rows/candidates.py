"""Values to try: by the type of a column, and by the literals of the rules that speak of it.

They are written as expressions; the server says which of them its types take, and how it prints
them. So a domain, an enum or a type of an extension needs no knowledge here. Must never judge a
value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from psycopg.rows import dict_row

from sqlplumb.engines.postgres.names import listed, literal
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.scratch.rows.patterns import matching
from sqlplumb.engines.postgres.scratch.rows.shape import Connection

_TYPES = """
    SELECT t.oid::bigint, format_type(t.oid, NULL) AS name, t.typname AS short,
        t.typtype::text AS kind, t.typcategory::text AS category, t.typelem::bigint AS element,
        t.typbasetype::bigint AS base, r.rngsubtype::bigint AS subtype,
        (SELECT x.rngtypid::bigint FROM pg_range x WHERE x.rngmultitypid = t.oid) AS range,
        (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e
            WHERE e.enumtypid = t.oid) AS labels,
        (SELECT array_agg(pg_get_constraintdef(o.oid) ORDER BY o.conname) FROM pg_constraint o
            WHERE o.contypid = t.oid) AS checks,
        CASE WHEN t.typtype = 'c' THEN (SELECT array_agg(a.atttypid::bigint ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
            AND NOT a.attisdropped) END AS parts
    FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid
    WHERE t.typtype <> 'p' AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_class c
        WHERE c.oid = t.typrelid AND c.relkind IN ('c', 'r', 'p', 'v')))
"""
_TEXTS = (
    *("a1 Abc", "12", 'O\'Brien "7"', "Zoë ☃", "x@example.com", "abc", "", "en", "DE", "A-1"),
    *("https://example.com/7", "2024-01-05", '{"a": 1}', "+4930123456", "3.5", "00:05", "/a/b"),
    *("d41d8cd98f00b204e9800998ecf8427e", "11111111-1111-4111-8111-111111111111"),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    *("zz", "B", "c", "4", "5"),
)
_NUMBERS = ("1", "2.75", "3", "0", "40", "-5", "6", "7.25", "1000", "0.5", "8", "99999")
_DAYS = ("2024-01-05", "2024-02-29", "1999-12-31", "2030-06-15", "2024-01-06", "2025-03-01")
_ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.1.0.0/16", "2001:db8::1", "192.168.1.7", "10.0.0.9")
_SPANS = ("1 hour", "2 days", "00:05:00", "1 mon", "0", "3 years")
# What types of no category of their own, or of an extension, may take.
_ODD = (
    *("{}", '{"a": 1}', "[1, 2]", '{"b": [null, "ü"]}', "3", "[1,2,3]", "a=>1", "b=>NULL", "a.b"),
    *("(1,2)", "(3,4)", "((0,0),(1,1))", "<(0,0),2>", "{1,-1,0}", "0/1A", "0/2B", "08:00:2b:01:02"),
    *("08:00:2b:01:02:03", "08:00:2b:01:02:04", "08:00:2b:01:02:03:04:05", "1", "2", "<a>1</a>"),
    *("'a' 'b':2", "a & b", "10:20:10,15", "\\x00ff", "\\x", "pg_class", "text", "1.2.3", "abc"),
    *("c4ca4238-a0b9-4382-8dcc-509a6f75849b", "c81e728d-9d4c-4f63-8f06-7f89cc14862c"),
    *("eccbc87e-4b5c-4e28-b083-08fd9f2a7baf", "a87ff679-a2f3-471d-9181-a67b7542122c"),
    *("e4da3b7f-bbce-4234-9d77-72b0674a318d", "1679091c-5a88-4faf-8afb-5e6087eb1b2d"),
)
_MOST = 24  # literals of one rule
_STEPS = 6  # ranges that lie apart


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    name: str
    short: str
    kind: str
    category: str
    element: int
    base: int
    subtype: int
    range: int
    labels: Sequence[str]
    checks: Sequence[str]
    parts: Sequence[int]


class Types:
    """The types of a database, by their oids."""

    def __init__(self, connection: Connection) -> None:
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute("SET search_path = ''")
            rows = cursor.execute(_TYPES).fetchall()
            cursor.execute("RESET search_path")
        self._types = {row["oid"]: _type(row) for row in rows}

    def category(self, oid: int) -> str:
        """Return what the values are like: N, S, D and so on, as the catalogs say it."""
        found = self._types.get(oid)
        return found.category if found else ""

    def expressions(self, oid: int, depth: int = 0) -> Iterator[str]:
        """Yield expressions that may be cast to this type."""
        found = self._types.get(oid)
        if found is None or depth > 4:
            return
        if found.kind == "e":
            yield from map(literal, found.labels)
        elif found.kind == "d":
            for check in found.checks:
                yield from literals(check, self.category(found.base))
            yield from self.expressions(found.base, depth + 1)
        elif found.kind == "r":
            yield from self._ranges(found.subtype, depth)
        elif found.kind == "m":
            for one in self._ranges(self._types[found.range].subtype, depth):
                yield f"'{{' || {one} || '}}'"
        elif found.kind == "c":
            yield from self._composites(found, depth)
        elif found.category == "A" and found.element:
            yield from self._arrays(found, depth)
        else:
            yield from _simple(found)

    def _arrays(self, found: _Type, depth: int) -> Iterator[str]:
        element = self._types.get(found.element)
        name = element.name if element else ""
        words = [f"({word})::{name}" for word in self.expressions(found.element, depth + 1)]
        if words:
            yield f"ARRAY[{words[0]}]"
        yield "'{}'"
        for first, second in pairwise(words):
            yield f"ARRAY[{first}, {second}]"

    def _composites(self, found: _Type, depth: int) -> Iterator[str]:
        parts = [list(self.expressions(part, depth + 1)) for part in found.parts]
        for row in zip(*parts, strict=False):
            casts = (
                f"({word})::{self._types[part].name}"
                for word, part in zip(row, found.parts, strict=True)
            )
            yield f"ROW({listed(casts)})"

    def _ranges(self, subtype: int, depth: int) -> Iterator[str]:
        category = self.category(subtype)
        if category == "N":
            bounds = [(f"{10 * step + 1}", f"{10 * step + 6}") for step in range(_STEPS)]
        elif category == "D":
            day = "(date '2024-01-01' + {})"
            bounds = [(day.format(10 * n), day.format(10 * n + 5)) for n in range(_STEPS)]
        else:
            known = sorted(self.expressions(subtype, depth + 1))
            bounds = list(zip(known[::2], known[1::2], strict=False))
        for low, high in bounds:
            yield f"'[\"' || {low} || '\",\"' || {high} || '\")'"
        for low, _ in bounds[-1:]:
            yield f"'[\"' || {low} || '\",)'"
        yield "'empty'"


def _type(row: dict[str, Any]) -> _Type:
    words = {name: row[name] for name in ("name", "short", "kind", "category")}
    oids = {name: row[name] or 0 for name in ("element", "base", "subtype", "range")}
    lists = {name: tuple(row[name] or ()) for name in ("labels", "checks", "parts")}
    values: dict[str, Any] = {**words, **oids, **lists}
    return _Type(**values)


_OF_CATEGORY = {
    "B": ("true", "false"),
    "I": tuple(map(literal, _ADDRESSES)),
    "N": _NUMBERS,
    "S": tuple(map(literal, _TEXTS)),
    "T": tuple(map(literal, _SPANS)),
    "V": ("B'1'", "B'0'", "B'101'", "B'0110'", "B'11111111'", f"B'{'1' * 64}'", f"B'{'0' * 64}'"),
}


def _simple(found: _Type) -> Iterable[str]:
    if found.short == "money":
        return [f"'{number}'" for number in _NUMBERS]
    if found.short in ("time", "timetz"):
        return [f"'{hour}:30:00'" for hour in ("08", "12", "23", "00", "07", "15")]
    if found.category == "D":
        return [f"'{day} 10:00:00'" for day in _DAYS]
    is_odd = found.category not in _OF_CATEGORY or found.short.startswith("reg")
    return map(literal, (*_ODD, *_TEXTS)) if is_odd else _OF_CATEGORY[found.category]


def literals(condition: str, category: str) -> Iterator[str]:
    """Yield what a rule compares with, and what lies just beside it."""
    if "satisfies_hash_partition" in condition:
        return  # it speaks of oids, and any value has a hash
    tokens = list(lex(condition))[: 40 * _MOST]
    found: dict[str, None] = {}
    before = ""
    for number, token in enumerate(tokens):
        if token.kind == "string":
            is_pattern = before.startswith("~") or before in ("LIKE", "ILIKE", "TO", "SIMILAR")
            words = matching(token.text, before) if is_pattern else ()
            found.update(dict.fromkeys((*map(literal, words), token.text)))
            if category == "A" and (listed_values := _array(tokens[number:])):
                found[listed_values] = None
            if category == "D":
                cast = _cast(tokens[number + 1 : number + 9])
                found.update(
                    dict.fromkeys(
                        f"({token.text}::{cast} {sign} interval '1 day')" for sign in "+-"
                    )
                )
        elif token.kind == "number":
            found.update(dict.fromkeys(_around(token.text, category, before)))
        if token.text not in "(":
            before = token.upper or (before + token.text if _is_sign(before) else token.text)
    yield from list(found)[: 3 * _MOST]


def _is_sign(text: str) -> bool:
    return bool(text) and not any(letter.isalnum() or letter in "'\"_" for letter in text)


def _array(tokens: Sequence[Any]) -> str:
    return f"ARRAY[{tokens[0].text}]" if tokens else ""


def _cast(tokens: Sequence[Any]) -> str:
    words = [token.text for token in tokens]
    return "date" if words[:2] == ["::", "date"] else "timestamptz"


def _around(number: str, category: str, before: str) -> Iterable[str]:
    signed = f"-{number}" if before.endswith("-") else number
    if category == "S":  # a length, most often
        short = number.isdigit() and int(number) <= 200
        return (f"repeat('x', {n})" for n in (number, f"{number} - 1", f"{number} + 1") if short)
    if category == "A":
        return ()
    return (signed, f"({signed} + 1)", f"({signed} - 1)", f"({signed} * 0.5)", number)
