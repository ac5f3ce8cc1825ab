"""One column as a call of `Column`: its type, what it refers to, its default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.engines import engine
from sqlplumb.python_layout import Argument, Call, Code, Named, Words, call
from sqlplumb.render.tables.said import CORE, Said, Wording, sql, targets
from sqlplumb.schema import Column, Expr, ForeignKey, Object, PrimaryKey, Ref, Schema, Unique

_NOW = {
    "current_timestamp": "func.now",
    "current_date": "func.current_date",
    "current_time": "func.current_time",
}
_LITERAL = re.compile(r"'(?:[^']|'')*'\Z")
_BARE = re.compile(r"[\w.]+\Z|x'[^']*'\Z", re.I)


def column(
    fact: Column, own: Sequence[Object], key: PrimaryKey | None, wording: Wording, is_plain: bool
) -> Call:
    """`own` are the rules that it says; `key`, where the columns say that they are in it."""
    is_key = key is not None and fact.ref.name in terms(key)
    options = engine(wording.schema.engine).core_options
    return call(
        "Column",
        Words(fact.ref.display),
        type_(fact, wording.said, wording.enums),
        *(
            CORE.foreign_key(rule, targets[0])
            for rule in own
            if isinstance(rule, ForeignKey)
            if (targets := target_of(rule, wording.schema))
        ),
        None if is_plain else _computed(fact),
        Named("primary_key", Code("True")) if is_key else None,
        _nullable(fact, _is_in_key(fact, wording.schema)),
        *_unique(own, wording.schema.engine),
        _default(fact, is_plain),
        *(() if is_plain else options(fact, key if is_key else None)),
    )


def terms(key: PrimaryKey) -> list[str]:
    return [part.term for part in key.columns]


def _is_in_key(fact: Column, schema: Schema) -> bool:
    return fact.ref.name in schema.unit(fact.ref.table).key


def _nullable(fact: Column, in_key: bool) -> Named | None:
    """What SQLAlchemy takes for granted is left out: that a key is NOT NULL, and nothing else."""
    if fact.not_null == in_key:
        return None
    return Named("nullable", Code(str(not fact.not_null)))


def _unique(own: Sequence[Object], engine_name: str) -> Iterator[Named]:
    """An option of a rule has the name of the rule behind its own, where a column says it."""
    for one in own:
        if isinstance(one, Unique):
            yield Named("unique", Code("True"))
            for option in engine(engine_name).core_options(one):
                yield Named(f"{option.name}_unique", option.value)


def _computed(fact: Column) -> Call | None:
    if fact.generated is None:
        return None
    persisted = Named("persisted", Code("True")) if fact.stored else None
    return call("Computed", Words(sql(fact.generated)), persisted)


def _default(fact: Column, is_plain: bool) -> Named | None:
    if is_plain:
        has_one = fact.default is not None or fact.generated is not None
        return Named("server_default", call("FetchedValue")) if has_one else None
    if fact.default is None:
        return None
    return Named("server_default", _default_value(fact.default))


def _default_value(default: Expr) -> Words | Call:
    said = default.canonical
    if said in _NOW:
        return call(_NOW[said])
    if _LITERAL.match(said):
        return Words(said[1:-1].replace("''", "'"))
    bare = _BARE.match(default.text)
    return call("text", Words(sql(default) if bare else f"({sql(default)})"))


_PLAIN = {
    "integer": "Integer",
    "bigint": "BigInteger",
    "smallint": "SmallInteger",
    "text": "Text",
    "clob": "CLOB",
    "varchar": "String",
    "char": "CHAR",
    "nchar": "NCHAR",
    "nvarchar": "NVARCHAR",
    "blob": "LargeBinary",
    "boolean": "Boolean",
    "real": "REAL",
    "float": "Float",
    "double": "Double",
    "double precision": "DOUBLE_PRECISION",
    "numeric": "NUMERIC",
    "decimal": "DECIMAL",
    "date": "Date",
    "time": "Time",
}
# What a type of the module's own is declared as where nothing else is said.
_USUAL = {"JSONText": "TEXT", "UTCDateTime": "DATETIME", "UUIDText": "CHAR(36)"}
_TEXTS = ("text", "clob", "varchar", "char", "nchar", "nvarchar")
_SIZED = (*_TEXTS[2:], "numeric", "decimal")
_TYPE = re.compile(r"(?P<name>[a-z ]+?)(?:\((?P<sizes>[1-9]\d*(?:,\d+)?)\))?\Z")


def type_(column: Column, said: Said, enums: Mapping[Ref, str]) -> Argument:
    """`enums` are the classes of those that have one."""
    family = engine(said.engine).type_family(column.type)
    is_json = column.type == "json" or (column.ref in said.json and family == "text")
    if chosen := said.chosen.get(column.ref):
        return _own(chosen, column, said) if chosen in _USUAL else Code(chosen)
    if is_json:
        return _own("JSONText", column, said)
    if column.ref in enums:
        return _enum(column, enums[column.ref], said)
    if column.ref in said.uuids and family == "text":
        return _own("UUIDText", column, said)
    if column.type in ("datetime", "timestamp") or (family == "text" and _is_now(column)):
        return _own("UTCDateTime", column, said)
    return _plain(column) or call("Declared", Words(declared(column, said)))


def has_enum(column: Column, said: Said) -> bool:
    """Where case does not count, a stored value may be none of those listed."""
    plain = column.ref in said.values and column.ref not in said.chosen and not column.collation
    return plain and engine(said.engine).type_family(column.type) == "text"


def _is_now(column: Column) -> bool:
    return column.default is not None and column.default.canonical == "current_timestamp"


def _own(name: str, column: Column, said: Said) -> Argument:
    spelled = declared(column, said)
    return call(name) if spelled == _USUAL[name] else call(name, Words(spelled))


def _enum(column: Column, members: str, said: Said) -> Call:
    spelled = declared(column, said)
    other = None if spelled == "TEXT" else Named("words", Words(spelled))
    return call("EnumText", Code(members), other)


def declared(column: Column, said: Said) -> str:
    """The words of its type, as SQLAlchemy shall spell them."""
    collation = f' COLLATE "{column.collation.upper()}"' if column.collation else ""
    spelled = engine(said.engine).spelled_type(column.type)
    return (spelled.upper().replace(",", ", ") + collation).strip()


def _plain(column: Column) -> Argument | None:
    match = _TYPE.fullmatch(column.type)
    if not match or match["name"] not in _PLAIN:
        return None
    name, sizes = match["name"], match["sizes"]
    if (sizes and name not in _SIZED) or (column.collation and name not in _TEXTS):
        return None
    if sizes and "," in sizes and name in _TEXTS:
        return None
    listed = [Code(size) for size in sizes.split(",")] if sizes else []
    collation = [Named("collation", Words(column.collation.upper()))] if column.collation else []
    if not listed and not collation:
        return Code(_PLAIN[name])
    return call(_PLAIN[name], *listed, *collation)


def target_of(fact: ForeignKey, schema: Schema) -> list[str]:
    """`table.column` of each; nothing where Core could not find them."""
    table, names = schema.tables.get(fact.target), targets(schema, fact)
    if table is None or len(names) != len(fact.columns) or "." in table.display:
        return []
    spelled = [table.spelled(name) for name in names if name in table.columns]
    found = [f"{table.display}.{name}" for name in spelled if "." not in name]
    return found if len(found) == len(names) else []
