"""Names as statements of PostgreSQL write them: in full, so that none depends on a `search_path`.

Owns the one quoting function of its SQL. Must never read an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlplumb.schema import Object, Ref

PUBLIC = "public"
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


def qualified(name: str, namespace: str) -> str:
    return f"{quoted(namespace or PUBLIC)}.{quoted(name)}"


def table_of(ref: Ref) -> str:
    """Return the table or view that an object belongs to, or is, in full."""
    return qualified(ref.owner, ref.namespace)


def routine(ref: Ref) -> str:
    """Return a function by its name and the types of its arguments, as its `Ref` has them."""
    name, bracket, arguments = split_arguments(ref.name)
    written = name if name.startswith('"') else quoted(name)
    return f"{quoted(ref.namespace or PUBLIC)}.{written}{bracket}{arguments}"


def split_arguments(name: str) -> tuple[str, str, str]:
    if name.startswith('"'):
        end = re.match(r'"(?:[^"]|"")*"', name)
        if end:
            return end.group(), *name[end.end() :].partition("(")[1:]
    return name.partition("(")


NO_NAMESPACE = frozenset(
    (
        *("schema", "extension", "publication", "subscription", "event trigger", "language"),
        *("foreign data wrapper", "server", "access method", "role", "cast", "user mapping"),
        "default privileges",
    )
)


def full_name(ref: Ref) -> str:
    """Return an object as a statement names it on its own."""
    if ref.kind in ("function", "procedure", "aggregate", "routine"):
        return routine(ref)
    if ref.kind in NO_NAMESPACE:
        return quoted(ref.name)
    return qualified(ref.name, ref.namespace)


def spelled(fact: Object) -> str:
    return full_name(fact.ref)


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def option_list(options: Iterable[str]) -> str:
    """Return ` OPTIONS (host 'x')` for `host=x`; nothing without any."""
    pairs = (option.partition("=") for option in options)
    said = listed(f"{quoted(name)} {literal(value)}" for name, _, value in pairs)
    return f" OPTIONS ({said})" if said else ""
