"""The moves of a proof: one revision up, down and up again on one scratch, and what each leaves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlplumb.engines import Executed, Source, Trace, engine
from sqlplumb.errors import OneWay, PlumbError
from sqlplumb.limits import TooLarge
from sqlplumb.proof.proof import Changed, Failure
from sqlplumb.proof.row_comparison import (
    Lost,
    changes,
    compared,
    counted_less,
    damages,
    losses,
    pairs,
    renumbered,
)
from sqlplumb.proof.scratch_state import (
    ScratchState,
    broken,
    complaints,
    differing,
    state_of,
    unlike,
)
from sqlplumb.proof.statements import in_reach
from sqlplumb.schema import Schema
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.way_on import way_on
from sqlplumb.steps import DataStep

_SAYS_WHY = '`raise NotImplementedError("...")`'


@dataclass(slots=True, kw_only=True)
class Findings:
    """`back` is what the downgrade left; `steps` are the rows that its statements are about, and
    `renames` says whether they speak of them by other names; `under` are the settings that it ran
    under, as they were measured; `one_way` is why its author wrote no way back."""

    failures: list[Failure] = field(default_factory=list)
    losses: list[Lost] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    back: ScratchState | None = None
    uncovered: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    steps: tuple[DataStep, ...] = ()
    renames: bool = False
    under: str = ""
    one_way: str = ""
    traces: tuple[Trace, ...] = ()


class RowsRefused(Exception):
    """Rows that satisfied the schema before are refused after it; the tables that hold them."""

    def __init__(
        self, tables: Collection[str], why: str, *, down: bool, full: Collection[str] = ()
    ) -> None:
        super().__init__(why)
        self.tables = tuple(tables)
        self.down = down
        self.full = full  # where its own Python refuses, not a rule: all tables with rows

    @property
    def by_code(self) -> bool:
        return bool(self.full)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRun:
    """One revision on one scratch. `bases` are what must have run before it, `parents` those of
    them to which it is downgraded, it alone where others have run `beside` it; tables that are
    `left_alone` hold no rows. Rows that are `typed`
    are such as the application's types read. Where its Python runs without rows, up (False) or down
    (True), what it raises is said of the rows."""

    replay: Replay
    revision: str
    bases: tuple[str, ...]
    parents: tuple[str, ...]
    beside: bool = False
    left_alone: Collection[str] = ()
    typed: bool = False
    runs_without_rows: set[bool] = field(default_factory=set)

    @property
    def own(self) -> str:
        """Alembic's table."""
        return self.replay.settings.version_table


def up(
    run: RevisionRun, before: ScratchState, desired: Source | None
) -> tuple[Findings, ScratchState]:
    findings = Findings()
    settings = "" if run.replay.env else run.replay.scratch.session_settings()
    try:
        executed = _ran(run, run.replay.upgrade, run.revision, before=before, down=False)
    except PlumbError as error:
        findings.failures.append(_failed("it fails on a database with rows", error))
        return findings, before
    findings.steps = executed.steps
    in_transactions = executed.in_transactions or _transactions(executed)
    findings.under = f"{settings}, {in_transactions}" if settings else ""
    findings.traces = tuple(_traces(run, executed))
    columns = ((column, former) for (_, column), former in executed.columns.items())
    names = (*executed.tables.items(), *columns)
    findings.renames = any(name != former for name, former in names)
    after = state(run, before)
    table_pairs = list(pairs(before, after, executed))
    findings.losses += losses(before, table_pairs)
    failures = [*_damages(before, after, executed, findings=findings), *complaints(before, after)]
    failures += _orphans(run, before, after=after, executed=executed, down=False)
    if desired is not None:
        current = run.replay.source()
        desired.prepare(current)
        failures += _differences(run, *unlike(current, desired), when="after the upgrade")
    findings.failures += map(Failure, failures)
    return findings, after


