"""The value that every report for machines is made from: findings, by what was judged.

Owns how a comparison, a proof or an error becomes findings. Must never know a format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlplumb.changes import Change
from sqlplumb.changes.comparison import Comparison, Unmeasured
from sqlplumb.config import SEVERITIES, Severity
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.findings import Finding
from sqlplumb.places import Place
from sqlplumb.proof import Proof
from sqlplumb.render import words


class Kind(Protocol):
    """What one sort of finding is: a `Rule`, or one of those below."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def triggers(self) -> str: ...
    @property
    def harms(self) -> str: ...
    @property
    def instead(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """A sort of finding that no rule makes."""

    name: str
    severity: Severity
    triggers: str
    harms: str
    instead: str

    @property
    def code(self) -> str:
        return self.name


DRIFT = Sort(
    name="drift",
    severity="error",
    triggers="A mirror differs from schema.sql.",
    harms="What runs, or what the models say, is not what was reviewed.",
    instead="Change the mirror, or change schema.sql and write a revision.",
)
BEHIND = Sort(
    name="behind",
    severity="error",
    triggers="A database lacks the last revisions of the history.",
    harms="The application of today finds the schema of yesterday.",
    instead="Run `sqlplumb apply`.",
)
UNMEASURED = Sort(
    name="unmeasured",
    severity="error",
    triggers="A mirror could not be read.",
    harms="Whether it differs is not known.",
    instead="Do what the message says.",
)
UNCREATABLE = Sort(
    name="uncreatable",
    severity="error",
    triggers="The models hold something that the engine refuses to create.",
    harms="It is in no database, whatever the models say.",
    instead="Change it in the models.",
)
NOTED = Sort(
    name="noted",
    severity="info",
    triggers="Two sides say the same in another way, or one says what the other cannot.",
    harms="Nothing: it is no drift, unless --strict makes it one.",
    instead="Nothing needs to be done.",
)
STANDS = Sort(
    name="stands",
    severity="info",
    triggers="A database that drifts names a revision of the history.",
    harms="Nothing: it says from where the database drifted.",
    instead="Look at what was done to it since.",
)
EXPIRED = Sort(
    name="expired",
    severity="warning",
    triggers="A difference was accepted until a day that is past.",
    harms="What was to be temporary stays.",
    instead="Mend it, or take it out of `accept`.",
)
UNPROVED = Sort(
    name="unproved",
    severity="error",
    triggers="A revision does to rows or to the schema what it should not, or cannot be run.",
    harms="It may lose rows, or have no way back.",
    instead="Mend the revision, or the expression that it names.",
)
FAILED = Sort(
    name="failed",
    severity="error",
    triggers="The command could not do its work.",
    harms="Nothing may be concluded.",
    instead="Do what the message says.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was judged under one name: a mirror, a rule, a revision.

    `notes` are what is known and nothing to mend. `is_broken`: it could not be judged.
    """

    name: str
    findings: tuple[Finding, ...] = ()
    ignored: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    is_broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a command found. Findings of severity `fail` or above fail it.

    `folder` is the folder that the names of files start from, as seen from the top of the
    repository. What has no place is shown at the first line of `home`, where a format needs one.
    """

    command: str
    cases: tuple[Case, ...]
    kinds: tuple[Kind, ...]
    fail: Severity = "error"
    folder: str = ""
    home: str = ""
    version: str = ""  # of sqlplumb

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for case in self.cases for finding in case.findings)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return tuple(finding for case in self.cases for finding in case.notes)

    @property
    def ignored(self) -> tuple[Finding, ...]:
        return tuple(finding for case in self.cases for finding in case.ignored)

    def fails(self, finding: Finding) -> bool:
        return SEVERITIES.index(finding.severity) >= SEVERITIES.index(self.fail)

    def place_of(self, finding: Finding) -> Place:
        return finding.place or Place(self.home or ".", 1)


def report_of_check(outcomes: Iterable[Comparison | Unmeasured], strict: bool) -> Report:
    """A case for each mirror."""
    cases = (
        case_of_problems(outcome.source, outcome.error.problems, UNMEASURED)
        if isinstance(outcome, Unmeasured)
        else case_of_comparison(outcome, strict)
        for outcome in outcomes
    )
    kinds = (DRIFT, BEHIND, UNMEASURED, UNCREATABLE, NOTED, STANDS, EXPIRED, FAILED)
    return Report(command="check", cases=tuple(cases), kinds=kinds)


def report_of_findings(
    command: str,
    findings: Sequence[Finding],
    ignored: Sequence[Finding],
    *,
    rules: Sequence[Kind],
    fail: Severity,
) -> Report:
    """A case for each rule, so that a report has the same cases from day to day."""
    cases = tuple(
        Case(
            name=f"{rule.code} {rule.name}",
            findings=tuple(finding for finding in findings if finding.code == rule.code),
            ignored=tuple(finding for finding in ignored if finding.code == rule.code),
        )
        for rule in rules
    )
    return Report(command=command, cases=cases, kinds=(*rules, FAILED), fail=fail)


def report_of_proofs(proofs: Iterable[Proof]) -> Report:
    """A case for each revision."""
    cases = tuple(
        Case(
            name=proof.revision,
            findings=tuple(
                _finding(
                    UNPROVED,
                    proof.revision,
                    message=f"{proof.revision} is not proved: {failure}",
                    instead=failure.to_do,
                    place=Place(proof.file, 1) if proof.file else None,
                )
                for failure in proof.failures
            ),
        )
        for proof in proofs
    )
    return Report(command="prove", cases=cases, kinds=(UNPROVED, FAILED))


def report_of_failure(command: str, error: PlumbError) -> Report:
    """One case, which could not be judged."""
    case = case_of_problems(command, error.problems, FAILED)
    return Report(command=command, cases=(case,), kinds=(FAILED,))


def case_of_problems(name: str, problems: Iterable[Problem], kind: Sort) -> Case:
    findings = tuple(
        _finding(kind, name, problem.message, instead=problem.advice, place=problem.place)
        for problem in problems
    )
    return Case(name=name, findings=findings, is_broken=True)


def case_of_comparison(comparison: Comparison, strict: bool) -> Case:
    source = comparison.current.source
    accepted = tuple(
        replace(
            _finding(DRIFT, source, words.accepted(difference)), reason=difference.accept.reason
        )
        for difference in comparison.accepted
    )
    found = (*_differences(comparison, strict), *_rest(comparison, strict))
    return Case(
        name=source,
        findings=tuple(finding for finding in found if finding.severity != "info"),
        ignored=accepted,
        notes=tuple(finding for finding in found if finding.severity == "info"),
    )


def _differences(comparison: Comparison, strict: bool) -> Iterator[Finding]:
    """Of a source that is only behind there is one: what differs is what its revisions bring."""
    source, standing = comparison.current.source, comparison.standing
    if standing and comparison.state(strict) == "behind":
        yield _finding(BEHIND, source, f"{source} is {words.behind(standing)}")
        return
    if standing:
        yield _finding(STANDS, source, f"{source}: {words.stands(standing)}")
    for change in words.without_inline(comparison.changes):
        yield _difference(change, comparison)


def _difference(change: Change, comparison: Comparison) -> Finding:
    current, desired = comparison.current, comparison.desired
    message = f"{current.source}: {words.with_unit(change, desired.source)}"
    for text, sign, schema in zip(words.texts(change), "-+", (current, desired), strict=True):
        message += f"\n{sign} {text}  ({schema.source})" if text is not None else ""
    found = _finding(DRIFT, current.source, message, place=words.place_of(change))
    return replace(found, ref=change.ref)


def _rest(comparison: Comparison, strict: bool) -> Iterator[Finding]:
    """What is no difference of the two schemas: what is past, noted, or in no schema."""
    source = comparison.current.source
    for accept in comparison.expired:
        yield _finding(EXPIRED, source, words.expired(accept))
    for uncreatable in comparison.uncreatable:
        problem = uncreatable.problem
        yield _finding(UNCREATABLE, source, problem.message, instead=problem.advice)
    for note in comparison.notes:
        noted = _finding(NOTED, source, f"{source}: {note.ref}: {words.noted(note)}")
        severity: Severity = "error" if strict else "info"
        yield replace(noted, ref=note.ref, severity=severity)


def _finding(
    kind: Sort, name: str, message: str, *, instead: str = "", place: Place | None = None
) -> Finding:
    return Finding(
        code=kind.code,
        name=name,
        severity=kind.severity,
        message=message,
        instead=instead or kind.instead,
        place=place,
    )
