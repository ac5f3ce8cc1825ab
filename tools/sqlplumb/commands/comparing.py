"""Compare two open sources: what differs, and what is only noted.

Which schema a source holds, `sources` tells; what a difference means is decided here and in the
engine. Nothing is planned here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlplumb.changes import Alter, Change, Create, Drop, Rename, diff, with_renames
from sqlplumb.changes.comparison import Comparison, Explanation, Note, Reason
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.engines import Source, engine
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Column, Ref, Schema
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.commands.swaps import Swaps


def compare_sources(
    current: Source,
    desired: Source,
    version_table: str,
    *,
    whole: bool = False,
    also: frozenset[str] = frozenset(),
    swaps: Swaps = "",
    explain: bool = False,
    to_plan: bool = False,
) -> Comparison:
    """Read what does not have the same text on both sides, and compare what it says.

    `also` names units that the caller reads besides. `explain` asks of all rules that differ how
    they relate, where it is else asked of models alone. A schema that is read `to_plan` knows what
    is ignored.
    """
    current.prepare(desired)
    desired.prepare(current)
    _refuse_two_engines(current, desired)
    if not (whole or also):
        units_of_both = desired.units_if_alike(current, version_table)
        if units_of_both is None:
            units_of_both = current.units_if_alike(desired, version_table)
        if units_of_both is not None:
            return Comparison(
                current=current.schema((), units_of_both),
                desired=desired.schema((), units_of_both),
                changes=(),
                notes=(),
                units=len(units_of_both),
            )
    everything = whole or current.spelled_in != desired.spelled_in
    units = _differing(current, desired, version_table, everything=everything)
    units |= also | desired.hinted
    if not (current.is_tried or desired.is_tried):
        # A database holds its words for good; what only files hold is tried whole, by reading it
        # or by running it.
        current.try_statements(but=units)
        desired.try_statements(but=units)
    read = _Read(current=current.read(units, to_plan=to_plan), desired=desired.read(units))
    if _has_hints(read.desired):
        all_units = _differing(current, desired, version_table, everything=True)
        read = _with_swaps(read, current, desired, units=all_units, swaps=swaps, to_plan=to_plan)
    uncreatable = current.uncreatable + desired.uncreatable
    if uncreatable and to_plan:
        raise WrongInput([failed.problem for failed in uncreatable])
    told = {failed.problem for failed in uncreatable}  # by the comparison itself
    passed_over = (*current.passed_over, *desired.passed_over)
    sides = _sides(read.current, read.desired)
    changes = _changes(sides)
    return Comparison(
        current=read.current,
        desired=read.desired,
        changes=changes,
        notes=(
            *_name_notes(sides),
            *_spelling_notes(sides, changes),
            *_order_notes(read.current, read.desired),
        ),
        explanations=sides.explanations or tuple(_explanations(sides, changes) if explain else ()),
        units=len(desired.texts),
        passed_over=(
            *(problem for problem in passed_over if problem not in told),
            *read.undecided,
        ),
        uncreatable=uncreatable,
        done=read.done,
        undecided=read.undecided,
        ignored=tuple(dict.fromkeys((*current.ignored, *desired.ignored))),
    )


def _refuse_two_engines(current: Source, desired: Source) -> None:
    is_one = current.engine.name == desired.engine.name
    if not (is_one or current.is_empty or desired.is_empty):
        names = " and ".join(f"{side.label} is {side.engine.name}" for side in (current, desired))
        message = f"{names}: two engines have no words in common"
        raise WrongInput(Problem(message, "compare two sources of one engine"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Both schemas as they were read, and what is told of hints that swap names."""

    current: Schema
    desired: Schema
    done: tuple[Problem, ...] = ()
    undecided: tuple[Problem, ...] = ()


def _with_swaps(
    read: _Read,
    current: Source,
    desired: Source,
    *,
    units: frozenset[str],
    swaps: Swaps,
    to_plan: bool,
) -> _Read:
    """Settle which hints that swap names are done already; read all `units` where some are not."""
    from sqlplumb.commands.swaps import settled_swaps  # most schemas have no hints

    settled = settled_swaps(current, read.current, read.desired, chosen=swaps)
    if swaps == "do" or _has_hints(settled.desired):
        read = _Read(current=current.read(units, to_plan=to_plan), desired=desired.read(units))
        settled = settled_swaps(current, read.current, read.desired, chosen=swaps)
    return _Read(
        current=read.current,
        desired=settled.desired,
        done=settled.done,
        undecided=settled.undecided,
    )


def _has_hints(schema: Schema) -> bool:
    return any(fact.renamed_from for fact in schema.objects.values())


def _differing(
    current: Source, desired: Source, version_table: str, *, everything: bool
) -> frozenset[str]:
    """Return the units that differ. Alembic's own table counts only where both sides have it."""
    units = current.texts.keys() | desired.texts.keys()
    alembics = {source.unit_called(version_table) for source in (current, desired)}
    if not (alembics <= current.texts.keys() and alembics <= desired.texts.keys()):
        units = units - alembics
    if everything:
        return frozenset(units)
    return frozenset(unit for unit in units if current.texts.get(unit) != desired.texts.get(unit))


