"""A database that is plumb with an earlier revision is behind, and has not drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.commands import standing

if TYPE_CHECKING:
    from tests.conftest import Project, Run

TABLES = ("CREATE TABLE a (x TEXT)", "CREATE TABLE b (x TEXT)", "CREATE TABLE c (x TEXT)")
VERSION = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"


@pytest.fixture
def laid(project: Project) -> Project:
    """A history of three revisions, each with its table."""
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    before = None
    for number, table in enumerate(TABLES, 1):
        project.revision(f"r{number}", before, f"op.execute({table!r})")
        before = f"r{number}"
    project.write("schema.sql", ";\n".join((*TABLES, "")))
    return project


def database(project: Project, tables: int, at: str, more: str = "") -> str:
    stamp = f"INSERT INTO alembic_version VALUES ('{at}')" if at else ""
    return project.database(";\n".join((*TABLES[:tables], VERSION, stamp, more)))


def mirror(run: Run, source: str) -> Any:
    return run("check", source, "--format", "json").json["mirrors"][0]


def test_at_its_end_it_is_plumb_and_nothing_is_replayed(laid: Project, run: Run) -> None:
    laid.patch.setattr(standing, "open_replay", None)
    url = database(laid, 3, "r3")
    assert run("check", url).code == 0
    assert mirror(run, url)["state"] == "plumb"


def test_behind(laid: Project, run: Run) -> None:
    url = database(laid, 1, "r1")
    told = run("check", url)
    assert (told.code, told.err) == (1, "")
    behind = "2 revisions behind: r2, r3; run `sqlplumb apply`"
    assert told.out == f"behind  {url} against schema.sql: {behind}\n"
    said = mirror(run, url)
    assert (said["state"], said["equal"], said["at"]) == ("behind", False, ["r1"])
    assert said["pending"] == ["r2", "r3"]
    assert len(said["changes"]) == 2
    annotated = run("check", url, "--format", "github")
    assert annotated.out.count("::error") == 1
    assert behind in annotated.out
    assert run("apply", url, "--no-backup").code == 3  # nothing was proved; but it is no drift


def test_a_name_that_only_one_side_has_leaves_it_behind(laid: Project, run: Run) -> None:
    laid.revision("r1", None, "op.execute('CREATE TABLE a (x TEXT UNIQUE)')")
    tables = ("CREATE TABLE a (x TEXT CONSTRAINT uq UNIQUE)", VERSION)
    url = laid.database(f"{'; '.join(tables)}; INSERT INTO alembic_version VALUES ('r1')")
    assert mirror(run, url)["state"] == "behind"


def test_earlier_and_not_plumb_with_that_is_drift(laid: Project, run: Run) -> None:
    url = database(laid, 1, "r1", "CREATE TABLE stray (x)")
    told = run("check", url)
    assert (told.code, mirror(run, url)["state"]) == (1, "drift")
    assert "it is at r1, 2 revisions before the end, and has 1 difference from" in told.out
    assert "stray" in told.out
    assert "it is at r1" in run("check", url, "--format", "github").out


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("", "it names no revision"),
        ("gone", "it is at gone, and the history does not know gone"),
        ("r", "it is at r, and the history does not know r"),
    ],
)
def test_what_is_not_known_is_drift(at: str, said: str, laid: Project, run: Run) -> None:
    url = database(laid, 1, at)
    assert said in run("check", url).out
    assert mirror(run, url)["state"] == "drift"


def test_drift_at_the_end_says_no_more(laid: Project, run: Run) -> None:
    url = database(laid, 2, "r3")
    assert run("check", url).out.endswith(f"drift  {url} against schema.sql: 1 difference\n")


def test_a_history_that_goes_on(laid: Project, run: Run) -> None:
    assert mirror(run, "history@r2")["state"] == "behind"
    assert "1 revision behind: r3" in run("check", "history@r2").out
    laid.write("schema.sql", ";\n".join((*TABLES, "CREATE TABLE d (x TEXT)", "")))
    assert mirror(run, "history")["state"] == "drift"


def test_several_heads_are_said(laid: Project, run: Run) -> None:
    laid.revision("other", "r2", "pass")
    told = run("check", database(laid, 1, "r1"))
    assert (told.code, "2 heads" in told.out) == (1, True)


def test_a_mirror_that_cannot_be_read_is_unmeasured(laid: Project, run: Run) -> None:
    assert mirror(run, "sqlite:///none.db")["state"] == "unmeasured"
