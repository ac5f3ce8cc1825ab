"""One column as a call of `Column`: its type, what it refers to, its default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlplumb.engines import engine
from sqlplumb.python_layout import Argument, Call, Code, Named, Words, call
from sqlplumb.render.tables.meanings import CORE, Meanings, ModuleContext, sql, target_columns
from sqlplumb.schema import Column, ForeignKey, Object, PrimaryKey, Ref, Schema, Unique

_NOW = {
    "current_timestamp": "func.now",
    "current_date": "func.current_date",
    "current_time": "func.current_time",
}
_LITERAL = re.compile(r"'(?:[^']|'')*'\Z")
_BARE = re.compile(r"[\w.]+\Z|x'[^']*'\Z", re.I)


def column_call(
    column: Column,
    rules: Sequence[Object],
    key: PrimaryKey | None,
    *,
    context: ModuleContext,
    is_plain: bool,
) -> Call:
    """`rules` are those that the column says; `key` is the key that the columns themselves say."""
    schema = context.schema
    is_key = key is not None and column.ref.name in terms(key)
    core_options = engine(schema.engine).core_options
    arguments: list[Argument] = [column_type(column, context.meanings, context.enums)]
    for rule in rules:
        if isinstance(rule, ForeignKey) and (targets := core_targets(rule, schema)):
            arguments.append(CORE.foreign_key(rule, targets[0]))
    if column.generated and not is_plain:
        persisted = Named("persisted", Code("True")) if column.stored else None
        arguments.append(call("Computed", Words(sql(column.generated)), persisted))
    if is_key:
        arguments.append(Named("primary_key", Code("True")))
    # SQLAlchemy takes for granted that a key is NOT NULL, and nothing else.
    if column.not_null != (column.ref.name in schema.unit(column.ref.table).key):
        arguments.append(Named("nullable", Code(str(not column.not_null))))
    for rule in rules:
        if isinstance(rule, Unique):
            # Where a column says a rule, an option of the rule ends with the name of the rule.
            options = [
                Named(f"{option.name}_unique", option.value) for option in core_options(rule)
            ]
            arguments += [Named("unique", Code("True")), *options]
    if default := _default(column, is_plain):
        arguments.append(Named("server_default", default))
    if not is_plain:
        arguments += core_options(column, key if is_key else None)
    return call("Column", Words(column.ref.display), *arguments)


def terms(key: PrimaryKey) -> list[str]:
    return [part.term for part in key.columns]


def _default(column: Column, is_plain: bool) -> Words | Call | None:
    if is_plain:
        has_value = column.default is not None or column.generated is not None
        return call("FetchedValue") if has_value else None
    if column.default is None:
        return None
    canonical = column.default.canonical
    if canonical in _NOW:
        return call(_NOW[canonical])
    if _LITERAL.match(canonical):
        return Words(canonical[1:-1].replace("''", "'"))
    text = sql(column.default)
    return call("text", Words(text if _BARE.match(column.default.text) else f"({text})"))


# What a type of the module's defined is declared as where nothing else is said.
_USUAL = {"JSONText": "TEXT", "UTCDateTime": "DATETIME", "UUIDText": "CHAR(36)"}


def column_type(column: Column, meanings: Meanings, enums: Mapping[Ref, str]) -> Argument:
    """`enums` are the classes of those columns that have one."""
    is_text = engine(meanings.engine).type_family(column.type) == "text"
    declared = declared_type(column, meanings)
    if chosen := meanings.chosen.get(column.ref):
        return _defined_type(chosen, declared) if chosen in _USUAL else Code(chosen)
    if column.type == "json" or (is_text and column.ref in meanings.json):
        return _defined_type("JSONText", declared)
    if column.ref in enums:
        words = None if declared == "TEXT" else Named("words", Words(declared))
        return call("EnumText", Code(enums[column.ref]), words)
    if is_text and column.ref in meanings.uuids:
        return _defined_type("UUIDText", declared)
    is_now = column.default is not None and column.default.canonical == "current_timestamp"
    if column.type in ("datetime", "timestamp") or (is_text and is_now):
        return _defined_type("UTCDateTime", declared)
    core_type = engine(meanings.engine).core_type(column)
    return core_type or call("Declared", Words(declared))


def _defined_type(name: str, declared: str) -> Argument:
    return call(name) if declared == _USUAL[name] else call(name, Words(declared))


def has_enum(column: Column, meanings: Meanings) -> bool:
    """Where case does not count, a stored value may be none of those listed."""
    is_listed = column.ref in meanings.values and column.ref not in meanings.chosen
    is_text = engine(meanings.engine).type_family(column.type) == "text"
    return is_listed and is_text and not column.collation


def declared_type(column: Column, meanings: Meanings) -> str:
    """Return the words of a type as SQLAlchemy shall spell them."""
    collation = f' COLLATE "{column.collation.upper()}"' if column.collation else ""
    spelled = engine(meanings.engine).spelled_type(column.type)
    return (spelled.upper().replace(",", ", ") + collation).strip()


def core_targets(key: ForeignKey, schema: Schema) -> list[str]:
    """Return `table.column` of each column; nothing where Core could not find them."""
    table, names = schema.tables.get(key.target), target_columns(schema, key)
    if table is None or len(names) != len(key.columns) or "." in table.display:
        return []
    spelled = [table.spelled(name) for name in names if name in table.columns]
    targets = [f"{table.display}.{name}" for name in spelled if "." not in name]
    return targets if len(targets) == len(names) else []
