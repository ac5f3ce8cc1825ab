"""P209: a downgrade that loses stored data."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema.words import enumerate_names
from sqlplumb.steps import Loss

_SHOWN = 4


def find(outlook: Outlook) -> Iterator[Found]:
    """Report losses; what the upgrade created, any downgrade drops: that is noted once."""
    losses = [
        loss for loss in (outlook.back.losses if outlook.back else ()) if loss.kind != "empty"
    ]
    created = [loss.ref for loss in losses if _is_created(loss, outlook)]
    if created:
        names = [str(ref) for ref in created[:_SHOWN]]
        names += [f"{len(created) - _SHOWN} more"] if len(created) > _SHOWN else []
        message = f"the downgrade drops {enumerate_names(names)}, with what was written there since"
        yield Found(created[0], message, severity="info")
    for loss in losses:
        if not _is_created(loss, outlook):
            yield Found(loss.ref, f"the downgrade loses {loss.message}")


def _is_created(loss: Loss, outlook: Outlook) -> bool:
    return loss.kind == "drop" and loss.ref not in outlook.plan.current.objects


RULE = Rule(
    code="P209",
    name="lossy-downgrade",
    severity="warning",
    judges="plan",
    triggers=(
        "A downgrade that drops or narrows stored values. What the same revision made new is only"
        " noted: no downgrade can keep it."
    ),
    harms=(
        "Whoever goes back after a bad deploy loses what was written since, on top of the trouble"
        " that made them go back."
    ),
    instead="Back up before the downgrade, or copy the values into a table that stays.",
    bad="""\
-- current
CREATE TABLE items (id INTEGER PRIMARY KEY, code INTEGER);
-- desired
CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT);""",
    good="""\
-- current
CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT);
-- desired
CREATE TABLE items (id INTEGER PRIMARY KEY, code TEXT DEFAULT '');""",
    find=find,
)
