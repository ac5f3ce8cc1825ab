"""The files of a schema at one moment: its statements, its facts, the names in it, what is wrong.

Values and questions only; `reader` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlplumb.engines import Engine, Remark
from sqlplumb.engines.editing import Mention, Piece
from sqlplumb.errors import Problem
from sqlplumb.lint import Finding
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement where it stands; `label` is what the places of its facts call it."""

    file: str
    piece: Piece
    label: str

    @property
    def ref(self) -> Ref | None:
        return self.piece.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRead:
    """What the statements of one table or view say. `problems` come with the statement's label."""

    facts: tuple[Object, ...] = ()
    problems: tuple[tuple[str, Problem], ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The files of a schema at one moment. Of units that are `broken` the schema holds what was
    last known, or nothing. `labels` are those of each unit's statements, by which `judged` keeps
    what was found in a table alone."""

    engine: Engine
    files: Mapping[str, str]
    statements: tuple[Statement, ...]
    schema: Schema
    problems: tuple[tuple[Statement, Problem], ...] = ()
    remarks: tuple[Remark, ...] = ()
    broken: frozenset[str] = frozenset()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judged: dict[tuple[str, ...], tuple[Finding, ...]] = field(default_factory=dict)
    _mentions: dict[str, Sequence[Mention]] = field(default_factory=dict)
    _defined: dict[str, Sequence[Mention]] = field(default_factory=dict)  # kept by its reader

    @cached_property
    def by_label(self) -> dict[str, Statement]:
        return {statement.label: statement for statement in self.statements}

    @cached_property
    def heads(self) -> dict[str, Statement]:
        """The statements of tables and views by their folded names."""
        heads = [head for head in self.statements if head.ref and not head.ref.table]
        return {head.ref.unit: head for head in reversed(heads) if head.ref}

    @cached_property
    def columns(self) -> Columns:
        return Columns(self)

    def mentions(self, statement: Statement) -> Sequence[Mention]:
        """Return the names in a statement, counted from its own beginning."""
        label = statement.label
        if label not in self._mentions:
            editing = self.engine.editing()
            self._mentions[label] = editing.mentions(statement.piece.text, self.columns)
        return self._mentions[label]

    def defined(self, statement: Statement) -> Sequence[Mention]:
        """Return the columns that a statement of a table defines: up to its text alone."""
        label = statement.label
        if label not in self._defined:
            found = self.engine.editing().mentions(statement.piece.text, {})
            columns = [mention for mention in found if mention.defines and mention.role == "column"]
            self._defined[label] = columns
        return self._defined[label]

    def statement_at(self, file: str, offset: int) -> Statement | None:
        """Return the statement that an offset is in, or right behind."""
        inside = [
            statement
            for statement in self.statements
            if statement.file == file and statement.piece.start <= offset
        ]
        return inside[-1] if inside else None

    def offset_of(self, place: Place) -> tuple[Statement, int] | None:
        """Return where a place of a fact, a finding or a problem is now, counted from the start of
        its statement; None for one that is no longer there."""
        statement = self.by_label.get(place.file)
        if statement is None:
            return None
        lines = statement.piece.text.split("\n")
        before = sum(len(line) + 1 for line in lines[: place.line - 1])
        return statement, min(before + max(place.column, 1) - 1, len(statement.piece.text))


def beside(reading: Reading, file: str, text: str) -> Reading:
    """Return the reading with a file that is no part of the schema, whose names are its names."""
    pieces = enumerate(reading.engine.editing().pieces(text))
    statements = [
        Statement(file=file, piece=piece, label=f"beside {number}") for number, piece in pieces
    ]
    return replace(
        reading,
        files={**reading.files, file: text},
        statements=(*reading.statements, *statements),
        _mentions={},
        _defined={},
    )


class Columns(Mapping[str, Sequence[str] | None]):
    """The columns of each table and view, found when they are asked for."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.found: dict[str, Sequence[str] | None] = {}

    def __iter__(self) -> Iterator[str]:
        return iter({**self.reading.heads, **self.reading.schema.by_unit})

    def __len__(self) -> int:
        return len({*self})

    def __contains__(self, unit: object) -> bool:
        return unit in self.reading.heads or unit in self.reading.schema.by_unit

    def __getitem__(self, unit: str) -> Sequence[str] | None:
        if unit not in self:
            raise KeyError(unit)
        if unit not in self.found:
            self.found[unit] = None  # for a view that reads itself
            self.found[unit] = self._find(unit)
        return self.found[unit]

    def _find(self, unit: str) -> Sequence[str] | None:
        """Of a table that is broken, what its text says now."""
        reading = self.reading
        known = reading.schema.unit(unit)
        if known.columns and unit not in reading.broken:
            return [column.ref.display for column in known.columns.values()]
        statement = reading.heads.get(unit)
        if statement is None or statement.ref is None:
            return None
        editing, text = reading.engine.editing(), statement.piece.text
        is_view = statement.ref.kind == "view"
        named = editing.outputs(text, self) if is_view else reading.defined(statement)
        columns = [mention.ref.display for mention in named if mention.ref]
        return columns or None
