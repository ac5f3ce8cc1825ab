"""CREATE TABLE, and what ALTER TABLE does to a table as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlplumb.engines.postgres.names import listed, option_list, quoted, spelled
from sqlplumb.engines.postgres.options import TableOptions, table_options
from sqlplumb.engines.postgres.plan.statements.columns import (
    _override,
    column_definition,
    unproved_not_null,
)
from sqlplumb.engines.postgres.plan.statements.names import relation_word
from sqlplumb.engines.postgres.plan.statements.parameters import (
    Statements,
    option_changes,
    parameter_changes,
)
from sqlplumb.schema import Column, Object, Table


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
