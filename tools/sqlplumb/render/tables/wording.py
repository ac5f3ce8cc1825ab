"""The author's own words inside Python: names, expressions, lists of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlplumb.engines.core import CoreWriter, escaped, one_line
from sqlplumb.render.tables.comments import Comments
from sqlplumb.render.tables.said import Said
from sqlplumb.schema import Expr, Ref, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
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


CORE = CoreWriter()
