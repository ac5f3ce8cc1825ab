"""How the values of a column become those of another type: the words behind USING.

What PostgreSQL converts on assignment needs none. Where it has no cast at all, the text of a value
is read as one of the new type.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlplumb.engines.postgres.names import literal, quoted, spelled
from sqlplumb.engines.postgres.options import DomainOptions, EnumOptions
from sqlplumb.schema import Column, Schema

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TEXTS = ("text", "character varying", "character", "name", "bpchar")
_TIMES = (
    *("timestamp without time zone", "timestamp with time zone", "date"),
    *("time without time zone", "time with time zone", "interval"),
)
# From one type to others by assignment, or by a cast of the server's own.
_ASSIGNED = {
    **dict.fromkeys(_NUMBERS, _NUMBERS),
    **dict.fromkeys(_TEXTS, _TEXTS),
    "date": _TIMES[:2],
    "timestamp without time zone": (_TIMES[1], "date", "time without time zone"),
    "timestamp with time zone": (_TIMES[0], "date", *_TIMES[3:5]),
    "time without time zone": ("interval", "time with time zone"),
    "time with time zone": ("time without time zone",),
    "json": ("jsonb",),
    "jsonb": ("json",),
    "inet": ("cidr",),
    "cidr": ("inet",),
    "bit": ("bit varying",),
    "bit varying": ("bit",),
}
_CAST = {("integer", "boolean"), ("boolean", "integer"), ("money", "numeric"), ("numeric", "money")}
_CAST |= {("integer", "money"), ("bigint", "money"), ("interval", "time without time zone")}
_AS_NUMBERS = {"boolean": "integer", "money": "numeric"}
_CAST |= {("jsonb", kind) for kind in (*_NUMBERS, "boolean")}


def base(declared: str) -> str:
    """Return a type without its length, precision or fields: `timestamp(3) with time zone`."""
    name = re.sub(r"\([^()]*\)", "", declared)
    return "interval" if name.startswith("interval") else " ".join(name.split())


def conversion(current: Column, desired: Column) -> str:
    """Return the expression behind USING; empty where PostgreSQL needs none."""
    if desired.backfill and current.type != desired.type:
        return desired.backfill
    name, before, after = quoted(desired.ref.name), base(current.type), base(desired.type)
    if before == after or after in _ASSIGNED.get(before, ()):
        return ""
    if after.endswith("[]") and not before.endswith("[]"):
        part = replace(desired, type=desired.type.removesuffix("[]"))
        return in_array(name, conversion(current, part) or name, desired.type)
    if after in _TEXTS:
        return ""
    if (before, after) in _CAST or before in _TEXTS:
        return f"{name}::{desired.type}"
    if between := _by_way_of(name, before, after):
        return f"{between}::{desired.type}"
    if before.endswith("[]") and after.endswith("[]"):
        inner = conversion_of_parts(before.removesuffix("[]"), after.removesuffix("[]"))
        return f"{name}::{inner}{desired.type}"
    return f"{name}::text::{desired.type}"


def in_array(name: str, value: str, declared: str) -> str:
    """Return a value as an array of one; what is NULL stays so, and is no array of NULL."""
    return f"CASE WHEN {name} IS NOT NULL THEN ARRAY[{value}]::{declared} END"


def _by_way_of(name: str, before: str, after: str) -> str:
    """Return what a value is between two types that have no cast; a time is a number by its
    seconds."""
    times = (*_TIMES[:3], "interval")
    if before in _NUMBERS:
        number = f"({name} <> 0)" if after == "boolean" else ""
        return f"to_timestamp({name})" if after in _TIMES[:3] else number
    if after in _NUMBERS and before in times:
        return f"extract(epoch FROM {name})"
    if after in _NUMBERS and before in _AS_NUMBERS:
        return f"{name}::{_AS_NUMBERS[before]}"
    if before == "date" and after.startswith("time "):
        return f"{name}::timestamp"
    is_json = before in (*_TEXTS, "boolean", "json", "jsonb")  # or reads as that
    return f"to_jsonb({name})" if after in ("json", "jsonb") and not is_json else ""


def conversion_of_parts(before: str, after: str) -> str:
    """Return the type between two arrays, where their parts need one."""
    direct = before in _TEXTS or after in _ASSIGNED.get(before, ()) or after in _TEXTS
    return "" if direct or (before, after) in _CAST else "text[]::"


_WIDER = {
    "smallint": ("integer", "bigint", "numeric", "real", "double precision"),
    "integer": ("bigint", "numeric", "double precision"),
    "bigint": ("numeric",),
    "real": ("double precision",),
    "date": ("timestamp without time zone", "timestamp with time zone"),
    "character varying": ("text",),
    "character": ("text", "character varying"),
    "json": ("jsonb",),
}


def narrows(current: str, desired: str) -> bool:
    """May a value of one type be another when it is read back from the other type?"""
    before, after = base(current), base(desired)
    if before == after:
        return _is_shorter(_sizes(current), _sizes(desired))
    if after in ("text", "character varying") and not _sizes(desired):
        return False
    return bool(_sizes(desired)) or after not in _WIDER.get(before, ())


_RANGES = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def shortens(current: str, desired: str, name: str) -> str:
    """Return the condition of the values that the other type refuses; empty where that is not
    known before."""
    before, after = base(current), base(desired)
    if before in _TEXTS and after == "character varying" and (sizes := _sizes(desired)):
        return f"char_length(rtrim({name})) > {sizes[0]}"  # spaces at the end are cut
    most = _RANGES.get(after)
    if most and before in _NUMBERS and before in _RANGES and most < _RANGES[before]:
        return f"{name} NOT BETWEEN {-most} AND {most - 1}"
    return ""


_OF_FIXED_LENGTH = frozenset(
    (
        *_TIMES,
        *("smallint", "integer", "bigint", "real", "double precision", "boolean", "uuid", "oid"),
        *("money", "macaddr", "macaddr8", "point", "line", "lseg", "box", "circle", "name"),
    )
)


def storage(declared: str) -> str:
    """Return how values of a type are stored where nothing is said."""
    kind = base(declared)
    if kind in _OF_FIXED_LENGTH:
        return "PLAIN"
    return "MAIN" if kind in ("numeric", "inet", "cidr") else "EXTENDED"


def stand_in(column: Column, schema: Schema) -> str:
    """Return a value of this column's kind, for rows whose own is lost."""
    made = (fact for fact in schema.objects.values() if fact.ref.kind in ("enum", "domain"))
    match next((fact.options for fact in made if spelled(fact) == column.type), None):
        case EnumOptions(labels=(first, *_)):
            return literal(first)
        case DomainOptions(base=declared):
            return stand_in(replace(column, type=declared), schema)
    kind = base(column.type)
    if kind in _NUMBERS:
        return "0"
    if kind in _TEXTS:
        return "''"
    known = {"boolean": "false", "uuid": "'00000000-0000-0000-0000-000000000000'", "bytea": "''"}
    known |= {"json": "'null'", "jsonb": "'null'", "interval": "'0'", "date": "'2000-01-01'"}
    if kind.startswith("timestamp"):
        return "'2000-01-01 00:00:00'"
    if kind.startswith("time "):
        return "'00:00:00'"
    return "'{}'" if kind.endswith("[]") else known.get(kind, "''")


def _sizes(declared: str) -> list[int]:
    found = re.search(r"\(([\d, ]+)\)", declared)
    return [int(number) for number in found[1].split(",")] if found else []


def _is_shorter(before: list[int], after: list[int]) -> bool:
    if not after:
        return False
    if not before:
        return True
    if len(before) == len(after) == 2:  # the digits before the point, and behind it
        return after[1] < before[1] or after[0] - after[1] < before[0] - before[1]
    return after < before
