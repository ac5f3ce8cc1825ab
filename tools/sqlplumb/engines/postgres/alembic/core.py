"""Types, options and rules of SQLAlchemy Core in the words of its dialect for PostgreSQL.

Nothing here decides whether what came out is faithful: that is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlplumb.engines.core import escaped, one_line
from sqlplumb.engines.postgres.alembic.clauses import (
    closing,
    exclusion_clauses,
    index_clauses,
    key_clauses,
)
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    IndexOptions,
    RuleOptions,
    TableOptions,
)
from sqlplumb.python_layout import (
    Argument,
    Call,
    Code,
    Listing,
    Named,
    Words,
    call,
    call_with,
    literal,
)
from sqlplumb.schema import Check, Column, ForeignKey, Index, Object, PrimaryKey, Table, Unique

IMPORTS = {
    "sqlalchemy": ("DateTime", "Identity"),
    "sqlalchemy.dialects.postgresql": (
        *("ARRAY", "BIT", "CIDR", "DATERANGE", "DOMAIN", "ENUM", "ExcludeConstraint", "INET"),
        *("INT4MULTIRANGE", "INT4RANGE", "INT8MULTIRANGE", "INT8RANGE", "INTERVAL", "JSON"),
        *("JSONB", "MACADDR", "MACADDR8", "MONEY", "NUMMULTIRANGE", "NUMRANGE", "OID"),
        *("REGCLASS", "TIME", "TIMESTAMP", "TSMULTIRANGE", "TSQUERY", "TSRANGE", "TSTZMULTIRANGE"),
        *("TSTZRANGE", "TSVECTOR", "UUID", "DATEMULTIRANGE"),
    ),
}
# What counts the columns of a key in a module where no identity does.
SERIAL, ONE_SERIAL, UNCOUNTED = "SERIAL", "SERIAL OF SEVERAL", "NOTHING"
_PLAIN = {
    "smallint": "SmallInteger",
    "integer": "Integer",
    "bigint": "BigInteger",
    "text": "Text",
    "boolean": "Boolean",
    "real": "REAL",
    "double precision": "DOUBLE_PRECISION",
    "date": "Date",
    "bytea": "LargeBinary",
    "numeric": "NUMERIC",
    "character varying": "String",
    **{
        name.lower(): name
        for name in IMPORTS["sqlalchemy.dialects.postgresql"]
        if name not in ("ARRAY", "BIT", "DOMAIN", "ENUM", "ExcludeConstraint", "TIME", "TIMESTAMP")
    },
}
_SIZED = {"numeric": "NUMERIC", "character varying": "String", "character": "CHAR", "bit": "BIT"}
_TEXTS = ("text", "character varying", "character")
_TYPE = re.compile(r"(?P<name>[a-z0-9 ]+?)(?:\((?P<sizes>\d+(?:,\d+)?)\))?\Z")
_MOMENT = re.compile(r"(?P<kind>time(?:stamp)?)(?:\((?P<size>\d)\))? (?P<zone>with|without) time")
_IDENTITY = {
    "START WITH": "start",
    "INCREMENT BY": "increment",
    "MINVALUE": "minvalue",
    "MAXVALUE": "maxvalue",
    "CACHE": "cache",
}
_TRUE = Code("True")
_AUTOINCREMENT = {ONE_SERIAL: _TRUE, UNCOUNTED: Code("False")}


def core_type(column: Column, types: Mapping[str, str]) -> Argument:
    """Return the type of a column; `types` are the names that the module has for some."""
    found = named_type(column.type, types, column.collation)
    if found is not None:
        return found
    collation = f" COLLATE {column.collation}" if column.collation else ""
    return call("Declared", Words(column.type + collation))


def named_type(declared: str, types: Mapping[str, str], collation: str = "") -> Argument | None:
    if declared in types and not collation:
        return Code(types[declared])
    if declared.endswith("[]") and not collation:
        element = named_type(declared.removesuffix("[]"), types)
        return call("ARRAY", element) if element else None
    if match := _MOMENT.match(declared):
        return _moment(match["kind"], match["size"], match["zone"] == "with")
    match = _TYPE.fullmatch(declared)
    if not match:
        return None
    name, sizes = match["name"], match["sizes"]
    arguments: list[Argument] = [Code(size) for size in (sizes or "").split(",") if size]
    if collation:
        if name not in _TEXTS or not (plain := _plain_collation(collation)):
            return None
        arguments.append(Named("collation", Words(plain)))
    core = (_SIZED if sizes else _PLAIN).get(name)
    if core is None:
        return None
    return call_with(core, arguments) if arguments else Code(core)


def _moment(kind: str, size: str | None, has_zone: bool) -> Argument:
    zone = Named("timezone", _TRUE) if has_zone else None
    if size:
        return call(kind.upper(), zone, Named("precision", Code(size)))
    name = "DateTime" if kind == "timestamp" else "Time"
    return call(name, zone) if zone else Code(name)


def _plain_collation(collation: str) -> str:
    """Return the name of a collation that every search_path finds."""
    name = collation.removeprefix("pg_catalog.")
    return name.strip('"') if name != collation or "." not in collation else ""


# ------------------------------------------------------------------- arguments


def options(fact: Object, key: PrimaryKey | None = None) -> Iterator[Argument]:
    """Return the arguments that only PostgreSQL's dialect takes, or that only it has a use for."""
    match fact:
        case Table():
            yield from _of_table(fact)
        case Column():
            yield from _of_column(fact)
        case Index():
            yield from _of_index(fact)
        case PrimaryKey() | Unique():
            yield from _of_key(fact)
        case Check() | ForeignKey() if _rule(fact).not_valid:
            yield Named("postgresql_not_valid", _TRUE)


