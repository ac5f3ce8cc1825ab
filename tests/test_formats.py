"""What is said of a difference: the text, the JSON that the contract fixes, the annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = """\
CREATE TABLE tasks (
    task_id INTEGER PRIMARY KEY,
    priority INTEGER NOT NULL DEFAULT 1,
    note TEXT
);
"""
LIVE = """\
create table "tasks" (
    task_id integer primary key, priority integer not null default 0, old text
);
CREATE INDEX idx_tasks ON tasks (old);
"""


@pytest.fixture
def drifted(project: Project) -> Project:
    project.write("schema.sql", SCHEMA)
    project.database(LIVE)
    return project


def test_text_names_the_line_and_both_texts(project: Project, run: Run) -> None:
    predicate = " WHERE state <> 'done'"
    schema = (
        f"CREATE TABLE tasks (state TEXT);\n\nCREATE INDEX idx_tasks ON tasks (state){predicate};\n"
    )
    project.write("schema.sql", schema)
    ran = run("check", project.database(schema.replace(predicate, "")))
    lines = [line.strip() for line in ran.out.splitlines()]
    (headline,) = [line for line in lines if line.startswith("index idx_tasks:")]
    assert headline.endswith("schema.sql:3")
    assert "- CREATE INDEX idx_tasks ON tasks (state)" in lines
    assert f"+ CREATE INDEX idx_tasks ON tasks (state){predicate}" in lines
    assert lines[-1].startswith("drift  sqlite:///app.db against schema.sql: 1 difference")


def test_text_tells_every_change_where_a_view_takes_the_name_of_a_table(
    project: Project, run: Run
) -> None:
    project.write("a.sql", "CREATE TABLE u (x TEXT);\nCREATE TABLE t (x TEXT);\n")
    project.write("b.sql", "CREATE TABLE u (x TEXT);\nCREATE VIEW t AS SELECT x FROM u;\n")
    ran = run("diff", "a.sql", "b.sql")
    assert "- CREATE TABLE t (x TEXT)" in ran.out
    assert "+ CREATE VIEW t AS SELECT x FROM u" in ran.out


def test_json_of_a_diff(drifted: Project, run: Run) -> None:
    ran = run("diff", "sqlite:///app.db", "schema.sql", "--format", "json")
    told = ran.json
    assert (ran.code, ran.err) == (1, "")
    assert (told["version"], told["equal"]) == (1, False)
    assert told["current"]["source"] == "sqlite:///app.db"
    assert told["desired"]["source"] == "schema.sql"
    assert told["current"]["fingerprint"] != told["desired"]["fingerprint"]
    by_object = {change["object"]: change for change in told["changes"]}
    assert {name: change["verb"] for name, change in by_object.items()} == {
        "tasks.priority": "alter",
        "tasks.note": "create",
        "tasks.old": "drop",
        "idx_tasks": "drop",
    }


def test_json_of_an_altered_column(drifted: Project, run: Run) -> None:
    told = run("diff", "sqlite:///app.db", "schema.sql", "--format", "json").json
    (altered,) = [change for change in told["changes"] if change["verb"] == "alter"]
    assert altered["kind"] == "column"
    assert altered["fields"] == ["default"]
    assert altered["current"]["default"] == "0"
    assert altered["desired"]["default"] == "1"
    assert altered["where"] == {"file": "schema.sql", "line": 3}
    assert altered["loses_data"] is False


def test_json_of_what_is_on_one_side_only(drifted: Project, run: Run) -> None:
    told = run("diff", "sqlite:///app.db", "schema.sql", "--format", "json").json
    by_object = {change["object"]: change for change in told["changes"]}
    missing, dropped = by_object["tasks.note"], by_object["tasks.old"]
    assert missing["current"] is None
    assert missing["desired"]["type"] == "text"
    assert missing["where"] == {"file": "schema.sql", "line": 4}
    assert dropped["desired"] is None
    assert dropped["current"]["text"] == "old text"
    assert dropped["where"] is None
    assert (missing["loses_data"], dropped["loses_data"]) == (False, True)


def test_fingerprints_are_equal_where_schemas_are(drifted: Project, run: Run) -> None:
    drifted.write("spelled.sql", SCHEMA.lower().replace("tasks", "[tasks]"))
    told = run("diff", "spelled.sql", "schema.sql", "--format", "json").json
    assert (told["equal"], told["changes"], told["notes"]) == (True, [], [])
    assert told["current"]["fingerprint"] == told["desired"]["fingerprint"]
    again = run("check", "sqlite:///app.db", "--format", "json").json["mirrors"][0]
    assert again["desired"]["fingerprint"] == told["desired"]["fingerprint"]


def test_json_of_a_check_is_a_list_of_mirrors(drifted: Project, run: Run) -> None:
    drifted.database(SCHEMA, "plumb.db")
    ran = run("check", "sqlite:///plumb.db", "sqlite:///app.db", "--format", "json")
    told = ran.json
    assert (ran.code, told["version"], told["equal"]) == (1, 1, False)
    assert [mirror["equal"] for mirror in told["mirrors"]] == [True, False]
    assert [mirror["current"]["source"] for mirror in told["mirrors"]] == [
        "sqlite:///plumb.db",
        "sqlite:///app.db",
    ]
    assert run("check", "sqlite:///plumb.db", "--format", "json").json["equal"] is True


def test_json_of_a_mirror_that_cannot_be_read(drifted: Project, run: Run) -> None:
    ran = run("check", "sqlite:///none.db", "schema.sql", "--format", "json")
    assert (ran.code, ran.json["equal"]) == (4, False)
    unread, read = ran.json["mirrors"]
    assert (unread["equal"], read["equal"]) == (False, True)
    assert unread["current"]["source"] == "sqlite:///none.db"
    assert unread["changes"] == []


def test_json_with_strict_is_not_equal_where_something_is_noted(drifted: Project, run: Run) -> None:
    drifted.write("a.sql", "CREATE TABLE t (a TEXT, b TEXT);")
    drifted.write("b.sql", "CREATE TABLE t (b TEXT, a TEXT);")
    for options, equal in (((), True), (("--strict",), False)):
        ran = run("diff", "a.sql", "b.sql", "--format", "json", *options)
        assert (ran.code, ran.json["equal"]) == (int(not equal), equal)
        assert [note["object"] for note in ran.json["notes"]] == ["t"]


def test_annotations_stand_at_the_line(drifted: Project, run: Run) -> None:
    ran = run("check", "sqlite:///app.db", "--format", "github")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("::error ") for line in lines)
    (altered,) = [line for line in lines if "column priority" in line]
    assert altered.startswith("::error file=schema.sql,line=3,title=")


def test_annotations_are_escaped(project: Project, run: Run) -> None:
    project.write("a,b:c.sql", "CREATE TABLE t (\n    a TEXT CHECK (a <> '50%')\n);\n")
    project.write(
        "pyproject.toml", '[tool.sqlplumb]\nschema = "a,b:c.sql"\n[tool.other]\nx = "::"\n'
    )
    (line,) = run("check", "empty", "--format", "github").out.splitlines()
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert properties.startswith("file=a%2Cb%3Ac.sql,line=1,title=")
    assert properties.count(",") == 2
    assert "50%25" in message
    assert "%0A" in message


def test_notes_are_counted_and_with_strict_errors(drifted: Project, run: Run) -> None:
    drifted.write("other.sql", "CREATE TABLE tasks (note TEXT, task_id INTEGER PRIMARY KEY);")
    drifted.write("pyproject.toml", '[tool.sqlplumb]\nschema = "first.sql"\n')
    drifted.write("first.sql", "CREATE TABLE tasks (task_id INTEGER PRIMARY KEY, note TEXT);")
    (note,) = run("check", "other.sql", "--format", "github").out.splitlines()
    (error,) = run("check", "other.sql", "--format", "github", "--strict").out.splitlines()
    assert (note, error.split(" ")[0]) == ("1 note: `sqlplumb check` lists it", "::error")


def test_wrong_input_is_annotated_at_its_line(drifted: Project, run: Run) -> None:
    drifted.write("schema.sql", SCHEMA + "DROP TABLE tasks;\n")
    ran = run("check", "sqlite:///app.db", "--format", "github")
    assert ran.code == 2
    assert ran.out.startswith("::error file=schema.sql,line=6,title=")
