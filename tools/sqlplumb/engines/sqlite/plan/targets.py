"""What each version of SQLite can alter in place. A plan is made for the version it runs on."""

from __future__ import annotations

import re
import sqlite3

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.steps import Target

Version = tuple[int, ...]

OLDEST: Version = (3, 26)  # legacy_alter_table, without which a rebuild would rewrite other tables
DROP_COLUMN: Version = (3, 35)
ALTER_CONSTRAINT: Version = (3, 53)  # ADD and DROP CONSTRAINT, SET and DROP NOT NULL
LIBRARY: Version = sqlite3.sqlite_version_info


def target(version: str = "", instant: bool = False) -> Target:
    """`3.40`, or the library in use where nothing is written."""
    return Target(_version(version) if version else LIBRARY, instant)


def _version(written: str) -> Version:
    if not re.fullmatch(r"3\.\d{1,2}(\.\d{1,2})?", written):
        raise WrongInput(Problem(f"{written!r} is no version of SQLite", "write it as 3.40"))
    version = tuple(int(part) for part in written.split("."))
    if version < OLDEST:
        message = f"SQLite {written} cannot rebuild a table safely"
        raise WrongInput(Problem(message, "the oldest version that sqlplumb plans for is 3.26"))
    return version
