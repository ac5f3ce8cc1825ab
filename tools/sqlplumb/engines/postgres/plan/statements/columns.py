"""A column: as it stands in CREATE TABLE, how it is added and filled, and altered in place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from sqlplumb.engines.postgres.names import literal, option_list, quoted, table_of
from sqlplumb.engines.postgres.options import ColumnOptions, column_options
from sqlplumb.engines.postgres.plan.statements.casts import conversion, in_array, storage
from sqlplumb.engines.postgres.plan.statements.names import OF_PARTS
from sqlplumb.engines.postgres.plan.statements.parameters import (
    Statements,
    option_changes,
    parameter_changes,
)
from sqlplumb.engines.postgres.plan.statements.sequences import (
    altered_identity,
    continue_after,
    identity,
    is_narrower,
)
from sqlplumb.schema import Column, Object

_NOT_VALID = " NOT VALID"


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
    return column_options(column).not_null_state.endswith(_NOT_VALID.strip())


def unproved_not_null(columns: Iterable[Column]) -> Statements:
    """Add what the server does not take beside a column: a NOT NULL that is not valid."""
    return [_added_not_null(column) for column in columns if _is_unproved(column)]


def _added_not_null(column: Column) -> str:
    name = f"CONSTRAINT {quoted(column.not_null_name)} " if column.not_null_name else ""
    added = f"ALTER TABLE {table_of(column.ref)} ADD {name}NOT NULL {quoted(column.ref.name)}"
    return f"{added} {column_options(column).not_null_state}".rstrip()


def prove_not_null(column: Column) -> Statements:
    """Add a NOT NULL that nothing is looked through for, and prove it then: from 18 on. What is
    done twice finds nothing to do."""
    alter, options = f"ALTER TABLE {table_of(column.ref)}", column_options(column)
    name = quoted(options.not_null_called)
    added = f"ADD CONSTRAINT {name} NOT NULL {quoted(column.ref.name)} {options.not_null_state}"
    added = added.rstrip()
    return [f"{alter} {added}{_NOT_VALID}", f"{alter} VALIDATE CONSTRAINT {name}"]


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
    return f"UPDATE {table} SET {name} = {column.backfill} WHERE {is_null(column, name)}{more}"


def is_null(column: Column, name: str) -> str:
    """Return the condition of rows without a value; a row IS NULL where all of its parts are."""
    return f"{name} IS NOT DISTINCT FROM NULL" if may_be_row(column) else f"{name} IS NULL"


def may_be_row(column: Column) -> bool:
    """May values of a column have parts? What a domain is of, it does not say."""
    needs = column_options(column).needs - {column.ref.table_ref}
    return not column.type.endswith("[]") and any(
        need.kind in OF_PARTS | {"domain"} for need in needs
    )


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
    numbers = list(altered_identity(current, desired))
    if is_narrower(current.type, desired.type):  # the numbers are inside of its bounds before it
        made += numbers
        numbers.clear()
    if (current.type, current.collation) != (desired.type, desired.collation):
        made.append(f"{alter} TYPE {desired.type}{_type_words(current, desired)}")
        current = as_retyped(current)
    made += _not_null(alter, current, desired)
    made += _renamed_not_null(current, desired)
    made += numbers
    if "server_options" in fields:
        changed = option_changes(before.server_options, after.server_options)
        made.append(f"ALTER FOREIGN TABLE {table} ALTER COLUMN {name} OPTIONS ({changed})")
    return [*made, *column_extras(current, desired)]


def _renamed_not_null(current: Column, desired: Column) -> Iterator[str]:
    """From 18 on a NOT NULL has a name, and may be one that is not valid or not inherited."""
    if not (current.not_null and desired.not_null):
        return
    before, after = column_options(current), column_options(desired)
    table, name = f"ALTER TABLE {table_of(desired.ref)}", quoted(before.not_null_called)
    if _is_unproved(desired) and not _is_unproved(current):
        yield f"{table} DROP CONSTRAINT {name}"
        yield _added_not_null(desired)
        return
    if current.not_null_name != desired.not_null_name:
        called = quoted(after.not_null_called)
        yield f"{table} RENAME CONSTRAINT {name} TO {called}"
        name = called
    is_own = after.not_null_state.startswith("NO INHERIT")
    if before.not_null_state.startswith("NO INHERIT") != is_own:
        yield f"{table} ALTER CONSTRAINT {name} {'NO INHERIT' if is_own else 'INHERIT'}"
    if _is_unproved(current) and not _is_unproved(desired):
        yield f"{table} VALIDATE CONSTRAINT {name}"


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


def drop_column(column: Column) -> Statements:
    return [f"ALTER TABLE {table_of(column.ref)} DROP COLUMN {quoted(column.ref.name)}"]


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


def type_of_texts(declared: str) -> str:
    """Return the type of texts that hold values of this one."""
    return "text[]" if declared.endswith("[]") else "text"


def through_text(current: Column, desired: Column) -> str:
    """Return the value of a column whose type was made anew under its name."""
    value, text = quoted(desired.ref.name), type_of_texts(current.type)
    if desired.type.endswith("[]") and text == "text":
        return in_array(value, f"{value}::text", desired.type)
    if not desired.type.endswith("[]"):
        text = "text"  # an array as a single value is read as it is written, or not at all
    return f"{value}::{text}::{desired.type}"


def as_retyped(column: Column) -> Column:
    """Another type forgets how values were stored."""
    return replace(column, options=replace(column_options(column), storage="", compression=""))
