"""`sqlplumb lint` as a person or a job meets it: what is judged, ignored, set and printed."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE logs (line TEXT);
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    boss_id INTEGER CONSTRAINT fk_boss REFERENCES people (id)
);
"""
SARIF = Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json"


@pytest.fixture
def linted(project: Project) -> Project:
    project.write("pyproject.toml", "[tool.sqlplumb]\n")
    project.write("schema.sql", SCHEMA)
    return project


def told(run: Run, *argv: str) -> list[tuple[str, int]]:
    """The codes and lines of what is found."""
    findings = run("lint", "--format", "json", *argv).json["findings"]
    return [(one["code"], one["where"]["line"] if one["where"] else 0) for one in findings]


def test_text_says_where_what_and_what_to_do(linted: Project, run: Run) -> None:
    ran = run("lint")
    lines = ran.out.splitlines()
    assert ran.code == 1
    assert lines[0] == "schema.sql:1:14: warning S101 table logs has no primary key"
    assert lines[1].startswith("    Give it a key")
    assert lines[2].startswith("schema.sql:4:21: error S104 boss_id of users refers to people")
    assert lines[-1].startswith("found  schema.sql: 1 error, 1 warning;")


def test_a_clean_schema_says_so_and_says_nothing_with_quiet(linted: Project, run: Run) -> None:
    linted.write("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);")
    assert (run("lint").code, run("lint").out) == (0, "clean  schema.sql: nothing found\n")
    assert run("lint", "--quiet").out == ""


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("", 1),
        ('severity = { S104 = "warning" }', 0),
        ('severity = { foreign-key-target = "off" }', 0),
        ('fail = "warning"\nseverity = { S104 = "off" }', 1),
        ('fail = "warning"\nseverity = { S104 = "off", S101 = "info" }', 0),
        ('fail = "info"\nseverity = { S104 = "off", S101 = "off" }', 0),
        ('severity = { S104 = "off", S101 = "error" }', 1),
    ],
)
def test_the_settings_say_what_fails(linted: Project, run: Run, settings: str, code: int) -> None:
    linted.write("pyproject.toml", f"[tool.sqlplumb.lint]\n{settings}\n")
    assert run("lint").code == code


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ('severity = { S999 = "off" }', "S999"),
        ('severity = { S101 = "loud" }', "loud"),
        ('severity = "off"', "severity"),
        ('fail = "never"', "never"),
        ("large = -1", "large"),
        ("additive = 1", "additive"),
        ('sevrity = { S101 = "off" }', "did you mean severity?"),
        ('rules = "none.py"', "none.py"),
    ],
)
def test_wrong_settings_are_refused(linted: Project, run: Run, settings: str, word: str) -> None:
    linted.write("pyproject.toml", f"[tool.sqlplumb.lint]\n{settings}\n")
    ran = run("lint")
    assert ran.code == 2
    assert word.lower() in ran.err.lower()


