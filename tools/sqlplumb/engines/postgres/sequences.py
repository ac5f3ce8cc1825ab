"""Which sequence counts a column: by the default that reads it, and by whose it is."""

from __future__ import annotations

from collections.abc import Mapping

from sqlplumb.engines.postgres.names import quoted
from sqlplumb.engines.postgres.options import SequenceOptions
from sqlplumb.schema import Column, Ref, Schema

WIDTHS = {"smallint": 16, "integer": 32, "bigint": 64}


def is_counted(column: Column) -> bool:
    """Is it an identity, or is its default the next number of a sequence?"""
    default = column.default.canonical if column.default else ""
    return bool(column.options.word("identity")) or default.startswith("nextval(")


def owned_sequences(schema: Schema) -> Mapping[Ref, SequenceOptions]:
    """Return the columns that a sequence of their own counts, as that of a serial does."""
    sequences = {
        fact.options.owned_by: fact.options
        for fact in schema.objects.values()
        if isinstance(fact.options, SequenceOptions) and fact.options.owned_by
    }
    found = {}
    for ref, fact in schema.objects.items() if sequences else ():
        if isinstance(fact, Column) and fact.default and is_counted(fact):
            name = ".".join(map(quoted, (ref.namespace or "public", ref.table, ref.name)))
            if name in sequences:
                found[ref] = sequences[name]
    return found
