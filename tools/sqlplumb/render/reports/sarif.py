"""SARIF 2.1.0, which code scanning and editors read."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import join, normpath
from urllib.parse import quote

from sqlplumb.config import Severity
from sqlplumb.findings import Finding
from sqlplumb.render.json_text import json_text
from sqlplumb.render.reports.report import Kind, Report

_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(report: Report) -> str:
    """The runs of several commands stay apart by their id, where a host keeps the last of each."""
    positions = {kind.code: position for position, kind in enumerate(report.kinds)}
    found = (*report.findings, *report.ignored)
    driver = {
        "name": "sqlplumb",
        "version": report.version,
        "rules": [_descriptor(kind) for kind in report.kinds],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"sqlplumb {report.command}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, positions, report) for finding in found],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _descriptor(kind: Kind) -> dict[str, object]:
    return {
        "id": kind.code,
        "name": "".join(word.capitalize() for word in kind.name.split("-")),
        "shortDescription": {"text": kind.triggers},
        "fullDescription": {"text": kind.harms},
        "help": {
            "text": f"{kind.harms} {kind.instead}",
            "markdown": f"{kind.harms}\n\n{kind.instead}",
        },
        "defaultConfiguration": {"level": _LEVELS[kind.severity]},
    }


def _result(finding: Finding, positions: Mapping[str, int], report: Report) -> dict[str, object]:
    place = report.place_of(finding)
    region = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
    file = quote(normpath(join(report.folder, place.file)), errors="surrogateescape")
    location: dict[str, object] = {
        "physicalLocation": {"artifactLocation": {"uri": file}, "region": region}
    }
    if ref := finding.ref:
        location["logicalLocations"] = [{"fullyQualifiedName": ref.address, "kind": ref.kind}]
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": positions[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.instead}".removesuffix(". ")},
        "locations": [location],
    }
    if finding.reason:
        kind = "inSource" if finding.place else "external"
        result["suppressions"] = [{"kind": kind, "justification": finding.reason}]
    return result