def test_settings_in_an_ini(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    severity = "[sqlplumb.lint.severity]\nS104 = warning\n"
    project.write("alembic.ini", f"[sqlplumb]\n[sqlplumb.lint]\nfail = warning\n{severity}")
    ran = run("lint")
    assert ran.code == 1
    assert "warning S104" in ran.out


IGNORED = [
    "CREATE TABLE t (x TEXT); -- sqlplumb: ignore S101 a log",
    "CREATE TABLE t (x TEXT); -- sqlplumb: ignore S101 a log\r\n-- and\r\n",
    "-- sqlplumb: ignore S101 a log\nCREATE TABLE t (x TEXT);",
    "-- sqlplumb: ignore missing-primary-key a log\n-- of sorts\nCREATE TABLE t (x TEXT);",
    "/* sqlplumb: ignore s101: a log */ CREATE TABLE t (x TEXT);",
    "CREATE TABLE t (\n    x TEXT\n); -- sqlplumb: ignore S101 a log",
    "CREATE TABLE t (id INTEGER PRIMARY KEY,\n    -- sqlplumb: ignore S111 so\n    x BOOL\n);",
    "CREATE TABLE t (id INTEGER PRIMARY KEY,\n    x BOOL, -- sqlplumb: ignore S111 so\n    y);",
    "CREATE TABLE t (id INTEGER PRIMARY KEY);\n"
    "CREATE INDEX i\n    ON t (id); -- sqlplumb: ignore S106 to show it",
]


@pytest.mark.parametrize("schema", IGNORED)
def test_what_has_a_reason_is_ignored(linted: Project, run: Run, schema: str) -> None:
    linted.write("schema.sql", schema)
    ran = run("lint", "--format", "json").json
    assert ran["findings"] == []
    assert [bool(one["reason"]) for one in ran["ignored"]] == [True]
    assert "1 ignored with a reason" in run("lint").out


def test_one_reason_for_several_rules(linted: Project, run: Run) -> None:
    said = "CREATE TABLE t (x TEXT UNIQUE); -- sqlplumb: ignore S101, unnamed-constraint"
    linted.write("schema.sql", f"{said} a log")
    assert told(run) == []
    linted.write("schema.sql", said)
    assert sorted(told(run)) == [("C301", 1), ("C301", 1), ("S101", 1), ("S110", 1)]


@pytest.mark.parametrize(
    ("schema", "findings"),
    [
        ("CREATE TABLE t (x TEXT); -- sqlplumb: ignore S101", [("C301", 1), ("S101", 1)]),
        ("CREATE TABLE t (x TEXT); -- sqlplumb: ignore", [("C301", 1), ("S101", 1)]),
        ("CREATE TABLE t (x TEXT); -- sqlplumb: ignore S999 so", [("C301", 1), ("S101", 1)]),
        ("CREATE TABLE t (x TEXT); -- sqlplumb: ignroe S101 so", [("C301", 1), ("S101", 1)]),
        ("CREATE TABLE t (x TEXT); -- sqlplumb: see the docs", [("S101", 1)]),
        ("CREATE TABLE t (x TEXT); -- sqlplumb: ignore S102 so", [("C302", 1), ("S101", 1)]),
        (
            "CREATE TABLE t (x TEXT); -- sqlplumb: ignore S101 a log\nCREATE TABLE u (x TEXT);",
            [("S101", 2)],
        ),
        ("CREATE TABLE t (x TEXT DEFAULT '-- sqlplumb: ignore S101 so');", [("S101", 1)]),
        # Of plans nobody was asked here, so nobody can say that there is nothing to ignore.
        ("CREATE TABLE t (id INTEGER PRIMARY KEY); -- sqlplumb: ignore P205 small", []),
    ],
)
def test_what_is_wrong_with_an_ignore(
    linted: Project, run: Run, schema: str, findings: list[tuple[str, int]]
) -> None:
    linted.write("schema.sql", schema)
    assert sorted(told(run)) == findings


def test_json(linted: Project, run: Run) -> None:
    ran = run("lint", "--format", "json")
    assert (ran.code, ran.json["version"], ran.json["failed"]) == (1, 1, True)
    first, second = ran.json["findings"]
    assert first["where"] == {"file": "schema.sql", "line": 1}
    assert (first["code"], first["name"], first["object"]) == (
        "S101",
        "missing-primary-key",
        "logs",
    )
    assert (second["severity"], second["kind"]) == ("error", "foreign key")


def test_github(linted: Project, run: Run) -> None:
    """What fails is annotated; the rest is a line of the log."""
    fails, rest = run("lint", "--format", "github").out.splitlines()
    assert fails.startswith("::error file=schema.sql,line=4,title=S104 foreign-key-target::")
    assert rest == "warning S101: schema.sql:1:14: table logs has no primary key"
    linted.write("pyproject.toml", '[tool.sqlplumb.lint]\nfail = "warning"\n')
    second, first = run("lint", "--format", "github").out.splitlines()
    assert first.startswith("::warning file=schema.sql,line=1,title=S101 missing-primary-key::")
    assert second.startswith("::error ")


def validated(text: str) -> Any:
    log = json.loads(text)
    Draft4Validator(json.loads(SARIF.read_text("utf-8"))).validate(log)
    return log


def test_sarif_is_valid_and_says_the_same(linted: Project, run: Run) -> None:
    linted.write("schema.sql", f"{SCHEMA}CREATE TABLE t (x TEXT); -- sqlplumb: ignore S101 a log\n")
    log = validated(run("lint", "--format", "sarif").out)
    (only,) = log["runs"]
    rules = only["tool"]["driver"]["rules"]
    results = only["results"]
    assert [one["ruleId"] for one in results] == ["S101", "S104", "S101"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results)
    assert [one["level"] for one in results] == ["warning", "error", "warning"]
    assert results[2]["suppressions"] == [{"kind": "inSource", "justification": "a log"}]
    (where,) = results[1]["locations"]
    assert where["physicalLocation"]["artifactLocation"] == {"uri": "schema.sql"}
    assert where["physicalLocation"]["region"]["startLine"] == 4


def test_sarif_of_nothing_and_of_odd_names(linted: Project, run: Run) -> None:
    linted.write("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);")
    assert validated(run("lint", "--format", "sarif").out)["runs"][0]["results"] == []
    linted.write("a b%.sql", 'CREATE TABLE "t.\n\x07" (x TEXT);')
    (result,) = validated(run("lint", "a b%.sql", "--format", "sarif").out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b%25.sql"


def test_explain(linted: Project, run: Run) -> None:
    by_code, by_name = (
        run("lint", "--explain", "s104"),
        run("lint", "--explain", "foreign-key-target"),
    )
    assert (by_code.code, by_code.out) == (0, by_name.out)
    headings = ("What triggers it", "What it does to you", "What to do instead", "Bad", "Good")
    assert [line for line in by_code.out.splitlines() if line in headings] == list(headings)
    wrong = run("lint", "--explain", "S1004")
    assert wrong.code == 2
    assert "did you mean S104?" in wrong.err


def test_other_sources(linted: Project, run: Run) -> None:
    url = linted.database("CREATE TABLE logs (line TEXT);")
    assert told(run, url) == [("S101", 0)]
    assert told(run, "schema.sql", url) == [("S101", 1), ("S104", 4), ("S101", 0)]
    assert run("lint", "nothing.sql").code == 2
    assert run("lint", "empty").code == 0


def test_a_mistake_in_the_schema_is_no_finding(linted: Project, run: Run) -> None:
    linted.write("schema.sql", "CREATE TABLE t (;")
    assert run("lint").code == 2


OWN = (Path(__file__).parents[1] / "docs/rules/README.md").read_text("utf-8")


def test_rules_of_the_project(linted: Project, run: Run) -> None:
    """The very file that the docs show."""
    (code,) = re.findall(r"```python\n(.*?)```", OWN, re.DOTALL)
    linted.write("ours/rules.py", code)
    linted.write("pyproject.toml", '[tool.sqlplumb.lint]\nrules = "ours/rules.py"\n')
    linted.write("schema.sql", "CREATE TABLE task (id INTEGER PRIMARY KEY);")
    assert told(run) == [("X901", 1)]
    assert "not in the plural" in run("lint").out
    assert "Call it in the plural" in run("lint", "--explain", "X901").out
    linted.write(
        "schema.sql",
        "CREATE TABLE task (id INTEGER PRIMARY KEY); -- sqlplumb: ignore X901 as it was",
    )
    assert told(run) == []


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("x = 1", "holds no rules"),
        ("RULES = [1]", "holds no rules"),
        ("raise ValueError('so')", "ValueError: so"),
        ("from sqlplumb.lint import RULES", "is taken"),
        ("def (", "SyntaxError"),
    ],
)
def test_rules_that_are_none(linted: Project, run: Run, code: str, word: str) -> None:
    linted.write("rules.py", code)
    linted.write("pyproject.toml", '[tool.sqlplumb.lint]\nrules = "rules.py"\n')
    ran = run("lint")
    assert ran.code == 2
    assert word in ran.err


