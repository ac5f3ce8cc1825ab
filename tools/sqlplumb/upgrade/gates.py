"""The gates before a database is changed, and the record of how they were passed.

A gate judges what it is given and raises; it opens nothing. A new one is a line in `GATES` and a
function, and the command asks it where its facts are known. The record is a receipt that is
complete at every moment: however the work ends, what was done until then can be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlplumb.approvals import Approvals
from sqlplumb.changes.comparison import AcceptedDifference
from sqlplumb.config import Settings
from sqlplumb.engines import Location, Need
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem, Refused, did_you_mean
from sqlplumb.lint import Finding
from sqlplumb.proof.ledger import LedgerEntry, outdated
from sqlplumb.receipts import Done, Passage, Receipt
from sqlplumb.schema.words import enumerate_names
from sqlplumb.sources.cut_history import advice_for_unknown
from sqlplumb.steps import Loss


@dataclass(frozen=True, slots=True)
class Gate:
    name: str
    asks: str


KNOWN = Gate("known", "is it at a revision that the history knows?")
PLUMB = Gate("plumb", "is its schema what the history makes of that revision?")
PROVED = Gate("proved", "was each pending revision proved, with exactly these bytes?")
APPROVED = Gate("approved", "did as many approve each pending revision as the settings ask for?")
LEAVE = Gate("leave", "has all that fails or loses data leave?")
ALONE = Gate("alone", "is nobody else writing?")
ROWS = Gate("rows", "do its rows satisfy what is to come?")
ROOM = Gate("room", "is there room on the disk?")
BACKUP = Gate("backup", "is it sound, and is there a backup?")
GATES = (KNOWN, PLUMB, PROVED, APPROVED, LEAVE, ALONE, ROWS, ROOM, BACKUP)


def known(
    label: str,
    versions: tuple[str, ...] | None,
    *,
    tables: Collection[str],
    history: Collection[str],
    settings: Settings,
) -> tuple[str, ...]:
    """Return the revisions it is at; none for a new one."""
    if versions is None and tables:
        message = f"{label}: not adopted: it has tables, and no revision stands in it"
        raise Refused(Problem(message, ADOPT))
    for version in versions or ():
        if version not in history:
            message = f"{label}: it is at revision {version}, which the history does not have"
            raise Refused(Problem(message, advice_for_unknown(settings)))
    return versions or ()


ADOPT = "`sqlplumb adopt` says what it is, and stamps it where it is what a revision makes"
BY_HAND = "nothing was changed; somebody changed the schema by hand. Bring it back first"


def plumb(label: str, differences: int, *, whose: str, advice: str = BY_HAND) -> None:
    """Refuse a schema with differences from what `whose` files make."""
    if differences:
        count = f"{differences} difference{'s' if differences != 1 else ''}"
        message = f"{label}: it is not what {whose} makes: {count}"
        raise Refused(Problem(message, advice))


def untouched(
    label: str, accepted: Iterable[AcceptedDifference], *, names: Collection[str], revision: str
) -> None:
    """Refuse a revision that changes a table of which a difference is accepted: it was proved on
    another one, and would take along what it does not know."""
    for difference in accepted:
        if any(change.ref.unit in names for change in difference.changes):
            name = difference.accept.object
            message = f"{label}: revision {revision} changes the table of {name}, which differs"
            advice = (
                f"it was accepted ({difference.accept.reason}): mend it by hand, and apply again"
            )
            raise Refused(Problem(message, f"nothing was changed: {advice}"))


_MOST_LISTED = 3  # each with its own command
_OLD_ONES = (
    "run `sqlplumb prove`; where old ones cannot be proved any more, let the history begin at a"
    " revision that all databases have: `base` and `base_revision` in the settings"
)


def proved(
    proofs: Mapping[str, LedgerEntry],
    now: Mapping[str, LedgerEntry],
    *,
    pending: Collection[str],
    file: str,
) -> None:
    """Ask for a line for each pending revision, and for no line that is not true any more."""
    problems = {name: outdated(name, proof, now.get(name)) for name, proof in proofs.items()}
    unproved = [name for name in pending if name not in proofs]
    if len(unproved) <= _MOST_LISTED:
        problems |= {name: f"revision {name} was never proved" for name in unproved}
    refused = [
        Problem(f"{words} ({file})", f"run `sqlplumb prove{f' {name}' if name in now else ''}`")
        for name, words in problems.items()
        if words
    ]
    if len(unproved) > _MOST_LISTED:
        names = f"{len(unproved)} revisions, from {unproved[0]} to {unproved[-1]},"
        refused.append(Problem(f"{names} were never proved ({file})", _OLD_ONES))
    if refused:
        raise Refused(refused)


def approved(label: str, files: Mapping[str, Approvals], needed: int) -> Iterator[Problem]:
    """Yield a problem for each revision that fewer than `needed` approve as its file is now."""
    for revision, found in files.items():
        names = [approval.name for approval in found.valid]
        if len(names) >= needed:
            continue
        by = f" ({enumerate_names(names)})" if names else ""
        message = f"{label}: {len(names)} of {needed} approve revision {revision}{by}"
        if found.stale:
            former = enumerate_names([approval.name for approval in found.stale])
            message += f"; its file was changed after {former} approved it"
        advice = f"whoever has read it says `sqlplumb review {revision} --approve NAME`, and the"
        yield Problem(message, f"{advice} file goes where this one is")


def leave(findings: Iterable[Finding], losses: Iterable[Loss], named: Collection[str]) -> None:
    """Refuse what nobody allows: a finding by its code or name, a loss by names of its own."""
    losses, given = tuple(losses), frozenset(named)
    folded = {name.lower() for name in named}
    allowed = {loss.ref for loss in losses if "destructive" in given or loss.allowances & given}
    names = {loss.ref: loss.allowance for loss in losses}
    used = {word for loss in losses for word in loss.allowances}
    refused = []
    for finding in findings:
        if finding.ref in allowed or {finding.code.lower(), finding.name} & folded:
            continue
        name = (finding.ref and names.get(finding.ref)) or finding.code
        message = f"{finding.code} {finding.message}"
        advice = f"allow it with --allow {name}, or say in the revision why it may stand"
        if slips := [word for word in sorted(given - used) if did_you_mean(word, [name])]:
            advice += f" (--allow {slips[0]} names nothing that is refused)"
        refused.append(Problem(message, advice, place=finding.place))
    if refused:
        raise Refused(refused)


def room(needs: Iterable[Need]) -> str:
    """Return how much room is needed and free; refuse where it is too little."""
    needs = tuple(needs)
    for need in needs:
        if need.free < need.needed:
            message = (
                f"{need.folder}: {need.purpose} may need {_size(need.needed)}, and"
                f" {_size(need.free)} are free"
            )
            advice = "make room, or name another folder with --backup; nothing was changed"
            raise DatabaseFailed(Problem(message, advice))
    sizes = (f"{_size(need.needed)} of {_size(need.free)} in {need.folder}" for need in needs)
    return "; ".join(sizes)


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


class Record:
    def __init__(self, location: Location, began: datetime, recovered: bool = False) -> None:
        self.began = began
        self.receipt = Receipt(
            database=location.label,
            path=location.path,
            outcome="nothing to do",
            began=began.isoformat(timespec="milliseconds"),
            seconds=0.0,
            recovered=recovered,
        )

    def note(self, **known: Any) -> None:
        """Write down fields of the receipt by their names."""
        self.receipt = replace(self.receipt, **known)

    def warn(self, problems: Iterable[Problem]) -> None:
        self.note(warnings=tuple(dict.fromkeys((*self.receipt.warnings, *problems))))

    def add(self, done: Done) -> None:
        self.note(revisions=(*self.receipt.revisions, done))

    @property
    def has_committed(self) -> bool:
        return bool(self.receipt.revisions)

    @contextmanager
    def gate(self, gate: Gate) -> Iterator[list[str]]:
        """Write down how this gate is passed; what is said of it goes into the list."""
        words: list[str] = []
        try:
            yield words
        except PlumbError as error:
            self._pass(Passage(gate.name, "shut", str(error.problems[0])))
            raise
        self._pass(Passage(gate.name, "passed", "; ".join(words)))

    def _pass(self, passage: Passage) -> None:
        self.note(gates=(*self.receipt.gates, passage))

    def forget_backup(self) -> None:
        """Remove it where nothing was committed: the database itself is what was copied."""
        if self.receipt.backup and not self.has_committed:
            self.receipt.backup.path.unlink(missing_ok=True)
            self.note(backup=None)

    def all_gates(self) -> tuple[Passage, ...]:
        """Return every gate, in the order of the list; each counts as it was passed last."""
        passages = {passage.gate: passage for passage in self.receipt.gates}
        return tuple(passages.get(gate.name, Passage(gate.name, "not reached")) for gate in GATES)
