"""Annotate lines of files in the forms that code hosts show: GitHub's commands, and SARIF 2.1.0.

`folder` is the folder that the files' names start from, as seen from the top of the repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from posixpath import join, normpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlplumb.changes.comparison import Comparison
from sqlplumb.config import SEVERITIES, Severity
from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.render import words
from sqlplumb.render.paint import visible

if TYPE_CHECKING:
    from sqlplumb.lint import Finding, Rule


def annotate_comparison(comparison: Comparison, strict: bool, folder: str = "") -> Iterator[str]:
    current, desired, standing = comparison.current, comparison.desired, comparison.standing
    if standing and comparison.state(strict) == "behind":
        message = words.behind(standing)
        yield _command("error", None, title=f"{current.source} is behind", message=message)
        return
    if standing:
        yield _command("notice", None, title=current.source, message=words.stands(standing))
    for change in words.without_inline(comparison.changes):
        message = words.headline(change, desired.source)
        for fact, sign, schema in zip(words.sides(change), "-+", (current, desired), strict=True):
            message += f"\n{sign} {fact.text}  ({schema.source})" if fact else ""
        title, place = f"{current.source} drifts", words.place_of(change)
        yield _command("error", place, title=title, message=message, folder=folder)
    yield from _annotate_rest(comparison, strict)


def _annotate_rest(comparison: Comparison, strict: bool) -> Iterator[str]:
    """Annotate what is no drift: what is accepted, and what is noted."""
    source = comparison.current.source
    for difference in comparison.accepted:
        message = words.accepted(difference)
        yield _command("notice", None, title=source, message=message)
    for accept in comparison.expired:
        yield _command("warning", None, title=source, message=words.expired(accept))
    for one in comparison.uncreatable:
        problem = one.problem
        message = f"{problem.message}\n{problem.advice}"
        yield _command("error", None, title=one.source, message=message)
    noted = [f"{note.ref}: {words.noted(note)}" for note in comparison.notes]
    if strict:
        for message in noted:
            yield _command("error", None, title=source, message=message)
    elif noted:  # one for all, so that GitHub shows what is more
        yield _command("notice", None, title=source, message="\n".join(noted))


_GITHUB_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def annotate_findings(
    findings: Sequence[Finding], fail: Severity, folder: str = ""
) -> Iterator[str]:
    """Annotate the gravest first, for GitHub shows ten of a kind; infos only where they fail."""
    told = [one for one in findings if one.severity != "info" or fail == "info"]
    for finding in sorted(told, key=lambda one: -SEVERITIES.index(one.severity)):
        yield annotate_finding(finding, folder)
    if left := len(findings) - len(told):
        yield f"{words.counted(left, 'note')} in the log alone: `sqlplumb lint` lists them"


def annotate_finding(finding: Finding, folder: str = "") -> str:
    level = _GITHUB_LEVELS[finding.severity]
    title, message = f"{finding.code} {finding.name}", f"{finding.message}\n{finding.instead}"
    return _command(level, finding.place, title=title, message=message, folder=folder)


def annotate_problem(problem: Problem, folder: str = "") -> str:
    message = f"{problem.message}\n{problem.advice}" if problem.advice else problem.message
    return _command("error", problem.place, title="sqlplumb", message=message, folder=folder)


def _command(level: str, place: Place | None, title: str, message: str, folder: str = "") -> str:
    where = ""
    if place:
        where = f"file={_property(normpath(join(folder, place.file)))},line={place.line},"
    return f"::{level} {where}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
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
    descriptors = [
        {
            "id": rule.code,
            "name": "".join(word.capitalize() for word in rule.name.split("-")),
            "shortDescription": {"text": rule.triggers},
            "fullDescription": {"text": rule.harms},
            "help": {
                "text": f"{rule.harms} {rule.instead}",
                "markdown": f"{rule.harms}\n\n{rule.instead}",
            },
            "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
        }
        for rule in rules
    ]
    positions = {rule.code: position for position, rule in enumerate(rules)}
    results = [_result(finding, positions, folder) for finding in (*findings, *ignored)]
    driver = {"name": "sqlplumb", "version": version, "rules": descriptors}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(finding: Finding, positions: dict[str, int], folder: str) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": positions[finding.code],
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.instead}"},
    }
    location: dict[str, object] = {}
    if place := finding.place:
        region = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
        file = quote(normpath(join(folder, place.file)))
        location["physicalLocation"] = {"artifactLocation": {"uri": file}, "region": region}
    if ref := finding.ref:
        location["logicalLocations"] = [{"fullyQualifiedName": ref.address, "kind": ref.kind}]
    if location:
        result["locations"] = [location]
    if finding.reason:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
    return result
