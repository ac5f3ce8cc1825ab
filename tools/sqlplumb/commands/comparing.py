"""Compare two open sources: what differs, what is only noted, what a batch migration left behind.

Which schema a source holds, `sources` tells; what a difference means is decided here and in the
engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes import Alter, Change, Create, Drop, Rename, diff, with_renames
from sqlplumb.changes.comparison import Comparison, Explanation, Note, Reason
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Source, engine
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Column, Ref, Schema
from sqlplumb.sources import open_source
from sqlplumb.sources.database import retry_if_changed
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.commands.swaps import Swaps

_MOST_EXPLAINED = 100  # changes; each costs milliseconds


def compare_sources(
    current: Source,
    desired: Source,
    version_table: str,
    whole: bool = False,
    also: frozenset[str] = frozenset(),
    swaps: Swaps = "",
    explain: bool = False,
) -> Comparison:
    """Read what does not have the same text on both sides, and compare what it says.

    `also` names units that the caller reads besides. `explain` asks of all rules that differ how
    they relate, where it is else asked of models alone.
    """
    _refuse_two_engines(current, desired)
    is_same_spelling = current.spelled_in == desired.spelled_in
    differing = _differing(
        current, desired, version_table, everything=whole or not is_same_spelling
    )
    units = differing | also | desired.hinted
    _prove(current, desired, units)
    current_schema, desired_schema = current.read(units), desired.read(units)
    done: tuple[Problem, ...] = ()
    undecided: tuple[Problem, ...] = ()
    if _has_hints(desired_schema):
        from sqlplumb.commands.swaps import settled_swaps

        hints = settled_swaps(current, current_schema, desired_schema, said=swaps)
        if swaps == "do" or _has_hints(hints.desired):
            units = _differing(current, desired, version_table, everything=True)
            current_schema, desired_schema = current.read(units), desired.read(units)
            hints = settled_swaps(current, current_schema, desired_schema, said=swaps)
        desired_schema, done, undecided = hints.desired, hints.done, hints.undecided
    sides = _sides(current_schema, desired_schema)
    changes = _changes(sides)
    notes = (
        *_names(sides),
        *_spelling(sides, changes),
        *_column_order(current_schema, desired_schema),
    )
    return Comparison(
        current=current_schema,
        desired=desired_schema,
        changes=changes,
        notes=notes,
        explanations=sides.explanations or tuple(_explanations(sides, changes) if explain else ()),
        units=len(desired.texts),
        passed_over=current.passed_over + desired.passed_over + undecided,
        done=done,
        undecided=undecided,
    )


def _refuse_two_engines(current: Source, desired: Source) -> None:
    if current.texts and desired.texts and current.engine.name != desired.engine.name:
        named = " and ".join(f"{one.label} is {one.engine.name}" for one in (current, desired))
        message = f"{named}: two engines have no words in common"
        raise WrongInput(Problem(message, "compare two sources of one engine"))


def _has_hints(schema: Schema) -> bool:
    return any(fact.renamed_from for fact in schema.objects.values())


def _differing(
    current: Source, desired: Source, version_table: str, everything: bool
) -> frozenset[str]:
    """Alembic's own table counts only where both sides have it."""
    units = current.texts.keys() | desired.texts.keys()
    own = {source.unit_called(version_table) for source in (current, desired)}
    if not (own <= current.texts.keys() and own <= desired.texts.keys()):
        units = units - own
    if everything:
        return frozenset(units)
    return frozenset(u for u in units if current.texts.get(u) != desired.texts.get(u))


def without(schema: Schema, table: str) -> Schema:
    """Alembic's own table is nobody's schema."""
    objects = {ref: fact for ref, fact in schema.objects.items() if ref.unit != table}
    return replace(schema, objects=objects)


def _prove(current: Source, desired: Source, asked: frozenset[str]) -> None:
    """What a database holds word for word needs no trial; what only files hold is tried whole. To
    read what is asked for is to try it."""
    if not (current.is_tried or desired.is_tried):
        current.try_statements(but=asked)
        desired.try_statements(but=asked)


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
    spoken = engine(desired.engine)
    current, renames = spoken.renames(current, desired)
    written = (current, desired)
    levelled = spoken.settle(current, desired)
    same = _same(written, levelled)
    sides = _Sides(
        current=current,
        desired=desired,
        renames=renames,
        written=(_without(current, same), _without(desired, same)),
        levelled=(_without(levelled[0], same), _without(levelled[1], same)),
    )
    if current.spelled_in == desired.spelled_in:
        return sides
    from sqlplumb.understanding.meanings import Meanings

    meanings = Meanings(levelled[0], levelled[1], spoken.evaluator)
    meant = meanings.settle(sides.levelled[0], sides.levelled[1])
    return replace(
        sides,
        levelled=(meant.current, sides.levelled[1]),
        explanations=meant.explanations,
        paired=meant.paired,
    )


def _explanations(sides: _Sides, changes: tuple[Change, ...]) -> Iterator[Explanation]:
    from sqlplumb.understanding.meanings import Meanings

    meanings = Meanings(sides.current, sides.desired, engine(sides.desired.engine).evaluator)
    for change in changes[:_MOST_EXPLAINED]:
        if isinstance(change, Alter):
            yield from meanings.explain(change)


