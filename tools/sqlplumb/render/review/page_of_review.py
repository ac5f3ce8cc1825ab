"""Write what is known of a revision down as the page of its review: values into words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.config import SEVERITIES
from sqlplumb.engines import Effect, Trace, engine
from sqlplumb.lint import Finding
from sqlplumb.render import words
from sqlplumb.render.picture import Picture, picture_of_difference, shortened
from sqlplumb.render.proofs import measured_words, untouched
from sqlplumb.render.review.page import (
    Database,
    Lost,
    Page,
    Proved,
    Refused,
    RunStatement,
)
from sqlplumb.render.review.statements import changed_statements
from sqlplumb.render.words import counted
from sqlplumb.review import (
    Live,
    Reviewed,
    changes,
    comes_back,
    name_in_proof,
    verdict,
)

_GUARD = "guard"
_WORKS = {
    "setting": "setting",
    "guard": _GUARD,
    "schema": "in place",
    "scan": "scan",
    "rows": "writes rows",
    "rebuild": "rebuild",
}
_NOTICEABLE = 0.05  # seconds; what takes less is done "at once"


def page(reviewed: Reviewed) -> Page:
    judgement, proof, plan = verdict(reviewed), reviewed.proof, reviewed.plan
    if judgement.reasons:
        summary = judgement.reasons[0].words
    elif plan.changes:
        rows = f" with {counted(proof.rows, 'row')}" if proof.rows else ""
        summary = f"nothing is lost, and the proof{rows} holds {proof.ways}"
    else:
        summary = "the schema stays what it is, and the proof holds"
    is_lost = any(not comes_back(reviewed, loss) for loss in plan.losses)
    value_changes = changes(reviewed)
    return Page(
        revision=reviewed.revision,
        message=reviewed.message,
        file=reviewed.file,
        sha256=reviewed.approvals.sha256,
        approved_by=tuple(
            f"{approval.name} ({approval.date})" for approval in reviewed.approvals.valid
        ),
        stale_approvals=tuple(
            f"{approval.name} ({approval.date})" for approval in reviewed.approvals.stale
        ),
        origin=reviewed.origin,
        level=judgement.level,
        summary=summary,
        reasons=judgement.reasons[1:],
        changes=tuple(changed_statements(reviewed)),
        statements=tuple(_run_statements(reviewed)),
        lost=tuple(
            Lost(loss.message, f"--allow {loss.allowance}", loss.advice) for loss in plan.losses
        ),
        findings=_gravest_first(reviewed.findings),
        ignored=reviewed.ignored,
        proved=_proved(reviewed),
        back=tuple(_back(reviewed)),
        back_loses=tuple(_back_loses(reviewed)),
        is_one_way=bool(proof.one_way),
        stays_lost=is_lost or any(change.loses for change in value_changes),
        values=tuple(change.words() for change in value_changes),
        database=_database(reviewed.live) if reviewed.live else None,
        next_steps=reviewed.next_steps,
        picture=_picture(reviewed) if plan.changes else None,
    )


def _gravest_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity)))


def _run_statements(reviewed: Reviewed) -> Iterator[RunStatement]:
    traces = {trace.statement: trace for trace in reviewed.proof.traces}
    is_shared = engine(reviewed.plan.desired.engine).rows_change_meanwhile
    for number, effect in enumerate(reviewed.effects, 1):
        weight = reviewed.live.weights.get(effect.table) if reviewed.live else None
        time = ""
        if weight:
            seconds = weight.rows * effect.seconds_per_row
            time = f"about {seconds:.1f} s" if seconds < 10 else f"about {round(seconds)} s"
            time = "at once" if seconds < _NOTICEABLE else time
        trace = traces.get(effect.statement)
        measured = measured_words(trace) if trace else ""
        yield RunStatement(
            number=number,
            sql=effect.statement.strip("\n"),
            words="; ".join(filter(None, (effect.words, measured))),
            work=_WORKS[effect.work],
            blocks=_blocked(effect, trace, is_shared=is_shared),
            rows=weight.rows if weight else None,
            time=time,
        )


def _blocked(effect: Effect, trace: Trace | None, *, is_shared: bool) -> str:
    """Say who waits: as it was measured, or else whoever writes, where one alone can."""
    if trace is None:
        return "" if is_shared or effect.work in ("setting", "guard") else "writes"
    kinds = {lock.blocks for lock in trace.locks}
    if "readers and writers" in kinds:
        return "reads and writes"
    return "writes" if "writers" in kinds else ""


def _proved(reviewed: Reviewed) -> Proved:
    proof = reviewed.proof
    rows = f"{counted(proof.rows, 'row')} in {counted(proof.tables, 'table')}"
    summary = f"run by Alembic on a scratch database with {rows}: {proof.ways}"
    return Proved(
        holds=proof.holds,
        words="; ".join((summary, *untouched(proof))),
        failures=tuple(map(str, proof.failures)),
        uncovered=proof.uncovered,
        notes=proof.notes,
        under=proof.under,
    )


def _back(reviewed: Reviewed) -> Iterator[str]:
    if reviewed.proof.one_way:
        yield f"there is none: {reviewed.proof.one_way}"
    else:
        yield from map(words.deed, words.without_inline(reviewed.back.changes))


def _back_loses(reviewed: Reviewed) -> Iterator[str]:
    """Say what the way back does not restore, and what it takes away of what is written since."""
    for loss in reviewed.plan.losses:
        if not comes_back(reviewed, loss):
            words_instead = reviewed.proof.instead.get(name_in_proof(loss))
            instead = f"; its rows get {words_instead}" if words_instead else ""
            yield f"{loss.message}, which the upgrade took away{instead}"
    for change in changes(reviewed):
        if change.loses and change.column:
            yield f"the former values of {change.shown}, which the upgrade wrote over"
        elif change.loses:
            yield f"rows of {change.shown}, which the upgrade deleted"
    for loss in () if reviewed.proof.one_way else reviewed.back.losses:
        yield f"{loss.message}, with what was written there since"


def _database(live: Live) -> Database:
    refusing = {refusal.row_check.ref for refusal in live.refusing}
    drift = words.without_inline(live.drift.changes)
    return Database(
        label=live.label,
        waits=live.waits,
        tables=tuple(
            (name, weight.rows, _size(weight.bytes)) for name, weight in live.weights.items()
        ),
        refused=tuple(
            Refused(
                rule=refusal.row_check.rule,
                table=refusal.row_check.table,
                rows=refusal.seen.count,
                values=refusal.seen.values,
                why_not=refusal.seen.why_not,
            )
            for refusal in live.refusing
        ),
        held=tuple(
            row_check.rule for row_check in live.row_checks if row_check.ref not in refusing
        ),
        drift=tuple(words.with_unit(change, live.drift.desired.source) for change in drift),
    )


def _size(number: int) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if number < 1024:
            return f"{number} {unit}" if number else ""
        number = round(number / 1024)
    return f"{number} GiB"


def _picture(reviewed: Reviewed) -> Picture:
    plan = reviewed.plan
    picture = picture_of_difference(
        plan.current.source, reviewed.near, plan.changes, reads=reviewed.reads
    )
    return shortened(picture)
