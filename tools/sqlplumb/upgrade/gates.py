"""What must hold before a database is changed: the one list of gates, and how each is judged.

A gate judges what it is given and raises; it opens nothing. A new one is a line in `GATES` and a
function, and the command asks it where its facts are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlplumb.engines import Need
from sqlplumb.errors import DatabaseFailed, Problem, Refused
from sqlplumb.lint import Finding
from sqlplumb.proof.ledger import LedgerEntry
from sqlplumb.steps import Loss

_PROVE = "run `sqlplumb prove`"


@dataclass(frozen=True, slots=True)
class Gate:
    name: str
    asks: str


KNOWN = Gate("known", "is it at a revision that the history knows?")
PLUMB = Gate("plumb", "is its schema what the history makes of that revision?")
PROVED = Gate("proved", "was each pending revision proved, with exactly these bytes?")
LEAVE = Gate("leave", "has all that fails or loses data leave?")
ALONE = Gate("alone", "is nobody else writing?")
ROWS = Gate("rows", "do its rows satisfy what is to come?")
ROOM = Gate("room", "is there room on the disk?")
BACKUP = Gate("backup", "is it sound, and is there a backup?")
GATES = (KNOWN, PLUMB, PROVED, LEAVE, ALONE, ROWS, ROOM, BACKUP)


def known(
    label: str, versions: tuple[str, ...] | None, tables: Collection[str], history: Collection[str]
) -> tuple[str, ...]:
    """The revisions it is at; none for a new one."""
    if versions is None and tables:
        message = f"{label}: not adopted: it has tables, and no revision stands in it"
        hint = "`sqlplumb adopt` says what it is, and stamps it where it is what a revision makes"
        raise Refused(Problem(message, hint))
    for one in versions or ():
        if one not in history:
            message = f"{label}: it is at revision {one}, which the history does not have"
            raise Refused(Problem(message, "is this the right database, or an older checkout?"))
    return versions or ()


BY_HAND = "nothing was changed; somebody changed the schema by hand. Bring it back first"


def plumb(label: str, differences: int, whose: str, hint: str = BY_HAND) -> None:
    if differences:
        count = f"{differences} difference{'s' if differences != 1 else ''}"
        message = f"{label}: it is not what {whose} makes: {count}"
        raise Refused(Problem(message, hint))


def proved(
    kept: Mapping[str, LedgerEntry],
    now: Mapping[str, LedgerEntry],
    pending: Collection[str],
    file: str,
) -> None:
    """A line for each pending revision, and no line that is not true any more."""
    problems = [_untrue(name, one, now.get(name)) for name, one in kept.items()]
    missing = [f"revision {name} was never proved" for name in pending if name not in kept]
    wrong = [*(one for one in problems if one), *missing]
    if wrong:
        raise Refused([Problem(f"{one} ({file})", _PROVE) for one in wrong])


def _untrue(name: str, then: LedgerEntry, now: LedgerEntry | None) -> str:
    if now is None:
        return f"revision {name} was proved and is no more in the history: it was removed"
    if then.after != now.after:
        was, is_now = (" and ".join(one.after) or "nothing" for one in (then, now))
        return f"revision {name} came behind {was} when it was proved, and behind {is_now} now"
    if then.sha256 != now.sha256:
        return f"revision {name} was changed after it was proved"
    return ""


def leave(findings: Iterable[Finding], losses: Iterable[Loss], named: Collection[str]) -> None:
    """A rule's code or name is leave for what it found; a loss has names of its own."""
    losses = tuple(losses)
    given = frozenset(named)
    may = {loss.ref for loss in losses if "destructive" in given or loss.leaves & given}
    refused = [
        one
        for one in findings
        if one.ref not in may and not {one.code.lower(), one.name} & {n.lower() for n in named}
    ]
    if refused:
        names = {loss.ref: loss.leave for loss in losses}
        raise Refused(
            [_without_leave(one, (one.ref and names.get(one.ref)) or one.code) for one in refused]
        )


def _without_leave(finding: Finding, name: str) -> Problem:
    message = f"{finding.code} {finding.message}"
    hint = f"allow it with --allow {name}, or say in the revision why it may stand"
    return Problem(message, hint, place=finding.place)


def room(needs: Iterable[Need]) -> str:
    for need in needs:
        if need.free < need.needed:
            message = (
                f"{need.folder}: {need.purpose} may need {_size(need.needed)}, and"
                f" {_size(need.free)} are free"
            )
            hint = "make room, or name another folder with --backup; nothing was changed"
            raise DatabaseFailed(Problem(message, hint))
    return "; ".join(f"{_size(one.needed)} of {_size(one.free)} in {one.folder}" for one in needs)


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
