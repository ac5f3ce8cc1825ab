"""The hints of files, given to the facts that they speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlplumb.engines.hints import Hints
from sqlplumb.engines.postgres.options import EnumOptions
from sqlplumb.engines.postgres.parse.heads import Head, Part, parts
from sqlplumb.engines.postgres.parse.hints import WHOLE, WrongHint, hints_around, hints_inside
from sqlplumb.engines.postgres.scratch.allowed import Statement, line_of
from sqlplumb.engines.postgres.scratch.places import Places, Spot
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Column, Object, Ref

_NOTHING = "this hint speaks of nothing that can have one"
_WHERE = "put it on the line of what it is about, or on a line of its own above that"


class FileHints:
    """What comments say of the objects that stand beside them."""

    def __init__(self, places: Places, files: Mapping[str, str]) -> None:
        self.places = places
        self._hints: dict[Spot, Hints] = {}
        self._labels: dict[Spot, list[tuple[str, str]]] = {}
        problems = []
        for statement, head in places.statements:
            if "@" not in statement.text and "@" not in statement.piece.comments:
                continue
            try:
                self._read(statement, head)
            except WrongHint as wrong:
                offset = statement.piece.start + wrong.offset
                excerpt = line_of(files[statement.file], offset)
                place = statement.places(offset)
                problem = Problem(str(wrong), wrong.advice, place=place, excerpt=excerpt)
                problems.append(problem)
        if problems:
            raise WrongInput(problems)

    def _read(self, statement: Statement, head: Head | None) -> None:
        held = list(parts(statement.text, head)) if head else []
        # A rule inside a column that has no name has none that it could have had.
        held = [part for part in held if part.name or not part.column]
        inside = hints_inside(statement.text, [part.start for part in held])
        try:
            around = hints_around(statement.piece.comments) or inside.pop(WHOLE, None)
        except WrongHint as wrong:  # its offset is of the comments, not of the statement
            raise WrongHint(str(wrong), 0, wrong.advice) from None
        if around:
            self._keep(statement, _owner(head, held), around)
        for start, hints in inside.items():
            part = next(part for part in held if part.start == start)
            if part.kind == "label" and head:
                self._keep_label(statement, head, part, hints=hints)
            else:
                self._keep(statement, start, hints)

    def _keep(self, statement: Statement, start: int | None, hints: Hints) -> None:
        if start is None:
            raise WrongHint(_NOTHING, 0, _WHERE)
        self._hints[Spot(statement.places, statement.piece.start + start)] = hints

    def _keep_label(self, statement: Statement, head: Head, part: Part, *, hints: Hints) -> None:
        if hints.backfill:
            raise WrongHint("a @backfill speaks of what is no column", part.start, _WHERE)
        spot = Spot(statement.places, statement.piece.start + head.start)
        self._labels.setdefault(spot, []).append((part.name, hints.renamed_from))

    def __bool__(self) -> bool:
        return bool(self._hints or self._labels)

    def renames(self, ref: Ref) -> bool:
        """Does a hint say what this object, or a label of it, was called?"""
        spot = self.places.spot(ref)
        hints = self._hints.get(spot) if spot else None
        return bool((hints and hints.renamed_from) or (spot and self._labels.get(spot)))

    def given(self, fact: Object) -> Object:
        """Return a fact with what is said of it."""
        spot = self.places.spot(fact.ref)
        if spot is None:
            return fact
        if (labels := self._labels.get(spot)) and isinstance(fact.options, EnumOptions):
            fact = replace(fact, options=replace(fact.options, renamed_labels=tuple(labels)))
        hints = self._hints.get(spot)
        if hints is None:
            return fact
        if hints.backfill and not isinstance(fact, Column):
            place = spot.places(spot.offset)
            problem = Problem("a @backfill speaks of what is no column", _WHERE, place=place)
            raise WrongInput(problem)
        return replace(fact, renamed_from=hints.renamed_from, backfill=hints.backfill)


def _owner(head: Head | None, held: Sequence[Part]) -> int | None:
    """What a comment above a statement speaks of: what it makes, or the first that it adds."""
    if head is None:
        return None
    if head.verb == "CREATE":
        return head.start
    return held[0].start if held else None