def _of_table(fact: Table) -> Iterator[Named]:
    held = fact.options
    assert isinstance(held, TableOptions)
    if held.comment:
        yield Named("comment", Words(held.comment))
    if held.unlogged:
        yield Named("prefixes", Listing((Words("UNLOGGED"),)))
    for name, value in (
        ("postgresql_partition_by", held.partition_key),
        ("postgresql_using", held.access_method),
        ("postgresql_tablespace", held.tablespace),
    ):
        if value:
            yield Named(name, Words(value))
    if held.storage_parameters:
        yield Named("postgresql_with", _pairs(held.storage_parameters))


def _of_column(fact: Column) -> Iterator[Argument]:
    held = fact.options
    assert isinstance(held, ColumnOptions)
    if held.identity in ("ALWAYS", "BY DEFAULT"):
        always = Named("always", _TRUE) if held.identity == "ALWAYS" else None
        yield call("Identity", always, *_identity(held.identity_sequence))
    if held.identity in _AUTOINCREMENT:
        yield Named("autoincrement", _AUTOINCREMENT[held.identity])
    if held.comment:
        yield Named("comment", Words(held.comment))


def _identity(said: Iterable[str]) -> Iterator[Named]:
    for words in said:
        name, _, value = words.rpartition(" ")
        if words == "CYCLE":
            yield Named("cycle", _TRUE)
        elif name in _IDENTITY:
            yield Named(_IDENTITY[name], Code(value))


def _of_index(fact: Index) -> Iterator[Named]:
    held = fact.options
    assert isinstance(held, IndexOptions)
    ops = {name: ops for key in index_clauses(fact).keys if (ops := key.ops) for name in [key.name]}
    if held.method != "btree":
        yield Named("postgresql_using", Words(held.method))
    if ops:
        yield Named("postgresql_ops", _mapping(ops.items()))
    if held.include:
        yield Named("postgresql_include", _names(held.include))
    if fact.unique and "NULLS NOT DISTINCT" in index_clauses(fact).behind:
        yield Named("postgresql_nulls_not_distinct", _TRUE)
    if held.storage_parameters:
        yield Named("postgresql_with", _pairs(held.storage_parameters))
    if held.tablespace:
        yield Named("postgresql_tablespace", Words(held.tablespace))
    if fact.predicate:
        where = Words(escaped(one_line(without_brackets(fact.predicate.text))))
        yield Named("postgresql_where", call("text", where))


def _of_key(fact: PrimaryKey | Unique) -> Iterator[Named]:
    clauses = key_clauses(_rule(fact).definition)
    if clauses.nulls_not_distinct:
        yield Named("postgresql_nulls_not_distinct", _TRUE)
    if clauses.include:
        yield Named("postgresql_include", _names(clauses.include))
    if clauses.deferrable:
        yield Named("deferrable", _TRUE)
    if clauses.deferred:
        yield Named("initially", Words("DEFERRED"))


def _rule(fact: Object) -> RuleOptions:
    assert isinstance(fact.options, RuleOptions)
    return fact.options


def _names(names: Iterable[str]) -> Listing:
    return Listing(tuple(map(Words, names)))


def _pairs(parameters: Iterable[str]) -> Code:
    return _mapping(
        (name, value) for name, _, value in (each.partition("=") for each in parameters)
    )


def _mapping(pairs: Iterable[tuple[str, str]]) -> Code:
    """Write a dict; names need not be those of Python."""
    return Code(
        "{" + ", ".join(f"{literal(name)}: {literal(value)}" for name, value in pairs) + "}"
    )


# ----------------------------------------------------------------- rules, keys


def index_keys(fact: Index) -> Iterator[Words | Call]:
    for key in index_clauses(fact).keys:
        yield Words(key.name) if key.name else call("text", Words(escaped(one_line(key.text))))


def rule(fact: Object) -> Call | None:
    """Write an exclusion constraint, which no other engine has."""
    if fact.ref.kind != "exclusion":
        return None
    clauses = exclusion_clauses(_rule(fact).definition)
    elements: list[Argument] = [
        call("", call("text", Words(escaped(term))), Words(operator))
        for term, operator in clauses.elements
    ]
    where = (
        Named("where", call("text", Words(escaped(without_brackets(clauses.where)))))
        if clauses.where
        else None
    )
    return call(
        "ExcludeConstraint",
        *elements,
        Named("name", Words(fact.ref.name)),
        Named("using", Words(clauses.method)),
        where,
        Named("deferrable", _TRUE) if clauses.deferrable else None,
        Named("initially", Words("DEFERRED")) if clauses.deferred else None,
    )


def without_brackets(text: str) -> str:
    """Return an expression without the brackets around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    return text[1:-1] if closing(text, 0) == len(text) - 1 else text


def default(column: Column) -> Words | Call | None:
    """Return what a column is given: a string where it is one of its own type."""
    if column.default is None:
        return None
    text = column.default.text
    if text == "now()":
        return call("func.now")
    match = re.fullmatch(r"'((?:[^']|'')*)'::(.+)", text)
    if match and "\\" not in text and match[2] == column.type.partition("(")[0]:
        return Words(match[1].replace("''", "'"))
    return call("text", Words(escaped(one_line(text))))
