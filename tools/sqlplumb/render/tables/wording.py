"""The author's own words inside Python: names, expressions, lists of names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlplumb.render.literals import literal
from sqlplumb.render.tables.comments import Comments
from sqlplumb.render.tables.layout import Code, Named, Words, one_line
from sqlplumb.render.tables.said import Said
from sqlplumb.schema import Check, Expr, Object, PrimaryKey, Ref, Schema, Unique


@dataclass(frozen=True, slots=True)
class Wording:
    """What all tables of a module are written with."""

    schema: Schema
    said: Said
    enums: Mapping[Ref, str]
    comments: Comments


def name_of(ref: Ref) -> str:
    """`check tasks.valid_status`, for a message; a primary key needs no name."""
    return ref.kind if ref.kind == "primary key" else f"{ref.kind} {ref}"


def sql(expression: Expr) -> str:
    return escaped(one_line(expression.text))


def escaped(text: str) -> str:
    """SQLAlchemy would take `:word` for a parameter."""
    return re.sub(r"(?<![:\w]):(?=\w)", r"\\:", text)


def listed(names: Sequence[str]) -> Code:
    return Code(f"[{', '.join(map(literal, names))}]")


def named(fact: Object) -> Named | None:
    return Named("name", Words(fact.ref.shown)) if fact.ref.shown else None


def conflict(fact: PrimaryKey | Unique | Check) -> Named | None:
    said = fact.options.word("on_conflict")
    return Named("sqlite_on_conflict", Words(said)) if said else None
