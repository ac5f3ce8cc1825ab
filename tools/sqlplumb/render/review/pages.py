"""From what is known of a revision to the page that tells it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import Effect
from sqlplumb.render import words
from sqlplumb.render.picture import Picture, picture_of_difference, shortened
from sqlplumb.render.review.page import Database, Lost, Page, Proved, Refused, Said
from sqlplumb.render.review.statements import shown
from sqlplumb.render.text import untouched
from sqlplumb.render.words import counted
from sqlplumb.review import Live, Reviewed, changes, comes_back, verdict
from sqlplumb.schema import Schema

_WORKS = {
    "setting": "setting",
    "guard": "guard",
    "schema": "in place",
    "scan": "scan",
    "rows": "writes rows",
    "rebuild": "rebuild",
}
_SAID_AT_LEAST = 0.05  # seconds; less is told as "at once"


def page(reviewed: Reviewed) -> Page:
    judgement = verdict(reviewed)
    return Page(
        revision=reviewed.revision,
        message=reviewed.message,
        file=reviewed.file,
        level=judgement.level,
        summary=judgement.reasons[0].words if judgement.reasons else _all_well(reviewed),
        reasons=judgement.reasons[1:],
        shown=tuple(shown(reviewed)),
        said=tuple(_said(reviewed)),
        lost=tuple(
            Lost(loss.message, f"--allow {loss.leave}", loss.hint) for loss in reviewed.plan.losses
        ),
        findings=reviewed.findings,
        ignored=reviewed.ignored,
        proved=_proved(reviewed),
        back=tuple(map(words.deed, words.without_inline(reviewed.back.changes))),
        back_loses=tuple(_back_loses(reviewed)),
        stays_lost=_stays_lost(reviewed),
        changed=tuple(change.words() for change in changes(reviewed)),
        database=_database(reviewed.live) if reviewed.live else None,
        picture=_picture(reviewed),
    )


def _all_well(reviewed: Reviewed) -> str:
    if not reviewed.plan.changes:
        return "the schema stays what it is, and the proof holds"
    rows = f" with {counted(reviewed.proof.rows, 'row')}" if reviewed.proof.rows else ""
    return f"nothing is lost, and the proof{rows} holds up, down and up again"


def _said(reviewed: Reviewed) -> Iterator[Said]:
    for number, effect in enumerate(reviewed.effects, 1):
        rows = _rows(effect, reviewed.live)
        yield Said(
            number=number,
            sql=effect.statement.strip("\n"),
            words=effect.words,
            work=_WORKS[effect.work],
            blocks="" if effect.work in ("setting", "guard") else "writes",
            rows=rows,
            time="" if rows is None else _time(rows * effect.seconds_per_row),
        )


def _rows(effect: Effect, live: Live | None) -> int | None:
    if live is None or not effect.table:
        return None
    weight = live.weights.get(effect.table)
    return weight.rows if weight else None


def _time(seconds: float) -> str:
    if seconds < _SAID_AT_LEAST:
        return "at once"
    return f"about {seconds:.1f} s" if seconds < 10 else f"about {round(seconds)} s"


def _proved(reviewed: Reviewed) -> Proved:
    proof = reviewed.proof
    rows = f"{counted(proof.rows, 'row')} in {counted(proof.tables, 'table')}"
    summary = f"run by Alembic on a scratch database with {rows}: up, down and up again"
    summary = "; ".join((summary, *untouched(proof)))
    return Proved(
        holds=proof.holds,
        words=summary,
        failures=tuple(map(str, proof.failures)),
        uncovered=proof.uncovered,
        notes=proof.notes,
        under=proof.under,
    )


def _back_loses(reviewed: Reviewed) -> Iterator[str]:
    """What was lost going up stays lost; what is written since, goes."""
    for loss in reviewed.plan.losses:
        if not comes_back(reviewed, loss):
            yield f"{loss.message}, which the upgrade took away"
    for one in changes(reviewed):
        if one.loses:
            what = f"the former values of {one.shown}" if one.column else f"rows of {one.shown}"
            yield f"{what}, which the upgrade {'wrote over' if one.column else 'deleted'}"
    for loss in reviewed.back.losses:
        yield f"{loss.message}, with what was written there since"


def _stays_lost(reviewed: Reviewed) -> bool:
    lost = (not comes_back(reviewed, loss) for loss in reviewed.plan.losses)
    return any(lost) or any(one.loses for one in changes(reviewed))


def _database(live: Live) -> Database:
    refusing = {one.row_check.ref for one in live.refusing}
    drift = words.without_inline(live.drift.changes)
    return Database(
        label=live.label,
        waits=live.waits,
        tables=tuple((name, one.rows, _size(one.bytes)) for name, one in live.weights.items()),
        refused=tuple(
            Refused(
                rule=one.row_check.rule,
                table=one.row_check.table,
                rows=one.seen.count,
                values=one.seen.values,
                why_not=one.seen.why_not,
            )
            for one in live.refusing
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


def _picture(reviewed: Reviewed) -> Picture | None:
    if not reviewed.plan.changes:
        return None
    desired = reviewed.plan.desired
    objects = {fact.ref: fact for fact in reviewed.near}
    near = Schema(objects, source=desired.source, engine=desired.engine)
    label = reviewed.plan.current.source
    return shortened(picture_of_difference(label, near, reviewed.plan.changes))
