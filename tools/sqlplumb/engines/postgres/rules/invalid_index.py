"""S211: an index that is written and never used."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Index, Schema


def find(schema: Schema) -> Iterator[Found]:
    partitioned = {
        name for name, table in schema.tables.items() if table.options.word("partition_key")
    }
    for ref, fact in schema.objects.items():
        if not isinstance(fact, Index) or not fact.options.flag("is_invalid"):
            continue
        if ref.unit in partitioned:
            missing = "which becomes valid when each partition has attached one"
            yield Found(ref, f"index {ref} is INVALID, {missing}", _ATTACH)
        else:
            yield Found(ref, f"index {ref} is INVALID: it was not built to its end")


_ATTACH = "Say ALTER INDEX name ATTACH PARTITION for the index of each partition."

RULE = Rule(
    code="S211",
    name="invalid-index",
    severity="warning",
    engines=("postgresql",),
    triggers=(
        "An INVALID index: what CREATE INDEX CONCURRENTLY leaves where it fails, or one ON ONLY a"
        " partitioned table that not each partition has."
    ),
    harms="Each INSERT and UPDATE writes it, and no query uses it. IF NOT EXISTS keeps it.",
    instead="Say DROP INDEX CONCURRENTLY, and build it again.",
    bad="""\
CREATE TABLE events (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX events_at ON ONLY events (at);""",
    good="""\
CREATE TABLE events (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX events_at ON events (at);""",
    find=find,
)
