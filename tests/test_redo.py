"""`revise --redo`: the last revision anew, unless it is somebody's; and `review --pending`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from sqlplumb.config import find_settings
from sqlplumb.sources import replay_cache
from sqlplumb.sources.scripts import script_directory

if TYPE_CHECKING:
    from tests.applied import CURRENT, DESIRED, Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import CURRENT, DESIRED, ground

AGAIN = DESIRED.replace("'done'", "'done', 'late'")


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    """`app.db` is at `first`; `second` is the end of the history."""
    project.patch.delenv("DATABASE_URL", raising=False)
    laid = ground(project, run)
    laid.begin()
    project.write("schema.sql", AGAIN)
    return laid


def files(laid: Ground) -> list[str]:
    return sorted(file.name for file in laid.history.versions.glob("*.py"))


def ledger(laid: Ground) -> str:
    return (laid.root / "migrations/proofs.toml").read_text("utf-8")


def configured(laid: Ground, url: str = "sqlite:///app.db") -> None:
    ini = laid.root / "alembic.ini"
    ini.write_text(f"{ini.read_text('utf-8')}\n[sqlplumb]\ndatabases = {url}\n", "utf-8")


def test_it_is_written_anew(laid: Ground, run: Run) -> None:
    configured(laid)
    ran = run("revise", "--redo", "--rev-id", "anew")
    assert ran.code == 0, ran.err
    assert len(files(laid)) == 2
    text = laid.history.second().read_text("utf-8")
    assert ("'late'" in text, 'down_revision = "first"' in text) == (True, True)
    assert text.startswith('"""change')  # the former message
    assert ('"anew" = ' in ledger(laid), '"second" = ' in ledger(laid)) == (True, False)
    assert run("check", "history").code == 0
    assert laid.apply().code == 0
    assert laid.revision() == "anew"


def test_where_nothing_is_to_write_it_is_named(laid: Ground, run: Run) -> None:
    """A hint is no difference; what a database has cannot be written anew."""
    laid.history.project.write("schema.sql", DESIRED)
    configured(laid)
    assert "`sqlplumb revise --redo` writes second anew" in run("revise", "-m", "hint").out
    assert laid.apply().code == 0
    assert "--redo" not in run("revise", "-m", "hint").out


def test_with_another_message_the_former_file_goes(laid: Ground, run: Run) -> None:
    former = laid.history.second()
    assert run("revise", "--redo", "-m", "late ones").code == 0
    assert not former.exists()
    assert "late_ones" in " ".join(files(laid))


def test_twice(laid: Ground, run: Run) -> None:
    assert run("revise", "--redo").code == 0
    laid.history.project.write("schema.sql", DESIRED)
    assert run("revise", "--redo").code == 0
    assert "'late'" not in laid.history.second().read_text("utf-8")


def unchanged(laid: Ground, run: Run, *argv: str) -> str:
    before = (files(laid), laid.history.second().read_text("utf-8"), ledger(laid))
    ran = run("revise", "--redo", *argv)
    assert ran.code == 3, ran.out + ran.err
    assert (files(laid), laid.history.second().read_text("utf-8"), ledger(laid)) == before
    return ran.err


def test_a_database_has_it(laid: Ground, run: Run) -> None:
    laid.history.project.write("schema.sql", DESIRED)
    assert laid.apply().code == 0
    laid.history.project.write("schema.sql", AGAIN)
    assert "app.db has revision second already" in unchanged(
        laid, run, "--database", "sqlite:///app.db"
    )
    configured(laid)
    assert "app.db has revision second already" in unchanged(laid, run)
    assert laid.apply("--down", "-1").code == 0
    assert run("revise", "--redo").code == 0


