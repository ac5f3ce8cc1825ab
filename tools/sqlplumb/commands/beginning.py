"""Find where a history begins that does not begin with nothing: what its first revision finds.

From a source that is further, the history is gone back on a scratch as far as its downgrades lead.
What its revisions then make once more is taken away, and a table or an index that they only drop
is put there, until they run. A base is written only if the whole history runs from it. Nothing but
scratches is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlplumb.commands.comparing import compare_sources, without
from sqlplumb.config import Settings
from sqlplumb.engines import Named
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.render.comparisons import count_differences
from sqlplumb.schema import Index, Schema
from sqlplumb.sources import open_source
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.files import with_line_feeds
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.way_on import BEGINS
from sqlplumb.values import dataclass

BASE = "base.sql"
_MOST = 500  # things that are taken away, one after the other
_HEAD = """\
-- What the first revision of the history finds: `base` in the settings of sqlplumb names this file.
-- It stays as it is, whatever becomes of the schema.

"""
_HEAD_OF_CUT = """\
-- What the history has made up to revision {revision}, at which sqlplumb lets it begin: `base` and
-- `base_revision` in the settings say so. It stays as it is, whatever becomes of the schema.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """`text` is the file: what the first revision finds, or what the history has made up to
    `revision`. `warnings` say where the history leads from it to something else than the source,
    and what is not replayed."""

    text: str
    revision: str = ""
    warnings: tuple[Problem, ...] = ()


def find_beginning(source: str, settings: Settings) -> Beginning:
    """Find the base of the history by this source: a database, or the models, as they were when the
    history began or as they are now."""
    table, label = settings.version_table, without_password(source)
    engine = project_engine(settings)
    if _first_failure(Schema({}, engine=engine.name), settings) is None:
        message = "the history begins with nothing: its revisions run on an empty database"
        raise Refused(Problem(message, "it needs no base; nothing was written"))
    with open_source(source, settings, Path()) as opened:
        schema, at = without(opened.read(), table), opened.at(table)
        base, warnings = schema, tuple[Problem, ...]()
        if at or _first_failure(schema, settings):
            try:
                base, warnings = _running(_gone_back(schema, at, settings), label, settings)
            except Refused as error:
                if len(at) != 1:
                    raise
                return _cut(engine.laid_out(schema), at[0], why=error.problems[0])
            with _replay_on(base, settings) as replay:
                for revision in at or ("heads",):
                    replay.upgrade(revision)
                count = count_differences(compare_sources(opened, replay.source(), table))
            warnings += _elsewhere(count, label)
    if not base.objects:
        message = f"{label}: gone back from it, nothing is left that the history could begin with"
        raise Refused(Problem(message, _BY_HAND))
    return Beginning(text=_HEAD + with_line_feeds(engine.laid_out(base)), warnings=warnings)


_BY_HAND = (
    f"write the CREATE statements that the first revision finds into {BASE} yourself, or name a"
    " database on which revisions have run: the history can begin there"
)


def _cut(text: str, revision: str, *, why: Problem) -> Beginning:
    """Let the history begin at what a database is that has run it up to this revision."""
    message = f"the history begins at {revision}: what comes before it is not replayed, for {why}"
    advice = f"{BASE} holds what it had made by then; a database of an earlier revision gets there"
    advice += f" by `alembic upgrade {revision}`"
    text = _HEAD_OF_CUT.format(revision=revision) + with_line_feeds(text)
    return Beginning(text=text, revision=revision, warnings=(Problem(message, advice),))


def _elsewhere(count: int, label: str) -> tuple[Problem, ...]:
    if not count:
        return ()
    message = f"from {BASE}, the history does not lead to {label}: {count} difference"
    message += "" if count == 1 else "s"
    advice = f"`sqlplumb diff history {label}` shows them; the base may be nearer to what was"
    return (Problem(message, advice),)


@contextmanager
def _replay_on(schema: Schema, settings: Settings) -> Iterator[Replay]:
    with open_replay(settings, "the history", from_base=False) as replay:
        replay.scratch.run(project_engine(settings).creates(schema))
        yield replay


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """A revision that does not run, why, and what it had named until then."""

    revision: str
    error: PlumbError
    named: Named
    last: Any  # the operation of Alembic's that failed, if it was one
    settings: Settings

    @property
    def by_statement(self) -> Named:
        """What the statement that failed names, if one did."""
        statement = getattr(self.error.__cause__, "statement", None)
        return project_engine(self.settings).named([statement] if statement else [])

    @property
    def misses_a_table(self) -> bool:
        return any(BEGINS in problem.advice for problem in self.error.problems)


def _first_failure(schema: Schema, settings: Settings) -> _Failure | None:
    """Return what fails first where the whole history runs on this schema."""
    present = {(ref.table.lower(), ref.name.lower()) for ref in schema.objects}
    with _replay_on(schema, settings) as replay:
        for script in replay.pending(()):
            log = OperationLog()
            failure = partial(_Failure, revision=script.revision, settings=settings)
            try:
                replay.upgrade(script.revision, log)
            except PlumbError as error:
                named = log.named(project_engine(settings))
                last = log.operations[-1] if log.operations else None
                return failure(error=error, named=named, last=last)
            for operation in log.operations:
                if again := _added_again(operation, present):
                    message = f"{script.revision} adds {'.'.join(again)}, which is there"
                    named = Named(columns={again: {"created"}})
                    told = WrongInput(Problem(message, _BY_HAND))
                    return failure(error=told, named=named, last=operation)
    return None


