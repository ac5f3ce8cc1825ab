"""Histories with several heads: meant, as branches with labels of their own or by the settings; or
the work of two people who began from one revision."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import sqlplumb
from sqlplumb.errors import DatabaseFailed, NotPlumb, WrongInput

if TYPE_CHECKING:
    from tests.conftest import Project, Ran, Run

URL = "sqlite:///app.db"
T1 = "CREATE TABLE t1 (id INTEGER PRIMARY KEY, a TEXT)"
T2 = "CREATE TABLE t2 (id INTEGER PRIMARY KEY)"
T3 = "CREATE TABLE t3 (id INTEGER PRIMARY KEY)"
MEANT = "[sqlplumb]\nschema = schema.sql\nseveral_heads = true\n"


@dataclass(frozen=True)
class Branches:
    project: Project
    run: Run

    def makes(
        self, name: str, down: object, up: Sequence[str], back: Sequence[str], more: str = ""
    ) -> None:
        self.project.revision(name, down, *(f"op.execute({each!r})" for each in up))
        path = self.project.root / f"migrations/versions/{name}.py"
        lines = "".join(f"    op.execute({each!r})\n" for each in back) or "    pass\n"
        text = f"{path.read_text('utf-8')}\n\ndef downgrade():\n{lines}\n\n{more}\n"
        path.write_text(text, "utf-8")

    def table(self, name: str, down: object, sql: str, more: str = "") -> None:
        self.makes(name, down, [sql], [f"DROP TABLE {sql.split()[2]}"], more)

    def schema(self, *statements: str) -> None:
        self.project.write("schema.sql", "".join(f"{each};\n" for each in statements))

    def ask(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.project.root / "app.db")) as connection:
            found = connection.execute(query).fetchall()
            connection.commit()
        return found

    def at(self) -> set[str]:
        return {name for (name,) in self.ask("SELECT version_num FROM alembic_version")}

    def apply(self, *argv: str) -> Ran:
        return self.run("apply", URL, "--no-backup", "--wait", "0.5", *argv)

    def proved(self) -> Branches:
        done = self.run("prove")
        assert done.code == 0, done.out
        return self


@pytest.fixture
def bare(project: Project, run: Run) -> Branches:
    """t1, and then t2 and t3 on branches without labels."""
    project.alembic()
    made = Branches(project, run)
    made.table("r1", None, T1)
    made.table("e1", "r1", T2)
    made.table("c1", "r1", T3)
    made.schema(T1, T2, T3)
    return made


@pytest.fixture
def labelled(bare: Branches) -> Branches:
    bare.table("e1", "r1", T2, "branch_labels = ('expand',)")
    bare.table("c1", "r1", T3, "branch_labels = ('contract',)")
    return bare


READ = ["check", "check history", "status", "log t2", "prove", "review", "lint", "lint base:heads"]
READ += ["check history@heads", "check history@c1,e1", "revise -m more --head e1"]


@pytest.mark.parametrize("written", READ)
def test_several_heads_are_one_end(written: str, labelled: Branches) -> None:
    ran = labelled.run(*written.split())
    assert ran.code == 0, ran.err
    assert "merge heads" not in ran.out + ran.err


def test_settings_say_that_heads_are_meant(bare: Branches) -> None:
    split = bare.run("status", "--format", "json")
    assert (split.code, split.json["history"]["end"]) == (1, [])
    for written in ("check", "apply sqlite:///app.db --create", "revise -m x"):
        ran = bare.run(*written.split())
        assert "2 heads: c1, e1" in ran.err
        assert "alembic merge heads" in ran.err
    assert "several_heads = true" in bare.run("check").err
    bare.project.alembic(MEANT)
    whole = bare.run("status", "--format", "json")
    assert (whole.code, whole.json["history"]["end"]) == (0, ["c1", "e1"])
    assert bare.run("check").code == 0


def test_what_one_head_makes_is_not_what_all_make(labelled: Branches) -> None:
    labelled.schema(T1, T2)
    assert labelled.run("check").code == 1
    assert labelled.run("check", "history@expand@head").code == 0
    assert "NOT PROVED" in labelled.run("prove").out


def test_a_head_that_another_depends_on_is_no_other_end(bare: Branches) -> None:
    bare.table("c1", "r1", T3, "depends_on = 'e1'")
    assert bare.run("check").code == 0
    assert bare.proved().apply("--create").code == 0
    assert bare.at() == {"c1"}
    assert bare.run("check", URL).code == 0
    sqlplumb.require_plumb(URL)


# Live databases.


def test_apply_runs_all_branches(labelled: Branches) -> None:
    ran = labelled.proved().apply("--create")
    assert (ran.code, labelled.at()) == (0, {"e1", "c1"}), ran.err
    assert "nothing to do" in labelled.apply().out
    assert labelled.run("check", URL).code == 0
    assert labelled.run("status", URL).code == 0
    sqlplumb.require_plumb(URL)
    labelled.ask("ALTER TABLE t2 ADD COLUMN stray")
    assert labelled.run("status", URL).code == 1
    assert labelled.apply().code == 3
    with pytest.raises(NotPlumb):
        sqlplumb.require_plumb(URL)


def test_one_branch_before_the_other_and_back(labelled: Branches) -> None:
    labelled.proved().apply("--create", "--to", "expand@head")
    assert labelled.at() == {"e1"}
    labelled.ask("INSERT INTO t1 VALUES (1, 'x')")
    behind = labelled.run("status", URL, "--format", "json").json["databases"][0]
    assert [each["revision"] for each in behind["pending"]] == ["c1"]
    with pytest.raises(NotPlumb):
        sqlplumb.require_plumb(URL)
    review = labelled.run("review", "--pending", URL, "--format", "json")
    assert (review.code, len(review.json["revisions"])) == (0, 1)
    assert labelled.apply().code == 0
    assert labelled.at() == {"e1", "c1"}
    assert labelled.apply("--down", "-1").code == 2
    back = labelled.apply("--down", "expand@-1", "--allow", "destructive")
    assert (back.code, labelled.at()) == (0, {"c1"}), back.err
    assert labelled.apply("--to", "heads").code == 0
    both = labelled.apply("--down", "r1", "--allow", "destructive")
    assert (both.code, labelled.at()) == (0, {"r1"}), both.err
    assert labelled.ask("SELECT * FROM t1") == [(1, "x")]
    assert labelled.apply("--to", "expand@+1").code == 0
    assert labelled.at() == {"e1"}


def test_down_from_a_merge(labelled: Branches) -> None:
    labelled.makes("m", ("e1", "c1"), [], [])
    assert labelled.proved().apply("--create").code == 0
    assert labelled.at() == {"m"}
    assert labelled.apply("--down", "e1").code == 0
    assert labelled.at() == {"e1", "c1"}
    assert labelled.apply("--down", "base", "--allow", "destructive").code == 0
    assert labelled.at() == set()
    assert labelled.ask("SELECT name FROM sqlite_master WHERE name LIKE 't_'") == []


def test_a_database_that_names_no_revision_is_stamped_with_all(labelled: Branches) -> None:
    labelled.project.database(f"{T1};{T2};{T3}")
    assert labelled.run("adopt", URL).code == 0
    assert labelled.at() == {"e1", "c1"}
    assert labelled.run("adopt", URL, "--as", "heads").code == 0


def test_from_python(labelled: Branches) -> None:
    labelled.proved()
    assert sqlplumb.apply(URL, no_backup=True).outcome == "applied"
    sqlplumb.require_plumb(URL)
    assert set(sqlplumb.read("history").tables) >= {"t1", "t2", "t3"}
    back = sqlplumb.apply(URL, down="contract@-1", allow=["destructive"], no_backup=True)
    assert (back.direction, back.after.revisions, labelled.at()) == ("down", ("e1",), {"e1"})
    (receipt,) = sqlplumb.apply_fleet([URL], to="contract@head", no_backup=True)
    assert (receipt.outcome, labelled.at()) == ("applied", {"e1", "c1"})
    with pytest.raises(WrongInput, match="two directions"):
        sqlplumb.apply(URL, to="heads", down="-1")
    with pytest.raises(WrongInput, match="no such revision"):
        sqlplumb.apply(URL, down="nosuch")
    with pytest.raises(DatabaseFailed, match="does not exist"):
        sqlplumb.apply("sqlite:///none.db", down="-1")


# Branches that hold alone and not together.


def anew(column: str) -> list[str]:
    made = T1.replace("t1", "made").replace("a TEXT", f"a TEXT, {column} TEXT")
    copied = "INSERT INTO made (id, a) SELECT id, a FROM t1"
    return [made, copied, "DROP TABLE t1", "ALTER TABLE made RENAME TO t1"]


@pytest.fixture
def torn(bare: Branches) -> Branches:
    """Both make t1 anew with a column of their own, and without that of the other."""
    bare.project.alembic(MEANT)
    bare.makes("e1", "r1", anew("x"), ["ALTER TABLE t1 DROP COLUMN x"])
    bare.makes("c1", "r1", anew("y"), ["ALTER TABLE t1 DROP COLUMN y"])
    bare.schema(T1.replace("a TEXT", "a TEXT, x TEXT, y TEXT"))
    return bare


def test_a_proof_runs_each_branch_where_the_other_has_run(torn: Branches) -> None:
    ran = torn.run("prove")
    assert ran.code == 1
    assert "where e1 has run as well" in ran.out


def test_apply_never_trusts_a_proof_of_one_branch_alone(torn: Branches) -> None:
    """Each was proved in a checkout that did not have the other."""
    versions = torn.project.root / "migrations/versions"
    right = (versions / "c1.py").read_text("utf-8")
    (versions / "c1.py").unlink()
    torn.schema(T1.replace("a TEXT", "a TEXT, x TEXT"))
    assert torn.proved().apply("--create").code == 0
    torn.ask("INSERT INTO t1 VALUES (1, 'a', 'kept')")
    left = (versions / "e1.py").read_text("utf-8")
    (versions / "e1.py").unlink()
    (versions / "c1.py").write_text(right, "utf-8")
    torn.schema(T1.replace("a TEXT", "a TEXT, y TEXT"))
    assert torn.run("prove", "c1").code == 0
    (versions / "e1.py").write_text(left, "utf-8")
    ran = torn.apply()
    assert ran.code == 3
    assert torn.ask("SELECT x FROM t1") == [("kept",)]


# Revisions on a branch.


def test_revise_says_which_heads_there_are(labelled: Branches) -> None:
    ran = labelled.run("revise", "-m", "x")
    assert (ran.code, "c1 (contract), e1 (expand)" in ran.err) == (2, True)
    assert "--head c1" in ran.err


def test_a_revision_on_a_branch_is_from_what_all_make(labelled: Branches) -> None:
    labelled.schema(T1, T2.replace(")", ", x TEXT)"), T3)
    argv = ("revise", "-m", "x", "--rev-id", "e2")
    ran = labelled.run(*argv, "--head", "contract@head")
    assert (ran.code, "--depends-on e1" in ran.err) == (3, True), ran.err
    ran = labelled.run(*argv, "--head", "expand@head")
    assert ran.code == 0, ran.err
    assert labelled.run("check").code == 0
    assert labelled.proved().apply("--create").code == 0
    assert labelled.at() == {"e2", "c1"}
    assert labelled.apply("--down", "e1", "--allow", "destructive").code == 0
    labelled.schema(T1, T2.replace(")", ", y TEXT)"), T3)
    again = labelled.run("revise", "--redo", "--head", "expand@head", "--rev-id", "e3")
    assert again.code == 0, again.err
    assert labelled.run("check").code == 0
    assert labelled.run("prove").code == 0


def test_a_revision_that_depends_on_another_branch(labelled: Branches) -> None:
    labelled.schema(T1, T2.replace(")", ", x TEXT)"), T3)
    argv = ("revise", "-m", "x", "--rev-id", "c2", "--head", "contract@head")
    ran = labelled.run(*argv, "--depends-on", "expand@head")
    assert ran.code == 0, ran.err
    assert labelled.proved().apply("--create").code == 0
    assert labelled.run("check", "history", URL).code == 0


def test_a_new_branch_needs_a_label(labelled: Branches) -> None:
    labelled.schema(T1, T2, T3, "CREATE TABLE t4 (id INTEGER PRIMARY KEY)")
    argv = ("revise", "-m", "x", "--rev-id", "n1", "--head", "base")
    ran = labelled.run(*argv)
    assert (ran.code, "--branch-label" in ran.err) == (2, True)
    assert labelled.run(*argv, "--branch-label", "other").code == 0
    assert labelled.run("check").code == 0


# The rows of a database, for what is pending.


def test_later_revisions_meet_the_rows_that_the_earlier_leave(bare: Branches) -> None:
    for name in ("e1", "c1"):
        (bare.project.root / f"migrations/versions/{name}.py").unlink()
    bare.schema(T1)
    assert bare.proved().apply("--create").code == 0
    bare.ask("INSERT INTO t1 VALUES (1, 'a'), (2, 'b')")
    bare.makes("r2", "r1", ["UPDATE t1 SET a = 'bad' WHERE a = 'b'"], [])
    strict = T1.replace("a TEXT", "a TEXT CHECK (a <> 'bad')")
    copied = "INSERT INTO made SELECT * FROM t1"
    made = [strict.replace("t1", "made"), copied, "DROP TABLE t1", "ALTER TABLE made RENAME TO t1"]
    bare.makes("r3", "r2", made, [])
    bare.schema(strict)
    review = bare.run("review", "--pending", URL, "--format", "json").json["revisions"]
    databases = [each["database"] for each in review]
    assert [[rule["rows"] for rule in each["refused"]] for each in databases] == [[], [1]]
    assert [each["drift"] for each in databases] == [[], []]
    assert bare.ask("SELECT a FROM t1") == [("a",), ("b",)]
    assert bare.at() == {"r1"}