def without(schema: Schema, version_table: str) -> Schema:
    """Return the schema without Alembic's own table, which is nobody's schema."""
    objects = {ref: fact for ref, fact in schema.objects.items() if ref.unit != version_table}
    return replace(schema, objects=objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Two schemas under the same names. `written` and `levelled` hold only what is not the same in
    both, as it is written and as it is levelled."""

    current: Schema
    desired: Schema
    renames: tuple[Change, ...]
    written: tuple[Schema, Schema]
    levelled: tuple[Schema, Schema]
    explanations: tuple[Explanation, ...] = ()
    paired: tuple[Alter, ...] = ()  # by their meaning alone


def _sides(current: Schema, desired: Schema) -> _Sides:
    both = engine(desired.engine)
    current, renames = both.renames(current, desired)
    written = (current, desired)
    levelled = both.settle(current, desired)
    same = _same(written, levelled)
    sides = _Sides(
        current=current,
        desired=desired,
        renames=renames,
        written=(_without_refs(current, same), _without_refs(desired, same)),
        levelled=(_without_refs(levelled[0], same), _without_refs(levelled[1], same)),
    )
    if current.spelled_in == desired.spelled_in:
        return sides
    from sqlplumb.understanding.meanings import Meanings  # which models alone ask for

    meanings = Meanings(levelled[0], levelled[1], both.evaluator)
    meant = meanings.compare(sides.levelled[0], sides.levelled[1])
    return replace(
        sides,
        levelled=(meant.current, sides.levelled[1]),
        explanations=meant.explanations,
        paired=meant.paired,
    )


def _explanations(sides: _Sides, changes: tuple[Change, ...]) -> Iterator[Explanation]:
    from sqlplumb.understanding.meanings import Meanings

    meanings = Meanings(sides.current, sides.desired, engine(sides.desired.engine).evaluator)
    for change in changes:
        if isinstance(change, Alter):
            yield from meanings.explain(change)


def _same(written: tuple[Schema, Schema], levelled: tuple[Schema, Schema]) -> frozenset[Ref]:
    """Return what is the same on both sides, and named on both or on neither: most of a schema."""
    same: list[Ref] = []
    desired_objects = written[1].objects
    levelled_current, levelled_desired = levelled[0].objects, levelled[1].objects
    for ref, current in written[0].objects.items():
        desired = desired_objects.get(ref)
        if desired is None or current != desired or bool(ref.shown) != bool(desired.ref.shown):
            continue
        first, second = levelled_current.get(ref), levelled_desired.get(ref)
        if (first is current and second is desired) or first == second:
            same.append(ref)
    return frozenset(same)


def _without_refs(schema: Schema, refs: frozenset[Ref]) -> Schema:
    objects = {ref: fact for ref, fact in schema.objects.items() if ref not in refs}
    return replace(schema, objects=objects)


def settled_changes(current: Schema, desired: Schema) -> tuple[Change, ...]:
    return _changes(_sides(current, desired))


def _changes(sides: _Sides) -> tuple[Change, ...]:
    """Find changes between the levelled schemas, and tell them in the words that were written."""
    written: list[Change] = []
    for change in diff(*sides.levelled):
        match change:
            case Create():
                written.append(Create(sides.desired.objects[change.ref]))
            case Drop():
                written.append(Drop(sides.current.objects[change.ref]))
            case Alter():
                current = sides.current.objects[change.current.ref]
                desired = sides.desired.objects[change.desired.ref]
                written.append(replace(change, current=current, desired=desired))
            case Rename():
                written.append(change)
    return (*sides.renames, *with_renames(tuple(written)))


def _name_notes(sides: _Sides) -> Iterator[Note]:
    """Note a name that only one side has: in what was written, and in what it means."""
    pairs = [*named_on_one_side(*sides.written), *named_on_one_side(*sides.levelled)]
    named = (desired.ref if desired.ref.shown else current.ref for current, desired in pairs)
    yield from (Note(ref, "name") for ref in dict.fromkeys(named))


_REASONS: dict[type[Change], Reason] = {Create: "not in metadata", Drop: "stand-in"}


def _spelling_notes(sides: _Sides, changes: tuple[Change, ...]) -> Iterator[Note]:
    """Note what disappeared when both sides were levelled."""
    if sides.current.spelled_in == sides.desired.spelled_in == "sql":
        return
    drift = {(change.verb, change.ref) for change in changes}
    drift |= {("alter", change.ref) for change in sides.renames}  # which tells what else it changes
    differing = [
        change for change in diff(*sides.written) if (change.verb, change.ref) not in drift
    ]
    stand_ins = {change.ref.name for change in differing if isinstance(change, Drop)}
    for pair in sides.paired:
        yield Note(pair.ref, "spelling", pair)
    for change in differing:
        is_inline = change.ref.inline and not isinstance(change, Alter)
        is_stood_for = isinstance(change, Create) and change.ref.name in stand_ins
        if not is_inline and not is_stood_for:
            yield Note(change.ref, _REASONS.get(type(change), "spelling"), change)


def _order_notes(current: Schema, desired: Schema) -> Iterator[Note]:
    """Note a table whose columns stand in another order."""
    current_columns, desired_columns = _columns_in_order(current), _columns_in_order(desired)
    for table in sorted(current_columns.keys() & desired_columns.keys()):
        here, there = current_columns[table], desired_columns[table]
        if [name for name in here if name in there] != [name for name in there if name in here]:
            yield Note(desired.unit(table).ref, "column order")


def _columns_in_order(schema: Schema) -> dict[str, list[str]]:
    columns = [fact for fact in schema.objects.values() if isinstance(fact, Column)]
    names: dict[str, list[str]] = {}
    for column in sorted(columns, key=lambda column: column.position):
        names.setdefault(column.ref.table, []).append(column.ref.name)
    return names