def _same(written: tuple[Schema, Schema], levelled: tuple[Schema, Schema]) -> frozenset[Ref]:
    """What is the same on both sides, and named on both or on neither: most of most schemas."""
    found: list[Ref] = []
    wanted = written[1].objects
    levels = (levelled[0].objects, levelled[1].objects)
    for ref, present in written[0].objects.items():
        other = wanted.get(ref)
        if other is None or present != other or bool(ref.shown) != bool(other.ref.shown):
            continue
        one, two = levels[0].get(ref), levels[1].get(ref)
        if (one is present and two is other) or one == two:
            found.append(ref)
    return frozenset(found)


def _without(schema: Schema, refs: frozenset[Ref]) -> Schema:
    kept = {ref: fact for ref, fact in schema.objects.items() if ref not in refs}
    return replace(schema, objects=kept)


def settled_changes(current: Schema, desired: Schema) -> tuple[Change, ...]:
    return _changes(_sides(current, desired))


def _changes(sides: _Sides) -> tuple[Change, ...]:
    """Found between the levelled schemas, told in the words that were written."""
    found = diff(*sides.levelled)
    written = (_as_written(change, sides.current, sides.desired) for change in found)
    return (*sides.renames, *with_renames(tuple(written)))


def _as_written(change: Change, current: Schema, desired: Schema) -> Change:
    match change:
        case Create():
            return Create(desired.objects[change.ref])
        case Drop():
            return Drop(current.objects[change.ref])
        case Alter():
            return replace(
                change,
                current=current.objects[change.current.ref],
                desired=desired.objects[change.desired.ref],
            )
        case Rename():
            return change


def _names(sides: _Sides) -> Iterator[Note]:
    """A name that only one side has: of what was written, and of what it means."""
    pairs = [*named_on_one_side(*sides.written), *named_on_one_side(*sides.levelled)]
    named = (wanted.ref if wanted.ref.shown else present.ref for present, wanted in pairs)
    yield from (Note(ref, "name") for ref in dict.fromkeys(named))


def _spelling(sides: _Sides, changes: tuple[Change, ...]) -> Iterator[Note]:
    """What disappeared when both sides were levelled."""
    if sides.current.spelled_in == sides.desired.spelled_in == "sql":
        return
    drift = {(change.verb, change.ref) for change in changes}
    drift |= {("alter", change.ref) for change in sides.renames}  # which tells what else it changes
    differing = diff(*sides.written)
    found = [change for change in differing if (change.verb, change.ref) not in drift]
    stand_ins = {change.ref.name for change in found if isinstance(change, Drop)}
    for pair in sides.paired:
        yield Note(pair.ref, "spelling", pair)
    for change in found:
        inside = change.ref.inline and not isinstance(change, Alter)
        stood_for = isinstance(change, Create) and change.ref.name in stand_ins
        if not inside and not stood_for:
            yield Note(change.ref, _reason(change), change)


def _reason(change: Change) -> Reason:
    match change:
        case Create():
            return "not in metadata"
        case Drop():
            return "stand-in"
        case Alter() | Rename():
            return "spelling"


def _column_order(current: Schema, desired: Schema) -> Iterator[Note]:
    orders = _columns_in_order(current), _columns_in_order(desired)
    for table in sorted(orders[0].keys() & orders[1].keys()):
        present, desired_names = orders[0][table], orders[1][table]
        shared = [name for name in present if name in desired_names]
        if shared != [name for name in desired_names if name in present]:
            yield Note(desired.unit(table).ref, "column order")


def _columns_in_order(schema: Schema) -> dict[str, list[str]]:
    columns = [fact for fact in schema.objects.values() if isinstance(fact, Column)]
    names: dict[str, list[str]] = {}
    for column in sorted(columns, key=lambda column: column.position):
        names.setdefault(column.ref.table, []).append(column.ref.name)
    return names


def compare(
    current: str, desired: str, settings: Settings, whole: bool = False, swaps: Swaps = ""
) -> Comparison:
    def look() -> Comparison:
        with (
            open_source(current, settings, Path()) as one,
            open_source(desired, settings, Path()) as other,
        ):
            return compare_sources(
                one,
                other,
                version_table=settings.version_table,
                whole=whole,
                also=frozenset(),
                swaps=swaps,
            )

    return retry_if_changed(look)


_PREFIX = "_alembic_tmp_"


def leftovers(live: Source) -> Iterator[Problem]:
    if isinstance(live, LiveDatabase):
        for unit in sorted(live.texts):
            if unit.startswith(_PREFIX):
                yield _told(unit, unit.removeprefix(_PREFIX), live)


def _told(unit: str, table: str, live: LiveDatabase) -> Problem:
    message = f"{live.label}: {unit} was left behind by a batch migration that did not end"
    there = _rows(table, live)
    if there is None:
        hint = f"it holds all that is left of {table}: ALTER TABLE {unit} RENAME TO {table}"
        return Problem(f"{message}, and {table} is gone", hint)
    hint = f"look whether {table} has all its rows, then DROP TABLE {unit}"
    return Problem(f"{message}: it has {_rows(unit, live)} rows, and {table} has {there}", hint)


def _rows(table: str, live: LiveDatabase) -> int | None:
    weight = live.weigh(table)
    return weight.rows if weight else None
