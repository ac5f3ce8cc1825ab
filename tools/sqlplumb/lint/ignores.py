"""`-- sqlplumb: ignore CODE reason`: what somebody has looked at and lets stand.

On the line of an object or above it, in SQL; anywhere in a revision, for all of it. The reason is
for whoever reads next, and is required.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlplumb.config import Judging, Severity
from sqlplumb.engines import Remark
from sqlplumb.lint.finding import Finding, Found, Rule
from sqlplumb.lint.judge import in_order, severity_of
from sqlplumb.places import Place
from sqlplumb.schema import Object, Schema, Table

MARK = "sqlplumb:"
_IGNORE = re.compile(
    r"sqlplumb:\s*ignore\b\s*(?P<rules>[\w-]*(?:\s*,\s*[\w-]+)*)[\s:]*(?P<reason>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Ignore:
    """`rule` as it is written, by code or name; `line` is the line that it speaks of, and 0 the
    whole file. It is idle where its rule was asked, and had nothing to say here."""

    rule: str
    reason: str
    place: Place
    line: int = 0
    is_known: bool = True
    is_idle: bool = False


@dataclass(frozen=True, slots=True)
class Sifted:
    """What still stands, and what somebody gave a reason for."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()


def ignores(remarks: Iterable[Remark], rules: Sequence[Rule]) -> Iterator[Ignore]:
    known = {word for rule in rules for word in (rule.code.lower(), rule.name)}
    for remark in remarks:
        if match := _IGNORE.match(remark.text):
            reason = " ".join(match["reason"].split())
            for rule in re.split(r"\s*,\s*", match["rules"]):
                yield Ignore(rule, reason, remark.place, remark.line, rule.lower() in known)


def sifted(
    findings: Iterable[Finding],
    given: Sequence[Ignore],
    judging: Judging,
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
    given: Sequence[Ignore], judging: Judging, rules: Sequence[Rule]
) -> Iterator[Finding]:
    for rule in rules:
        severity = severity_of(rule, judging)
        for found in rule.find(given) if rule.judges == "comment" and severity else ():
            yield _finding(rule, found, severity or rule.severity)


def _finding(rule: Rule, found: Found, severity: Severity) -> Finding:
    base = Finding(rule.code, rule.name, rule.severity, found.message, rule.instead)
    return replace(base, severity=severity, place=found.place)
