"""Facts of what is no table: types, sequences, routines, and all that one statement makes. Owns how
such a statement is written from a row, where the server has no printer for it. Must never ask a
server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlplumb.engines.postgres.creating import CREATES
from sqlplumb.engines.postgres.names import full_name, listed, literal, option_list, quoted
from sqlplumb.engines.postgres.options import (
    CompositeOptions,
    DefaultPrivilegesOptions,
    DefinedOptions,
    DomainOptions,
    EnumOptions,
    ExtensionOptions,
    FunctionOptions,
    SchemaOptions,
    SequenceOptions,
)
from sqlplumb.engines.postgres.read.addresses import Row
from sqlplumb.engines.postgres.read.tables import ENABLED, common, pairs, words
from sqlplumb.schema import EngineObject, Options, Ref

_MODIFY = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}
_PARALLEL = {"s": "SAFE", "r": "RESTRICTED", "u": "UNSAFE"}
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin", "d": "default"}


def other_object(family: str, ref: Ref, row: Row) -> EngineObject:
    """Return the fact of a row whose family is not one of tables and views."""
    make = _TYPES[row["kind"]] if family == "type" else _OPTIONS[family]
    options = make(ref, row)
    fact = EngineObject(ref=ref, options=options, text=getattr(options, "definition", ""))
    create = CREATES.get(ref.kind)
    return replace(fact, text=";\n".join(create(fact))) if create else fact


def _defined(row: Row, definition: str, **attributes: object) -> DefinedOptions:
    given = tuple((name, str(value)) for name, value in attributes.items() if value)
    return DefinedOptions(definition=definition, attributes=given, **common(row))


def _assigned(values: Mapping[str, Any]) -> str:
    """Return `NAME = value, FLAG` for what is there."""
    said = (
        name if value is True else f"{name} = {value}"
        for name, value in values.items()
        if value not in (None, False, "")
    )
    return ", ".join(said)


def _with_options(row: Row, definition: str) -> DefinedOptions:
    """Of what stands for another server: its options are the end of the statement."""
    options = words(row, "options")
    whole = definition + option_list(options)
    return DefinedOptions(definition=whole, server_options=options, **common(row))


def _schema(ref: Ref, row: Row) -> Options:
    return SchemaOptions(**common(row))


def _extension(ref: Ref, row: Row) -> Options:
    return ExtensionOptions(
        schema=row["schema"], version=row["version"], is_relocatable=row["oid_is_relocatable"]
    )


def _sequence(ref: Ref, row: Row) -> Options:
    names = ("type", "start", "increment", "minimum", "maximum", "cache", "cycle")
    return SequenceOptions(
        **{name: row[name] for name in names},
        unlogged=row["persistence"] == "u",
        owned_by=row["owned_by"] or "",
        **common(row),
    )


def _routine(ref: Ref, row: Row) -> Options:
    definition = row["definition"]
    if "aggregate" in row:
        definition = _aggregate(row["aggregate"])
    return FunctionOptions(
        definition=definition.rstrip(),
        head=row["head"] or "",
        language=row["language"],
        **common(row),
    )


def _aggregate(row: Row) -> str:
    is_ordered = row["kind"] != "n"
    usual = "READ_WRITE" if is_ordered else "READ_ONLY"
    modify, moving = _MODIFY[row["finalmodify"]], _MODIFY[row["mfinalmodify"]]
    has_moving = row["msfunc"] is not None
    initial, moved = row["initcond"], row["minitcond"]
    values = {
        "SFUNC": row["sfunc"],
        "STYPE": row["stype"],
        "SSPACE": row["sspace"],
        "FINALFUNC": row["finalfunc"],
        "FINALFUNC_EXTRA": row["finalextra"],
        "FINALFUNC_MODIFY": modify if modify != usual else None,
        "COMBINEFUNC": row["combinefunc"],
        "SERIALFUNC": row["serialfunc"],
        "DESERIALFUNC": row["deserialfunc"],
        "INITCOND": None if initial is None else literal(initial),
        "MSFUNC": row["msfunc"],
        "MINVFUNC": row["minvfunc"],
        "MSTYPE": row["mstype"],
        "MSSPACE": row["msspace"],
        "MFINALFUNC": row["mfinalfunc"],
        "MFINALFUNC_EXTRA": row["mfinalextra"],
        "MFINALFUNC_MODIFY": moving if has_moving and moving != usual else None,
        "MINITCOND": None if moved is None else literal(moved),
        "SORTOP": row["sortop"],
        "PARALLEL": _PARALLEL[row["parallel"]] if row["parallel"] != "u" else None,
        "HYPOTHETICAL": row["kind"] == "h",
    }
    return f"CREATE OR REPLACE AGGREGATE {row['head']} ({_assigned(values)})"


def _enum(ref: Ref, row: Row) -> Options:
    return EnumOptions(labels=words(row, "labels"), **common(row))


def _composite(ref: Ref, row: Row) -> Options:
    comments = pairs(row, "column_comments")
    return CompositeOptions(
        attributes=pairs(row, "attributes"), column_comments=comments, **common(row)
    )


def _domain(ref: Ref, row: Row) -> Options:
    return DomainOptions(
        base=row["base"],
        not_null=row["not_null"],
        default=row["default"] or "",
        collation=row["collation"] or "",
        checks=pairs(row, "checks"),
        **common(row),
    )


def _range(ref: Ref, row: Row) -> Options:
    values = {
        "SUBTYPE": row["subtype"],
        "SUBTYPE_OPCLASS": row["subtype_opclass"],
        "COLLATION": row["range_collation"],
        "CANONICAL": row["canonical"],
        "SUBTYPE_DIFF": row["subtype_diff"],
        "MULTIRANGE_TYPE_NAME": row["multirange"],
    }
    return _defined(row, f"CREATE TYPE {full_name(ref)} AS RANGE ({_assigned(values)})")


def _base_type(ref: Ref, row: Row) -> Options:
    return _defined(row, f"CREATE TYPE {full_name(ref)} ({row['base_definition']})")


def _statistics(ref: Ref, row: Row) -> Options:
    return _defined(row, row["definition"], target=row["target"])


def _rewrite(ref: Ref, row: Row) -> Options:
    return _defined(row, row["definition"].rstrip(";"), enabled=ENABLED[row["enabled"]])


def _event_trigger(ref: Ref, row: Row) -> Options:
    tags = ", ".join(map(literal, words(row, "tags")))
    filtered = f" WHEN TAG IN ({tags})" if tags else ""
    definition = (
        f"CREATE EVENT TRIGGER {quoted(row['name'])} ON {row['event']}{filtered}"
        f" EXECUTE FUNCTION {row['function']}()"
    )
    return _defined(row, definition, enabled=ENABLED[row["enabled"]])


def _language(ref: Ref, row: Row) -> Options:
    trusted = "TRUSTED " if row["is_trusted"] else ""
    definition = f"CREATE {trusted}LANGUAGE {quoted(row['name'])}"
    definition += f" HANDLER {row['handler']}" if row["handler"] else ""
    definition += f" INLINE {row['inline']}" if row["inline"] else ""
    definition += f" VALIDATOR {row['validator']}" if row["validator"] else ""
    return _defined(row, definition)


def _publication(ref: Ref, row: Row) -> Options:
    held = [f"TABLE {table}" for table in words(row, "tables")]
    held += [f"TABLES IN SCHEMA {schema}" for schema in words(row, "schemas")]
    what = " FOR ALL TABLES" if row["is_all"] else f" FOR {', '.join(held)}" if held else ""
    values = {"publish": literal(row["operations"]), "publish_via_partition_root": row["via_root"]}
    if row.get("generated") not in (None, "n"):
        values["publish_generated_columns"] = "stored"
    parameters = _assigned({name: "true" if v is True else v for name, v in values.items()})
    return _defined(row, f"CREATE PUBLICATION {quoted(row['name'])}{what} WITH ({parameters})")


def _subscription(ref: Ref, row: Row) -> Options:
    """A connection string may hold a password: only a superuser reads it, and nobody is shown it.
    Where nobody may read it, it is not compared."""
    publications = ", ".join(map(quoted, words(row, "publications")))
    connection = f" CONNECTION {literal(row['connection'])}" if row["connection"] else ""
    head = f"CREATE SUBSCRIPTION {quoted(row['name'])}"
    definition = f"{head}{connection} PUBLICATION {publications}"
    return _defined(
        row,
        definition,
        enabled=row["is_enabled"],
        slot=row["slot"],
        binary=row["is_binary"],
        synchronous_commit=row["synchronous_commit"],
    )


def _wrapper(ref: Ref, row: Row) -> Options:
    definition = f"CREATE FOREIGN DATA WRAPPER {quoted(row['name'])}"
    definition += f" HANDLER {row['handler']}" if row["handler"] else ""
    definition += f" VALIDATOR {row['validator']}" if row["validator"] else ""
    return _with_options(row, definition)


def _server(ref: Ref, row: Row) -> Options:
    definition = f"CREATE SERVER {quoted(row['name'])}"
    definition += f" TYPE {literal(row['type'])}" if row["type"] else ""
    definition += f" VERSION {literal(row['version'])}" if row["version"] else ""
    definition += f" FOREIGN DATA WRAPPER {quoted(row['wrapper'])}"
    return _with_options(row, definition)


def _user_mapping(ref: Ref, row: Row) -> Options:
    definition = f"CREATE USER MAPPING FOR {row['name']} SERVER {quoted(row['server'])}"
    return _with_options(row, definition)


def _cast(ref: Ref, row: Row) -> Options:
    way = {"f": f"WITH FUNCTION {row['function']}", "i": "WITH INOUT", "b": "WITHOUT FUNCTION"}
    context = {"e": "", "a": " AS ASSIGNMENT", "i": " AS IMPLICIT"}[row["context"]]
    names = f"({row['source']} AS {row['target']})"
    return _defined(row, f"CREATE CAST {names} {way[row['method']]}{context}")


def _operator(ref: Ref, row: Row) -> Options:
    if not row["function"]:
        return _defined(row, "")  # announced by another, whose commutator or negator it shall be
    values = {
        "FUNCTION": row["function"],
        "LEFTARG": row["left"],
        "RIGHTARG": row["right"],
        "COMMUTATOR": row["commutator"],
        "NEGATOR": row["negator"],
        "RESTRICT": row["restrict"],
        "JOIN": row["join"],
        "HASHES": row["hashes"],
        "MERGES": row["merges"],
    }
    symbol = f"{quoted(row['schema'])}.{row['symbol']}"
    return _defined(row, f"CREATE OPERATOR {symbol} ({_assigned(values)})")


def _operator_family(ref: Ref, row: Row) -> Options:
    name = f"{quoted(row['schema'])}.{quoted(row['name'])} USING {row['method']}"
    members = listed((*words(row, "operators"), *words(row, "functions")))
    added = f";\nALTER OPERATOR FAMILY {name} ADD {members}" if members else ""
    return _defined(row, f"CREATE OPERATOR FAMILY {name}{added}")


def _operator_class(ref: Ref, row: Row) -> Options:
    name = f"{quoted(row['schema'])}.{quoted(row['name'])}"
    default = " DEFAULT" if row["is_default"] else ""
    family = "" if row["is_own_family"] else f" FAMILY {row['family']}"
    storage = [f"STORAGE {row['storage']}"] if row["storage"] else []
    members = listed((*words(row, "operators"), *words(row, "functions"), *storage))
    if not members:
        members = f"STORAGE {row['type']}"
    head = f"CREATE OPERATOR CLASS {name}{default} FOR TYPE {row['type']} USING {row['method']}"
    return _defined(row, f"{head}{family} AS {members}")


def _collation(ref: Ref, row: Row) -> Options:
    if row["is_for_any_encoding"]:  # only those of the server are, and copies of them
        origin = f"pg_catalog.{quoted(row['lc_collate'])}"
        return _defined(row, f"CREATE COLLATION {full_name(ref)} FROM {origin}")
    is_deterministic = row["is_deterministic"]
    values = {
        "PROVIDER": _PROVIDERS[row["provider"]],
        "LOCALE": literal(row["locale"]) if row["locale"] else None,
        "LC_COLLATE": literal(row["lc_collate"]) if row["lc_collate"] else None,
        "LC_CTYPE": literal(row["lc_ctype"]) if row["lc_ctype"] else None,
        "DETERMINISTIC": None if is_deterministic else "false",
        "RULES": literal(row["rules"]) if row["rules"] else None,
    }
    return _defined(row, f"CREATE COLLATION {full_name(ref)} ({_assigned(values)})")


def _dictionary(ref: Ref, row: Row) -> Options:
    options = f", {row['options']}" if row["options"] else ""
    head = f"CREATE TEXT SEARCH DICTIONARY {full_name(ref)}"
    return _defined(row, f"{head} (TEMPLATE = {row['template']}{options})")


def _configuration(ref: Ref, row: Row) -> Options:
    name = full_name(ref)
    statements = [f"CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {row['parser']})"]
    statements += [
        f"ALTER TEXT SEARCH CONFIGURATION {name} ADD MAPPING FOR {token} WITH {dictionaries}"
        for token, dictionaries in row["mappings"] or ()
    ]
    return _defined(row, ";\n".join(statements))


def _default_privileges(ref: Ref, row: Row) -> Options:
    return DefaultPrivilegesOptions(
        role=row["role"], objects=row["objects"], place=row["place"] or "", **common(row)
    )


def _comment(ref: Ref, row: Row) -> Options:
    return _defined(row, f"COMMENT ON {ref.name} IS {literal(row['text'])}")


_TYPES: Mapping[str, Callable[[Ref, Row], Options]] = {
    "e": _enum,
    "c": _composite,
    "d": _domain,
    "r": _range,
    "b": _base_type,
}
_OPTIONS: Mapping[str, Callable[[Ref, Row], Options]] = {
    "schema": _schema,
    "extension": _extension,
    "sequence": _sequence,
    "function": _routine,
    "statistics": _statistics,
    "rewrite": _rewrite,
    "event trigger": _event_trigger,
    "language": _language,
    "publication": _publication,
    "subscription": _subscription,
    "foreign data wrapper": _wrapper,
    "server": _server,
    "user mapping": _user_mapping,
    "cast": _cast,
    "operator": _operator,
    "operator family": _operator_family,
    "operator class": _operator_class,
    "collation": _collation,
    "text search dictionary": _dictionary,
    "text search configuration": _configuration,
    "default privileges": _default_privileges,
    "comment": _comment,
}
