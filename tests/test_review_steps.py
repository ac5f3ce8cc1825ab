"""The commands that a review shows do what they are shown for, as they are typed."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.applied import CURRENT, ROWS, Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import CURRENT, ROWS, ground

WITHOUT_NOTES = CURRENT.replace(",\n    notes TEXT\n", "\n")
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    project.patch.delenv("DATABASE_URL", raising=False)
    laid = ground(project, run)
    laid.begin(WITHOUT_NOTES, ROWS, "--allow", "drop:tasks.notes")
    return laid


def told(run: Run, *argv: str) -> Any:
    return run("review", "--format", "json", *argv).json


def steps(run: Run, *argv: str) -> dict[str, str]:
    (page,) = told(run, *argv)["revisions"]
    return {step["purpose"]: step["command"] for step in page["next_steps"]}


def test_they_do_what_they_say(laid: Ground, run: Run) -> None:
    (laid.root / "of the shop").mkdir()
    moved = laid.root / "of the shop" / "app.db"
    shutil.copyfile(laid.database, moved)
    shown = steps(run, "--database", "sqlite:///of the shop/app.db")
    assert [*shown] == ["try", "apply", "verify", "take back", "restore"]

    def do(purpose: str) -> int:
        done = subprocess.run(  # as a shell reads it, without running it
            ["bash", "-c", f"printf '%s\\n' {shown[purpose]}"],
            capture_output=True,
            text=True,
            check=True,
        )
        program, *argv = done.stdout.splitlines()
        assert program == "sqlplumb"
        return run(*argv).code

    name = "of the shop/app.db"
    assert (do("try"), laid.revision(name)) == (0, "first")
    assert (do("apply"), laid.revision(name), do("verify")) == (0, "second", 0)
    assert (do("restore"), laid.revision(name)) == (0, "first")
    assert do("apply") == 0
    assert (do("take back"), laid.revision(name)) == (0, "first")


def test_a_schema_that_went_on_is_no_failure_of_what_was_proved(laid: Ground, run: Run) -> None:
    """What was changed since its proof is proved first, since `apply` asks for it."""
    path = laid.root / "schema.sql"
    text = path.read_text("utf-8")
    path.write_text(f"{text}CREATE TABLE more (id INTEGER PRIMARY KEY);\n", "utf-8")
    (told,) = run("review", "--format", "json").json["revisions"]
    assert told["proof"]["failures"] == []
    assert any("`sqlplumb revise -m MESSAGE`" in each for each in told["proof"]["uncovered"])
    path.write_text(text, "utf-8")
    second = laid.history.second()
    second.write_text(f"{second.read_text('utf-8')}# changed\n", "utf-8")
    (told,) = run("review", "--format", "json").json["revisions"]
    assert told["next_steps"][0]["command"] == "sqlplumb prove second"


def test_without_a_database_they_are_of_those_configured(laid: Ground, run: Run) -> None:
    shown = steps(run)
    assert shown["apply"] == "sqlplumb apply --to second --allow drop:tasks.notes"
    assert shown["verify"] == "sqlplumb status"


def test_a_revision_that_waits_for_approval_is_approved_first(laid: Ground, run: Run) -> None:
    ini = laid.root / "alembic.ini"
    ini.write_text(f"{ini.read_text('utf-8')}\n[sqlplumb]\n[sqlplumb.apply]\napprovals = 1\n")
    command = steps(run)["approve"]
    assert run(*shlex.split(command.replace("NAME", "Ada"))[1:]).code == 0
    (page,) = told(run)["revisions"]
    assert [one.partition(" ")[0] for one in page["approved_by"]] == ["Ada"]
    assert "approve" not in {step["purpose"] for step in page["next_steps"]}
    laid.history.second().write_text(
        laid.history.second().read_text("utf-8").replace("def upgrade", "\n\ndef upgrade"), "utf-8"
    )
    (page,) = told(run)["revisions"]
    assert (page["approved_by"], len(page["stale_approvals"])) == ([], 1)


BRANCH = """\
from alembic import op

revision = "{0}"
down_revision = {1!r}
branch_labels = "of_{0}"


def upgrade():
    op.execute("CREATE TABLE t_{0} (a INTEGER PRIMARY KEY)")


def downgrade():
    op.execute("DROP TABLE t_{0}")
"""


@pytest.mark.parametrize("parent", ["r1", None], ids=["a revision", "nothing"])
def test_of_two_branches_one_is_taken_back(parent: str | None, project: Project, run: Run) -> None:
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    names = ("r1", "left", "right") if parent else ("left", "right")
    for name in names:
        text = BRANCH.format(name, None if name == "r1" else parent)
        project.write(f"migrations/versions/{name}.py", text)
    made = (f"CREATE TABLE t_{name} (a INTEGER PRIMARY KEY);\n" for name in names)
    project.write("schema.sql", "".join(made))
    assert run("prove").code == 0
    assert run("apply", "--create", "sqlite:///app.db").code == 0
    shown = steps(run, "right", "--database", "sqlite:///app.db")["take back"]
    assert run(*shlex.split(shown)[1:], "--allow", "destructive").code == 0
    (found,) = run("status", "sqlite:///app.db", "--format", "json").json["databases"]
    assert found["at"] == ["left"]
    one = steps(run, names[0], "--database", "sqlite:///app.db")["take back"]
    assert ("--down base" in one) == bool(parent)


@pytest.mark.skipif(not shutil.which("git"), reason="no git is installed here")
def test_a_page_says_of_which_commit_it_is(laid: Ground, run: Run) -> None:
    assert told(run)["made"]["commit"] == ""
    for argv in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run([*GIT, *argv], cwd=laid.root, check=True, capture_output=True)
    clean = told(run)["made"]["commit"]
    assert len(clean) == 12
    schema = laid.root / "schema.sql"
    schema.write_text(f"{schema.read_text('utf-8')}-- more\n", "utf-8")
    assert told(run)["made"]["commit"] == f"{clean}, with changes that are not committed"
