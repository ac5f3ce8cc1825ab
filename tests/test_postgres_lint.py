"""The rules on PostgreSQL: those of its own by their examples, and all of them by files whose lines
say what must be found there. One database holds them all, each in a schema of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
from tests.postgres import MAJORS, server, url

from sqlplumb.commands.lint import judge_source
from sqlplumb.config import Settings
from sqlplumb.engines import engine
from sqlplumb.lint import RULES, Finding, Judgement, LintContext

CASES = Path(__file__).parent / "postgres_lint"
EXPECTED = re.compile(r"--\s*expect:\s*((?:[SC]\d+ ?)+)")
OF_SCHEMAS = [rule for rule in RULES if "postgresql" in rule.engines and rule.judges == "schema"]
EXAMPLES = [
    *((f"{rule.name}.bad", rule.bad, rule.code) for rule in OF_SCHEMAS),
    *((f"{rule.name}.good", rule.good, rule.code) for rule in OF_SCHEMAS),
]


def in_schema(name: str, text: str) -> str:
    """On one line before it, so that lines keep their numbers."""
    return f'CREATE SCHEMA "{name}"; SET search_path = "{name}"; ' + text.replace(
        "public.", f'"{name}".'
    )


@cache
def judged(major: int) -> Judgement:
    files = {name: in_schema(name, text) for name, text, _ in EXAMPLES}
    for file in sorted(CASES.glob("*.sql")):
        files[file.stem] = in_schema(file.stem, file.read_text("utf-8"))
    scratch = url(server(major), "postgres")
    source = engine("postgresql").open_script("all.sql", files, scratch=scratch, use_cache=False)
    settings = Settings(root=CASES)
    return judge_source(source, "", LintContext(settings=settings, rules=RULES))


def by_file(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    found = defaultdict[str, list[Finding]](list)
    for one in findings:
        assert one.place is not None, one
        found[one.place.file].append(one)
    return found


@pytest.mark.parametrize("major", MAJORS)
def test_the_bad_example_is_found_and_the_good_one_is_not(major: int) -> None:
    found = by_file(judged(major).findings)
    told = {name: [one.code for one in found[name]].count(code) for name, _, code in EXAMPLES}
    assert told == {name: int(name.endswith(".bad")) for name, _, _ in EXAMPLES}


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("file", sorted(CASES.glob("*.sql")), ids=lambda file: file.stem)
def test_each_line_says_what_is_found_there(file: Path, major: int) -> None:
    expected = {
        line: sorted(match[1].split())
        for line, said in enumerate(file.read_text("utf-8").splitlines(), 1)
        if (match := EXPECTED.search(said))
    }
    told = defaultdict[int, list[str]](list)
    for one in by_file(judged(major).findings)[file.stem]:
        if one.place and one.code != "C301":
            told[one.place.line] = sorted([*told[one.place.line], one.code])
    assert told == expected


@pytest.mark.parametrize("major", MAJORS)
def test_only_what_has_a_reason_is_ignored(major: int) -> None:
    ignored = judged(major).ignored
    assert [(one.code, one.reason, str(one.ref)) for one in ignored] == [
        ("S205", "a code", "rules.wanted.name")
    ]
    (idle,) = [one for one in by_file(judged(major).findings)["rules"] if one.code == "C301"]
    assert "gives no reason" in idle.message
