"""Which object a name is, where that is defined, where else it is named, and what a file defines.

Offsets count from the start of a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.editor.reading import Reading, Statement
from sqlplumb.engines.editing import Mention
from sqlplumb.schema import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A name in a file."""

    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """What a statement, or a column in it, makes: all of it, and its name in that."""

    name: str
    kind: str
    detail: str
    whole: Spot
    spot: Spot
    children: tuple[Symbol, ...] = ()


def mention_at(reading: Reading, file: str, offset: int) -> tuple[Statement, Mention] | None:
    """Return the name that touches an offset; of two, the one that begins there."""
    statement = reading.statement_at(file, offset)
    if statement is None:
        return None
    inside = offset - statement.piece.start
    touching = [m for m in reading.mentions(statement) if m.start <= inside <= m.end]
    if not touching:
        return None
    return statement, max(touching, key=lambda mention: (mention.start, mention.ref is not None))


def is_same(one: Ref, other: Ref) -> bool:
    """Is this one object? A view may be addressed as a table."""
    if one.table or other.table:
        return one == other
    return one.unit == other.unit


def definition(reading: Reading, ref: Ref) -> Spot | None:
    if ref.kind == "column":
        head = reading.heads.get(ref.unit)
        return (
            next(
                (_spot(head, column) for column in _columns(reading, head) if column.ref == ref),
                None,
            )
            if head
            else None
        )
    for statement in reading.statements:
        if statement.ref and is_same(statement.ref, ref):
            return _name_of(statement)
    return None


def _columns(reading: Reading, head: Statement) -> list[Mention]:
    """The names of the columns of a table or a view, where they get them."""
    if head.ref and head.ref.kind == "view":
        return [*reading.engine.editing().outputs(head.piece.text, reading.columns)]
    return [*reading.defined(head)]


def references(reading: Reading, ref: Ref, *, with_definition: bool) -> Iterator[Spot]:
    """Yield where an object is named; only statements that hold its name at all are looked at."""
    is_plain = not set(ref.name) & set("\"'`[]")
    own = definition(reading, ref)
    if own and with_definition:
        yield own
    for statement in reading.statements:
        if is_plain and ref.name.casefold() not in statement.piece.text.casefold():
            continue
        for mention in reading.mentions(statement):
            if mention.ref and is_same(mention.ref, ref):
                spot = _spot(statement, mention)
                if spot != own:
                    yield spot


def referring(reading: Reading, ref: Ref) -> Iterator[Statement]:
    """Yield the statements of other objects that name this one, each once."""
    for statement in reading.statements:
        if statement.ref is None or statement.ref.unit == ref.unit:
            continue
        if ref.name.casefold() in statement.piece.text.casefold() and any(
            mention.ref and is_same(mention.ref, ref) for mention in reading.mentions(statement)
        ):
            yield statement


def symbols(reading: Reading, file: str) -> Iterator[Symbol]:
    for statement in reading.statements:
        if statement.file == file and statement.ref:
            ref = statement.ref
            is_table = ref.kind == "table"
            yield Symbol(
                name=ref.display or "?",
                kind=ref.kind,
                detail=f"on {ref.display_unit}" if ref.table else ref.kind,
                whole=_whole(statement),
                spot=_name_of(statement),
                children=tuple(_fields(reading, statement)) if is_table else (),
            )


def _fields(reading: Reading, statement: Statement) -> Iterator[Symbol]:
    assert statement.ref
    known = reading.schema.unit(statement.ref.unit).columns
    for mention in _columns(reading, statement):
        if mention.ref:
            spot = _spot(statement, mention)
            column = known.get(mention.ref.name)
            yield Symbol(
                name=mention.ref.display or "?",
                kind="column",
                detail=column.type if column else "",
                whole=spot,
                spot=spot,
            )


def _whole(statement: Statement) -> Spot:
    piece = statement.piece
    return Spot(file=statement.file, start=piece.start + piece.begins, end=piece.end)


def _name_of(statement: Statement) -> Spot:
    piece = statement.piece
    return Spot(
        file=statement.file, start=piece.start + piece.name_start, end=piece.start + piece.name_end
    )


def _spot(statement: Statement, mention: Mention) -> Spot:
    start = statement.piece.start
    return Spot(file=statement.file, start=start + mention.start, end=start + mention.end)
