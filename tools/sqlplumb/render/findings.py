"""Report findings and rules to people and to machines. The JSON of findings is fixed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from textwrap import fill, indent

from sqlplumb.config import SEVERITIES
from sqlplumb.lint import Finding, Rule
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
        "version": VERSION,
        "judged": list(judged),
        "failed": is_failing,
        "findings": [as_value(finding) for finding in findings],
        "ignored": [{**as_value(finding), "reason": finding.reason} for finding in ignored],
    }
    return json.dumps(value, indent=2)


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


_PROJECT_RULES = """
## Your own

```toml
[tool.sqlplumb.lint]
rules = "tools/our_rules.py"
```

names a Python file that sets `RULES`. A rule's function is given a `Schema`, which knows its
tables (`schema.tables["tasks"].columns["status"]`, `.primary_key`, `.checks`, `.indexes`) or, with
`judges="plan"` or `judges="revision"`, an `Outlook` (a plan and what is known beside it):

```python
from sqlplumb.lint import Found, Rule


def find(schema):
    for table in schema.tables.values():
        if not table.name.endswith("s"):
            yield Found(table.ref, f"table {table.display} is not in the plural")


RULES = [
    Rule(
        code="X901",
        name="table-in-the-singular",
        severity="warning",
        triggers="A table whose name does not end with s.",
        harms="Nobody remembers which tables are in the plural.",
        instead="Call it in the plural.",
        bad="CREATE TABLE task (id INTEGER PRIMARY KEY);",
        good="CREATE TABLE tasks (id INTEGER PRIMARY KEY);",
        find=find,
    )
]
```
"""
_KINDS = {
    "schema": "Schemas",
    "plan": "Plans and revisions",
    "revision": "Revisions",
    "comment": "Ignores",
    "query": "Queries",
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
    sections += [f"Bad\n{indent(rule.bad, '    ')}", f"Good\n{indent(rule.good, '    ')}"]
    title = f"{rule.code} {rule.name} ({rule.severity})"
    return "\n\n".join([title, *sections, ignoring(rule)])


def ignoring(rule: Rule, quote: str = "") -> str:
    if rule.judges == "comment":
        return "It cannot be ignored."
    mark = "#" if rule.judges == "revision" else "--"
    return f"To let one stand: {quote}{mark} sqlplumb: ignore {rule.code} REASON{quote}"


def page(rule: Rule) -> str:
    engines = f" Only for {' and '.join(rule.engines)}." if rule.engines else ""
    language = "python" if rule.judges == "revision" else "sql"
    return f"""\
# {rule.code} {rule.name}

Severity: {rule.severity}.{engines}

## What triggers it

{fill(rule.triggers, 100)}

## What it does to you

{fill(rule.harms, 100)}

## What to do instead

{fill(rule.instead, 100)}

## Bad

```{language}
{rule.bad}
```

## Good

```{language}
{rule.good}
```

{ignoring(rule, "`")}
"""


def index(rules: Sequence[Rule]) -> str:
    look = (
        "What `sqlplumb lint` looks for, and `sqlplumb queries` in the queries of an application."
        " `sqlplumb lint --explain CODE` shows one in a terminal."
    )
    lines = ["# Rules", "", look]
    for kind, title in _KINDS.items():
        lines.append(f"\n## {title}\n\n| rule | severity | what triggers it |\n| --- | --- | --- |")
        for rule in rules:
            if rule.judges == kind:
                link = f"[{rule.code} {rule.name}]({rule.name}.md)"
                lines.append(f"| {link} | {rule.severity} | {rule.triggers} |")
    return "\n".join([*lines, _PROJECT_RULES])
