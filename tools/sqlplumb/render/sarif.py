"""Findings as SARIF 2.1.0, which code hosts show beside the line and keep track of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from posixpath import join, normpath
from urllib.parse import quote

from sqlplumb.lint import Finding, Rule

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def as_sarif(
    findings: Sequence[Finding],
    ignored: Sequence[Finding],
    rules: Sequence[Rule],
    version: str,
    folder: str = "",
) -> str:
    """`folder` is where the files' names start from, seen from the top of the repository."""
    places = {rule.code: place for place, rule in enumerate(rules)}
    results = [_result(one, places, folder) for one in (*findings, *ignored)]
    driver = {"name": "sqlplumb", "version": version, "rules": [_rule(one) for one in rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, object]:
    said = f"{rule.harms} {rule.instead}"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.triggers},
        "fullDescription": {"text": rule.harms},
        "help": {"text": said, "markdown": f"{rule.harms}\n\n{rule.instead}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, places: dict[str, int], folder: str) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.instead}"},
    }
    if location := _location(finding, folder):
        result["locations"] = [location]
    if finding.reason:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
    return result


def _location(finding: Finding, folder: str) -> dict[str, object]:
    found: dict[str, object] = {}
    if place := finding.place:
        region = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
        file = quote(normpath(join(folder, place.file)))
        found["physicalLocation"] = {"artifactLocation": {"uri": file}, "region": region}
    if ref := finding.ref:
        found["logicalLocations"] = [{"fullyQualifiedName": ref.address, "kind": ref.kind}]
    return found
