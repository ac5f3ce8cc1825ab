"""One table as a call of `Table`: its columns, its rules, its indexes, with the author's comments.

Nothing here decides whether what comes out says all that the SQL says: that is tried. Where it is
known not to, the table is plain: columns and keys for queries, and the rest is said in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.engines import engine
from sqlplumb.engines.core import escaped, names_in_core, one_line
from sqlplumb.python_layout import (
    WIDTH,
    Argument,
    Call,
    Code,
    Named,
    Words,
    call,
    comment,
    lines,
    literal,
    plain,
)
from sqlplumb.render.comments import Comments
from sqlplumb.render.tables.meanings import (
    CORE,
    Meanings,
    ModuleContext,
    name_of,
    sql,
    target_columns,
    target_of,
)
from sqlplumb.render.tables.merge import reached
from sqlplumb.schema import (
    Check,
    Column,
    EngineObject,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Unique,
    Unit,
)


def table_lines(
    head: Table, first: str, metadata: str, *, context: ModuleContext, is_plain: bool
) -> list[str]:
    """Return the lines of a table; `first` is the first of them."""
    unit = context.schema.tables[head.ref.unit]
    written = [first, f"    {literal(head.ref.display)},", f"    {metadata},"]
    for argument, refs in _arguments(unit, context, is_plain):
        made = reached(argument, context.elsewhere) if context.elsewhere else argument
        written += with_comments(made, refs, context.comments)
    if head.ref.namespace:
        written += lines(Named("schema", Words(head.ref.namespace)), 1, suffix=",")
    if not is_plain:
        for option in engine(context.schema.engine).core_options(head, unit.primary_key):
            written += lines(option, 1, suffix=",")
    return [*written, ")"]


def beyond(unit: Unit) -> str:
    """Return what Core has no words for in a table, as far as that is known beforehand."""
    for fact in unit.facts:
        if isinstance(fact, ForeignKey) and not core_targets(fact, unit.schema):
            return f"foreign key {fact.ref}, whose target is no table of this schema"
        keys = fact.columns if isinstance(fact, Unique | PrimaryKey) else ()
        if any(part.collation or part.descending for part in keys):
            return f"a collation or a direction in its {name_of(fact.ref)}"
    return ""


def _arguments(
    unit: Unit, context: ModuleContext, is_plain: bool
) -> Iterator[tuple[Call, tuple[Ref, ...]]]:
    """Yield each argument, and the objects whose comments belong to it."""
    columns, key = unit.columns, unit.primary_key
    key_of_columns = key if key and not key.name and in_order(key, columns) else None
    inside = {fact.ref: column_that_says(fact, columns, is_plain) for fact in unit.facts}
    for name, column in columns.items():
        rules = [fact for fact in unit.facts if inside[fact.ref] == name]
        column_argument = column_call(
            column, rules, key_of_columns, context=context, is_plain=is_plain
        )
        yield column_argument, (column.ref, *(rule.ref for rule in rules))
    for fact in sorted(unit.facts, key=line_and_column):
        rule = (
            None
            if inside[fact.ref]
            else rule_call(fact, columns, context.schema, is_plain=is_plain)
        )
        if rule:
            yield rule, (fact.ref,)


def line_and_column(fact: Object) -> tuple[int, int]:
    return (fact.place.line, fact.place.column) if fact.place else (0, 0)


def column_that_says(fact: Object, columns: Mapping[str, Column], is_plain: bool) -> str:
    """Return the column that says this rule, if one does."""
    match fact:
        case Unique() if not fact.ref.shown and not is_plain and len(fact.columns) == 1:
            return fact.columns[0].term
        case ForeignKey() if len(fact.columns) == 1:
            return fact.columns[0]
        case PrimaryKey() if not fact.name and in_order(fact, columns):
            return fact.columns[0].term
        case _:
            return ""


def in_order(key: PrimaryKey, columns: Mapping[str, Column]) -> bool:
    names = terms(key)
    several = key.options.word("on_conflict") and len(names) > 1
    return [name for name in columns if name in names] == names and not several


def with_comments(
    argument: Argument, refs: tuple[Ref, ...], comments_of: Comments, *, suffix: str = ","
) -> list[str]:
    """Put the comments beside an argument, where there is room for all; else above it."""
    apart = [line for ref in refs for group in comments_of.apart.get(ref, ()) for line in group]
    above = [line for ref in refs for line in comments_of.above.get(ref, ())]
    beside = [line for ref in refs for line in comments_of.beside.get(ref, ())]
    written = list(lines(argument, 1, suffix=suffix))
    if len(beside) == 1 and len(written) == 1:
        line = f"{written[0]}  # {plain(beside[0])}"
        written, beside = ([line], []) if len(line) <= WIDTH else (written, beside)
    return [*(text for line in (*apart, *above, *beside) for text in comment(line, 1)), *written]


def rule_call(
    fact: Object, columns: Mapping[str, Column], schema: Schema, *, is_plain: bool
) -> Call | None:
    """Return the call that says this rule; a plain table has no rules but keys."""
    options = engine(schema.engine).core_options
    match fact:
        case PrimaryKey():
            return CORE.primary_key(fact, names_in_core(terms(fact), columns), *options(fact))
        case ForeignKey():
            targets = core_targets(fact, schema)
            names = names_in_core(fact.columns, columns)
            if not targets:
                return None
            return CORE.foreign_key_of_several(fact, names, targets, *options(fact))
        case Unique() if not is_plain:
            names = names_in_core([part.term for part in fact.columns], columns)
            return CORE.unique(fact, names, *options(fact))
        case Check() if not is_plain:
            return CORE.check(fact, one_line(fact.expression.text), *options(fact))
        case Index() if not is_plain:
            unique = Named("unique", Code("True")) if fact.unique else None
            own = engine(schema.engine).core_index_keys(fact)
            keys = own or [_index_key(part, columns) for part in fact.keys]
            return call("Index", Words(fact.ref.shown), *keys, unique, *options(fact))
        case EngineObject() if not is_plain:
            return engine(schema.engine).core_rule(fact)
    return None


def _index_key(part: KeyPart, columns: Mapping[str, Column]) -> Words | Call:
    if not (part.is_expression or part.collation or part.descending) and part.term in columns:
        return Words(columns[part.term].ref.display)
    collate = f" COLLATE {part.collation.upper()}" if part.collation else ""
    text = one_line(part.text) + collate + (" DESC" if part.descending else "")
    return call("text", Words(escaped(text)))


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
    arguments: list[Argument] = [column_type(column, context)]
    for rule in rules:
        if isinstance(rule, ForeignKey) and (targets := core_targets(rule, schema)):
            arguments.append(CORE.foreign_key(rule, targets[0], *core_options(rule)))
    if column.generated and not is_plain:
        persisted = Named("persisted", Code("True")) if column.stored else None
        arguments.append(call("Computed", Words(sql(column.generated)), persisted))
    own = [] if is_plain else [*core_options(column, key if is_key else None)]
    arguments += [argument for argument in own if not isinstance(argument, Named)]
    if is_key:
        arguments.append(Named("primary_key", Code("True")))
    # SQLAlchemy takes for granted that a key is NOT NULL, and nothing else.
    if column.not_null != (column.ref.name in schema.unit(column.ref.unit).key):
        arguments.append(Named("nullable", Code(str(not column.not_null))))
    for rule in rules:
        if isinstance(rule, Unique):
            # Where a column says a rule, an option of the rule ends with the name of the rule.
            options = [
                Named(f"{option.name}_unique", option.value)
                for option in core_options(rule)
                if isinstance(option, Named)
            ]
            arguments += [Named("unique", Code("True")), *options]
    if default := _default(column, schema, is_plain=is_plain):
        arguments.append(Named("server_default", default))
    arguments += [argument for argument in own if isinstance(argument, Named)]
    return call("Column", Words(column.ref.display), *arguments)


def terms(key: PrimaryKey) -> list[str]:
    return [part.term for part in key.columns]


def _default(column: Column, schema: Schema, *, is_plain: bool) -> Words | Call | None:
    if is_plain:
        has_value = column.default is not None or column.generated is not None
        return call("FetchedValue") if has_value else None
    if column.default is None:
        return None
    if own := engine(schema.engine).core_default(column):
        return own
    canonical = column.default.canonical
    if canonical in _NOW:
        return call(_NOW[canonical])
    if _LITERAL.match(canonical):
        return Words(canonical[1:-1].replace("''", "'"))
    text = sql(column.default)
    return call("text", Words(text if _BARE.match(column.default.text) else f"({text})"))


# What a type of the module's defined is declared as where nothing else is said.
_USUAL = {"JSONText": "TEXT", "UTCDateTime": "DATETIME", "UUIDText": "CHAR(36)"}


def column_type(column: Column, context: ModuleContext) -> Argument:
    meanings, enums = context.meanings, context.enums
    if engine(meanings.engine).types_say_all and column.ref not in meanings.chosen:
        own = engine(meanings.engine).core_type(column, context.types)
        return own or call("Declared", Words(column.type))
    is_text = engine(meanings.engine).type_family(column.type) == "text"
    declared = declared_type(column, meanings)
    if chosen := meanings.chosen.get(column.ref):
        return defined_type(chosen, declared) if chosen in _USUAL else Code(chosen)
    if column.type == "json" or (is_text and column.ref in meanings.json):
        return defined_type("JSONText", declared)
    if column.ref in enums:
        words = None if declared == "TEXT" else Named("words", Words(declared))
        return call("EnumText", Code(enums[column.ref]), words)
    if is_text and column.ref in meanings.uuids:
        return defined_type("UUIDText", declared)
    is_now = column.default is not None and column.default.canonical == "current_timestamp"
    if column.type in ("datetime", "timestamp") or (is_text and is_now):
        return defined_type("UTCDateTime", declared)
    core_type = engine(meanings.engine).core_type(column)
    return core_type or call("Declared", Words(declared))


def defined_type(name: str, declared: str) -> Argument:
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
    table, names = target_of(schema, key), target_columns(schema, key)
    if table is None or len(names) != len(key.columns) or "." in table.display:
        return []
    spelled = [table.spelled(name) for name in names if name in table.columns]
    place = f"{table.ref.namespace}." if table.ref.namespace else ""
    targets = [f"{place}{table.display}.{name}" for name in spelled if "." not in name]
    return targets if len(targets) == len(names) else []
