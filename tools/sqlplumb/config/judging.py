"""How findings are judged: [tool.sqlplumb.lint]. Which rules there are is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sqlplumb.config.reading import Table, flag, known, number, subtable, text
from sqlplumb.errors import Problem, WrongInput

Severity = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

_KEYS = ("additive", "fail", "large", "rules", "severity")


@dataclass(frozen=True, slots=True)
class Judging:
    """`fail` is the severity from which on the exit code is 1; `severity` are those that differ
    from what a rule itself says, by code or name in lower case; `large` is the number of rows
    from which on a table is; with `additive` nothing may go that running code still uses."""

    fail: Severity = "error"
    severity: Mapping[str, Severity | Literal["off"]] = field(default_factory=dict)
    rules: str = ""
    large: int = 100_000
    additive: bool = False


def judging(table: Table, file: str) -> Judging:
    known(table, _KEYS, file, "sqlplumb lint")
    chosen = {
        rule.lower(): _severity(value, f"{file}: the severity of {rule}", ("off",))
        for rule, value in subtable(table, "severity", file).items()
    }
    fail = _severity(text(table, "fail", file) or "error", f"{file}: fail")
    return Judging(
        fail if fail != "off" else "error",
        chosen,
        text(table, "rules", file),
        number(table, "large", file, 100_000),
        flag(table, "additive", file),
    )


def _severity(
    value: object, whose: str, also: tuple[Literal["off"], ...] = ()
) -> Severity | Literal["off"]:
    for one in (*SEVERITIES, *also):
        if value == one:
            return one
    words = ", ".join((*also, *SEVERITIES))
    raise WrongInput(Problem(f"{whose} must be one of {words}, not {value!r}"))
