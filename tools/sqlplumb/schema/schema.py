"""All the objects of one source: what is compared, and the same by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Literal

from sqlplumb.schema.objects import Object, Table
from sqlplumb.schema.refs import Ref
from sqlplumb.schema.unit import Unit, gathered

SpelledIn = Literal["sql", "core"]


@dataclass(frozen=True)
class Schema:
    """All the objects of one source. `spelled_in` says what wrote it: SQL, or SQLAlchemy Core,
    which cannot spell everything that SQL can. Of all the source, read or not: `quotes_in_bodies`
    says that a view or a trigger has words in double quotes, `units` are the names of tables and
    views."""

    objects: Mapping[Ref, Object]
    _: KW_ONLY
    source: str = ""
    engine: str = "sqlite"
    spelled_in: SpelledIn = "sql"
    quotes_in_bodies: bool = False
    units: frozenset[str] = field(default=frozenset(), compare=False)

    @cached_property
    def by_unit(self) -> Mapping[str, Unit]:
        """Tables, views and virtual tables by their folded names, each with what belongs to it."""
        return gathered(self)

    @cached_property
    def tables(self) -> Mapping[str, Unit]:
        """`schema.tables["tasks"].columns["status"]`; names are folded as the engine does."""
        found = self.by_unit.items()
        return {name: unit for name, unit in found if isinstance(unit.head, Table)}

    def unit(self, name: str) -> Unit:
        """An empty one where there is none of this name."""
        return self.by_unit.get(name) or Unit(name, self)
