"""Sequences, and those of identities: their bounds move with the values that are there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlplumb.engines.postgres.creating import sequence_options, sequence_words
from sqlplumb.engines.postgres.names import literal, qualified, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import ColumnOptions, column_options
from sqlplumb.engines.postgres.plan.statements.parameters import Statements
from sqlplumb.schema import Column, Object

_IDENTITY_DEFAULTS = {
    "START": "START WITH 1",
    "INCREMENT": "INCREMENT BY 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}

_BY_SIZE = ("smallint", "integer", "bigint")


def is_narrower(before: str, after: str) -> bool:
    """Does a type of numbers hold fewer than another did?"""
    sizes = [_BY_SIZE.index(one) for one in (before, after) if one in _BY_SIZE]
    return len(sizes) > 1 and sizes[1] < sizes[0]


def identity(options: ColumnOptions) -> str:
    sequence = f" ({' '.join(options.identity_sequence)})" if options.identity_sequence else ""
    return f"GENERATED {options.identity} AS IDENTITY{sequence}"


def altered_identity(current: Column, desired: Column) -> Iterator[str]:
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


def alter_sequence(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    before, after = sequence_options(current), sequence_options(desired)
    words = [f"AS {after.type}"] if before.type != after.type else []
    words += sequence_words(after, before)
    bounds = [(each.start, each.minimum, each.maximum) for each in (before, after)]
    made = list(kept_inside(f"{literal(spelled(desired))}::regclass", *bounds))
    words += starts_again(*bounds)
    made += [f"ALTER SEQUENCE {spelled(desired)} {' '.join(words)}"] if words else []
    if before.unlogged != after.unlogged:
        logged = "UNLOGGED" if after.unlogged else "LOGGED"
        made.append(f"ALTER SEQUENCE {spelled(desired)} SET {logged}")
    return made


def own_sequence(fact: Object) -> Statements:
    owner = sequence_options(fact).owned_by or "NONE"
    return [f"ALTER SEQUENCE {spelled(fact)} OWNED BY {owner}"]


def disown_sequence(fact: Object) -> Statements:
    return [f"ALTER SEQUENCE {spelled(fact)} OWNED BY NONE"]
