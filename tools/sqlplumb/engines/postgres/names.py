"""Names as PostgreSQL writes them. Owns the one quoting function of its SQL."""

from __future__ import annotations

import re

from sqlplumb.schema import Ref

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some substring
    symmetric system_user table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
    """.split()
)


def quoted(name: str) -> str:
    """Write a name as an identifier, in quotes where it needs them in any version."""
    if _PLAIN.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as a string, whatever the server takes a backslash for."""
    doubled = text.replace("'", "''")
    return "E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in text else f"'{doubled}'"


def full_name(ref: Ref) -> str:
    """Return the name of an object with its schema; a routine keeps the types of its arguments."""
    name, bracket, arguments = ref.name, "", ""
    if ref.kind in ("function", "procedure", "aggregate"):
        name, bracket, arguments = ref.name.partition("(")
    return f"{quoted(ref.namespace or 'public')}.{quoted(name)}{bracket}{arguments}"