PLAIN = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"


@pytest.fixture
def history(project: Project) -> Project:
    project.alembic("[sqlplumb]\n")
    project.write("schema.sql", PLAIN)
    project.revision("r1", None, f"op.execute({PLAIN!r})")
    return project


def test_the_plan_from_the_history_is_judged_too(history: Project, run: Run) -> None:
    assert told(run) == []
    history.write("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT);")
    codes = [code for code, _ in told(run)]
    assert ("P202" in codes, "P204" in codes) == (False, True), "one answer mends both"
    assert run("lint").code == 1
    settings = '[tool.sqlplumb.lint]\nseverity = { rename-without-hint = "off" }\n'
    history.write("pyproject.toml", settings)
    codes = [code for code, _ in told(run)]
    assert ("P202" in codes, "P204" in codes) == (True, False)
    assert told(run, "schema.sql") == []


def test_a_plan_can_be_ignored_where_it_is_written(history: Project, run: Run) -> None:
    column = "b TEXT -- sqlplumb: ignore P204 another thing\n"
    history.write("schema.sql", f"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, {column});")
    assert ("C302", 1) in told(run)
    history.write("schema.sql", f"CREATE TABLE t (id INTEGER PRIMARY KEY, {column});")
    assert "P204" not in [code for code, _ in told(run)]


