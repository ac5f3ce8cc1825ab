"""The rules on PostgreSQL: those of its own by their examples, and all of them by files whose lines
say what must be found there. One database holds them all, each in a schema of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import MAJORS, server, url

from sqlplumb.commands.lint import judge_source
from sqlplumb.config import Settings
from sqlplumb.engines import Named, engine
from sqlplumb.lint import RULES, Finding, Judgement, LintContext, Rule, judge_plan
from sqlplumb.schema import Schema
from sqlplumb.steps import Plan, Target

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


OF_REVISIONS = [
    rule for rule in RULES if "postgresql" in rule.engines and rule.judges == "revision"
]
MORE = {  # what else is found, and what is close by
    "UPDATE tasks SET owner = 1": ["R417"],
    "UPDATE tasks SET owner = 1 WHERE owner = 2": [],
    "LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE; UPDATE tasks SET owner = 1": ["R413", "R417"],
    "DELETE FROM tasks": ["R417"],
    "ALTER TABLE tasks ALTER title SET NOT NULL": ["R413"],
    "ALTER TABLE tasks ADD UNIQUE (owner)": ["R413"],
    "ALTER TABLE tasks ADD COLUMN at timestamptz DEFAULT now()": [],
    "ALTER TABLE tasks ADD COLUMN at timestamptz DEFAULT clock_timestamp()": ["R412"],
    "TRUNCATE tasks": [],
    "ALTER TABLE tasks ADD CHECK (owner > 0) NOT VALID": [],
    "CREATE INDEX ON tasks (owner)": ["R414"],
    "CREATE TABLE notes (id bigint REFERENCES tasks (id))": [],
}


class _Operations:
    """What `op` is in an example: its statements are written down."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, statement: str) -> None:
        self.statements.append(statement)


def codes(schema: str, statements: Sequence[str], major: int) -> list[str]:
    """Run statements on a scratch, in one transaction, and judge what was measured."""
    door = engine("postgresql")
    empty = Schema({}, engine="postgresql")
    plan = Plan(current=empty, desired=empty, changes=(), steps=(), target=Target(version=(major,)))
    with door.open_scratch(url(server(major), "postgres")) as scratch:
        scratch.run(schema)
        ran = list[str]()
        scratch.record(ran)
        with scratch.alchemy.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        traces = scratch.executed(ran).traces
    found = judge_plan(plan, rules=OF_REVISIONS, statements=ran, named=Named(), traces=traces)
    return [one.code for one in found]


@pytest.mark.parametrize("rule", OF_REVISIONS, ids=lambda rule: rule.name)
def test_a_revision_is_judged_by_what_was_measured(rule: Rule) -> None:
    for example, expected in ((rule.bad, [rule.code]), (rule.good, [])):
        schema = "".join(line[2:] for line in example.splitlines() if line.startswith("# "))
        op = _Operations()
        names: dict[str, Any] = {"op": op}
        exec(example, names)  # noqa: S102
        names["upgrade"]()
        told = codes(schema, op.statements, MAJORS[-1])
        assert [code for code in told if code == rule.code] == expected, told


@pytest.mark.parametrize("major", MAJORS[-1:])
def test_what_else_a_revision_does(major: int) -> None:
    schema = "CREATE TABLE tasks (id bigint PRIMARY KEY, title text, owner bigint);"
    patient = "SET LOCAL lock_timeout = '5s'"
    told = {
        statements: codes(schema, [patient, *statements.split("; ")], major) for statements in MORE
    }
    assert told == MORE
