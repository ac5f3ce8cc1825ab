"""What stored values become when the type of their column changes: conditions over the values.

An affinity converts what it can and keeps the rest, so no declared type tells which values a column
holds. Each condition lets SQLite itself convert, and is asked of the rows.
"""

from __future__ import annotations

from sqlplumb.engines.sqlite.options import is_strict
from sqlplumb.engines.sqlite.parse.types import affinity
from sqlplumb.schema import Column, Unit

_NUMBERS = ("integer", "numeric", "real")
_LEAST = -(2**63)


def meaning(column: Column, unit: Unit) -> str:
    """Its affinity: ANY keeps every value as it is in a STRICT table alone."""
    keeps_all = column.type == "any" and is_strict(unit.head)
    return "blob" if keeps_all else affinity(column.type)


def lost(value: str, current: str, desired: str) -> str:
    """Which values of a column of that affinity cannot be had back from this one; empty: none."""
    found = []
    if desired in _NUMBERS and current in ("text", "blob"):
        number = f"CAST({value} AS {'REAL' if desired == 'real' else 'NUMERIC'})"
        found.append(f"{_is_number(value)} AND CAST({number} AS TEXT) <> {value} COLLATE BINARY")
    if desired == "real" and current in ("integer", "numeric", "blob"):
        back = f"CAST(CAST({value} AS REAL) AS INTEGER)"
        found.append(f"typeof({value}) = 'integer' AND {back} <> {value}")
    if desired == "text" and current != "text":
        back = f"CAST(CAST({value} AS TEXT) AS REAL)"
        found.append(f"typeof({value}) = 'real' AND {back} <> {value}")
    return " OR ".join(f"({one})" for one in found)


def kept(value: str, desired: str) -> str:
    """Which values this affinity leaves as they are, although its type says something else. A DATE
    or a UUID is NUMERIC to SQLite and text to people, so nothing is said of those."""
    no_number = (
        f"typeof({value}) = 'blob' OR (typeof({value}) = 'text' AND NOT {_is_number(value)})"
    )
    match desired:
        case "integer":
            return f"({no_number}) OR {_is_no_integer(value)}"
        case "real":
            return no_number
        case "text":
            return f"typeof({value}) = 'blob'"
        case _:
            return ""


def refused(value: str, declared: str) -> str:
    """Which values a column of a STRICT table does not take; empty: it takes all."""
    if declared == "any":
        return ""
    if declared == "blob":
        return f"typeof({value}) NOT IN ('blob', 'null')"
    return kept(value, affinity(declared))


def _is_number(value: str) -> str:
    """A text that SQLite takes for a number: compared with one, it is converted only then."""
    return f"(typeof({value}) = 'text' AND +{value} = CAST({value} AS NUMERIC))"


def _is_no_integer(value: str) -> str:
    """The least integer there is, as a REAL, is left alone; every other whole number is one."""
    number = f"CAST({value} AS NUMERIC)"
    whole = f"CAST({number} AS INTEGER) = {number} AND CAST({number} AS INTEGER) > {_LEAST}"
    is_number = f"(typeof({value}) = 'real' OR {_is_number(value)})"
    return f"({is_number} AND typeof({number}) = 'real' AND NOT ({whole}))"
