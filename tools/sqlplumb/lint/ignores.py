"""`-- sqlplumb: ignore CODE reason`: read such comments, and apply them to findings.

The comment stands on the line of an object or above it in SQL, and anywhere in a revision, where it
counts for the whole file. The reason is for the next reader, and is required.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlplumb.config import LintSettings
from sqlplumb.engines import Remark
from sqlplumb.errors import did_you_mean
from sqlplumb.findings import Finding, Rule
from sqlplumb.lint.judge import severity_of, sort_findings
from sqlplumb.lint.subjects import Ignore
from sqlplumb.schema import Schema, Table

MARK = "sqlplumb:"
_IGNORE = re.compile(
    r"sqlplumb:\s*ignore\b\s*(?P<rules>[\w-]*(?:\s*,\s*[\w-]+)*)[\s:]*(?P<reason>.*)", re.DOTALL
)


_WORD = re.compile(r"sqlplumb:\s*(?P<word>[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The findings that stand, and those that a comment ignores, with its reason."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()


def read_ignores(remarks: Iterable[Remark], rules: Sequence[Rule]) -> Iterator[Ignore]:
    labels = {label for rule in rules for label in rule.labels}
    names = [name for rule in rules for name in (rule.code, rule.name)]
    for remark in remarks:
        if match := _IGNORE.match(remark.text):
            reason = " ".join(match["reason"].split())
            for rule in re.split(r"\s*,\s*", match["rules"]):
                is_known = rule.lower() in labels
                yield Ignore(
                    rule=rule,
                    reason=reason,
                    place=remark.place,
                    line=remark.line,
                    is_known=is_known,
                    near="" if is_known else did_you_mean(rule, names),
                )
        elif (match := _WORD.match(remark.text)) and did_you_mean(match["word"], ("ignore",)):
            yield Ignore(
                rule="",
                reason="",
                place=remark.place,
                line=remark.line,
                is_known=False,
                near=match["word"],
            )


def apply_ignores(
    findings: Iterable[Finding],
    ignores: Sequence[Ignore],
    *,
    settings: LintSettings,
    rules: Sequence[Rule],
    judged: Collection[str],
    schema: Schema | None = None,
) -> Judgement:
    """Separate the ignored findings, and add what is wrong with the ignores themselves.

    `judged` says to what rules were applied: whether an ignore of another rule is idle, nobody
    knows.
    """
    used: set[Ignore] = set()
    standing, ignored = [], []
    for finding in findings:
        fitting = [ignore for ignore in ignores if _fits(ignore, finding, schema)]
        used.update(fitting)
        if fitting:
            ignored.append(replace(finding, reason=fitting[0].reason))
        else:
            standing.append(finding)
    on = [rule for rule in rules if rule.judges in judged and severity_of(rule, settings)]
    applied = {label for rule in on for label in rule.labels}
    marked = [
        replace(ignore, is_idle=ignore not in used and ignore.rule.lower() in applied)
        for ignore in ignores
    ]
    for rule in rules:
        severity = severity_of(rule, settings)
        if rule.judges != "comment" or severity is None:
            continue
        for found in rule.find(marked):
            standing.append(
                Finding(
                    code=rule.code,
                    name=rule.name,
                    severity=severity,
                    message=found.message,
                    instead=rule.instead,
                    place=found.place,
                )
            )
    return Judgement(sort_findings(standing), sort_findings(ignored))


def _fits(ignore: Ignore, finding: Finding, schema: Schema | None) -> bool:
    place = finding.place
    is_rule = ignore.rule.lower() in (finding.code.lower(), finding.name)
    if not (ignore.reason and is_rule and place and place.file == ignore.place.file):
        return False
    if ignore.line in (0, place.line):
        return True
    fact = schema.objects.get(finding.ref) if schema and finding.ref else None
    if fact is None or fact.place != place:
        return False
    last = place.line + fact.text.count("\n")
    # The lines inside of a table belong to its columns and constraints.
    return ignore.line == last or (place.line < ignore.line < last and not isinstance(fact, Table))
