"""Facts of tables and of what hangs on them: columns, keys, rules, indexes, triggers; and of
views. Must never ask a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlplumb.engines.postgres.names import full_name, quoted
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    IndexOptions,
    PolicyOptions,
    RuleOptions,
    TableOptions,
    TriggerOptions,
    ViewOptions,
)
from sqlplumb.engines.postgres.read.addresses import Row, namespace_of
from sqlplumb.schema import (
    Check,
    Column,
    EngineObject,
    Expr,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Table,
    Trigger,
    Unique,
    View,
)

_ACTIONS = {"a": "", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MATCHES = {"s": "", "f": "FULL", "p": "PARTIAL"}
_STORAGES = {"p": "PLAIN", "e": "EXTERNAL", "x": "EXTENDED", "m": "MAIN"}
_COMPRESSIONS = {"p": "pglz", "l": "lz4"}
_IDENTITIES = {"a": "ALWAYS", "d": "BY DEFAULT"}
_REPLICA_IDENTITIES = {"f": "FULL", "n": "NOTHING"}  # an index says of itself that it is one
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
ENABLED = {"O": "", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def table_object(family: str, ref: Ref, row: Row) -> Object | None:
    """Return the fact of a row, where its family is one of tables and views."""
    make = _MAKERS.get(family)
    return make(ref, row) if make else None


def common(row: Row) -> dict[str, Any]:
    """Return the options that every object has."""
    return {
        "comment": row.get("comment", ""),
        "owner": row.get("owner") or "",
        "grants": tuple(row.get("grants") or ()),
        "had_owner": row.get("oid_had_owner") or "",
        "is_own": bool(row.get("oid_is_own")),
        "had_grants": tuple(row.get("oid_had_grants") or ()),
    }


def words(row: Row, key: str) -> tuple[str, ...]:
    return tuple(row.get(key) or ())


def pairs(row: Row, key: str) -> tuple[Any, ...]:
    return tuple(tuple(pair) for pair in row.get(key) or ())


def _table(ref: Ref, row: Row) -> Table:
    toast = tuple(f"toast.{each}" for each in words(row, "toast_parameters"))
    options = TableOptions(
        unlogged=row["persistence"] == "u",
        partition_key=row["partition_key"] or "",
        partition_bound=row["partition_bound"] or "",
        partition_rule=_partition_rule(row),
        key_columns=words(row, "oid_key_columns"),
        parents=words(row, "parents"),
        of_type=row["of_type"] or "",
        storage_parameters=(*words(row, "parameters"), *toast),
        access_method=row["method"] or "",
        tablespace=row["tablespace"] or "",
        replica_identity=_REPLICA_IDENTITIES.get(row["replica_identity"], ""),
        row_security=row["row_security"],
        force_row_security=row["force_row_security"],
        server=row["server"] or "",
        server_options=words(row, "server_options"),
        foreign_keys=words(row, "oid_foreign_keys"),
        **common(row),
    )
    return Table(ref=ref, options=options, text=f"CREATE TABLE {full_name(ref)}")


def _partition_rule(row: Row) -> str:
    """One of a hash names its table by a number, which another database does not know."""
    rule = row["oid_partition_rule"] or ""
    return "" if "satisfies_hash_partition" in rule else rule


def _column(ref: Ref, row: Row) -> Column:
    name = row["not_null_name"] or ""
    options = ColumnOptions(
        identity=_IDENTITIES.get(row["identity"], ""),
        identity_sequence=words(row, "identity_sequence"),
        sequence=row.get("oid_sequence", ""),
        storage=_STORAGES.get(row["storage"] or "", ""),
        compression=_COMPRESSIONS.get(row["compression"] or "", ""),
        statistics="" if row["statistics"] is None else str(row["statistics"]),
        parameters=words(row, "parameters"),
        server_options=words(row, "server_options"),
        not_null_state=row["not_null_state"] or "",
        not_null_called=name,
        is_local=row["is_local"],
        inherited=row["inherited"],
        is_foreign=row["oid_is_foreign"],
        **common(row),
    )
    written = Expr(row["default"], row["default"]) if row["default"] is not None else None
    is_generated = bool(row["generated"])
    kept = [quoted(row["name"]), row["type"]]
    kept += [f"COLLATE {row['collation']}"] if row["collation"] else []
    kept += [f"DEFAULT {row['default']}"] if written and not is_generated else []
    kept += ["NOT NULL"] if row["not_null"] else []
    return Column(
        ref=ref,
        options=options,
        text=" ".join(kept),
        type=row["type"],
        not_null=row["not_null"],
        not_null_name="" if _is_usual_not_null(row, name) else name,
        default=None if is_generated else written,
        collation=row["collation"] or "",
        generated=written if is_generated else None,
        stored=row["generated"] == "s",
        position=row["oid_number"],
    )


def _is_usual_not_null(row: Row, name: str) -> bool:
    """The server calls a NOT NULL so by itself; it cuts what is too long, and counts."""
    return name.rstrip("0123456789").endswith("_not_null")


def identity_words(column: Row, sequence: Row) -> list[str]:
    """Return what an identity says of its sequence that it need not say."""
    largest = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}[sequence["type"]]
    rises = sequence["increment"] > 0
    lowest, highest = (1, largest - 1) if rises else (-largest, -1)
    said = []
    name = sequence["table"]
    if not name.rstrip("0123456789").endswith("_seq") or namespace_of(sequence) != namespace_of(
        column
    ):
        said.append(f"SEQUENCE NAME {quoted(sequence['schema'])}.{quoted(name)}")
    if sequence["start"] != (lowest if rises else highest):
        said.append(f"START WITH {sequence['start']}")
    if sequence["increment"] != 1:
        said.append(f"INCREMENT BY {sequence['increment']}")
    if sequence["minimum"] != lowest:
        said.append(f"MINVALUE {sequence['minimum']}")
    if sequence["maximum"] != highest:
        said.append(f"MAXVALUE {sequence['maximum']}")
    if sequence["cache"] != 1:
        said.append(f"CACHE {sequence['cache']}")
    if sequence["cycle"]:
        said.append("CYCLE")
    if sequence["persistence"] != column.get("persistence", sequence["persistence"]):
        said.append("LOGGED" if sequence["persistence"] == "p" else "UNLOGGED")
    return said


def _rule(ref: Ref, row: Row) -> Object:
    options = RuleOptions(
        definition=row["definition"],
        not_valid=not row["is_valid"],
        no_inherit=row["no_inherit"],
        is_local=row["is_local"],
        inherited=row["inherited"],
        storage_parameters=words(row, "parameters"),
        tablespace=row["tablespace"] or "",
        is_clustered=row["is_clustered"],
        is_replica_identity=row["is_replica_identity"],
        parent=row["parent"] or "",
        index_comment=row.get("index_comment", ""),
        **common(row),
    )
    table = full_name(ref.table_ref)
    name, definition = quoted(row["name"]), row["definition"]
    text = f"ALTER TABLE ONLY {table} ADD CONSTRAINT {name} {definition}"
    return _RULES[row["kind"]](row, ref=ref, options=options, text=text)


def _key(row: Row, **shared: Any) -> PrimaryKey:
    return PrimaryKey(
        columns=tuple(map(KeyPart, words(row, "columns"))), name=row["name"], **shared
    )


def _unique(row: Row, **shared: Any) -> Unique:
    return Unique(columns=tuple(map(KeyPart, words(row, "columns"))), **shared)


def _check(row: Row, **shared: Any) -> Check:
    said = row["expression"]
    return Check(expression=Expr(said, said, frozenset(words(row, "columns"))), **shared)


def _exclusion(row: Row, **shared: Any) -> EngineObject:
    return EngineObject(**shared)


def _foreign_key(row: Row, **shared: Any) -> ForeignKey:
    place = namespace_of(row, "target_schema")
    target = row["target"]
    if place != shared["ref"].namespace:
        target = f"{row['target_schema']}.{target}"
    return ForeignKey(
        columns=words(row, "columns"),
        target=target,
        shown=(target, *words(row, "target_columns")),
        target_columns=words(row, "target_columns"),
        on_delete=_ACTIONS[row["on_delete"] or "a"],
        on_update=_ACTIONS[row["on_update"] or "a"],
        match=_MATCHES[row["match"] or "s"],
        deferrable="deferred" if row["deferred"] else "deferrable" if row["deferrable"] else "",
        **shared,
    )


def _index(ref: Ref, row: Row) -> Index:
    options = IndexOptions(
        definition=row["definition"],
        method=row["method"],
        include=tuple(row["keys"][row["key_count"] :]),
        storage_parameters=words(row, "parameters"),
        tablespace=row["tablespace"] or "",
        statistics=words(row, "statistics"),
        is_invalid=not row["is_valid"],
        is_clustered=row["is_clustered"],
        is_replica_identity=row["is_replica_identity"],
        parent=row["parent"] or "",
        **common(row),
    )
    keys = zip(row["keys"][: row["key_count"]], row["orders"], strict=False)
    predicate = row["predicate"]
    return Index(
        ref=ref,
        options=options,
        text=row["definition"],
        keys=tuple(_key_part(term, bool(order & 1)) for term, order in keys),
        unique=row["is_unique"],
        predicate=Expr(predicate, predicate) if predicate is not None else None,
    )


def _key_part(term: str, descending: bool) -> KeyPart:
    """A term that begins with an equals sign is an expression."""
    said = term.removeprefix("=")
    is_expression = term.startswith("=")
    return KeyPart(said, descending=descending, is_expression=is_expression, text=said)


def _trigger(ref: Ref, row: Row) -> Trigger:
    options = TriggerOptions(enabled=ENABLED[row["enabled"]], **common(row))
    said = row["definition"]
    return Trigger(ref=ref, options=options, text=said, body=Expr(said, said))


def _policy(ref: Ref, row: Row) -> EngineObject:
    options = PolicyOptions(
        command=_COMMANDS[row["command"]],
        is_permissive=row["is_permissive"],
        roles=words(row, "roles"),
        using=row["using"] or "",
        with_check=row["with_check"] or "",
        **common(row),
    )
    text = f"CREATE POLICY {quoted(row['name'])} ON {full_name(ref.table_ref)}"
    text += "" if options.is_permissive else " AS RESTRICTIVE"
    text += f" FOR {options.command} TO "
    text += ", ".join("PUBLIC" if role == "public" else quoted(role) for role in options.roles)
    text += f" USING ({options.using})" if options.using else ""
    text += f" WITH CHECK ({options.with_check})" if options.with_check else ""
    return EngineObject(ref=ref, options=options, text=text)


def _view(ref: Ref, row: Row) -> View:
    options = ViewOptions(
        is_materialized=row["kind"] == "m",
        columns=tuple(part if part[2] else part[:2] for part in pairs(row, "columns")),
        column_comments=pairs(row, "column_comments"),
        defaults=pairs(row, "defaults"),
        storage_parameters=words(row, "parameters"),
        access_method=row["method"] or "",
        tablespace=row["tablespace"] or "",
        is_unfilled=not row["is_filled"],
        **common(row),
    )
    said = row["definition"].strip().removesuffix(";")
    text = f"CREATE {ref.kind.upper()} {full_name(ref)} AS {said}"
    return View(ref=ref, options=options, text=text, body=Expr(said, said))


_RULES: Mapping[str, Callable[..., Object]] = {
    "p": _key,
    "u": _unique,
    "c": _check,
    "x": _exclusion,
    "f": _foreign_key,
}
_MAKERS: Mapping[str, Callable[[Ref, Row], Object]] = {
    "table": _table,
    "column": _column,
    "rule": _rule,
    "index": _index,
    "trigger": _trigger,
    "policy": _policy,
    "view": _view,
}