def _added_again(operation: Any, present: set[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the column that it adds although it is present: batch mode puts the one in the place
    of the other, and its values are gone. What goes is taken out of what is present."""
    table = str(getattr(operation, "table_name", None) or "").lower()
    match type(operation).__name__:
        case "AddColumnOp" if (table, column := str(operation.column.name).lower()) in present:
            return table, column
        case "DropColumnOp":
            present.discard((table, str(operation.column_name).lower()))
        case "DropTableOp" | "RenameTableOp":
            present -= {one for one in present if one[0] == table}
    return None


def needs_base(settings: Settings) -> bool:
    """Does a revision miss a table, if the history begins with nothing?"""
    failure = _first_failure(Schema({}, engine=project_engine(settings).name), settings)
    return failure is not None and failure.misses_a_table


def _gone_back(schema: Schema, at: Sequence[str], settings: Settings) -> Schema:
    """Run the downgrades from these revisions, or from the end, as far as they run."""
    with _replay_on(schema, settings) as replay:
        with replay.scratch.alchemy.connect() as bind:
            for revision in at or replay.scripts.get_heads():
                replay.stamp_on(bind, revision, "the history")
            bind.commit()
        while True:
            snapshot = replay.scratch.snapshot()
            try:
                replay.downgrade("-1")
            except PlumbError:  # it cannot go back, or it is where it began
                replay.scratch.restore(snapshot)
                return without(replay.source().read(), settings.version_table)


def _running(base: Schema, label: str, settings: Settings) -> tuple[Schema, tuple[Problem, ...]]:
    """Take away what revisions make, and add what they only drop, one after the other, until all of
    them run."""
    warnings: list[Problem] = []
    for _ in range(_MOST):
        failure = _first_failure(base, settings)
        if failure is None:
            return base, tuple(warnings)
        smaller = _without_what_it_makes(base, failure)
        if smaller is None and (dropped := _only_dropped(base, failure)):
            smaller = _made(base, dropped.statement, settings)
            message = f"of {dropped.shown} nothing is known but its name: {failure.revision} drops"
            warnings.append(Problem(f"{message} it", f"write into {BASE} what it was, if you know"))
        if smaller is None:
            problem = failure.error.problems[0]
            message = f"{label}: what the history begins with is not found: {problem}"
            raise Refused(Problem(message, f"{problem.advice.partition(';')[0]}; or {_BY_HAND}"))
        base = smaller
    raise Refused(Problem(f"{label}: what the history begins with is not found", _BY_HAND))


def _without_what_it_makes(base: Schema, failure: _Failure) -> Schema | None:
    """Return the schema without what the statement that failed would make, or else without the
    columns that its revision adds; None where that is nothing of it."""
    by_statement = failure.by_statement
    made = by_statement.tables | by_statement.objects
    objects = {
        ref: fact
        for ref, fact in base.objects.items()
        if not (
            ref.unit.lower() in made
            or (ref.kind in ("index", "trigger") and ref.name.lower() in made)
        )
    }
    if len(objects) < len(base.objects):
        return replace(base, objects=objects)
    present = {
        (ref.table.lower(), ref.name.lower()) for ref in base.objects if ref.kind == "column"
    }
    for named in (by_statement, failure.named):
        for (table, column), fields in named.columns.items():
            if "created" in fields and (table, column) in present:
                return _without_column(base, table, column, settings=failure.settings)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dropped:
    """What a revision misses and needs no more of than its name; the statement makes such a one."""

    shown: str
    statement: str


def _only_dropped(base: Schema, failure: _Failure) -> _Dropped | None:
    quoted = project_engine(failure.settings).quoted
    if type(failure.last).__name__ == "DropIndexOp":
        return _only_dropped_index(base, failure.last, quoted)
    units = {ref.unit.lower() for ref in base.objects}
    missing = failure.by_statement.tables - units
    if not failure.misses_a_table or len(missing) != 1:
        return None
    (table,) = missing
    return _Dropped(shown=table, statement=f"CREATE TABLE {quoted(table)} (unknown INTEGER);")


def _only_dropped_index(
    base: Schema, operation: Any, quoted: Callable[[str], str]
) -> _Dropped | None:
    """An index on any column of its table will do; None where it is there, or its table is not."""
    index, table = str(operation.index_name), str(operation.table_name or "").lower()
    is_there = any(ref.kind == "index" and ref.name == index for ref in base.objects)
    columns = (ref for ref in base.objects if ref.kind == "column" and ref.table.lower() == table)
    column = next(columns, None)
    if is_there or column is None:
        return None
    on = f"{quoted(column.table)} ({quoted(column.name)})"
    return _Dropped(shown=f"index {index}", statement=f"CREATE INDEX {quoted(index)} ON {on};")


def _made(base: Schema, statement: str, settings: Settings) -> Schema:
    with _replay_on(base, settings) as replay:
        replay.scratch.run(statement)
        return without(replay.source().read(), settings.version_table)


def _without_column(base: Schema, table: str, column: str, *, settings: Settings) -> Schema:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.exc import DBAPIError

    with _replay_on(base, settings) as replay:
        with replay.scratch.alchemy.connect() as bind:
            op = Operations(MigrationContext.configure(bind))
            try:
                op.drop_column(table, column)
            except DBAPIError:  # an index or a rule holds it
                for index in _indexes_on(base, table, column):
                    op.drop_index(index)
                # What it refers to may be gone by now.
                with op.batch_alter_table(table, reflect_kwargs={"resolve_fks": False}) as batch:
                    batch.drop_column(column)
            bind.commit()
        return without(replay.source().read(), settings.version_table)


def _indexes_on(base: Schema, table: str, column: str) -> list[str]:
    return [
        fact.ref.name
        for fact in base.objects.values()
        if isinstance(fact, Index)
        and fact.ref.table.lower() == table
        and column in {name.lower() for key in fact.keys for name in (key.term, *key.columns)}
    ]
