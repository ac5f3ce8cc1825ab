"""CREATE TABLE, and all that ALTER TABLE can do to a table and its columns in place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from sqlplumb.engines.postgres.names import (
    listed,
    literal,
    option_list,
    qualified,
    quoted,
    spelled,
    table_of,
)
from sqlplumb.engines.postgres.options import ColumnOptions, TableOptions
from sqlplumb.engines.postgres.plan.casts import conversion, storage
from sqlplumb.engines.postgres.plan.names import column_of, relation_word
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Column, Object, Table

Statements = list[str]
_IDENTITY_DEFAULTS = {
    "START": "START WITH 1",
    "INCREMENT": "INCREMENT BY 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}


def table_options(fact: Object) -> TableOptions:
    assert isinstance(fact.options, TableOptions)
    return fact.options


def column_options(fact: Object) -> ColumnOptions:
    return fact.options if isinstance(fact.options, ColumnOptions) else ColumnOptions()


def create_table(table: Table, columns: Sequence[Column], folded: Iterable[str]) -> Statements:
    """`columns` and the definitions that are `folded` stand inside; a partition has those of its
    parent."""
    options, name = table_options(table), spelled(table)
    kind = "FOREIGN TABLE" if options.server else "TABLE"
    head = f"CREATE {'UNLOGGED ' if options.unlogged else ''}{kind} {name}"
    inside = [*map(column_definition, columns), *folded]
    body = " (" + ",".join(f"\n    {line}" for line in inside) + ("\n)" if inside else ")")
    if options.partition_bound and options.parents:
        overrides = [*filter(None, map(_override, columns)), *folded]
        lines = ",".join(f"\n    {line}" for line in overrides)
        body = f" PARTITION OF {options.parents[0]}" + (f" ({lines}\n)" if overrides else "")
        body += f" {options.partition_bound}"
    elif options.of_type:
        lines = ",".join(
            f"\n    {line}" for line in [*filter(None, map(_override, columns)), *folded]
        )
        body = f" OF {options.of_type}" + (f" ({lines}\n)" if lines else "")
    elif options.parents:
        body += f" INHERITS ({listed(options.parents)})"
    words = [head + body]
    if options.server:
        words.append(f"SERVER {quoted(options.server)}{option_list(options.server_options)}")
    if options.partition_key:
        words.append(f"PARTITION BY {options.partition_key}")
    if options.access_method:
        words.append(f"USING {quoted(options.access_method)}")
    if options.storage_parameters:
        words.append(f"WITH ({listed(options.storage_parameters)})")
    if options.tablespace:
        words.append(f"TABLESPACE {quoted(options.tablespace)}")
    return [" ".join(words), *unproved_not_null(columns), *table_flags(None, table)]


def table_flags(current: Table | None, desired: Table) -> Statements:
    """What a table is given when it is there."""
    before = table_options(current) if current else TableOptions()
    after, name = table_options(desired), spelled(desired)
    made = list[str]()
    for flag, on, off in (
        ("row_security", "ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"),
        ("force_row_security", "FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
    ):
        if before.flag(flag) != after.flag(flag):
            made.append(f"ALTER TABLE {name} {on if after.flag(flag) else off}")
    if before.replica_identity != after.replica_identity and not after.server:
        made.append(f"ALTER TABLE {name} REPLICA IDENTITY {after.replica_identity or 'DEFAULT'}")
    return made


def alter_table(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """None where the table must be made anew and its rows copied."""
    assert isinstance(current, Table) and isinstance(desired, Table)
    before, after, name = table_options(current), table_options(desired), spelled(desired)
    if {"partition_key", "access_method"} & set(fields) or bool(before.server) != bool(
        after.server
    ):
        return None
    if before.server != after.server:
        return None
    made = table_flags(current, desired)
    if before.unlogged != after.unlogged:
        made.append(f"ALTER TABLE {name} SET {'UNLOGGED' if after.unlogged else 'LOGGED'}")
    if before.tablespace != after.tablespace:
        space = quoted(after.tablespace or "pg_default")
        made.append(f"ALTER TABLE {name} SET TABLESPACE {space}")
    former, latter = _own_parameters(before), _own_parameters(after)
    made += parameter_changes(f"{relation_word(desired)} {name}", former, latter)
    if before.server_options != after.server_options:
        changed = option_changes(before.server_options, after.server_options)
        made.append(f"ALTER FOREIGN TABLE {name} OPTIONS ({changed})")
    return made


def _own_parameters(options: TableOptions) -> list[str]:
    return [one for one in options.storage_parameters if not one.startswith("toast.")]


def toast_changes(current: Object, desired: Object) -> Iterator[str]:
    """Of a table that has a column for it by now: the server passes over them where none is."""
    if isinstance(current, Table) and isinstance(desired, Table):
        options = [table_options(one) for one in (current, desired)]
        before, after = (
            [one for one in each.storage_parameters if one.startswith("toast.")] for each in options
        )
        yield from parameter_changes(f"TABLE {spelled(desired)}", before, after)


def parameter_changes(what: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """SET what is new or other, RESET what is not said any more."""
    if added := [option for option in after if option not in before]:
        yield f"ALTER {what} SET ({listed(added)})"
    kept = {option.partition("=")[0] for option in after}
    removed = [option.partition("=")[0] for option in before]
    if removed := [option for option in removed if option not in kept]:
        yield f"ALTER {what} RESET ({listed(removed)})"


def option_changes(before: Sequence[str], after: Sequence[str]) -> str:
    former = dict(option.partition("=")[::2] for option in before)
    latter = dict(option.partition("=")[::2] for option in after)
    parts = [f"DROP {quoted(name)}" for name in former if name not in latter]
    for name, value in latter.items():
        if former.get(name) != value:
            verb = "SET" if name in former else "ADD"
            parts.append(f"{verb} {quoted(name)} {literal(value)}")
    return listed(parts)


def column_definition(column: Column) -> str:
    return " ".join((quoted(column.ref.name), column.type, *_column_rules(column)))


def _override(column: Column) -> str:
    """What a partition says of a column of its parent."""
    own = [f"DEFAULT {column.default.canonical}"] if column.default else []
    own += _said_not_null(column)
    return " ".join((quoted(column.ref.name), *own)) if own else ""


def _column_rules(column: Column) -> Iterator[str]:
    options = column_options(column)
    if options.server_options:
        yield option_list(options.server_options).strip()
    if column.collation:
        yield f"COLLATE {column.collation}"
    if column.default:
        yield f"DEFAULT {column.default.canonical}"
    if column.generated:
        stored = "STORED" if column.stored else "VIRTUAL"
        yield f"GENERATED ALWAYS AS ({column.generated.canonical}) {stored}"
    if options.identity:
        yield identity(options)
    yield from _said_not_null(column)


def _said_not_null(column: Column) -> list[str]:
    if not column.not_null or _is_unproved(column):
        return []
    name = f"CONSTRAINT {quoted(column.not_null_name)} " if column.not_null_name else ""
    return [f"{name}NOT NULL {column_options(column).not_null_state}".rstrip()]


def _is_unproved(column: Column) -> bool:
    return column_options(column).not_null_state.endswith("NOT VALID")


def unproved_not_null(columns: Iterable[Column]) -> Statements:
    """Add what the server does not take beside a column: a NOT NULL that is not valid."""
    return [_added_not_null(column) for column in columns if _is_unproved(column)]


def _added_not_null(column: Column) -> str:
    name = f"CONSTRAINT {quoted(column.not_null_name)} " if column.not_null_name else ""
    added = f"ALTER TABLE {table_of(column.ref)} ADD {name}NOT NULL {quoted(column.ref.name)}"
    return f"{added} {column_options(column).not_null_state}".rstrip()


def identity(options: ColumnOptions) -> str:
    sequence = f" ({' '.join(options.identity_sequence)})" if options.identity_sequence else ""
    return f"GENERATED {options.identity} AS IDENTITY{sequence}"


def add_column(column: Column) -> Statements:
    table = f"ALTER {'FOREIGN ' if column_options(column).server_options else ''}TABLE"
    added = f"{table} {table_of(column.ref)} ADD COLUMN {column_definition(column)}"
    return [added, *unproved_not_null([column]), *column_extras(None, column)]


def add_filled(column: Column) -> Statements:
    """Add a column whose hint says what the rows that are there get."""
    alter = f"ALTER TABLE {table_of(column.ref)} ALTER COLUMN {quoted(column.ref.name)}"
    own = column_options(column)
    options = replace(own, not_null_state="", identity="", identity_sequence=())
    made = add_column(replace(column, default=None, not_null=False, options=options))
    if column.default:
        made.append(f"{alter} SET DEFAULT {column.default.canonical}")
    made.append(fill(column))
    made += [_set_not_null(alter, column)] if column.not_null else []
    if own.identity:
        made += [f"{alter} ADD {identity(own)}", continue_after(column)]
    return made


def fill(column: Column, more: str = "") -> str:
    table, name = table_of(column.ref), quoted(column.ref.name)
    return f"UPDATE {table} SET {name} = {column.backfill} WHERE {name} IS NULL{more}"


_PAGES = 1000  # of 8 kB, which are filled in one transaction


def fill_in_batches(column: Column) -> str:
    """Fill some pages in each transaction; what is done twice finds nothing to do."""
    pages = (
        " AND ctid >= format('(%s,0)', plumb_page)::tid"
        f" AND ctid < format('(%s,0)', plumb_page + {_PAGES})::tid"
    )
    return f"""DO $plumb$
