"""Read the files of a schema statement by statement, and keep what did not change.

Each statement is read as a file of its own, called by its text: its facts and its problems have
places that count from its beginning, and stay true wherever it moves to. A statement that cannot be
read leaves the others alone, and of its object the last facts that were known stay.

Must never read a file, and never run a project's code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from sqlplumb import limits
from sqlplumb.editor.reading import Reading, Statement, UnitRead
from sqlplumb.engines import Engine, Remark
from sqlplumb.engines.editing import Mention, Piece
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.lint import MARK, Finding
from sqlplumb.schema import Object, Ref, Schema

_MOST_SPLITS = 50  # of broken statements, each of which may hide others behind it
_FEW = 4  # units that are read one by one; more of them share a scratch
_SECONDS = 10.0


class SchemaReader:
    """Reads again and again, each time only what is new."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.editing = engine.editing()
        self._pieces: dict[str, tuple[str, Sequence[Piece]]] = {}
        self._labels: dict[str, str] = {}
        self._numbers = count(1)  # no label ever comes back with another meaning
        self._units: dict[tuple[str, ...], UnitRead] = {}
        self._defined: dict[str, Sequence[Mention]] = {}
        self._judged: dict[tuple[str, ...], tuple[Finding, ...]] = {}
        self._known: dict[str, tuple[Object, ...]] = {}  # by unit, as it was last whole

    def read(self, files: Mapping[str, str]) -> Reading:
        with limits.within(_SECONDS, each=True):
            return self._read(files)

    def _read(self, files: Mapping[str, str]) -> Reading:
        pieces = {file: [*self._cut(file, text)] for file, text in files.items()}
        for _ in range(_MOST_SPLITS):
            draft = _Draft(self._statements(pieces))
            self._read_units(draft)
            if not self._split(pieces, draft):
                break
        return self._reading(files, draft)

    def _cut(self, file: str, text: str) -> Sequence[Piece]:
        if file not in self._pieces or self._pieces[file][0] != text:
            self._pieces[file] = text, self.editing.pieces(text)
        return self._pieces[file][1]

    def _statements(self, pieces: Mapping[str, Sequence[Piece]]) -> Iterator[Statement]:
        for file, of_file in pieces.items():
            for piece in of_file:
                if piece.text not in self._labels:
                    self._labels[piece.text] = f"statement {next(self._numbers)}"
                yield Statement(file=file, piece=piece, label=self._labels[piece.text])

    def _split(self, pieces: Mapping[str, list[Piece]], draft: _Draft) -> bool:
        """Where a quote, a bracket or a semicolon is missing, the statements behind it were taken
        for a part of the broken one: let each that begins a line with CREATE stand by itself."""
        broken = {label for label, _ in draft.problems}
        split = False
        for of_file in pieces.values():
            for at in range(len(of_file) - 1, -1, -1):
                text, start = of_file[at].text, of_file[at].start
                if self._labels[text] in broken and (cut := self.editing.restart(text)):
                    halves = ((text[:cut], start), (text[cut:], start + cut))
                    of_file[at : at + 1] = [
                        replace(piece, start=piece.start + begins)
                        for half, begins in halves
                        for piece in self.editing.pieces(half)
                    ]
                    split = True
        return split

    # ------------------------------------------------------------------------------- the units

    def _read_units(self, draft: _Draft) -> None:
        for statement in draft.unknown:
            draft.add(self._unit((statement,)))
        missing = [unit for unit in draft.units.values() if _labels(unit) not in self._units]
        if len(missing) > _FEW:
            self._read_together(missing, draft)
        for unit in draft.units.values():
            draft.add(self._unit(unit))

    def _unit(self, statements: Sequence[Statement]) -> UnitRead:
        labels = _labels(statements)
        if labels not in self._units:
            self._units[labels] = self._alone(statements)
        return self._units[labels]

    def _read_together(self, units: Sequence[Sequence[Statement]], draft: _Draft) -> None:
        """Read many units on few scratches; if one of them is wrong, each is read by itself."""
        texts = {
            statement.label: statement.piece.text
            for unit in draft.units.values()
            for statement in unit
        }
        try:
            source = self.engine.open_script("", texts)
            wanted = {unit[0].ref.unit: unit for unit in units if unit[0].ref}
            facts: dict[str, list[Object]] = {name: [] for name in wanted}
            for fact in source.read([*wanted]).objects.values():
                facts[fact.ref.unit].append(fact)
            remarks = [*source.remarks(MARK)]
        except PlumbError:
            return
        for name, unit in wanted.items():
            labels = _labels(unit)
            mine = tuple(remark for remark in remarks if remark.place.file in labels)
            self._units[labels] = UnitRead(facts=tuple(facts[name]), remarks=mine)

    def _alone(self, statements: Sequence[Statement]) -> UnitRead:
        """Leave out each statement that is blamed, until the rest can be read. What hangs on a
        table that is wrong is blamed for nothing."""
        problems: list[tuple[str, Problem]] = []
        left = list(statements)
        while left:
            texts = {statement.label: statement.piece.text for statement in left}
            try:
                source = self.engine.open_script("", texts)
                facts = tuple(source.read().objects.values())
                remarks = tuple(source.remarks(MARK))
                return UnitRead(facts=facts, problems=tuple(problems), remarks=remarks)
            except PlumbError as error:
                told = [
                    (problem.place.file, problem) for problem in error.problems if problem.place
                ]
                told = told or [(left[0].label, problem) for problem in error.problems]
                blamed = {label for label, _ in told} & texts.keys() or {left[0].label}
            problems += [one for one in told if left[0].label not in blamed or one[0] in blamed]
            left = [] if left[0].label in blamed else [s for s in left if s.label not in blamed]
        return UnitRead(problems=tuple(dict.fromkeys(problems)))

    # ----------------------------------------------------------------------------- what was read

    def _reading(self, files: Mapping[str, str], draft: _Draft) -> Reading:
        objects: dict[Ref, Object] = {}
        broken: set[str] = set()
        for name, unit in draft.units.items():
            read = self._units[_labels(unit)]
            if read.facts:
                self._known[name] = read.facts
            else:
                broken.add(name)
            objects.update((fact.ref, fact) for fact in self._known.get(name, ()))
        schema = Schema(objects, engine=self.engine.name, units=frozenset(draft.units))
        statements = tuple(draft.statements)
        by_label = {statement.label: statement for statement in reversed(statements)}
        self._forget(statements)
        return Reading(
            engine=self.engine,
            files=files,
            statements=statements,
            schema=schema,
            problems=(
                *draft.misplaced,
                *((by_label[label], problem) for label, problem in draft.problems),
            ),
            remarks=tuple(draft.remarks),
            broken=frozenset(broken),
            labels={name: _labels(unit) for name, unit in draft.units.items()},
            judged=self._judged,
            _defined=self._defined,
        )

    def _forget(self, statements: Iterable[Statement]) -> None:
        """What was typed on the way to what stands there now is read again, should it come back."""
        if len(self._labels) > 4 * (500 + len([*statements])):
            self._labels.clear()
            self._units.clear()
            self._defined.clear()
            self._judged.clear()


