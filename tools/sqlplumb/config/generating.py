"""What the module of tables is made with: [tool.sqlplumb.tables]. Columns are not known here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlplumb.config.reading import Table, known, subtable, text
from sqlplumb.errors import Problem, WrongInput

_KEYS = ("module", "types")
_NAMED = re.compile(r"([A-Za-z_][\w.]*:)?[A-Za-z_]\w*\Z")


@dataclass(frozen=True, slots=True)
class Generating:
    """`module` is the file to write; `types` are those that a person has chosen, by column:
    `package.module:Name`, or the bare name of a type that the module defines for itself."""

    module: str = ""
    types: Mapping[str, str] = field(default_factory=dict)


def generating(table: Table, file: str) -> Generating:
    known(table, _KEYS, file, "sqlplumb tables")
    types = subtable(table, "types", file)
    chosen = {column: _type(text(types, column, file), column, file) for column in types}
    return Generating(text(table, "module", file), chosen)


def _type(written: str, column: str, file: str) -> str:
    if _NAMED.match(written):
        return written
    hint = 'write "package.module:Name", or the name of a type of the module itself'
    raise WrongInput(Problem(f"{file}: {written!r} is no type for {column}", hint))
