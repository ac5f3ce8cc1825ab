"""Which revision made, changed or renamed an object, under whatever name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.commands import log, log_of_revisions
from sqlplumb.sources import replay_cache

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project, Run

REVISIONS = {
    "r1": [
        "CREATE TABLE task (id INTEGER PRIMARY KEY, size INTEGER CHECK (size > 0), prio INT,"
        " CONSTRAINT ck_prio CHECK (prio IN (1, 2)))",
        "CREATE TABLE notes (body TEXT)",
        "CREATE VIEW big AS SELECT id FROM task WHERE size > 9",
    ],
    "r2": [
        "ALTER TABLE task ADD COLUMN state TEXT",
        "UPDATE task SET state = 'new'",
        "INSERT INTO notes VALUES ('first')",
    ],
    "r3": ["DROP VIEW big", "ALTER TABLE task RENAME TO jobs"],
    "r4": ["ALTER TABLE jobs RENAME COLUMN prio TO priority", "DROP TABLE notes"],
    "r5": [
        "CREATE TABLE new (id INTEGER PRIMARY KEY, length INTEGER CHECK (length > 0), priority INT,"
        " state TEXT, CONSTRAINT ck_prio CHECK (priority IN (1, 2, 3)))",
        "INSERT INTO new SELECT id, size, priority, state FROM jobs",
        "DROP TABLE jobs",
        "ALTER TABLE new RENAME TO jobs",
        "CREATE TRIGGER gone AFTER DELETE ON jobs BEGIN SELECT 1; END",
    ],
    "r6": ["CREATE TABLE notes (text TEXT)", "CREATE INDEX ix_state ON jobs (state)"],
    "r7": ["DROP INDEX ix_state", "CREATE UNIQUE INDEX ix_state ON jobs (state, id)"],
}


@pytest.fixture
def laid(project: Project, tmp_path: Path) -> Project:
    project.patch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project.patch.setattr(replay_cache, "_BEGAN", sys.maxsize)
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    before = None
    for name, statements in REVISIONS.items():
        revision(project, name, before, statements)
        before = name
    project.write("schema.sql", "CREATE TABLE jobs (id INTEGER)")
    return project


def revision(project: Project, name: str, before: str | None, statements: list[str]) -> None:
    lines = [f"op.execute({statement!r})" for statement in statements]
    project.revision(name, before, *lines)
    file = project.root / f"migrations/versions/{name}.py"
    head = f'"""What {name} does\n\nCreate Date: 2025-01-0{name[1]} 10:00\n"""\n'
    file.write_text(head + file.read_text("utf-8"), "utf-8")


def objects(run: Run, name: str) -> Any:
    return run("log", name, "--format", "json").json["objects"]


def changes(run: Run, name: str) -> list[tuple[str, str]]:
    (found,) = objects(run, name)
    return [(change["revision"], change["does"]) for change in found["changes"]]


def test_a_column_that_was_renamed_in_a_table_that_was(laid: Project, run: Run) -> None:
    expected = [
        ("r4", "renames jobs.prio to column jobs.priority"),
        ("r1", "adds column task.prio, with its table"),
    ]
    for name in ("jobs.priority", "task.prio", "jobs.PRIO", '"task"."priority"'):
        assert changes(run, name) == expected
    (found,) = objects(run, "jobs.priority")
    assert (found["object"], found["former"]) == ("jobs.priority", ["jobs.prio", "task.prio"])
    assert (found["kind"], found["is_there"]) == ("column", True)
    assert found["changes"][1]["date"] == "2025-01-01"
    assert objects(run, "jobs.state")[0]["object"] == "jobs.state"  # renamed with its table alone


def test_a_rule_and_what_it_means(laid: Project, run: Run) -> None:
    assert [revision for revision, _ in changes(run, "jobs.ck_prio")] == ["r5", "r1"]
    assert changes(run, "ck_prio") == changes(run, "task.ck_prio")
    (found,) = objects(run, "ck_prio")
    (detail,) = found["changes"][0]["details"]
    assert "a row with priority = 3 was refused and will be accepted" in detail


def test_a_rule_without_a_name_follows_its_columns(laid: Project, run: Run) -> None:
    (found,) = objects(run, "jobs.check(length)")
    assert found["changes"][-1]["revision"] == "r1"


def test_a_table_with_all_that_is_of_it(laid: Project, run: Run) -> None:
    told = changes(run, "jobs")
    assert told == changes(run, "task")
    assert [name for name, _ in told] == sorted((name for name, _ in told), reverse=True)
    for expected in (
        ("r7", "changes index ix_state: keys, UNIQUE"),
        ("r5", "adds trigger gone"),
        ("r4", "renames jobs.prio to column jobs.priority"),
        ("r3", "renames task to table jobs"),
        ("r2", "changes all rows of task"),
        ("r2", "adds column task.state"),
        ("r1", "adds table task"),
    ):
        assert expected in told
    assert not any("with its table" in words for _, words in told)


def test_what_is_gone(laid: Project, run: Run) -> None:
    (view,) = objects(run, "big")
    assert (view["kind"], view["is_there"]) == ("view", False)
    assert [(c["revision"], c["verb"]) for c in view["changes"]] == [
        ("r3", "drop"),
        ("r1", "create"),
    ]
    assert "view big, which is gone\nr3  2025-01-03  What r3 does\n" in run("log", "big").out


def test_two_of_one_name(laid: Project, run: Run) -> None:
    now, then = objects(run, "notes")
    assert (now["is_there"], then["is_there"]) == (True, False)
    assert [change["revision"] for change in now["changes"]] == ["r6"]
    assert [change["revision"] for change in then["changes"]] == ["r4", "r2", "r1"]
    assert then["changes"][1]["does"] == "puts rows into notes"


def test_the_whole_history(laid: Project, run: Run) -> None:
    ran = run("log")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        "r7  2025-01-07  What r7 does\n  changes index ix_state: keys, UNIQUE\n"
        "r6  2025-01-06  What r6 does\n"
    )
    whole = run("log", "--format", "json").json["revisions"]
    assert [one["revision"] for one in whole] == [*REVISIONS][::-1]
    assert whole[-1]["file"] == "migrations/versions/r1.py"
    assert len(whole[-1]["changes"]) == 3


def test_nothing_of_that_name(laid: Project, run: Run) -> None:
    ran = run("log", "jobs.priorty")
    assert ran.code == 2
    assert "did you mean jobs.priority" in ran.err
    assert run("log", "priority").code == 2  # of which table?
    ran = run("log", "sqlite:///app.db")
    assert ran.code == 2
    assert "sqlplumb status sqlite:///app.db" in ran.err


def test_a_second_call_runs_nothing(laid: Project, run: Run) -> None:
    first = run("log", "jobs")
    laid.patch.setattr(log, "script_directory", None)
    assert run("log", "jobs") == first


def test_a_new_revision_alone_is_run(laid: Project, run: Run) -> None:
    run("log")
    ran: list[int] = []
    log_of = log_of_revisions.log_of

    def counted(ahead: Any, *args: Any, **named: Any) -> Any:
        ran.append(len(ahead))
        return log_of(ahead, *args, **named)

    laid.patch.setattr(log_of_revisions, "log_of", counted)
    revision(laid, "r8", "r7", ["ALTER TABLE jobs RENAME COLUMN length TO breadth"])
    assert changes(run, "task.size")[0] == ("r8", "renames jobs.length to column jobs.breadth")
    assert ran == [1]
    with_cache = run("log")
    assert run("log", "--no-cache") == with_cache
    assert ran == [1, 8]


def test_names_that_change_places(laid: Project, run: Run) -> None:
    revision(
        laid,
        "r8",
        "r7",
        [
            "ALTER TABLE jobs RENAME COLUMN state TO _",
            "ALTER TABLE jobs RENAME COLUMN priority TO state",
            "ALTER TABLE jobs RENAME COLUMN _ TO priority",
        ],
    )
    found = {one["object"]: one["former"] for one in objects(run, "jobs.state")}
    assert found["jobs.priority"] == ["jobs.state", "task.state"]
    assert found["jobs.state"][0] == "jobs.priority"


def test_branches(laid: Project, run: Run) -> None:
    revision(laid, "b8", "r6", ["ALTER TABLE notes ADD COLUMN beside TEXT"])
    assert changes(run, "notes.beside") == [("b8", "adds column notes.beside")]
    laid.revision("m9", ("r7", "b8"))
    whole = run("log", "--format", "json").json["revisions"]
    assert {one["revision"] for one in whole} == {*REVISIONS, "b8", "m9"}
    assert len(changes(run, "notes.beside")) == 1


def test_a_review_tells_what_happened_last(laid: Project, run: Run) -> None:
    revision(laid, "r8", "r7", ["ALTER TABLE jobs ADD COLUMN more TEXT"])
    (page,) = run("review", "--format", "json").json["revisions"]
    assert page["changes"][0]["log"] == [
        "r7 2025-01-07 changes index ix_state: keys, UNIQUE",
        "r6 2025-01-06 adds index ix_state",
        "r5 2025-01-05 " + page["changes"][0]["log"][2].partition("r5 2025-01-05 ")[2],
        page["changes"][0]["log"][3],
    ]
    assert page["changes"][0]["log"][3].endswith("changes before")
    assert "before: r7 2025-01-07" in run("review").out
    for format in ("md", "html"):
        assert "r7 2025-01-07" in run("review", "--format", format).out
    revision(laid, "r9", "r8", ["ALTER TABLE jobs ADD COLUMN most TEXT"])
    *_, page = run("review", "r8:r9", "--format", "json").json["revisions"]
    assert page["changes"][0]["log"][0].startswith("r8 ")  # which is of the range itself
    *_, page = run("review", "r8:r9", "--format", "json", "--no-cache").json["revisions"]
    assert page["revision"] == "r9"
    assert page["changes"][0].get("log", []) == []