class _Draft:
    """Statements by what they make, and what is wrong with them so far."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self.statements = [*statements]
        self.problems: list[tuple[str, Problem]] = []
        self.misplaced: list[tuple[Statement, Problem]] = []
        self.remarks: list[Remark] = []
        self.units: dict[str, list[Statement]] = {}
        self.unknown = [statement for statement in self.statements if statement.ref is None]
        self._gather()

    def add(self, read: UnitRead) -> None:
        self.problems += read.problems
        self.remarks += read.remarks

    def _gather(self) -> None:
        seen: dict[tuple[str, str], Statement] = {}
        for statement in self.statements:
            ref = statement.ref
            if ref is None:
                continue
            first = seen.setdefault(statement.piece.key, statement)
            if first is not statement:
                message = f"{ref.kind} {ref} is already defined{_where(first, statement)}"
                self.misplaced.append((statement, Problem(message, "keep one of the two")))
                continue
            unit = self.units.setdefault(ref.unit, [])
            if unit and not ref.table:
                self._refuse_before(statement, unit)
                unit.insert(0, statement)
            else:
                unit.append(statement)

    def _refuse_before(self, head: Statement, dependents: Sequence[Statement]) -> None:
        assert head.ref
        for dependent in dependents:
            if dependent.ref and dependent.file == head.file:
                message = f"{dependent.ref.kind} {dependent.ref} stands before its {head.ref.kind}"
                advice = f"move it below {head.ref.kind} {head.ref}"
                self.misplaced.append((dependent, Problem(f"{message} {head.ref}", advice)))


def _where(first: Statement, other: Statement) -> str:
    return "" if first.file == other.file else f" in {first.file}"


def _labels(statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(statement.label for statement in statements)
