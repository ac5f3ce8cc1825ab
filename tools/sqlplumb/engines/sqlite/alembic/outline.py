"""The parts of a module of SQLAlchemy Core, in the order of the file: tables, and the statements of
what Core has no words for. Must never decide which tables those are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlplumb.engines.core import unix
from sqlplumb.engines.outline import Outline, Part
from sqlplumb.engines.sqlite.parse.lexer import in_quotes
from sqlplumb.schema import Schema, Table, Trigger, View, VirtualTable


def outline(schema: Schema, in_sql: Collection[str]) -> Outline:
    return Outline(schema=schema, parts=tuple(_parts(schema, in_sql)))


def _parts(schema: Schema, in_sql: Collection[str]) -> Iterator[Part]:
    for ref, fact in schema.objects.items():
        match fact:
            case Table():
                made = (fact, *schema.tables[ref.unit].indexes) if ref.unit in in_sql else ()
                yield Part(ref=ref, made_by=tuple(unix(each.text) for each in made))
            case View() | Trigger() | VirtualTable():
                yield Part(ref=ref, when="after_create", statement=_if_not_exists(fact))
                if not isinstance(fact, Trigger):
                    kind = "VIEW" if isinstance(fact, View) else "TABLE"
                    drop = f"DROP {kind} IF EXISTS {in_quotes(ref.shown)}"
                    yield Part(ref=ref, when="before_drop", statement=drop, is_first=False)


def _if_not_exists(fact: View | Trigger | VirtualTable) -> str:
    """Return the author's own statement, which may run on a database that has it already."""
    return re.sub(
        r"\A(CREATE\s+(?:VIEW|TRIGGER|VIRTUAL\s+TABLE)\s+)(IF\s+NOT\s+EXISTS\s+)?",
        r"\1IF NOT EXISTS ",
        unix(fact.text),
        flags=re.IGNORECASE,
    )
