"""What reports for machines must be: each format held to its schema, and harmless in a log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jsonschema import Draft4Validator, Draft202012Validator

HERE = Path(__file__).parent
SARIF = HERE / "sarif" / "sarif-2.1.0-rtm.5.json"
CODE_QUALITY = HERE / "ci" / "code-quality.json"

# What the readers of Jenkins and GitLab take: the attributes of each element, those that must be
# there with a star, and its children.
JUNIT = {
    "testsuites": ("tests failures errors name time", "testsuite"),
    "testsuite": ("name* tests* failures errors skipped time timestamp", "testcase"),
    "testcase": ("name* classname* time file line", "error failure skipped system-out"),
    "error": ("message type", ""),
    "failure": ("message type", ""),
    "system-out": ("", ""),
}
# Of GitHub, Azure and TeamCity, as their runners look for them; and what steers a terminal, with
# which GitLab's sections begin.
COMMAND = re.compile(
    r"##\w*\[|^[ \t]*::|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", re.MULTILINE
)
OURS = re.compile(r"^::(?:error|warning|notice) (?:file=[^,:\n]*,line=\d+,)?title=[^,:\n]*::")


def held_sarif(text: str) -> Any:
    log = json.loads(text)
    Draft4Validator(json.loads(SARIF.read_text("utf-8"))).validate(log)
    (run,) = log["runs"]
    assert all(one["locations"] for one in run["results"])  # GitHub shows no result without one
    return run


def held_code_quality(text: str) -> Any:
    issues = json.loads(text)
    Draft202012Validator(json.loads(CODE_QUALITY.read_text("utf-8"))).validate(issues)
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints)
    return issues


def held_junit(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text)  # noqa: S314 (of our own)
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = JUNIT[element.tag]
        known = {name.rstrip("*") for name in attributes.split()}
        needed = {name.rstrip("*") for name in attributes.split() if name.endswith("*")}
        assert needed <= set(element.keys()) <= known, element.attrib
        assert {child.tag for child in element} <= set(children.split())
    for suite in (root, *root):
        cases = [*suite.iter("testcase")]
        assert int(suite.attrib["tests"]) == len(cases)
        for count, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[count]) == sum(case.find(tag) is not None for case in cases)
    return root


def held_annotations(text: str) -> list[str]:
    """Return the annotations; every other line is text that no runner obeys."""
    lines = text.splitlines()
    ours = [line for line in lines if OURS.match(line)]
    assert [line for line in lines if line not in ours and COMMAND.search(line)] == []
    return ours


HELD: dict[str, Callable[[str], Any]] = {
    "sarif": held_sarif,
    "gitlab": held_code_quality,
    "junit": held_junit,
    "github": held_annotations,
    "json": json.loads,
    "text": str,
}


def assert_harmless(text: str, format: str) -> Any:
    """Hold an output to its format, and see that no line of it steers a CI or a terminal."""
    assert [*text.splitlines(), ""] == text.split("\n")
    if format != "github":
        assert COMMAND.search(text) is None, COMMAND.search(text)
    return HELD[format](text)
