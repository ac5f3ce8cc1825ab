"""Names as PostgreSQL writes them. Owns the one quoting function of its SQL."""

from __future__ import annotations

from sqlplumb.schema import Ref


def quoted(name: str) -> str:
    """Return a name as an identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def full_name(ref: Ref) -> str:
    """Return the name of an object with its schema; a routine keeps the types of its arguments."""
    name, bracket, arguments = ref.name, "", ""
    if ref.kind in ("function", "procedure", "aggregate"):
        name, bracket, arguments = ref.name.partition("(")
    return f"{quoted(ref.namespace or 'public')}.{quoted(name)}{bracket}{arguments}"


def literal(text: str) -> str:
    """Return a string of SQL."""
    escaped = text.replace("'", "''")
    return "E'" + escaped.replace("\\", "\\\\") + "'" if "\\" in text else f"'{escaped}'"
