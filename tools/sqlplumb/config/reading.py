"""One value out of a table of settings, or WrongInput with the name of the file and the key."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from math import inf

from sqlplumb.errors import Problem, WrongInput

Table = Mapping[str, object]
_DURATION = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(s|m|)\s*")


def known(table: Table, keys: Collection[str], file: str, whose: str) -> None:
    """An unknown key is a mistake, not a wish."""
    for key in table:
        if key not in keys:
            from difflib import get_close_matches

            close = get_close_matches(key, keys, 1)
            hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(keys)}"
            raise WrongInput(Problem(f"{file}: {key} is not a setting of {whose}", hint))


def text(table: Table, key: str, file: str) -> str:
    value = table.get(key, "")
    if isinstance(value, str):
        return value
    raise WrongInput(Problem(f"{file}: {key} must be a text, not {value!r}"))


def texts(table: Table, key: str, file: str) -> tuple[str, ...]:
    value = table.get(key, ())
    values = (value,) if isinstance(value, str) else value
    if isinstance(values, list | tuple) and all(isinstance(one, str) for one in values):
        return tuple(values)
    raise WrongInput(Problem(f"{file}: {key} must be a text or texts, not {value!r}"))


def flag(table: Table, key: str, file: str) -> bool:
    """An ini file has no other words for it than texts."""
    value = table.get(key, False)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool):
        return value
    raise WrongInput(Problem(f"{file}: {key} must be true or false, not {value!r}"))


def number(table: Table, key: str, file: str, otherwise: int, unit: str = "rows") -> int:
    value = table.get(key, otherwise)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise WrongInput(Problem(f"{file}: {key} must be a number of {unit}, not {value!r}"))


def seconds(table: Table, key: str, file: str, otherwise: float) -> float:
    """`60`, `"60s"`, `"2m"`; 0 and `none` are no limit."""
    value = table.get(key, otherwise)
    found = duration(value) if isinstance(value, str) else value
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < inf:
        return float(found)
    raise WrongInput(Problem(f"{file}: {key} must be a time, not {value!r}", 'as "60s" or "2m"'))


def duration(written: str) -> float | None:
    """The seconds that these words mean, if they mean any."""
    if written.strip().lower() == "none":
        return 0.0
    found = _DURATION.fullmatch(written)
    return float(found[1]) * (60 if found[2] == "m" else 1) if found else None


def subtable(table: Table, key: str, file: str) -> Table:
    value = table.get(key, {})
    if isinstance(value, dict):
        return value
    raise WrongInput(Problem(f"{file}: {key} must be a table, not {value!r}"))
