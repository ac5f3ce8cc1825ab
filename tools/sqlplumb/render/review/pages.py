"""From what is known of a revision to the page that tells it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Change
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
    found = verdict(reviewed)
    return Page(
        revision=reviewed.revision,
        message=reviewed.message,
        file=reviewed.file,
        level=found.level,
        summary=found.reasons[0].words if found.reasons else _all_well(reviewed),
        reasons=found.reasons[1:],
        shown=tuple(shown(reviewed)),
        said=tuple(_said(reviewed)),
        lost=tuple(_lost(reviewed)),
        findings=reviewed.findings,
        ignored=reviewed.ignored,
        proved=_proved(reviewed),
        back=tuple(_deeds(reviewed.back.changes)),
        back_loses=tuple(_back_loses(reviewed)),
        stays_lost=_stays_lost(reviewed),
        changed=tuple(one.words() for one in changes(reviewed)),
        database=_database(reviewed.live) if reviewed.live else None,
        picture=_picture(reviewed),
    )


def _all_well(reviewed: Reviewed) -> str:
    if not reviewed.plan.changes:
        return "the schema stays what it is, and the proof holds"
    rows = f" with {counted(reviewed.proof.rows, 'row')}" if reviewed.proof.rows else ""
    return f"nothing is lost, and the proof{rows} holds up, down and up again"


def _deeds(changes: tuple[Change, ...]) -> Iterator[str]:
    yield from (words.deed(change) for change in words.without_inline(changes))


def _said(reviewed: Reviewed) -> Iterator[Said]:
    for number, effect in enumerate(reviewed.effects, 1):
        rows = _rows(effect, reviewed.live)
        yield Said(
            number,
            effect.statement.strip("\n"),
            effect.words,
            _WORKS[effect.work],
            "" if effect.work in ("setting", "guard") else "writes",
            rows,
            "" if rows is None else _time(rows * effect.seconds_per_row),
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


def _lost(reviewed: Reviewed) -> Iterator[Lost]:
    for loss in reviewed.plan.losses:
        yield Lost(loss.message, f"--allow {loss.leave}", loss.hint)


def _proved(reviewed: Reviewed) -> Proved:
    proof = reviewed.proof
    rows = f"{counted(proof.rows, 'row')} in {counted(proof.tables, 'table')}"
    said = f"run by Alembic on a scratch database with {rows}: up, down and up again"
    said = "; ".join((said, *untouched(proof)))
    return Proved(
        proof.holds,
        said,
        tuple(map(str, proof.failures)),
        proof.uncovered,
        proof.notes,
        proof.under,
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
    refusing = {one.look.ref for one in live.refusing}
    return Database(
        live.label,
        live.waits,
        tuple((name, one.rows, _size(one.bytes)) for name, one in live.weights.items()),
        tuple(
            Refused(
                one.look.rule, one.look.table, one.seen.count, one.seen.values, one.seen.why_not
            )
            for one in live.refusing
        ),
        tuple(look.rule for look in live.looks if look.ref not in refusing),
        tuple(words.with_unit(change, live.drift.desired.source) for change in _drift(live)),
    )


def _drift(live: Live) -> list[Change]:
    return words.without_inline(live.drift.changes)


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
