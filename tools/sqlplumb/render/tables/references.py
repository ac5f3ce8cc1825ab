"""Foreign keys, as far as Core can find what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlplumb.render.tables.layout import Call, Code, Named, Words, call
from sqlplumb.render.tables.said import targets
from sqlplumb.render.tables.wording import listed, named, shown
from sqlplumb.schema import Column, ForeignKey, Ref, Schema


def key_to(fact: ForeignKey, schema: Schema) -> Iterator[Call]:
    target = target_of(fact, schema)
    if target:
        yield call("ForeignKey", Words(target[0]), named(fact), *_references(fact))


def key_of_several(
    fact: ForeignKey, columns: Mapping[str, Column], schema: Schema
) -> Iterator[Call]:
    if target := target_of(fact, schema):
        names = [shown(columns[name]) for name in fact.columns]
        yield call(
            "ForeignKeyConstraint", listed(names), listed(target), named(fact), *_references(fact)
        )


def target_of(fact: ForeignKey, schema: Schema) -> list[str]:
    """`table.column` of each; nothing where Core could not find them."""
    head = schema.objects.get(Ref("table", "", fact.target))
    names = [schema.objects.get(Ref("column", fact.target, one)) for one in targets(schema, fact)]
    if head is None or len(names) != len(fact.columns) or "." in shown(head):
        return []
    found = [f"{shown(head)}.{shown(one)}" for one in names if one and "." not in shown(one)]
    return found if len(found) == len(names) else []


def _references(fact: ForeignKey) -> Iterator[Named]:
    for name, value in (
        ("onupdate", fact.on_update),
        ("ondelete", fact.on_delete),
        ("match", fact.match),
        ("initially", "DEFERRED" if fact.deferrable == "deferred" else ""),
    ):
        if value:
            yield Named(name, Words(value))
    if fact.deferrable:
        yield Named("deferrable", Code("True"))
