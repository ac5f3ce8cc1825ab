"""One revision on one live database: run, compared with what must be so, and only then committed.

Or stamped: one row that says at which revision the database is, and nothing else. The transaction
is open when this begins, and whoever opened it rolls back whatever goes wrong. What the schema must
be is handed in; what a revision is, Alembic knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from sqlplumb.engines import Content, Effect, Heard, LiveDatabase, LockedDatabase, RowsOf
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.receipts import Done
from sqlplumb.schema import Ref
from sqlplumb.sources.replay import Replay
from sqlplumb.steps import Guard

_UNDONE = "all of it was rolled back: the database is as it was"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """A revision, and what is known of it: the tables that it writes in any case, those that its
    statements name, what those are called now that had another name, and those of which somebody
    allows that triggers write them. `compare` raises where a schema is not what it must be;
    `checks` are what the revision asks of rows when all else is done."""

    label: str
    revision: str
    message: str
    writes: Collection[str]
    names: Collection[str] | None  # None: any
    renamed: Mapping[str, str]
    allowed_rows: Collection[str]
    compare: Callable[[LiveDatabase], None]
    own: str  # Alembic's table, whose rows are nobody's business
    checks: Collection[Guard] = ()
    verify_all: bool = False  # compare every table that it does not write, not only what it may
    down: bool = False  # it is taken back
    effects: Sequence[Effect] = ()  # what its statements are known to do, in their order
    known_ignored: Collection[Ref] = ()  # what the history made of what the settings ignore
    step: Heard | None = None  # hears which of them runs now


def run(database: LockedDatabase, replay: Replay, doing: Doing) -> Done:
    locked = database.locked_seconds
    hashed = None if doing.verify_all else database.written_by_triggers()
    _say(doing, "counting its rows")
    names = database.read().texts if doing.names is None else doing.names
    unhashed = set() if hashed is None else {*names}.difference(hashed)
    foreign = _foreign(database, doing)
    before = database.contents({*doing.writes, *doing.renamed, *unhashed}, hashed)
    orphans = database.orphans()
    counters = database.counters()
    begun = time.monotonic()
    with database.alchemy.connect() as bind:
        bind.begin()  # Alembic leaves a transaction alone that is open already
        with database.watch(_steps(doing, before), _rows_of(doing, before)) as seen:
            way = "the way back of " if doing.down else ""
            label = f"{doing.label}: {way}revision {doing.revision}"
            move = partial(replay.run_on, down=doing.down)
            migrate(move, bind, doing.revision, label=label, checks=doing.checks)
        _bring_back(foreign, database, bind=bind, doing=doing)
        seconds = time.monotonic() - begun
        _say(doing, "comparing its rows")
        doing.compare(database.read())
        written = {*seen.written, *doing.writes, *doing.renamed.values()}
        after = database.contents(written, hashed)
        compared = _same_rows(before, after, free={*written, *doing.allowed_rows}, doing=doing)
        _nothing_unseen(before, seen.woken - written, doing)
        refuse_new_orphans(
            orphans,
            database.orphans(),
            label=f"{doing.label}: revision {doing.revision}",
            renamed=doing.renamed,
        )
        _no_key_again(counters, database.counters(), doing)
        rows = _counted(before, after, touched=written, doing=doing)
        _say(doing, "committing")
        database.commit()
    locked = database.locked_seconds - locked
    spelled = {table: content.name for table, content in {**before, **after}.items()}
    former = {
        spelled[now]: spelled.get(then, then) for then, now in doing.renamed.items() if now in rows
    }
    return Done(
        revision=doing.revision,
        message=doing.message,
        seconds=seconds,
        held=locked,
        rows={spelled[table]: counts for table, counts in rows.items()},
        compared=compared,
        renamed=former,
    )


def _foreign(database: LockedDatabase, doing: Doing) -> dict[Ref, str]:
    """Return what the settings ignore and the history did not make, each with its statement."""
    ignored = database.read().ignored.items()
    return {ref: text for ref, text in ignored if ref not in doing.known_ignored}


def _bring_back(
    foreign: Mapping[Ref, str], database: LockedDatabase, *, bind: Connection, doing: Doing
) -> None:
    """Make once more what the revision took along with its table, since it was written without it.
    Refuse where that is not possible, or where more of it is gone."""
    tables = _tables(database) if foreign else frozenset()
    for ref in _gone(foreign, database):
        if ref.table in tables and ref.table not in doing.renamed:
            try:
                bind.exec_driver_sql(foreign[ref])
            except DBAPIError as error:
                raise Refused(_missing(ref, doing, f" ({error.orig})")) from error
    for ref in _gone(foreign, database):
        if not ref.table or doing.renamed.get(ref.table, ref.table) in tables:
            raise Refused(_missing(ref, doing))


def _tables(database: LockedDatabase) -> frozenset[str]:
    live = database.read()
    return frozenset((*live.texts, *(ref.unit for ref in live.ignored)))


def _gone(foreign: Mapping[Ref, str], database: LockedDatabase) -> list[Ref]:
    """What hangs on a table keeps its name where that gets another."""
    names = {(ref.kind, ref.name) for ref in database.read().ignored} if foreign else set()
    return [ref for ref in foreign if (ref.kind, ref.name) not in names]


def _missing(ref: Ref, doing: Doing, why: str = "") -> Problem:
    message = f"{doing.label}: revision {doing.revision} drops {ref.kind} {ref.display}{why}"
    advice = "the settings ignore it, and the history does not know it: drop it yourself before"
    return Problem(message, f"{_UNDONE}. {advice}, and make it again after")


def _say(doing: Doing, words: str) -> None:
    if doing.step:
        doing.step(words)


def _steps(doing: Doing, before: Mapping[str, Content]) -> Heard | None:
    """Return what tells which of the known statements begins, and how many rows its table has.

    SQLite says no more: how far one statement is, nobody knows before it ends.
    """
    effects = [
        effect
        for effect in doing.effects
        if effect.work not in ("setting", "guard") and effect.table != doing.own
    ]
    if doing.step is None or not effects:
        return None
    step, begun = doing.step, 0

    def hear(statement: str) -> None:
        nonlocal begun
        ahead = range(begun, len(effects))
        place = next((at for at in ahead if effects[at].statement == statement), None)
        if place is not None:  # else it is nothing that was known before
            begun = place + 1
            content = before.get(effects[place].table)
            rows = f" ({content.rows:,} rows)" if content and content.rows >= 0 else ""
            step(f"step {begun} of {len(effects)}: {effects[place].words}{rows}")

    return hear


def _rows_of(doing: Doing, before: Mapping[str, Content]) -> RowsOf:
    """Return what knows the rows that a statement goes through, by what it was seen to do."""
    rows = {
        effect.statement: before[effect.table].rows
        for effect in doing.effects
        if effect.work in ("rows", "rebuild", "scan") and effect.table in before
    }
    return lambda statement: max(0, rows.get(statement, 0))


def migrate(
    move: Callable[[Connection, str, str], None],
    bind: Connection,
    revision: str,
    *,
    label: str,
    checks: Collection[Guard],
) -> None:
    """Run one revision, or take it back, in the transaction that is open.

    What fails by a rule is no fault of the database: it refuses, and says how many rows, where the
    checks of the revision can tell.
    """
    try:
        move(bind, revision, label)
    except DatabaseFailed as error:
        cause = error.__cause__
        if type(cause).__name__ != "IntegrityError":
            raise
        counts: dict[str, int] = {}
        for check in checks:
            # The query may mean nothing at the moment at which the revision ended.
            with suppress(DBAPIError):
                if check.count:
                    counts[check.words] = int(bind.exec_driver_sql(check.count).scalar() or 0)
        refusing = [
            Problem(f"{label} would refuse {rows} row{'s' if rows > 1 else ''}: {words}", _UNDONE)
            for words, rows in counts.items()
            if rows
        ]
        why = Problem(
            f"{label} is refused: {getattr(cause, 'orig', cause)}",
            f"{_UNDONE}; {error.problems[0].advice}",
        )
        raise Refused(refusing or why) from error


def _counted(
    before: Mapping[str, Content],
    after: Mapping[str, Content],
    *,
    touched: Collection[str],
    doing: Doing,
) -> dict[str, tuple[int | None, int | None]]:
    """Count rows before and after, by the name that a table has now, or had when it went."""
    former = {now: then for then, now in doing.renamed.items()}
    counts: dict[str, tuple[int | None, int | None]] = {}
    for table in sorted(before.keys() | after.keys()):
        moved = table in doing.renamed  # and another may have its name
        if table == doing.own or not {table, former.get(table, table)} & {*touched}:
            continue
        if table in former or not moved:
            counts[table] = (_rows(before.get(former.get(table, table))), _rows(after.get(table)))
        elif table in after:
            counts[table] = (None, _rows(after[table]))
    return counts


def _rows(content: Content | None) -> int | None:
    return content.rows if content else None


def _same_rows(
    before: Mapping[str, Content],
    after: Mapping[str, Content],
    *,
    free: Collection[str],
    doing: Doing,
) -> int:
    """Refuse where rows changed that no statement of the revision wrote itself."""
    hashed = [table for table, content in before.items() if content.digest and table not in free]
    problems = []
    for table in hashed:
        then, now = before[table], after.get(table)
        if then != now:
            message = (
                f"{doing.label}: revision {doing.revision} changed rows of {table}, which no"
                f" statement of it names ({then.rows} rows before, {now.rows if now else 0} after)"
            )
            advice = f"{_UNDONE}. If a trigger may do that, --allow rows:{table}"
            problems.append(Problem(message, advice))
    if problems:
        raise Refused(problems)
    return len(hashed)


def _nothing_unseen(before: Mapping[str, Content], woken: Collection[str], doing: Doing) -> None:
    """Refuse what a trigger of the revision itself wrote where nobody had reason to look."""
    for table in sorted(woken):
        if table in before and not before[table].digest and table not in doing.allowed_rows:
            message = (
                f"{doing.label}: revision {doing.revision} wakes a trigger of its own that writes"
                f" {table}, whose rows were not compared"
            )
            raise Refused(Problem(message, f"{_UNDONE}. --verify all compares every table"))


def _no_key_again(before: Mapping[str, int], after: Mapping[str, int], doing: Doing) -> None:
    """Refuse a table that would give a key twice, though it promises not to."""
    for table, count in before.items():
        name = doing.renamed.get(table, table)
        if after.get(name, count) < count and name not in doing.allowed_rows:
            message = (
                f"{doing.label}: revision {doing.revision} has {name} count from {after[name]} on,"
                f" and keys up to {count} were given before"
            )
            raise Refused(Problem(message, f"{_UNDONE}. If that may be, --allow rows:{name}"))


def refuse_new_orphans(
    before: Mapping[Any, int],
    after: Mapping[Any, int],
    *,
    label: str,
    renamed: Mapping[str, str],
    outcome: str = _UNDONE,
) -> None:
    """Refuse rows that a revision leaves without a parent; those of before are not its fault."""
    known: dict[Any, int] = {}
    for (table, row, parent), count in before.items():
        names = (renamed.get(table, table), row, renamed.get(parent, parent))
        known[names] = known.get(names, 0) + count
    new = [key for key, count in after.items() if count > known.get(key, 0)]
    if new:
        table, row, parent = new[0]
        rows = "1 row" if len(new) == 1 else f"{len(new)} rows"
        first = "" if len(new) == 1 else "the first is "
        message = f"{label} leaves {rows} without a parent: {first}row {row} of {table}"
        raise Refused(Problem(f"{message}, which refers to {parent}", outcome))


def stamp(database: LockedDatabase, replay: Replay, revision: str) -> None:
    label, table = database.read().label, replay.settings.version_table
    with database.alchemy.connect() as bind:
        bind.begin()  # Alembic leaves a transaction alone that is open already
        with database.watch() as seen:
            replay.stamp_on(bind, revision, f"{label}: the stamp")
        at, written = database.read().at(table), seen.written | seen.woken
        if {*at} != {*revision.split(",")} or written - {table}:
            message = f"{label}: Alembic did not write down revision {revision}, and that alone"
            raise Refused(Problem(message, "it was rolled back: the database is as it was"))
        database.commit()
