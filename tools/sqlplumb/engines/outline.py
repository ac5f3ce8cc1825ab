"""What a module of SQLAlchemy Core holds, in its order: tables and types as Core has them, and the
SQL for the rest. Owns the values alone; an engine makes them, and a renderer writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlplumb.python_layout import Call
from sqlplumb.schema import Ref, Schema

When = Literal["before_create", "after_create", "before_drop", "after_drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table; a type, which is a `call` under a name of its own; or a statement.

    The statement of a type makes it without Core, and `drop` takes it away. Another one runs with
    all tables, or with the one `table`. `made_by` are the statements that make a table anew where
    Core has no words for it, and `behind` the tables that must be there before it. Comments of an
    author belong to a part that `is_first` of its object.
    """

    ref: Ref
    call: Call | None = None
    when: When | None = None
    statement: str = ""
    drop: str = ""
    once: bool = False  # where all tables are made, and not where some are there already
    table: Ref | None = None
    made_by: tuple[str, ...] = ()
    behind: tuple[Ref, ...] = ()
    is_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The parts, and the schema as Core has words for it: without what it says anyway. `types` are
    the refs of types by the words that columns have for them."""

    schema: Schema
    parts: tuple[Part, ...]
    types: Mapping[str, Ref] = field(default_factory=dict)