def test_a_person_edited_it(laid: Ground, run: Run) -> None:
    file = laid.history.second()
    file.write_text(f"{file.read_text('utf-8')}\n# by hand\n", "utf-8")
    assert "what was edited would be lost" in unchanged(laid, run)
    laid.history.project.write("schema.sql", DESIRED)
    assert run("prove").code == 0  # to prove it makes it nobody's work but a person's
    laid.history.project.write("schema.sql", AGAIN)
    assert "what was edited would be lost" in unchanged(laid, run)
    assert run("revise", "--redo", "--discard-edits").code == 0
    assert "# by hand" not in laid.history.second().read_text("utf-8")


def test_to_prove_what_revise_wrote_changes_nothing(laid: Ground, run: Run) -> None:
    laid.history.project.write("schema.sql", DESIRED)
    assert run("prove").code == 0
    laid.history.project.write("schema.sql", AGAIN)
    assert run("revise", "--redo").code == 0


def test_another_depends_on_it(laid: Ground, run: Run) -> None:
    text = 'from alembic import op\nrevision = "x"\ndown_revision = "first"\n'
    text += 'depends_on = "second"\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n'
    laid.history.project.write("migrations/versions/x.py", text)
    assert run("revise", "--redo").code in (2, 3)
    assert laid.history.versions.joinpath("x.py").exists()


def test_nothing_is_left_of_it(laid: Ground, run: Run) -> None:
    laid.history.project.write("schema.sql", CURRENT)
    assert "remove the file by hand" in unchanged(laid, run)


def test_what_loses_data_needs_leave(laid: Ground, run: Run) -> None:
    laid.history.project.write("schema.sql", AGAIN.replace("what TEXT", "other TEXT"))
    assert "--allow drop:log.what" in unchanged(laid, run)
    assert run("revise", "--redo", "--allow", "drop:log.what").code == 0


def test_options_that_nobody_heeds(laid: Ground, run: Run) -> None:
    assert run("revise", "--redo", "--branch-label", "x").code == 2
    assert run("revise", "--discard-edits", "-m", "x").code == 2
    assert run("revise").code == 2


def test_a_review_of_what_is_pending(laid: Ground, run: Run) -> None:
    assert run("revise", "-m", "late", "--rev-id", "third").code == 0
    ran = run("review", "--pending", "sqlite:///app.db", "--format", "json")
    pages = ran.json["revisions"]
    assert [page["revision"] for page in pages] == ["second", "third"]
    assert pages[0]["database"]["label"] == "sqlite:///app.db"
    assert laid.apply("--to", "second").code == 0
    assert [
        page["revision"]
        for page in run("review", "--pending", "sqlite:///app.db", "--format", "json").json[
            "revisions"
        ]
    ] == ["third"]
    assert laid.apply().code == 0
    for format in ("text", "md", "html", "json"):
        ran = run("review", "--pending", "sqlite:///app.db", "--format", format)
        assert (ran.code, bool(ran.out.strip())) == (0, True)


def test_a_review_of_what_nobody_knows(laid: Ground, run: Run) -> None:
    laid.history.execute("DROP TABLE alembic_version")
    ran = run("review", "--pending", "sqlite:///app.db")
    assert (ran.code, "not adopted" in ran.err) == (3, True)
    assert run("review", "first", "--pending", "sqlite:///app.db").code == 2


@pytest.mark.parametrize("style", ["batch", "sql"])
def test_what_revise_writes_can_be_remembered(style: str, laid: Ground, run: Run) -> None:
    """Its own helpers must not look as if they reached beyond the database."""
    laid.history.project.write("schema.sql", f"{AGAIN}CREATE VIEW v AS SELECT id FROM users;")
    assert run("revise", "--redo", "--style", style).code == 0
    laid.history.project.patch.setattr(replay_cache, "_BEGAN", sys.maxsize)
    file = laid.history.second()
    assert "static_output" in file.read_text("utf-8")
    scripts = script_directory(find_settings(laid.root))
    (head,) = scripts.get_heads()
    assert replay_cache.are_closed(scripts, [head])
    text = file.read_text("utf-8").replace('"static_output"', '"__class__"')
    file.write_text(text, "utf-8")
    assert not replay_cache.are_closed(scripts, [head])
