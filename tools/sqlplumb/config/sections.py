"""The sections of the settings: lint, tables, review and apply, and how a value is read.

Each reader returns one value of a table of settings, or raises WrongInput with the name of the file
and the key. Which rules and which columns exist is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import date, datetime
from math import inf
from typing import Literal, get_args

from sqlplumb.errors import Problem, WrongInput, did_you_mean
from sqlplumb.values import dataclass

Table = Mapping[str, object]
Severity = Literal["info", "warning", "error"]
Verify = Literal["written", "all"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)

_LINT_KEYS = ("additive", "fail", "large", "rolling", "rules", "severity")
_TABLES_KEYS = ("module", "names", "types")
_REVIEW_KEYS = ("templates",)
_ACCEPT_KEYS = ("object", "reason", "until")
_APPLY_KEYS = ("verify", "keep", "keep_backups", "approvals")
_DURATION = r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(s|m|)\s*"
_TYPE_NAME = r"([A-Za-z_][\w.]*:)?[A-Za-z_]\w*\Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """How findings are judged. The exit code is 1 for findings of severity `fail` or above.

    `severity` holds the severities that differ from those of the rules, by code or name in lower
    case. A table of `large` rows or more is large. While releases are `rolling`, nothing that
    running code still uses may be taken from it. `has_models`: SQLAlchemy writes the rows.
    """

    fail: Severity = "error"
    severity: Mapping[str, Severity | Literal["off"]] = field(default_factory=dict)
    rules: str = ""
    large: int = 100_000
    rolling: bool = False
    has_models: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """A difference that is known: an object as reports write it, why it may differ, and the last
    day on which it may."""

    object: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TablesSettings:
    """How the module of tables is made. `module` is the file to write; `names` are two databases of
    the settings, each of an engine of its own, that it is for.

    `types` holds the types that a person has chosen, by column: `package.module:Name`, or the bare
    name of a type that the module defines itself.
    """

    module: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """How pages look. `templates` is the folder of a project's own templates."""

    templates: str = ""


@dataclass(frozen=True, slots=True)
class ApplySettings:
    """How live databases are upgraded.

    `verify` says which tables that no statement writes have their rows compared: those that
    triggers may write, or all. The newest backups stay, as many as `keep` says, and the receipts
    that name them; 0 keeps all. Each revision that runs needs so many `approvals`.
    """

    verify: Verify = "written"
    keep: int = 0
    approvals: int = 0


def read_lint(table: Table, file: str) -> LintSettings:
    refuse_unknown_keys(table, _LINT_KEYS, file=file, section="sqlplumb lint")
    severities: dict[str, Severity | Literal["off"]] = {
        rule.lower(): "off"
        if value == "off"
        else _read_severity(value, f"{file}: the severity of {rule}", "off, ")
        for rule, value in read_table(table, "severity", file).items()
    }
    return LintSettings(
        fail=_read_severity(read_text(table, "fail", file) or "error", f"{file}: fail"),
        severity=severities,
        rules=read_text(table, "rules", file),
        large=read_number(table, "large", file=file, default=100_000, unit="rows"),
        rolling=read_flag(table, "rolling", file) or read_flag(table, "additive", file),
    )


def _read_severity(value: object, key: str, also: str = "") -> Severity:
    for severity in SEVERITIES:
        if value == severity:
            return severity
    raise WrongInput(Problem(f"{key} must be one of {also}{', '.join(SEVERITIES)}, not {value!r}"))


def read_tables(table: Table, file: str) -> TablesSettings:
    refuse_unknown_keys(table, _TABLES_KEYS, file=file, section="sqlplumb tables")
    types = read_table(table, "types", file)
    chosen = {column: read_text(types, column, file) for column in types}
    for column, written in chosen.items():
        if not re.match(_TYPE_NAME, written):
            advice = 'write "package.module:Name", or the name of a type that the module defines'
            raise WrongInput(Problem(f"{file}: {written!r} is not a type for {column}", advice))
    names = read_texts(table, "names", file)
    if len(names) not in (0, 2) or len({*names}) != len(names):
        advice = 'write names = ["development", "production"], of [tool.sqlplumb.names]'
        raise WrongInput(Problem(f"{file}: names of the tables must be two", advice))
    return TablesSettings(read_text(table, "module", file), chosen, names)


