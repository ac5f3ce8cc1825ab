"""Reports for a CI: each command in each format, held to its schema, whatever a name holds."""

from __future__ import annotations

import itertools
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlplumb.config import SEVERITIES
from sqlplumb.findings import Finding
from sqlplumb.places import Place
from sqlplumb.render.findings import as_json
from sqlplumb.render.findings import report as as_text
from sqlplumb.render.reports import Case, Report, rendered
from sqlplumb.render.reports.report import DRIFT

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.reports import assert_harmless, held_code_quality, held_junit, held_sarif
else:
    from reports import assert_harmless, held_code_quality, held_junit, held_sarif

FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")
SCHEMA = """\
CREATE TABLE tasks (task_id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 1);
CREATE TABLE logs (line TEXT);
"""
LIVE = SCHEMA.replace("DEFAULT 1", "DEFAULT 0") + "CREATE INDEX old ON tasks (priority);"


@pytest.fixture
def drifted(project: Project) -> Project:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        project.patch.delenv(name, raising=False)
    project.write("schema.sql", SCHEMA)
    project.write("pyproject.toml", '[tool.sqlplumb]\ndatabases = ["sqlite:///app.db"]\n')
    project.database(LIVE)
    project.database(SCHEMA, "same.db")
    return project


def test_a_check_as_junit_has_a_test_for_each_mirror(drifted: Project, run: Run) -> None:
    sources = ("sqlite:///same.db", "sqlite:///app.db", "sqlite:///none.db")
    ran = run("check", *sources, "--format", "junit")
    root = held_junit(ran.out)
    assert (ran.code, root.attrib) == (4, {"tests": "3", "failures": "1", "errors": "1"})
    same, differs, unread = root.iter("testcase")
    assert [case.attrib["name"] for case in (same, differs, unread)] == [*sources]
    assert len(same) == 0
    failure, error = differs.find("failure"), unread.find("error")
    assert failure is not None and failure.attrib["type"] == "drift"
    assert failure.attrib["message"].endswith(", and 1 more")
    assert "schema.sql:1" in (failure.text or "")
    assert error is not None and error.attrib["type"] == "unmeasured"


def test_a_check_as_sarif(drifted: Project, run: Run) -> None:
    ran = run("check", "sqlite:///app.db", "sqlite:///none.db", "--format", "sarif")
    told = held_sarif(ran.out)
    results = told["results"]
    assert told["automationDetails"]["id"] == "sqlplumb check/"
    assert [one["ruleId"] for one in results] == ["drift", "drift", "unmeasured"]
    names = [one["id"] for one in told["tool"]["driver"]["rules"]]
    assert all(names[one["ruleIndex"]] == one["ruleId"] for one in results)
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert {place["artifactLocation"]["uri"] for place in places} == {"schema.sql"}
    assert places[1]["region"] == {"startLine": 1}  # what the schema does not hold has no line


def test_what_is_accepted_is_suppressed_and_no_issue(drifted: Project, run: Run) -> None:
    settings = 'accept = [{ object = "tasks.priority", reason = "later" },'
    settings += ' { object = "old", reason = "of a report" }]'
    with (drifted.root / "pyproject.toml").open("a") as file:
        file.write(settings)
    results = held_sarif(run("check", "--format", "sarif").out)["results"]
    assert [one["suppressions"][0]["justification"] for one in results] == ["later", "of a report"]
    assert held_code_quality(run("check", "--format", "gitlab").out) == []
    (case,) = held_junit(run("check", "--format", "junit").out).iter("testcase")
    assert [child.tag for child in case] == ["system-out"]