def test_a_history_that_fails_is_told_and_the_schema_judged(history: Project, run: Run) -> None:
    history.revision("r2", "r1", "raise ValueError('broken')")
    history.write("schema.sql", SCHEMA)
    ran = run("lint")
    assert "the plan from history was not judged" in ran.err
    assert "S104" in ran.out


def test_a_plan_from_another_source_and_its_rows(linted: Project, run: Run) -> None:
    linted.write("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);")
    url = linted.database(PLAIN)
    assert ("P206", 1) not in told(run, "--against", url)
    with closing(sqlite3.connect("app.db")) as connection:
        connection.execute("INSERT INTO t (a) VALUES (NULL)")
        connection.commit()
    assert ("P206", 1) in told(run, "--against", url)
    linted.write("other.sql", PLAIN)
    assert ("P206", 1) in told(run, "--against", "other.sql", "--database", url)
    assert ("P206", 1) in told(run, "--database", url)
    assert ("P206", 1) in told(run, "schema.sql", "--database", url)
    assert "1 row of t would be refused" in run("lint", "--against", url).out


def test_additive_only(linted: Project, run: Run) -> None:
    linted.write(
        "schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT -- @renamed from=a\n);"
    )
    linted.write("other.sql", PLAIN)
    assert run("lint", "--against", "other.sql").code == 0
    linted.write("pyproject.toml", "[tool.sqlplumb.lint]\nadditive = true\n")
    assert run("lint", "--against", "other.sql").code == 1


def test_a_revision_that_drops(history: Project, run: Run) -> None:
    history.revision("r2", "r1", "pass", "op.drop_column('t', 'a')")
    history.write("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);")
    ran = run("lint", "r2")
    assert ran.code == 1
    assert "migrations/versions/r2.py:10: error P202 this drops column t.a" in ran.out
    assert run("lint", "r1").code == 0
    assert run("lint", "base:heads").code == 1
    assert run("lint", "r2:").code == 1
    assert run("lint", "r9").code == 2
    assert run("lint", "r2", "--against", "empty").code == 2


def codes(run: Run, *argv: str) -> set[str]:
    return {code for code, _ in told(run, *argv)}


