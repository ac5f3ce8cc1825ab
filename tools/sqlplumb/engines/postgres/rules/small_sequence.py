"""S214: a sequence that ends before the column that it counts does."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.sequences import WIDTHS, owned_sequences
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Column, Schema


def find(schema: Schema) -> Iterator[Found]:
    owned = owned_sequences(schema)
    for fact in schema.objects.values():
        if not isinstance(fact, Column) or fact.type not in WIDTHS:
            continue
        sequence = owned.get(fact.ref)
        if sequence and not sequence.cycle and sequence.increment > 0:
            largest = 2 ** (WIDTHS[fact.type] - 1) - 1
            if sequence.maximum < largest and sequence.maximum in _ENDS:
                message = f"{fact.ref} is {fact.type}, and its sequence"
                yield Found(fact.ref, f"{message} ends at {sequence.maximum:,}")


_ENDS = frozenset(2 ** (width - 1) - 1 for width in WIDTHS.values())  # which nobody has chosen

RULE = Rule(
    code="S214",
    name="small-sequence",
    severity="warning",
    engines=("postgresql",),
    triggers="A column whose own sequence is of a smaller type than the column.",
    harms=(
        "The column was made wider and its sequence was forgotten: it still ends where the narrow"
        " column did, and every INSERT fails there."
    ),
    instead="Say ALTER SEQUENCE name AS bigint.",
    bad="""\
CREATE SEQUENCE users_id AS integer;
CREATE TABLE users (id bigint PRIMARY KEY DEFAULT nextval('users_id'), name text);
ALTER SEQUENCE users_id OWNED BY users.id;""",
    good="""\
CREATE SEQUENCE users_id AS bigint;
CREATE TABLE users (id bigint PRIMARY KEY DEFAULT nextval('users_id'), name text);
ALTER SEQUENCE users_id OWNED BY users.id;""",
    find=find,
)