def read_review(table: Table, file: str) -> ReviewSettings:
    refuse_unknown_keys(table, _REVIEW_KEYS, file=file, section="sqlplumb review")
    return ReviewSettings(read_text(table, "templates", file))


def read_apply(table: Table, file: str) -> ApplySettings:
    refuse_unknown_keys(table, _APPLY_KEYS, file=file, section="sqlplumb apply")
    key = "keep" if "keep" in table else "keep_backups"  # as it was called before
    keep = read_number(table, key, file=file, default=0, unit="backups")
    approvals = read_number(table, "approvals", file=file, default=0, unit="names")
    match read_text(table, "verify", file) or "written":
        case "written" | "all" as verify:
            return ApplySettings(verify, keep, approvals)
        case verify:
            raise WrongInput(Problem(f"{file}: verify must be written or all, not {verify!r}"))


def read_accept(table: Table, file: str) -> tuple[Accept, ...]:
    written = table.get("accept", ())
    if not isinstance(written, list | tuple) or not all(
        isinstance(entry, dict) for entry in written
    ):
        advice = 'write accept = [{ object = "tasks.note", reason = "until 2.0" }]'
        raise WrongInput(Problem(f"{file}: accept must be a list of tables", advice))
    return tuple(_read_accept(entry, file) for entry in written)


def _read_accept(table: Table, file: str) -> Accept:
    refuse_unknown_keys(table, _ACCEPT_KEYS, file=file, section="sqlplumb accept")
    name, reason = (read_text(table, key, file).strip() for key in ("object", "reason"))
    until = table.get("until")
    if not (name and reason):
        message = f"{file}: accept {name or dict(table)} needs an object and a reason"
        raise WrongInput(Problem(message, "whoever meets it later must know why it may stand"))
    if isinstance(until, datetime) or not isinstance(until, date | None):
        message = f"{file}: accept {name}: until must be a date, not {until!r}"
        raise WrongInput(Problem(message, "write it without quotes: until = 2027-03-01"))
    return Accept(name, reason, until)


def refuse_unknown_keys(table: Table, keys: Collection[str], *, file: str, section: str) -> None:
    """Raise WrongInput for a key that does not exist: it is a mistake."""
    for key in table:
        if key not in keys:
            advice = did_you_mean(key, keys, f"the settings are {', '.join(keys)}")
            raise WrongInput(Problem(f"{file}: {key} is not a setting of {section}", advice))


def read_text(table: Table, key: str, file: str) -> str:
    value = table.get(key, "")
    if isinstance(value, str):
        return value
    raise WrongInput(Problem(f"{file}: {key} must be a string, not {value!r}"))


def read_texts(table: Table, key: str, file: str) -> tuple[str, ...]:
    value = table.get(key, ())
    values = (value,) if isinstance(value, str) else value
    if isinstance(values, list | tuple) and all(isinstance(item, str) for item in values):
        return tuple(values)
    raise WrongInput(Problem(f"{file}: {key} must be a string or a list of them, not {value!r}"))


def read_flag(table: Table, key: str, file: str) -> bool:
    """Read true or false, which an ini file can only write as a string."""
    value = table.get(key, False)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, bool):
        return value
    raise WrongInput(Problem(f"{file}: {key} must be true or false, not {value!r}"))


def read_number(table: Table, key: str, *, file: str, default: int, unit: str) -> int:
    value = table.get(key, default)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise WrongInput(Problem(f"{file}: {key} must be a number of {unit}, not {value!r}"))


def read_seconds(table: Table, key: str, *, file: str, default: float) -> float:
    """Read `60`, `"60s"` or `"2m"`; 0 and `none` mean no limit."""
    value = table.get(key, default)
    seconds = parse_duration(value) if isinstance(value, str) else value
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < inf:
        return float(seconds)
    raise WrongInput(
        Problem(f"{file}: {key} must be a time, not {value!r}", 'write it as "60s" or "2m"')
    )


def parse_duration(written: str) -> float | None:
    """Return the seconds that these words mean, or None."""
    if written.strip().lower() == "none":
        return 0.0
    match = re.fullmatch(_DURATION, written)
    return float(match[1]) * (60 if match[2] == "m" else 1) if match else None


def read_table(table: Table, key: str, file: str) -> Table:
    value = table.get(key, {})
    if isinstance(value, dict):
        return value
    raise WrongInput(Problem(f"{file}: {key} must be a table, not {value!r}"))