def _traces(run: RevisionRun, executed: Executed) -> Iterator[Trace]:
    """Yield what statements did to tables in use, of which Alembic's own is none."""
    for trace in executed.traces:
        locks = tuple(lock for lock in trace.locks if lock.table != run.own)
        scans = tuple(table for table in trace.scans if table != run.own)
        told = replace(trace, locks=locks, scans=scans)
        if told.does_anything or not told.is_measured:
            yield told


def _transactions(executed: Executed) -> str:
    match executed.transactions:
        case 0:
            return "each statement committed by itself"
        case 1:
            return "one transaction, which the revision begins"
        case many:
            return f"{many} transactions, which the revision begins"


def down_and_up(run: RevisionRun, before: ScratchState, after: ScratchState) -> Findings:
    findings = Findings()
    if len(run.parents) > 1:
        findings.uncovered.append("the way back of a merge")
        return findings
    try:
        executed = _ran(run, run.replay.downgrade, below(run), before=after, down=True)
    except OneWay as error:
        findings.one_way = str(error.__cause__).partition("\n")[0]
        findings.uncovered.append(f"the way back, of which its author says: {findings.one_way}")
        return findings
    except PlumbError as error:
        failure = _failed("there is no way back", error)
        message = f"{failure}; write one, or say why there is none: {_SAYS_WHY}"
        findings.failures.append(replace(failure, message=message))
        return findings
    back = findings.back = state(run, before)
    failures = [*_differences(run, back.schema, before.schema, when="after the downgrade")]
    failures += (
        f"after the downgrade, {damage}"
        for damage in _damages(after, back, executed, findings=findings)
    )
    failures += complaints(before, back)
    failures += _orphans(run, after, after=back, executed=executed, down=True)
    findings.failures += (*map(Failure, failures), *_up_again(run, back, after))
    return findings


def below(run: RevisionRun) -> str:
    """On its own branch, where others have run as well, which it may depend on: `base` would take
    all of them down, and its parent what came behind that."""
    if run.beside or run.bases != run.parents:
        return f"{run.revision}@{''.join(run.parents) or 'base'}"
    return "".join(run.parents) or "base"


def _up_again(run: RevisionRun, back: ScratchState, after: ScratchState) -> Iterator[Failure]:
    """And once more, when there is nothing left to do."""
    try:
        _ran(run, run.replay.upgrade, run.revision, before=back, down=True)
        again = state(run, after)
        differences = _differences(run, again.schema, after.schema, when="after the second upgrade")
        yield from map(Failure, differences)
        _ran(run, run.replay.upgrade, run.revision, before=again, down=True)
    except PlumbError as error:
        yield _failed("it cannot be upgraded again after its downgrade", error)
        return
    if state(run, again) != again:
        yield Failure("an upgrade of what is upgraded changes something")


def _damages(
    before: ScratchState, after: ScratchState, executed: Executed, *, findings: Findings
) -> Iterator[str]:
    known = list(compared(before, after, executed))
    findings.notes += renumbered(known)
    findings.changes += changes(known)
    yield from counted_less(before, after, pairs(before, after, executed))
    yield from damages(known)


def _orphans(
    run: RevisionRun, before: ScratchState, *, after: ScratchState, executed: Executed, down: bool
) -> list[str]:
    failures, refused = broken(run.replay.scratch.orphans(), before, after=after, executed=executed)
    if refused:
        raise RowsRefused(refused, "they refer to rows that are not there", down=down)
    return failures


