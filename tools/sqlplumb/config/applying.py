"""How live databases are upgraded: [tool.sqlplumb.apply]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from sqlplumb.config.reading import Table, known, number, text
from sqlplumb.errors import Problem, WrongInput

Verify = Literal["written", "all"]

_KEYS = ("verify", "keep_backups")


@dataclass(frozen=True, slots=True)
class Applying:
    """`verify`: of which tables the rows are compared that no statement writes: of those that
    triggers may write, or of all; `keep_backups` are the newest that stay, and 0 keeps all."""

    verify: Verify = "written"
    keep_backups: int = 0


def applying(table: Table, file: str) -> Applying:
    known(table, _KEYS, file, "sqlplumb apply")
    return Applying(
        _verify(text(table, "verify", file) or "written", file),
        number(table, "keep_backups", file, 0, "backups"),
    )


def _verify(value: str, file: str) -> Verify:
    for one in get_args(Verify):
        if value == one:
            return cast(Verify, one)
    raise WrongInput(Problem(f"{file}: verify is written or all, not {value!r}"))
