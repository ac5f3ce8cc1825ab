"""JUnit's XML, which every CI shows: a test for each mirror, rule or revision."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sqlplumb.findings import Finding
from sqlplumb.render.paint import one_line, visible
from sqlplumb.render.reports.report import Case, Report

_NO_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def junit(report: Report) -> str:
    root = Element("testsuites")
    name = f"sqlplumb {report.command}"
    suite = SubElement(root, "testsuite", name=name)
    failed = 0
    for case in report.cases:
        test = SubElement(suite, "testcase", classname=name, name=_label(case.name))
        failing = [finding for finding in case.findings if report.fails(finding)]
        failed += bool(failing)
        if failing:
            _fail(test, case, failing)
        rest = [finding for finding in case.findings if not report.fails(finding)]
        if rest := [*rest, *case.notes, *case.ignored]:
            SubElement(test, "system-out").text = _told(rest)
    broken = sum(case.is_broken for case in report.cases)
    counts = {"tests": len(report.cases), "failures": failed - broken, "errors": broken}
    for element in (root, suite):
        element.attrib |= {key: str(count) for key, count in counts.items()}
    indent(root)
    return _harmless(tostring(root, encoding="unicode"))


def _fail(test: Element, case: Case, failing: list[Finding]) -> None:
    outcome = SubElement(test, "error" if case.is_broken else "failure")
    first, more = failing[0], len(failing) - 1
    head = _label(first.message.partition("\n")[0])
    outcome.attrib |= {"message": f"{head}, and {more} more" if more else head, "type": first.code}
    outcome.text = _told(failing)


def _told(findings: Iterable[Finding]) -> str:
    lines = []
    for finding in findings:
        place = f"{finding.place}: " if finding.place else ""
        lines.append(f"{place}{finding.severity} {finding.code} {finding.message}")
        more = (f"ignored: {finding.reason}" if finding.reason else "") or finding.instead
        lines += [f"  {more}"] if more else []
    return _legal(visible("\n".join(lines)))


def _label(text: str) -> str:
    return _legal(one_line(text))


def _legal(text: str) -> str:
    """Show what XML has no way to hold."""
    return re.sub(_NO_XML, lambda match: ascii(match[0])[1:-1], text)


def _harmless(xml: str) -> str:
    """Let no line of it be a command of a log that it is shown in."""
    text = xml.replace("##", "&#35;#")
    return re.sub(r"(?m)^(\s*):", r"\1&#58;", text)
