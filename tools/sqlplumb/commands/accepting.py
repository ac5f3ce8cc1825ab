"""Compare two sources, and take the differences that the settings accept out of the drift.

Owns what an accepted object covers, and how long. Whoever plans, as `revise` does, must never ask
here: what is accepted today is still to be mended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlplumb.changes import Change, Create, Drop
from sqlplumb.changes.comparison import AcceptedDifference, Comparison, Unmeasured
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Accept, Settings
from sqlplumb.engines import Source
from sqlplumb.errors import Problem


def today() -> date:
    return datetime.now(UTC).date()


def compare_accepting(
    current: Source,
    desired: Source,
    settings: Settings,
    *,
    whole: bool = False,
    explain: bool = False,
) -> Comparison:
    """Compare as `compare_sources` does; what is accepted today is no drift."""
    comparison = compare_sources(
        current, desired, settings.version_table, whole=whole, explain=explain
    )
    return accepting(comparison, settings.accept)


def accepting(comparison: Comparison, accepts: Iterable[Accept]) -> Comparison:
    """Move the changes of these objects from the drift to what is accepted, or say that their time
    is over."""
    changes, now = comparison.changes, today()
    accepted: list[AcceptedDifference] = []
    expired: list[Accept] = []
    for accept in accepts:
        covered = tuple(_covered(accept, changes))
        if covered and accept.until and accept.until < now:
            expired.append(accept)
        elif covered:
            accepted.append(AcceptedDifference(accept, covered))
            changes = tuple(change for change in changes if change not in covered)
    return replace(comparison, changes=changes, accepted=tuple(accepted), expired=tuple(expired))


def _covered(accept: Accept, changes: Iterable[Change]) -> Iterable[Change]:
    """Yield the changes of an object; of a table or a view that comes or goes, all that is in it
    and hangs on it."""
    changes = tuple(changes)
    of_itself = [change for change in changes if accept.object.lower() in _names(change)]
    whole = {
        change.ref.unit
        for change in of_itself
        if not change.ref.table and isinstance(change, Create | Drop)
    }
    return (change for change in changes if change in of_itself or change.ref.unit in whole)


def _names(change: Change) -> set[str]:
    """How a person may write the object: as reports do, with its kind before it or without."""
    ref = change.ref
    names = {str(ref).lower(), ref.address.lower()}
    return names | {f"{ref.kind}:{name}" for name in names}


def stale_accepts(
    settings: Settings, outcomes: Iterable[Comparison | Unmeasured]
) -> tuple[Problem, ...]:
    """Tell of what is accepted and differs nowhere, once every mirror was read."""
    met: set[Accept] = set()
    for outcome in outcomes:
        if isinstance(outcome, Unmeasured):
            return ()
        met.update(outcome.expired, (difference.accept for difference in outcome.accepted))
    advice = "nothing differs there: take it out of `accept`"
    return tuple(
        Problem(f"accept {accept.object!r} ({accept.reason}) is stale", advice)
        for accept in settings.accept
        if accept not in met
    )