def test_code_quality_tells_an_issue_wherever_its_line_is(drifted: Project, run: Run) -> None:
    first = held_code_quality(run("lint", "--format", "gitlab").out)
    assert [(one["check_name"], one["severity"]) for one in first] == [("S101", "minor")]
    assert first[0]["location"] == {"path": "schema.sql", "lines": {"begin": 2}}
    drifted.write("schema.sql", f"-- one more line\n{SCHEMA}")
    second = held_code_quality(run("lint", "--format", "gitlab").out)
    assert second[0]["location"]["lines"] == {"begin": 3}
    assert first[0]["fingerprint"] == second[0]["fingerprint"]


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_files_are_named_from_the_top_of_the_repository(
    drifted: Project, run: Run, variable: str
) -> None:
    drifted.patch.setenv(variable, str(drifted.root.parent))
    name = f"{drifted.root.name}/schema.sql"
    issues = held_code_quality(run("check", "--format", "gitlab").out)
    assert {issue["location"]["path"] for issue in issues} == {name}
    assert f"file={name},line=1" in run("check", "--format", "github").out


def test_lint_as_junit_has_a_test_for_each_rule(drifted: Project, run: Run) -> None:
    """A finding that fails nothing is told, and its test passes."""
    cases = {
        case.attrib["name"].split()[0]: case
        for case in held_junit(run("lint", "--format", "junit").out).iter("testcase")
    }
    assert [child.tag for child in cases["S101"]] == ["system-out"]
    assert [*cases["S104"]] == []
    drifted.write(
        "pyproject.toml", '[tool.sqlplumb.lint]\nfail = "warning"\nseverity.S104 = "off"\n'
    )
    root = held_junit(run("lint", "--format", "junit").out)
    cases = {case.attrib["name"].split()[0]: case for case in root.iter("testcase")}
    assert [child.tag for child in cases["S101"]] == ["failure"]
    assert "S104" not in cases


@pytest.fixture
def history(project: Project) -> Project:
    project.alembic("[sqlplumb]\n")
    project.write("schema.sql", "CREATE TABLE t (a TEXT);")
    project.revision("r1", None, "op.execute('CREATE TABLE t (a TEXT)')")
    return project


