"""Report findings and rules to people and to machines. The JSON of findings is fixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill, indent

from sqlplumb.config import SEVERITIES
from sqlplumb.lint import Finding, Rule
from sqlplumb.render.json_text import json_text
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.words import counted

JSON_VERSION = 1

_FEW = 3  # sources are named in the verdict


def report(
    findings: Sequence[Finding],
    judged: Sequence[str],
    ignored: int = 0,
    palette: Palette = PLAIN,
) -> str:
    """Say what to do instead, but for mere notes; the last line is the verdict."""
    colours = {"error": palette.current, "warning": palette.title, "info": palette.faint}
    lines = []
    for finding in findings:
        place = f"{finding.place}: " if finding.place else ""
        what = f"{colours[finding.severity]}{finding.severity} {finding.code}{palette.end}"
        lines.append(f"{one_line(place)}{what} {one_line(finding.message)}")
        if finding.severity != "info":
            lines.append(f"    {one_line(finding.instead)}")
    sources = one_line(", ".join(judged)) if len(judged) <= _FEW else f"{len(judged)} sources"
    beside = f", {ignored} ignored with a reason" if ignored else ""
    counts = []
    for severity, noun in zip(reversed(SEVERITIES), ("error", "warning", "note"), strict=True):
        if number := sum(finding.severity == severity for finding in findings):
            counts.append(counted(number, noun))
    verdict = f"{palette.desired}clean{palette.end}  {sources}: nothing found{beside}"
    if findings:
        explain = "`sqlplumb lint --explain CODE` says more"
        verdict = f"found  {sources}: {', '.join(counts)}{beside}; {explain}"
    return "\n".join([*lines, verdict])


def as_json(
    findings: Iterable[Finding],
    ignored: Iterable[Finding],
    judged: Sequence[str],
    is_failing: bool,
) -> str:
    value = {
        "version": JSON_VERSION,
        "judged": list(judged),
        "failed": is_failing,
        "findings": [as_value(finding) for finding in findings],
        "ignored": [{**as_value(finding), "reason": finding.reason} for finding in ignored],
    }
    return json_text(value)


def as_value(finding: Finding) -> dict[str, object]:
    place, ref = finding.place, finding.ref
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "kind": ref.kind if ref else None,
        "object": ref.address if ref else None,
        "message": finding.message,
        "instead": finding.instead,
        "where": {"file": place.file, "line": place.line} if place else None,
    }


def explained(rule: Rule) -> str:
    sections = [
        f"{title}\n{fill(text, 88, initial_indent='    ', subsequent_indent='    ')}"
        for title, text in (
            ("What triggers it", rule.triggers),
            ("What it does to you", rule.harms),
            ("What to do instead", rule.instead),
        )
    ]
    if rule.off_with_models:
        off = f"{rule.off_with_models} A severity in the settings turns it on."
        text = fill(off, 88, initial_indent="    ", subsequent_indent="    ")
        sections.append(f"Off where a project has models of SQLAlchemy\n{text}")
    sections += [f"Bad\n{indent(rule.bad, '    ')}", f"Good\n{indent(rule.good, '    ')}"]
    title = f"{rule.code} {rule.name} ({rule.severity})"
    return "\n\n".join([title, *sections, ignoring(rule)])


def ignoring(rule: Rule, quote: str = "") -> str:
    if rule.judges == "comment":
        return "It cannot be ignored."
    mark = "#" if rule.judges == "revision" else "--"
    return f"To let one stand: {quote}{mark} sqlplumb: ignore {rule.code} REASON{quote}"