def _ran(
    run: RevisionRun, move: Callable[[str], None], target: str, *, before: ScratchState, down: bool
) -> Executed:
    statements: list[str] = []
    run.replay.scratch.record(statements)
    try:
        move(target)
    except PlumbError as error:
        cause = error.__cause__
        if cause is None or isinstance(error, OneWay):  # whatever its rows
            raise
        executed = run.replay.scratch.executed(statements)
        former = {name: name for name in before.rows}
        former |= {name: was for name, was in executed.tables.items() if was in before.rows}
        statement = str(getattr(cause, "statement", None) or "")
        is_refused = engine(before.schema.engine).refuses_rows(type(cause).__name__, statement)
        if not (run.typed or is_refused or type(cause).__name__ == "CommandError"):
            raise TryAgain(run.left_alone, typed=True) from error
        if down in run.runs_without_rows and not _is_of_the_database(cause):
            named = (_blamed(run, text, former) for text in reversed(statements))
            full = sorted(name for name, rows in before.rows.items() if rows.rows)
            tables = next(filter(None, named), full)
            if full:
                message = str(getattr(cause, "orig", None) or cause).partition("\n")[0]
                where = error.problems[0].advice.removeprefix("it fails in ")
                why = f"{type(cause).__name__}: {message} ({where})"
                raise RowsRefused(tables, why, down=down, full=full) from error
        of_driver = getattr(cause, "orig", cause)
        # Some drivers tell the message apart from its details.
        told = getattr(getattr(of_driver, "diag", None), "message_primary", None)
        why = str(told or of_driver)
        if not is_refused or engine(before.schema.engine).says_rows_are_lost(why):
            raise
        tables = _blamed(run, statement, former)
        raise RowsRefused(tables, why, down=down) from error
    finally:
        run.replay.scratch.record(None)
    if run.left_alone:
        names = before.texts.keys() | run.replay.everything().texts.keys()
        reached = {*in_reach(run.replay, statements, names)}
        if reached.intersection(run.left_alone):  # with rows it does more than without
            raise TryAgain(set(run.left_alone) - reached, run.typed)
    return run.replay.scratch.executed(statements)


def _is_of_the_database(cause: BaseException | None) -> bool:
    return any(kind.__name__ in ("DBAPIError", "CommandError") for kind in type(cause).__mro__)


def _blamed(run: RevisionRun, statement: str, former: Mapping[str, str]) -> list[str]:
    """Return the tables that a statement touches, by what each was called before."""
    return sorted(
        {former[name] for name in run.replay.scratch.tables_of(statement) & former.keys()}
    )


def _failed(what: str, error: PlumbError) -> Failure:
    """Blame an expression where the database raised the error on rows, else the revision."""
    cause = error.__cause__
    if isinstance(of_driver := getattr(cause, "orig", cause), TooLarge):
        return Failure(f"{what}: {of_driver}", "limit")
    is_of_rules = type(cause).__name__ == "IntegrityError"
    meets_rows = _is_of_the_database(cause) and not is_of_rules
    message = f"{what}: {error.problems[0].message}"
    if advice := way_on(cause):
        return Failure(message, "revision", advice)
    return Failure(message, "expression" if meets_rows else "revision")


class TryAgain(Exception):
    """It is to be tried with other rows: with some in tables that it does change, or with such as
    the application's own types can read."""

    def __init__(self, left_alone: Collection[str], typed: bool) -> None:
        super().__init__()
        self.left_alone = frozenset(left_alone)
        self.typed = typed


def state(run: RevisionRun, known: ScratchState | None = None) -> ScratchState:
    everything, scratch = run.replay.everything(), run.replay.scratch
    current = state_of(everything, scratch, known, left_alone=run.left_alone)
    former_texts = known.texts if known else current.texts
    changed = {
        table for table in run.left_alone if former_texts.get(table) != current.texts.get(table)
    }
    if changed:
        raise TryAgain(set(run.left_alone) - changed, run.typed)
    version_table = run.replay.settings.version_table
    rows = {table: rows for table, rows in current.rows.items() if table != version_table}
    return replace(current, rows=rows)


def _differences(run: RevisionRun, schema: Schema, desired: Schema, *, when: str) -> Iterator[str]:
    for ref in differing(schema, desired):
        if ref.unit != run.replay.settings.version_table:
            yield f"{when}, {ref.kind} {ref} is not what it should be"
