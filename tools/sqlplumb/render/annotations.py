"""Annotate lines of files in the forms that code hosts show: GitHub's commands, and SARIF 2.1.0.

`folder` is where the files' names start from, seen from the top of the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from posixpath import join, normpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlplumb.changes.comparison import Comparison
from sqlplumb.config import Severity
from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.render import words
from sqlplumb.render.paint import visible
from sqlplumb.schema import Object

if TYPE_CHECKING:
    from sqlplumb.lint import Finding, Rule


def annotate_measure(comparison: Comparison, strict: bool, folder: str = "") -> Iterator[str]:
    """`folder` is where the files' names start from, seen from the top of the repository."""
    if comparison.standing and comparison.state(strict) == "behind":
        title, behind = f"{comparison.current.source} is behind", words.behind(comparison.standing)
        yield _line("error", None, title=title, message=behind)
        return
    if comparison.standing:
        yield _line(
            "notice",
            None,
            title=comparison.current.source,
            message=words.stands(comparison.standing),
        )
    for change in words.without_inline(comparison.changes):
        current, desired = words.sides(change)
        message = words.headline(change, comparison.desired.source)
        message += _told("-", comparison.current.source, current)
        message += _told("+", comparison.desired.source, desired)
        place = words.place_of(change)
        yield _line(
            "error",
            place,
            title=f"{comparison.current.source} drifts",
            message=message,
            folder=folder,
        )
    for note in comparison.notes:
        level = "error" if strict else "notice"
        yield _line(
            level, None, title=comparison.current.source, message=f"{note.ref}: {words.noted(note)}"
        )


_GITHUB_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def annotate_finding(finding: Finding, folder: str = "") -> str:
    message = f"{finding.message}\n{finding.instead}"
    title = f"{finding.code} {finding.name}"
    return _line(
        _GITHUB_LEVELS[finding.severity], finding.place, title=title, message=message, folder=folder
    )


def annotate_problem(problem: Problem, folder: str = "") -> str:
    message = f"{problem.message}\n{problem.advice}" if problem.advice else problem.message
    return _line("error", problem.place, title="sqlplumb", message=message, folder=folder)


def _told(sign: str, source: str, fact: Object | None) -> str:
    return f"\n{sign} {fact.text}  ({source})" if fact else ""


def _line(level: str, place: Place | None, title: str, message: str, folder: str = "") -> str:
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
    """`folder` is where the files' names start from, seen from the top of the repository."""
    places = {rule.code: place for place, rule in enumerate(rules)}
    results = [_result(one, places, folder) for one in (*findings, *ignored)]
    driver = {"name": "sqlplumb", "version": version, "rules": [_rule(one) for one in rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, object]:
    help_text = f"{rule.harms} {rule.instead}"
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.triggers},
        "fullDescription": {"text": rule.harms},
        "help": {"text": help_text, "markdown": f"{rule.harms}\n\n{rule.instead}"},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }


def _result(finding: Finding, places: dict[str, int], folder: str) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. {finding.instead}"},
    }
    if location := _location(finding, folder):
        result["locations"] = [location]
    if finding.reason:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
    return result


def _location(finding: Finding, folder: str) -> dict[str, object]:
    location: dict[str, object] = {}
    if place := finding.place:
        region = {"startLine": place.line} | ({"startColumn": place.column} if place.column else {})
        file = quote(normpath(join(folder, place.file)))
        location["physicalLocation"] = {"artifactLocation": {"uri": file}, "region": region}
    if ref := finding.ref:
        location["logicalLocations"] = [{"fullyQualifiedName": ref.address, "kind": ref.kind}]
    return location
