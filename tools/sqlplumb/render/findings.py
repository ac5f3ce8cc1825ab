"""Findings for people, file by file, and for machines. Its JSON is fixed, as that of a measure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.config import SEVERITIES
from sqlplumb.lint import Finding
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.words import counted

VERSION = 1

_FEW = 3  # sources are named in the verdict


def report(
    findings: Sequence[Finding],
    judged: Sequence[str],
    ignored: int = 0,
    palette: Palette = PLAIN,
) -> str:
    """The gravest are told with what to do instead; its last line is the verdict."""
    lines = [line for finding in findings for line in _told(finding, palette)]
    return "\n".join([*lines, _verdict(findings, judged, ignored, palette)])


def _told(finding: Finding, palette: Palette) -> Iterator[str]:
    colour = {"error": palette.current, "warning": palette.title, "info": palette.faint}
    place = f"{finding.place}: " if finding.place else ""
    what = f"{colour[finding.severity]}{finding.severity} {finding.code}{palette.end}"
    yield f"{one_line(place)}{what} {one_line(finding.message)}"
    if finding.severity != "info":
        yield f"    {one_line(finding.instead)}"


def _verdict(
    findings: Sequence[Finding], judged: Sequence[str], ignored: int, palette: Palette
) -> str:
    sources = one_line(", ".join(judged)) if len(judged) <= _FEW else f"{len(judged)} sources"
    beside = f", {ignored} ignored with a reason" if ignored else ""
    if not findings:
        return f"{palette.desired}clean{palette.end}  {sources}: nothing found{beside}"
    told = ", ".join(
        counted(number, noun)
        for severity, noun in zip(reversed(SEVERITIES), ("error", "warning", "note"), strict=True)
        if (number := sum(one.severity == severity for one in findings))
    )
    return f"found  {sources}: {told}{beside}; `sqlplumb lint --explain CODE` says more"


def as_json(
    findings: Iterable[Finding],
    ignored: Iterable[Finding],
    judged: Sequence[str],
    is_failing: bool,
) -> str:
    told = {
        "version": VERSION,
        "judged": list(judged),
        "failed": is_failing,
        "findings": [as_value(finding) for finding in findings],
        "ignored": [{**as_value(one), "reason": one.reason} for one in ignored],
    }
    return json.dumps(told, indent=2)


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
