"""One revision: up with rows, down, and up again; what is left to differ, what was lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlplumb.engines import Source, engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.proof import Failure, Proof, refused_rows
from sqlplumb.proof.revision_run import (
    Findings,
    RevisionRun,
    RowsRefused,
    TryAgain,
    below,
    down_and_up,
    up,
)
from sqlplumb.proof.row_comparison import came_back, put_instead, with_way_back
from sqlplumb.proof.rows import (
    DataStepRows,
    RowsToPut,
    RowTrials,
    forgotten,
    has_hints,
    planned,
    prepared,
)
from sqlplumb.proof.scratch_state import ScratchState
from sqlplumb.proof.statements import NewRules, at_fault, out_of_reach, renames_of, rules_of
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.open_replays import OpenReplay
from sqlplumb.steps import Plan, RowCheck

_ATTEMPTS = 40
_ALL_ROWS = "1 = 1"


def prove_revision(
    open_replay: OpenReplay,
    revision: str,
    bases: tuple[str, ...],
    parents: tuple[str, ...],
    desired: Source | None,
    plan: Plan | None = None,
    beside: bool = False,
) -> Proof:
    """On scratches that stand where it begins. Where rows are refused, it is tried again without
    those of that table, and said. A `plan` that it was written from says what it must do to rows.
    """
    tried = _Tried(
        open_replay=open_replay,
        revision=revision,
        promised=plan if plan and has_hints(plan) else None,
    )
    with open_replay() as replay:
        left_alone, typed = out_of_reach(replay, revision), False
    without_rows = {False, True}  # until it is found to fail there as well
    for _ in range(_ATTEMPTS):
        try:
            with open_replay() as replay:
                run = RevisionRun(
                    replay=replay,
                    revision=revision,
                    bases=bases,
                    parents=parents,
                    beside=beside,
                    left_alone=left_alone,
                    typed=typed,
                    runs_without_rows=without_rows,
                )
                if proof := _attempted(run, tried, desired):
                    return proof
        except TryAgain as again:
            left_alone, typed = again.left_alone, again.typed
        except RowsRefused as refusal:
            if failure := tried.answer(refusal, run):
                return Proof(revision=revision, failures=(Failure(failure),))
    failures = ("it refuses the rows of too many tables", *tried.emptied.values())
    return Proof(revision=revision, failures=tuple(map(Failure, failures)))


def _attempted(run: RevisionRun, tried: _Tried, desired: Source | None) -> Proof | None:
    """None: it ran, and there are data steps for which rows are to be made."""
    unfilled, before = prepared(run, tried.rows)
    climbing, after = up(run, before, desired)
    promised = None if tried.climbed else tried.promised
    if promised and (by_plan := planned(tried.open_replay, run, tried.rows)):
        climbing.failures += map(Failure, forgotten(by_plan, after, promised))
    if not (tried.climbed or climbing.failures) and tried.met.learn(climbing, run.own):
        if climbing.renames:
            tried.know_rules()
        tried.without_steps = (len(tried.left_out), tried.refused_back)
        return None
    climbed = tried.climbed = tried.climbed or climbing
    proof = partial(_proof, run, unfilled=unfilled, states=(before, after), tried=tried)
    if climbing.failures:
        climbing.failures = [_blamed(each, tried, run, down=False) for each in climbing.failures]
        return proof(findings=(climbed, Findings()))
    returning = down_and_up(run, before, after)
    returning.failures = [_blamed(each, tried, run, down=True) for each in returning.failures]
    back = None if tried.refused_back else returning.back
    climbed.changes = [*with_way_back(climbed.changes, climbing.changes, (before, back))]
    returned = [loss for loss in climbed.losses if back and came_back(before, back, loss)]
    gone = [loss for loss in climbed.losses if loss not in returned]
    instead = {str(loss): put_instead(back, loss) for loss in gone} if back else {}
    return replace(
        proof(findings=(climbed, returning)),
        losses=tuple(map(str, gone)),
        returning=tuple(map(str, returned)),
        instead={loss: words for loss, words in instead.items() if words},
    )


def _blamed(failure: Failure, tried: _Tried, run: RevisionRun, *, down: bool) -> Failure:
    """No expression fails on rows where the revision fails without any."""
    if failure.fault == "expression" and not _runs_without_rows(tried.open_replay, run, down):
        return replace(failure, fault="revision")
    return failure


@dataclass(slots=True, kw_only=True)
class _Tried:
    """What earlier attempts have taught: which rules refuse rows, which rows of which tables are
    removed, and why, and which data steps are to meet some. `climbed` is the way up with the most
    rows; `without_steps` is what was known before rows were made for data steps."""

    open_replay: OpenReplay
    revision: str
    promised: Plan | None
    emptied: dict[str, str] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    coming: list[NewRules] = field(default_factory=list)
    left_out: list[RowCheck] = field(default_factory=list)
    met: DataStepRows = field(default_factory=DataStepRows)
    climbed: Findings | None = None
    refused_back: bool = False
    without_steps: tuple[int, bool] = (0, False)

    @property
    def rows(self) -> RowsToPut:
        coming = self.coming[0] if self.coming else None
        return RowsToPut(
            plan=self.promised,
            coming=coming,
            left_out=self.left_out,
            removed=self.removed,
            met=self.met,
        )

    def know_rules(self) -> None:
        """Those of the plan first, which know what a hint will make of a row."""
        if not self.coming:
            plan = self.promised
            self.coming = [NewRules(plan.row_checks, renames_of(plan))] if plan else []
            self.coming += (
                rules_of(self.open_replay, self.revision, each) for each in (False, True)
            )

    def answer(self, refusal: RowsRefused, run: RevisionRun) -> str:
        """Fewer rows the next time; or what fails, whatever the rows."""
        self.refused_back |= refusal.down
        if refusal.by_code:
            if not self._give_up_steps(refusal, refusal.tables):
                self._remove(self._refused_by_code(refusal, run), refusal, run)
            return ""
        if self.promised and not refusal.down and planned(self.open_replay, run, self.rows):
            return f"it refuses rows that the plan takes: {refusal}"
        self.know_rules()
        tables = self.coming[0].before(refusal.tables) if refusal.down else refusal.tables
        rules = at_fault(
            self.coming,
            tables,
            why=str(refusal),
            known=self.left_out,
            spoken=project_engine(run.replay.settings),
        )
        if rules:
            self.left_out += rules
        elif not self._give_up_steps(refusal, tables):
            new = [table for table in tables if self.removed.get(table) != _ALL_ROWS]
            self._remove(new, refusal, run)
            return "" if new else f"it cannot be run: {refusal}"
        return ""

    def _refused_by_code(self, refusal: RowsRefused, run: RevisionRun) -> Sequence[str]:
        """Return the tables that its Python read last, then all; none where it fails without rows
        as well, and is at fault itself."""
        full = [table for table in refusal.full if self.removed.get(table) != _ALL_ROWS]
        if not full or not _runs_without_rows(self.open_replay, run, refusal.down):
            run.runs_without_rows.discard(refusal.down)
            return ()
        return [table for table in full if table in refusal.tables] or full

    def _remove(self, tables: Iterable[str], refusal: RowsRefused, run: RevisionRun) -> None:
        """Take out the rows that it refuses; all, where nobody can tell or it was tried in vain."""
        for table in tables:
            known = table in self.removed
            takes = RowTrials(
                open_replay=self.open_replay,
                run=run,
                rows=self.rows,
                table=table,
                down=refusal.down,
            )
            where, gone, of = ("", 0, 0) if known else takes.some()
            self.removed[table] = where or _ALL_ROWS
            rows = f"{gone} of {of} rows of {table}" if where else f"rows of {table}"
            way = f"the way back with {rows}" if refusal.down else rows
            self.emptied[table] = f"{way}: {refusal}"

    def _give_up_steps(self, refusal: RowsRefused, tables: Collection[str]) -> bool:
        """What was left out since rows were made for them was tried in vain."""
        if not self.met.give_up(refusal, tables):
            return False
        known, self.refused_back = self.without_steps
        del self.left_out[known:]
        self.climbed = None
        return True


def _runs_without_rows(open_replay: OpenReplay, run: RevisionRun, down: bool) -> bool:
    try:
        with open_replay() as replay:
            replay.upgrade(run.revision)
            if down:
                replay.downgrade(below(run))
                replay.upgrade(run.revision)
    except PlumbError:
        return False
    return True


def _proof(
    run: RevisionRun,
    *,
    unfilled: Sequence[str],
    states: tuple[ScratchState, ScratchState],
    tried: _Tried,
    findings: tuple[Findings, Findings],
) -> Proof:
    its_engine = engine(states[1].schema.engine)
    counts = [len(rows.rows) for rows in states[0].rows.values() if rows.rows]
    return Proof(
        revision=run.revision,
        tables=len(counts),
        rows=sum(counts),
        failures=tuple(failure for side in findings for failure in side.failures),
        losses=tuple(map(str, findings[0].losses)),
        changes=tuple(findings[0].changes),
        uncovered=(
            *unfilled,
            *(refused_rows(row_check.rule) for row_check in tried.left_out),
            *tried.emptied.values(),
            *findings[1].uncovered,
        ),
        notes=tuple(dict.fromkeys(note for side in findings for note in side.notes)),
        left_alone=len(run.left_alone),
        under=findings[0].under,
        traces=findings[0].traces,
        one_way=findings[1].one_way,
        makes=its_engine.wording(states[1].texts, run.replay.settings.version_table),
    )
