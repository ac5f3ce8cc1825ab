"""Code quality of GitLab: a list of issues, each with a fingerprint that outlives other lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from posixpath import join, normpath

from sqlplumb.config import Severity
from sqlplumb.findings import Finding
from sqlplumb.render.json_text import json_text
from sqlplumb.render.paint import one_line
from sqlplumb.render.reports.report import Report

_SEVERITIES: Mapping[Severity, str] = {"error": "critical", "warning": "minor", "info": "info"}


def code_quality(report: Report) -> str:
    """What is ignored with a reason is none of its issues."""
    seen = Counter[str]()
    issues = []
    for finding in report.findings:
        issue = _issue(finding, report)
        key = _key(finding)
        seen[key] += 1  # the same again is another issue
        digest = sha256(f"{report.command}\0{key}\0{seen[key]}".encode("utf-8", "replace"))
        issues.append({**issue, "fingerprint": digest.hexdigest()})
    return json_text(issues)


def _key(finding: Finding) -> str:
    """What an issue is, wherever it stands in its file."""
    file = finding.place.file if finding.place else ""
    ref = finding.ref
    what = f"{ref.kind} {ref.address}" if ref else finding.message
    return "\0".join((finding.code, finding.name, file, what))


def _issue(finding: Finding, report: Report) -> dict[str, object]:
    place = report.place_of(finding)
    text = f"{finding.message}. {finding.instead}".removesuffix(". ")
    return {
        "description": one_line(text),
        "check_name": finding.code,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": normpath(join(report.folder, place.file)),
            "lines": {"begin": place.line},
        },
    }
