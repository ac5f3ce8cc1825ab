"""The whole module: a docstring, imports, the types it needs, enumerations, tables, and what SQL
alone can say. The same schema is the same text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlplumb.engines import Remark
from sqlplumb.engines.core import unix
from sqlplumb.python_layout import INDENT, WIDTH, block, comment, docstring, literal
from sqlplumb.render import project
from sqlplumb.render.tables import names
from sqlplumb.render.tables.column import has_enum
from sqlplumb.render.tables.comments import Comments, comments
from sqlplumb.render.tables.imports import Import, imports, needed, reserved
from sqlplumb.render.tables.said import Said, Wording, said
from sqlplumb.render.tables.table import beyond, table
from sqlplumb.schema import Column, Object, Ref, Schema, Table, Trigger, View, VirtualTable

MARK = "Written by `sqlplumb tables`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to write: `named` is how the schema is called in the settings, `metadata` the variable,
    `types` those that the settings choose, `in_sql` the tables that Core has no words for, and why.
    """

    schema: Schema
    remarks: tuple[Remark, ...]
    named: str
    metadata: str = "metadata"
    types: Mapping[Ref, str] = field(default_factory=dict)
    in_sql: Mapping[str, str] = field(default_factory=dict)


def module(order: Order) -> str:
    schema = order.schema
    said_of = comments(schema, order.remarks)
    chosen, others = _chosen(order)
    what = said(schema, said_of.beside, chosen)
    taken = {*reserved(), order.metadata, *(one.bound for one in others)}
    enums, variables = _names(schema, what, taken)
    wording = Wording(schema=schema, said=what, enums=enums, comments=said_of)
    body = "\n".join(_body(order, wording, variables)).strip("\n")
    classes = "\n\n\n".join(_enum(ref, name, what) for ref, name in enums.items())
    return _joined(order, said_of, classes, body, others)


def _joined(
    order: Order, said_of: Comments, classes: str, body: str, others: Collection[Import]
) -> str:
    start = f"{order.metadata} = MetaData()"
    own = [piece.text for piece in needed(f"{classes}\n{body}")]
    own = [re.sub(r"\bmetadata\b", order.metadata, text) for text in own]
    code = "\n\n\n".join(part for part in (start, *own, classes, body) if part)
    head = "\n".join(imports(code, others))
    return f"{_docstring(order, said_of)}\n\n{head}\n\n{code}\n"


def _docstring(order: Order, said_of: Comments) -> str:
    import textwrap

    written = [
        f"{order.named} in SQLAlchemy Core.",
        "",
        f"{MARK}: change the SQL, and run it again.",
    ]
    head = _by_its_author(said_of.head)
    written += ["", f"What {order.named} says of itself:", ""] if head else []
    for line in head:
        written += textwrap.wrap(line, WIDTH, break_on_hyphens=False) or [""]
    text = docstring("\n".join(written).strip())
    return f'"""{text}\n"""'


def _by_its_author(head: Sequence[str]) -> Sequence[str]:
    """Without what `sqlplumb init` says to whoever changes the SQL: here it would mislead."""
    ours = [line.removeprefix("--").strip() for line in project.HEAD.splitlines() if line]
    is_ours = all(line.startswith(own) for line, own in zip(head, ours, strict=False))
    return head[len(ours) :] if is_ours and len(head) >= len(ours) else head


def _chosen(order: Order) -> tuple[dict[Ref, str], list[Import]]:
    """The types that the settings name, as the module calls them, and where they come from."""
    chosen: dict[Ref, str] = {}
    found: dict[str, Import] = {}
    taken = set(reserved() | {order.metadata})
    for ref, written in sorted(order.types.items(), key=lambda item: (item[0].table, item[0].name)):
        module, _, name = written.rpartition(":")
        if module and written not in found:
            alias = name if module == "sqlalchemy" else names.unlike(name, taken)
            found[written] = Import(module, name, alias if alias != name else "")
            taken.add(alias)
        chosen[ref] = found[written].bound if module else name
    return chosen, list(found.values())


