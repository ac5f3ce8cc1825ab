"""Annotations of GitHub Actions: a command of its log for each finding that fails the run.

What fails nothing stands in the log as text: GitHub shows ten annotations of a kind, and these are
for what must be mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import join, normpath

from sqlplumb.config import SEVERITIES, Severity
from sqlplumb.errors import Problem
from sqlplumb.findings import Finding
from sqlplumb.places import Place
from sqlplumb.render.paint import one_line, visible
from sqlplumb.render.reports.report import STANDS, Report
from sqlplumb.render.words import counted

_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def github(report: Report) -> str:
    """Annotate what fails, the gravest first; then tell the rest in lines of text."""
    failing = [finding for finding in report.findings if report.fails(finding)]
    rest = [finding for finding in report.findings if not report.fails(finding)]
    lines = [
        _annotation(finding, report.folder)
        for finding in sorted(failing, key=lambda finding: -SEVERITIES.index(finding.severity))
    ]
    lines += [_told(finding) for finding in rest if finding.severity != "info"]
    lines += [_told(finding) for finding in report.ignored]
    lines += [_told(note) for note in report.notes if note.code == STANDS.code]
    noted = [note for note in report.notes if note.code != STANDS.code]
    if notes := len(noted) + sum(finding.severity == "info" for finding in rest):
        them = "it" if notes == 1 else "them"
        lines.append(f"{counted(notes, 'note')}: `sqlplumb {report.command}` lists {them}")
    return "\n".join(lines)


def annotate_problem(problem: Problem, folder: str = "") -> str:
    message = f"{problem.message}\n{problem.advice}" if problem.advice else problem.message
    return _command("error", problem.place, title="sqlplumb", message=message, folder=folder)


def _annotation(finding: Finding, folder: str) -> str:
    title, message = f"{finding.code} {finding.name}", f"{finding.message}\n{finding.instead}"
    level = _LEVELS[finding.severity]
    return _command(level, finding.place, title=title, message=message, folder=folder)


def _told(finding: Finding) -> str:
    """One line, which begins with a word of ours."""
    level = "ignored" if finding.reason else finding.severity
    place = f" {one_line(str(finding.place))}:" if finding.place else ""
    return f"{level} {finding.code}:{place} {one_line(finding.message)}"


def _command(level: str, place: Place | None, title: str, message: str, folder: str = "") -> str:
    where = ""
    if place:
        where = f"file={_property(normpath(join(folder, place.file)))},line={place.line},"
    return f"::{level} {where}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
