"""Which object a row of a catalog is, and which one an oid means. Must never say what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlplumb.schema import Ref

Row = Mapping[str, Any]
Oid = tuple[str, int, int]  # a catalog, the oid in it, and the number of a column or 0

RULES = {
    "p": "primary key",
    "u": "unique",
    "f": "foreign key",
    "c": "check",
    "x": "exclusion",
}
TYPES = {"e": "enum", "c": "composite type", "d": "domain", "r": "range type", "b": "base type"}
ROUTINES = {"f": "function", "w": "function", "p": "procedure", "a": "aggregate"}
_ON_A_TABLE = {"index": "index", "trigger": "trigger", "policy": "policy", "rewrite": "rule"}
_CATALOGS = {
    "schema": "pg_namespace",
    "extension": "pg_extension",
    "rule": "pg_constraint",
    "index": "pg_class",
    "sequence": "pg_class",
    "statistics": "pg_statistic_ext",
    "trigger": "pg_trigger",
    "rewrite": "pg_rewrite",
    "policy": "pg_policy",
    "function": "pg_proc",
    "event trigger": "pg_event_trigger",
    "language": "pg_language",
    "type": "pg_type",
    "publication": "pg_publication",
    "subscription": "pg_subscription",
    "foreign data wrapper": "pg_foreign_data_wrapper",
    "server": "pg_foreign_server",
    "user mapping": "pg_user_mapping",
    "cast": "pg_cast",
    "operator": "pg_operator",
    "operator family": "pg_opfamily",
    "operator class": "pg_opclass",
    "collation": "pg_collation",
    "text search dictionary": "pg_ts_dict",
    "text search configuration": "pg_ts_config",
    "comment": "pg_description",
    "default privileges": "pg_default_acl",
    "table": "pg_class",
    "view": "pg_class",
}


def namespace_of(row: Row, key: str = "schema") -> str:
    """Return the schema of a row as a namespace: that of `public` is empty."""
    schema = row.get(key) or ""
    return "" if schema == "public" else schema


def address(family: str, row: Row) -> Ref:
    """Return the address of the object that a row of this family is."""
    place = namespace_of(row)
    if family == "table":
        return Ref("table", "", row["table"], namespace=place, shown=row["table"])
    if family == "view":
        kind = "view" if row["kind"] == "v" else "materialized view"
        return Ref(kind, "", row["table"], namespace=place, shown=row["table"])
    if family == "sequence":
        return Ref("sequence", "", row["table"], namespace=place, shown=row["table"])
    if family == "column":
        return _of_table("column", row)
    if family == "rule":
        kind = RULES[row["kind"]]
        return _of_table(kind, row, name="" if kind == "primary key" else row["name"])
    if family in _ON_A_TABLE or (family == "comment" and row["table"]):
        return _of_table(_ON_A_TABLE.get(family, family), row)
    kind = _kind(family, row)
    name = _name(family, row)
    if family == "extension":  # its schema is no part of its name
        return Ref(kind, "", name, shown=name)
    return Ref(kind, "", name, namespace=place, shown=name)


def _of_table(kind: str, row: Row, name: str | None = None) -> Ref:
    table = row["table"]
    own = row["name"] if name is None else name
    place = namespace_of(row)
    return Ref(kind, table, own, namespace=place, shown=row["name"], shown_table=table)


def _kind(family: str, row: Row) -> str:
    if family == "function":
        return ROUTINES[row["kind"]]
    return TYPES[row["kind"]] if family == "type" else family


def _name(family: str, row: Row) -> str:
    match family:
        case "cast":
            return f"{row['source']} AS {row['target']}"
        case "operator":
            return f"{row['symbol']}({row['left'] or 'NONE'}, {row['right']})"
        case "operator family" | "operator class":
            return f"{row['name']} USING {row['method']}"
        case "default privileges":
            place = f" IN SCHEMA {row['place']}" if row["place"] else ""
            return f"{row['objects']} FOR ROLE {row['role']}{place}"
        case "user mapping":
            return f"{row['name']} SERVER {row['server']}"
        case _:
            return str(row["name"])


def known_by(family: str, row: Row, ref: Ref) -> Iterator[tuple[Oid, Ref]]:
    """Yield each oid of a row with the object that it means."""
    if family == "column":
        yield ("pg_class", row["oid_table"], row["oid_number"]), ref
        if row["oid_default"]:
            yield ("pg_attrdef", row["oid_default"], 0), ref
        return
    yield (_CATALOGS[family], row["oid"], 0), ref
    others = {
        "oid_type": "pg_type",
        "oid_array": "pg_type",
        "oid_multirange": "pg_type",
        "oid_multirange_array": "pg_type",
        "oid_operators": "pg_amop",
        "oid_functions": "pg_amproc",
        "oid_rule": "pg_rewrite",
        "oid_relation": "pg_class",
        "oid_checks": "pg_constraint",
        "oid_tables": "pg_publication_rel",
        "oid_schemas": "pg_publication_namespace",
    }
    if family == "rule" and row["kind"] in "pux":
        others["oid_index"] = "pg_class"
    for key, catalog in others.items():
        held = row.get(key) or ()
        for oid in held if isinstance(held, Sequence) else (held,):
            yield (catalog, oid, 0), ref


def own_oid(family: str, row: Row) -> Oid:
    """Return the oid by which comments name the object of a row."""
    if family == "column":
        return ("pg_class", row["oid_table"], row["oid_number"])
    if family == "type" and row["kind"] == "c":
        return ("pg_type", row["oid"], 0)
    return (_CATALOGS[family], row["oid"], 0)