def test_a_revision_that_renames_loses_nothing(history: Project, run: Run) -> None:
    history.revision(
        "r2",
        "r1",
        "op.execute('ALTER TABLE t RENAME COLUMN a TO b')",
        "op.execute('ALTER TABLE t RENAME TO u')",
    )
    assert codes(run, "r2") <= {"P208", "P209"}
    assert run("lint", "r2").code == 0


def test_a_rename_in_batch_mode_loses_nothing(history: Project, run: Run) -> None:
    history.revision(
        "r2",
        "r1",
        "with op.batch_alter_table('t', recreate='always') as batch:",
        "    batch.alter_column('a', new_column_name='b')",
    )
    assert codes(run, "r2") & {"P201", "P202", "P204"} == set()


@pytest.mark.parametrize("style", ["batch", "sql"])
@pytest.mark.parametrize("value", ["id", "id * 2"])
@pytest.mark.parametrize("renamed", ["TABLE t", "TABLE u /* @renamed from=t */"])
def test_what_revise_fills_has_a_value(
    renamed: str, value: str, style: str, history: Project, run: Run
) -> None:
    """A column that begins as a copy of another one as well."""
    b = f"b INT NOT NULL /* @backfill {value} */"
    history.write("schema.sql", f"CREATE {renamed} (id INTEGER PRIMARY KEY, a TEXT,\n{b});")
    done = run("revise", "-m", "filled", "--rev-id", "r2", "--style", style)
    assert done.code == 0, done.err
    assert codes(run, "r2") & {"P206", "P207"} == set()


def test_a_revision_that_fills_a_column_has_a_value_for_it(history: Project, run: Run) -> None:
    steps = [
        "op.add_column('t', sa.Column('b', sa.Text()))",
        """op.execute("UPDATE t SET b = coalesce(a, '')")""",
        "with op.batch_alter_table('t') as batch:",
        "    batch.alter_column('b', nullable=False)",
    ]
    history.revision("r2", "r1", *steps)
    assert "P207" not in codes(run, "r2")
    history.revision("r2", "r1", steps[0], *steps[2:])
    assert "P207" in codes(run, "r2")


def test_a_data_step_beside_a_drop(history: Project, run: Run) -> None:
    drop = "op.drop_column('t', 'a')"
    history.revision(
        "r2",
        "r1",
        "op.add_column('t', sa.Column('a_first', sa.Text()))",
        "op.add_column('t', sa.Column('a_last', sa.Text()))",
        drop,
    )
    assert "P211" in codes(run, "r2")
    history.revision(
        "r2",
        "r1",
        "op.add_column('t', sa.Column('a_first', sa.Text()))",
        "op.add_column('t', sa.Column('a_last', sa.Text()))",
        "op.execute('UPDATE t SET a_first = a, a_last = a')",
        drop,
    )
    assert "P211" not in codes(run, "r2")


def test_an_index_that_is_dropped_and_made_again(history: Project, run: Run) -> None:
    history.revision("r2", "r1", "op.create_index('i', 't', ['a'])")
    history.revision("r3", "r2", "op.drop_index('i')", "op.create_index('i', 't', ['a'])")
    assert codes(run, "r3") == {"P210"}
    assert codes(run, "r2") == set()


def test_a_revision_says_why_it_may(history: Project, run: Run) -> None:
    because = "# sqlplumb: ignore P202 nobody reads it since May"
    history.revision("r2", "r1", because, "op.drop_column('t', 'a')")
    assert "P202" not in codes(run, "r2")
    assert run("lint", "r2").code == 0
    history.revision("r2", "r1", "# sqlplumb: ignore P202", "op.drop_column('t', 'a')")
    assert codes(run, "r2") >= {"C301", "P202"}


def test_of_many_revisions_only_the_number_stands_in_the_verdict(
    history: Project, run: Run
) -> None:
    for number in range(2, 6):
        history.revision(f"r{number}", f"r{number - 1}", "pass")
    assert "  revision r1, revision r2, revision r3: " in run("lint", "base:r3").out
    assert "  5 sources: " in run("lint", "base:r5").out