def _names(schema: Schema, what: Said, taken: set[str]) -> tuple[dict[Ref, str], dict[str, str]]:
    """The classes of enumerations, and the variables of tables, no two of them alike."""
    enums: dict[Ref, str] = {}
    variables: dict[str, str] = {}
    for fact in schema.objects.values():
        if isinstance(fact, Table):
            variables[fact.ref.name] = names.variable(fact.ref.shown, taken)
            taken.add(variables[fact.ref.name])
    for fact in schema.objects.values():
        if isinstance(fact, Column) and has_enum(fact, what):
            enums[fact.ref] = names.class_name(fact.ref.table, fact.ref.shown, taken)
            taken.add(enums[fact.ref])
    return enums, variables


def _enum(ref: Ref, name: str, what: Said) -> str:
    members = names.members(what.values[ref]).items()
    return "\n".join(
        (
            f"class {name}(StrEnum):",
            *(f"{INDENT}{key} = {literal(value)}" for key, value in members),
        )
    )


def _body(order: Order, wording: Wording, variables: Mapping[str, str]) -> Iterator[str]:
    beyond = beyond_core(order)
    for fact in order.schema.objects.values():
        match fact:
            case Table():
                yield from _heading(fact, wording.comments)
                call = f"{variables[fact.ref.name]} = Table("
                why = beyond.get(fact.ref.name, "")
                yield from table(fact, call, order.metadata, wording, is_plain=bool(why))
                if why:
                    yield from _in_sql(fact, why, wording, variables[fact.ref.name])
            case View() | Trigger() | VirtualTable():
                yield from _heading(fact, wording.comments)
                yield from block("after_create", _if_not_there(fact))
                if not isinstance(fact, Trigger):
                    kind = "VIEW" if isinstance(fact, View) else "TABLE"
                    name = fact.ref.shown.replace('"', '""')
                    yield from block("before_drop", f'DROP {kind} IF EXISTS "{name}"')
    for group in wording.comments.tail:
        yield from ("", *(text for line in group for text in comment(line)))


def _heading(fact: Object, said_of: Comments) -> Iterator[str]:
    """A blank line, and the comments before it and above it."""
    yield ""
    for group in said_of.apart.get(fact.ref, ()):
        yield from (text for line in group for text in comment(line))
        yield ""
    yield from _comments_of(fact, said_of)


def _comments_of(fact: Object, said_of: Comments) -> Iterator[str]:
    yield from (text for line in said_of.about(fact.ref) for text in comment(line))


def _in_sql(fact: Table, why: str, wording: Wording, variable: str) -> Iterator[str]:
    indexes = wording.schema.tables[fact.ref.name].indexes
    yield from comment(f"SQLAlchemy Core has no words for {why}.")
    for index in indexes:
        yield from _comments_of(index, wording.comments)
    texts = (unix(one.text) for one in (fact, *indexes))
    yield from block("made_in_sql", *texts, first=variable)


def beyond_core(order: Order) -> dict[str, str]:
    """The tables that are made in SQL, each with what Core cannot say of it."""
    known = {name: beyond(unit) for name, unit in order.schema.by_unit.items()}
    return {name: why for name, why in {**known, **order.in_sql}.items() if why}


def _if_not_there(fact: View | Trigger | VirtualTable) -> str:
    """The author's own statement, which may run on a database that has it already."""
    return re.sub(
        r"\A(CREATE\s+(?:VIEW|TRIGGER|VIRTUAL\s+TABLE)\s+)(IF\s+NOT\s+EXISTS\s+)?",
        r"\1IF NOT EXISTS ",
        unix(fact.text),
        flags=re.IGNORECASE,
    )


def is_ours(text: str) -> bool:
    return MARK in text
