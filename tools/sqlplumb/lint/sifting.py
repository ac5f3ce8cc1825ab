"""Findings without those that somebody gave a reason for; and what is wrong with such reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlplumb.config import LintSettings, Severity
from sqlplumb.lint.finding import Finding, Found, Rule
from sqlplumb.lint.ignores import Ignore
from sqlplumb.lint.judge import in_order, severity_of
from sqlplumb.places import Place
from sqlplumb.schema import Object, Schema, Table


@dataclass(frozen=True, slots=True)
class Sifted:
    """What still stands, and what somebody gave a reason for."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()


def sifted(
    findings: Iterable[Finding],
    given: Sequence[Ignore],
    judging: LintSettings,
    rules: Sequence[Rule],
    judged: Collection[str],
    schema: Schema | None = None,
) -> Sifted:
    """Each ignore takes what it speaks of; what is wrong with ignores themselves is found too.
    `judged` is what rules were asked about: of others nobody can say that they find nothing."""
    used: set[Ignore] = set()
    standing, ignored = [], []
    for finding in findings:
        fitting = [one for one in given if one.reason and _fits(one, finding, schema)]
        used.update(fitting)
        if fitting:
            ignored.append(replace(finding, reason=fitting[0].reason))
        else:
            standing.append(finding)
    asked = {word for r in rules if r.judges in judged for word in (r.code.lower(), r.name)}
    idle = [replace(i, is_idle=i not in used and i.rule.lower() in asked) for i in given]
    standing += _about_ignores(idle, judging, rules)
    return Sifted(in_order(standing), in_order(ignored))


def _fits(ignore: Ignore, finding: Finding, schema: Schema | None) -> bool:
    place = finding.place
    if ignore.rule.lower() not in (finding.code.lower(), finding.name) or place is None:
        return False
    fact = schema.objects.get(finding.ref) if schema and finding.ref else None
    return place.file == ignore.place.file and ignore.line in (0, *_lines(fact, place))


def _lines(fact: Object | None, place: Place) -> Iterable[int]:
    """Where an object's own words stand; of a table only the first and the last line, for between
    them are others'."""
    if fact is None or fact.place != place:
        return (place.line,)
    last = place.line + fact.text.count("\n")
    return (place.line, last) if isinstance(fact, Table) else range(place.line, last + 1)


def _about_ignores(
    given: Sequence[Ignore], judging: LintSettings, rules: Sequence[Rule]
) -> Iterator[Finding]:
    for rule in rules:
        severity = severity_of(rule, judging)
        for found in rule.find(given) if rule.judges == "comment" and severity else ():
            yield _finding(rule, found, severity or rule.severity)


def _finding(rule: Rule, found: Found, severity: Severity) -> Finding:
    base = Finding(rule.code, rule.name, rule.severity, found.message, rule.instead)
    return replace(base, severity=severity, place=found.place)