#variable_conflict use_column
DECLARE
    plumb_page bigint := 0;
    plumb_pages bigint := pg_relation_size({literal(table_of(column.ref))})
        / current_setting('block_size')::bigint;
BEGIN
    WHILE plumb_page <= plumb_pages LOOP
        {fill(column, pages)};
        plumb_page := plumb_page + {_PAGES};
        COMMIT;
    END LOOP;
END
$plumb$"""


def column_extras(current: Column | None, desired: Column) -> Statements:
    """What a column is given when it is there."""
    before = column_options(current) if current else ColumnOptions()
    after, made = column_options(desired), list[str]()
    if before.statistics != after.statistics:
        made.append(f"SET STATISTICS {after.statistics or '-1'}")
    if before.storage != after.storage:
        made.append(f"SET STORAGE {after.storage or storage(desired.type)}")
    if before.compression != after.compression:
        made.append(f"SET COMPRESSION {after.compression or 'default'}")
    for change in parameter_changes("", before.parameters, after.parameters):
        made.append(change.removeprefix("ALTER").strip())
    return [altered(desired, action) for action in made]


def altered(column: Column, action: str) -> str:
    return (
        f"ALTER TABLE ONLY {table_of(column.ref)} ALTER COLUMN {quoted(column.ref.name)} {action}"
    )


def set_default(column: Column) -> Statements:
    assert column.default
    return [altered(column, f"SET DEFAULT {column.default.canonical}")]


def drop_default(column: Column) -> Statements:
    return [altered(column, "DROP DEFAULT")]


def alter_column(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """All but the default, which is a part of its own. None where the column must be made anew."""
    assert isinstance(current, Column) and isinstance(desired, Column)
    before, after = column_options(current), column_options(desired)
    if current.not_null and desired.not_null:
        _refuse_words_of_not_null(desired, fields)
    has_expression = current.generated, desired.generated
    if "generated" in fields and (desired.generated or current.type != desired.type):
        return None
    if has_expression[1] and current.stored != desired.stored:
        return None
    table, name = table_of(desired.ref), quoted(desired.ref.name)
    alter, made = f"ALTER TABLE {table} ALTER COLUMN {name}", list[str]()
    if "generated" in fields:
        made.append(f"{alter} DROP EXPRESSION")
    if before.identity and not after.identity:
        made.append(f"{alter} DROP IDENTITY")
    if (current.type, current.collation) != (desired.type, desired.collation):
        made.append(f"{alter} TYPE {desired.type}{_type_words(current, desired)}")
        current = as_retyped(current)
    made += _not_null(alter, current, desired)
    made += _altered_identity(current, desired)
    if "server_options" in fields:
        changed = option_changes(before.server_options, after.server_options)
        made.append(f"ALTER FOREIGN TABLE {table} ALTER COLUMN {name} OPTIONS ({changed})")
    return [*made, *column_extras(current, desired)]


def _altered_identity(current: Column, desired: Column) -> Iterator[str]:
    before, after = column_options(current), column_options(desired)
    table, name = table_of(desired.ref), quoted(desired.ref.name)
    alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
    if before.identity and after.identity:
        if sequence_said(before) != sequence_said(after):
            yield f"ALTER SEQUENCE {sequence_of(current)} RENAME TO {quoted(after.sequence)}"
        sequence = f"pg_get_serial_sequence({literal(table)}, {literal(desired.ref.name)})"
        yield from kept_inside(sequence, _bounds(before), _bounds(after))
        again = starts_again(_bounds(before), _bounds(after))
        yield from _identity_changes(alter, before, after, again=again)
    elif after.identity:
        yield f"{alter} ADD {identity(after)}"
        yield continue_after(desired)


def _refuse_words_of_not_null(column: Column, fields: Collection[str]) -> None:
    if not {"not_null_name", "not_null_state"}.isdisjoint(fields):
        message = f"column {column.ref}: the name of its NOT NULL, or NO INHERIT, or NOT VALID"
        message += " differs, which no plan changes yet"
        raise Refused(Problem(message, "change it by hand: ALTER TABLE ... ALTER CONSTRAINT"))


def _type_words(current: Column, desired: Column) -> str:
    collate = f" COLLATE {desired.collation}" if desired.collation else ""
    is_read = desired.generated or column_options(desired).is_foreign
    using = "" if is_read else conversion(current, desired)
    return collate + (f" USING {using}" if using else "")


def _not_null(alter: str, current: Column, desired: Column) -> Iterator[str]:
    if current.not_null == desired.not_null:
        return
    if not desired.not_null:
        yield f"{alter} DROP NOT NULL"
        return
    if desired.backfill:
        yield fill(desired)
    yield _set_not_null(alter, desired)


def _set_not_null(alter: str, column: Column) -> str:
    says_more = column.not_null_name or column_options(column).not_null_state
    return _added_not_null(column) if says_more else f"{alter} SET NOT NULL"


def continue_after(column: Column) -> str:
    """Let a sequence that comes to a column with values go on behind them."""
    table, name = table_of(column.ref), quoted(column.ref.name)
    sequence = f"pg_get_serial_sequence({literal(table)}, {literal(column.ref.name)})"
    return f"SELECT setval({sequence}, max({name})) FROM {table} HAVING max({name}) > 0"


def kept_inside(
    sequence: str, before: tuple[int, int, int], after: tuple[int, int, int]
) -> Iterator[str]:
    """Move a sequence that stands outside of its bounds to be, which are a start, a least and a
    most value: they could not be set."""
    if after[1] > before[2] or after[2] < before[1]:
        return  # none of its values is inside: it starts again
    last = f"coalesce(pg_sequence_last_value({sequence}), {before[0]})"
    if after[1] > before[1]:
        yield f"SELECT setval({sequence}, {after[1]}, false) WHERE {last} < {after[1]}"
    if after[2] < before[2]:
        yield f"SELECT setval({sequence}, {after[2]}) WHERE {last} > {after[2]}"


def starts_again(before: tuple[int, int, int], after: tuple[int, int, int]) -> list[str]:
    return [f"RESTART WITH {after[0]}"] if after[1] > before[2] or after[2] < before[1] else []


def sequence_said(options: ColumnOptions) -> str:
    """Return the clause that names the sequence of an identity, where a person named it."""
    clauses = (one for one in options.identity_sequence if one.startswith("SEQUENCE NAME "))
    return next(clauses, "")


def sequence_of(column: Column) -> str:
    """Return the sequence of an identity, which is in the schema of its table."""
    return qualified(column_options(column).sequence, column.ref.namespace)


def _bounds(options: ColumnOptions) -> tuple[int, int, int]:
    said = {_word(clause): clause.split()[-1] for clause in options.identity_sequence}
    least = int(said.get("MINVALUE", 1))
    return int(said.get("START", least)), least, int(said.get("MAXVALUE", 2**63 - 1))


def _identity_changes(
    alter: str, before: ColumnOptions, after: ColumnOptions, *, again: Statements
) -> Iterator[str]:
    if before.identity != after.identity:
        yield f"{alter} SET GENERATED {after.identity}"
    former = {_word(clause): clause for clause in before.identity_sequence}
    latter = {_word(clause): clause for clause in after.identity_sequence}
    changed = [
        f"SET {latter.get(word, usual)}"
        for word, usual in _IDENTITY_DEFAULTS.items()
        if former.get(word) != latter.get(word)
    ]
    if changed:  # together, or one of them would break the bounds that another one is about to set
        yield f"{alter} {' '.join([*changed, *again])}"


def _word(option: str) -> str:
    words = option.split()
    return words[1] if words[0] == "NO" else words[0]


def drop_column(column: Column) -> Statements:
    return [f"ALTER TABLE {table_of(column.ref)} DROP COLUMN {quoted(column.ref.name)}"]


def column_name(column: Column) -> str:
    return column_of(column.ref)


def retype(current: Column, desired: Column, *, value: str = "") -> Statements:
    """Read the values of a column as those of a type that was made anew under its name: by their
    texts, where they need no other `value`."""
    table, name = table_of(desired.ref), quoted(desired.ref.name)
    collate = f" COLLATE {desired.collation}" if desired.collation else ""
    is_foreign = column_options(desired).is_foreign
    using = "" if is_foreign else f" USING {value or through_text(current, desired)}"
    alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
    made = [f"{alter} TYPE {desired.type}{collate}{using}"]
    extras = column_extras(as_retyped(current), desired)
    return [*made, *_not_null(alter, current, desired), *extras]


def as_text(declared: str) -> str:
    """Return the type of texts that hold values of this one."""
    return "text[]" if declared.endswith("[]") else "text"


def through_text(current: Column, desired: Column) -> str:
    """Return the value of a column whose type was made anew under its name."""
    value, text = quoted(desired.ref.name), as_text(current.type)
    if desired.type.endswith("[]") and text == "text":
        value, text = f"ARRAY[{value}]", "text[]"
    return f"{value}::{text}::{desired.type}"


def as_retyped(column: Column) -> Column:
    """Another type forgets how values were stored."""
    return replace(column, options=replace(column_options(column), storage="", compression=""))
