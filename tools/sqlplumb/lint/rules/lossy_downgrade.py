"""P209: a way back that takes stored data with it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.lint.finding import Found, Rule
from sqlplumb.lint.outlook import Outlook


def find(outlook: Outlook) -> Iterator[Found]:
    """What the upgrade itself made is dropped again by any downgrade: that is only noted."""
    known = outlook.plan.current.objects
    for loss in outlook.back.losses if outlook.back else ():
        if loss.kind != "empty":
            is_old = loss.ref in known or loss.kind == "narrow"
            message = f"the downgrade loses {loss.message}"
            yield Found(loss.ref, message, severity=None if is_old else "info")


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