def test_proofs_in_each_format(history: Project, run: Run) -> None:
    ran = run("prove", "--format", "json")
    assert (ran.code, ran.json["proved"]) == (1, False)  # it has no way back
    (revision,) = ran.json["revisions"]
    assert (revision["revision"], revision["file"]) == ("r1", "migrations/versions/r1.py")
    assert revision["failures"][0]["message"]
    (case,) = held_junit(run("prove", "--format", "junit").out).iter("testcase")
    assert (case.attrib["name"], case[0].tag) == ("r1", "failure")
    (result, *_) = held_sarif(run("prove", "--format", "sarif").out)["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "migrations/versions/r1.py"
    (line, *_) = run("prove", "--format", "github").out.splitlines()
    assert line.startswith("::error file=migrations/versions/r1.py,line=1,title=unproved r1::")
    assert held_code_quality(run("prove", "--format", "gitlab").out)


def test_one_run_writes_several_reports(drifted: Project, run: Run) -> None:
    files = [f"{format}=out.{format}" for format in ("json", "gitlab", "junit", "sarif")]
    ran = run("check", *itertools.chain.from_iterable(("--report", file) for file in files))
    assert (ran.code, ran.out) == (1, run("check").out)
    for written in files:
        format, _, name = written.partition("=")
        assert (drifted.root / name).read_text() == run("check", "--format", format).out
    wrong = run("check", "--report", "pdf=out.pdf")
    assert (wrong.code, "names no format and file" in wrong.err) == (2, True)


@pytest.mark.parametrize("command", ["check", "lint", "prove"])
def test_a_report_is_whole_where_nothing_could_be_judged(
    history: Project, run: Run, command: str
) -> None:
    history.write("schema.sql", "CREATE TABLE t (;")
    (case,) = held_junit(run(command, "--format", "junit", "--report", "sarif=it.sarif").out).iter(
        "testcase"
    )
    assert case[0].tag == "error"
    (result,) = held_sarif((history.root / "it.sarif").read_text())["results"]
    assert (result["ruleId"], result["level"]) == ("failed", "error")
    ran = run(command, "--format", "gitlab")
    assert (ran.code, len(held_code_quality(ran.out))) == (2, 1)


def test_no_report_of_an_earlier_run_is_left_where_this_one_ends_early(
    drifted: Project, run: Run
) -> None:
    reports = ("--report", "json=it.json", "--report", "junit=it.xml")
    assert run("check", *reports).code == 1

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("told")

    drifted.patch.setattr("sqlplumb.commands.check.compare_accepting", broken)
    assert run("check", *reports).code == 3
    assert not (drifted.root / "it.json").exists()
    (case,) = held_junit((drifted.root / "it.xml").read_text()).iter("testcase")
    assert (case[0].tag, "told" in case[0].attrib["message"]) == ("error", True)


HOSTILE = (
    "##[set-env name=A]b",
    "##vso[task.setvariable variable=a]b",
    "x\n::set-env name=A::b",
    "x\r\n  ::add-mask::b\r",
    "::stop-commands::t",
    "a%0A::error::b%25",
    "a,title=b::c",
    "\x1b[0Ksection_start:1700000000:x\r\x1b[0K",
    "\x1b]8;;http://h\x07t\x1b]8;;\x07",
    "]]></failure><x a='&lt;",
    "a\u2028::error::b\u202ec\x85d",
)


def hostile(name: str, prefix: str, more: str = "") -> str:
    """A table with such names in every place that SQL has for one."""
    it, word = f'"{prefix}{name}"', f'"{name}"'
    text = "'" + name.replace("'", "''") + "'"
    return (
        f"CREATE TABLE {it} ({word} TEXT DEFAULT {text}, b BOOLEAN{more},"
        f" p REFERENCES {word} ({word}), CONSTRAINT {word} CHECK ({word} <> {text}));\n"
        f'CREATE INDEX "i{prefix}{name}" ON {it} ({word});\n'
        f'CREATE VIEW "v{prefix}{name}" AS SELECT {text} AS {word};\n'
    )


@pytest.mark.parametrize("command", ["check", "lint", "diff", "status"])
def test_no_name_is_a_command_of_a_log(project: Project, run: Run, command: str) -> None:
    file = "".join(HOSTILE).replace("/", "") + ".sql"
    written = "".join(hostile(name, "a") + hostile(name, "b", ", c TEXT") for name in HOSTILE)
    project.write(file, written)
    with closing(sqlite3.connect("app.db")) as connection:
        for name in HOSTILE:
            connection.executescript(hostile(name, "b") + hostile(name, ""))
    source = {"lint": [file], "diff": ["sqlite:///app.db", file]}
    argv = source.get(command, ["sqlite:///app.db"])
    project.write("pyproject.toml", f"[tool.sqlplumb]\nschema = {json.dumps(file)}\n")
    for format in FORMATS if command in ("check", "lint") else FORMATS[:2]:
        ran = run(command, *argv, "--format", format)
        assert ran.code in (0, 1), ran.err
        assert assert_harmless(ran.out, format)
        assert_harmless(ran.err, "text")


words = st.lists(
    st.sampled_from((*HOSTILE, "##", "[", ":", "\n", " ", "\udc80", "\ufffe")), min_size=1
).map("".join)
findings = st.builds(
    Finding,
    code=st.sampled_from(["S101", "drift"]),
    name=words,
    severity=st.sampled_from(SEVERITIES),
    message=words,
    instead=words,
    place=st.none() | st.builds(Place, words, st.integers(1, 9), st.integers(0, 9)),
    reason=words,
)


@given(name=words, found=st.lists(findings, max_size=3), ignored=st.lists(findings, max_size=2))
def test_nothing_that_is_found_is_a_command_of_a_log(
    name: str, found: list[Finding], ignored: list[Finding]
) -> None:
    case = Case(name=name, findings=(*found,), ignored=(*ignored,))
    kinds = tuple(replace(DRIFT, name=code) for code in ("S101", "drift"))
    report = Report(command="lint", cases=(case,), kinds=kinds, version="1")
    for format in FORMATS[2:]:
        assert_harmless(f"{rendered(report, format)}\n".removeprefix("\n"), format)
    assert_harmless(f"{as_text(found, [name])}\n", "text")
    told = as_json(found, ignored, judged=[name], is_failing=False)
    assert [one["message"] for one in assert_harmless(f"{told}\n", "json")["findings"]] == [
        finding.message for finding in found
    ]
