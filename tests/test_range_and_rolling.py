"""A review of several revisions has one verdict, the gravest reason first; and what the release
that still runs cannot work with weighs as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SCHEMA = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n"
BREAKS = {
    "a name": (SCHEMA, SCHEMA.replace("a TEXT", "b TEXT -- @renamed from=a\n")),
    "a NOT NULL": (SCHEMA, SCHEMA.replace("a TEXT", "a TEXT, b TEXT NOT NULL -- @backfill 'x'\n")),
    "a column": (SCHEMA, "CREATE TABLE t (id INTEGER PRIMARY KEY);\n"),
}


@pytest.fixture
def laid(project: Project) -> Project:
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    project.write("schema.sql", SCHEMA)
    project.revision("r1", None, f"op.execute({SCHEMA.strip()!r})")
    return project


def test_one_verdict_of_several(laid: Project, run: Run) -> None:
    more, gone = "ALTER TABLE t ADD COLUMN b TEXT", "ALTER TABLE t DROP COLUMN b"
    for name, before, up, back in (("r2", "r1", more, gone), ("r3", "r2", gone, more)):
        laid.revision(name, before, f"op.execute({up!r})")
        file = laid.root / "migrations" / "versions" / f"{name}.py"
        file.write_text(f"{file.read_text()}\n\ndef downgrade():\n    op.execute({back!r})\n")
    laid.revision("r4", "r3", "pass")  # from which there is no way back
    told = run("review", "r2:r4").out
    assert told.startswith("Stop: 3 revisions; r4: ")
    assert told.index("\n  r4: ") < told.index("\n  r3: ")  # by gravity, not in their order
    written = run("review", "r2:r4", "--format", "md").out
    assert written.startswith("## Stop: 3 revisions; r4: ")
    assert written.index("**stop** r4") < written.index("**look** r3") < written.index("### ")
    reasons = run("review", "r2:r4", "--format", "json").json["reasons"]
    assert [reason["revision"] for reason in reasons][:: len(reasons) - 1] == ["r4", "r3"]
    assert "revisions" not in run("review", "r3").out.splitlines()[0]  # one speaks for itself


@pytest.mark.parametrize("kind", BREAKS)
def test_revise(kind: str, laid: Project, run: Run) -> None:
    laid.write("schema.sql", BREAKS[kind][1])
    allowed = ("revise", "-m", "x", "--allow", "destructive")
    told = run(*allowed, "--rolling")
    assert told.code == 3
    assert "P208" in told.err
    laid.write(
        "alembic.ini", f"{(laid.root / 'alembic.ini').read_text()}[sqlplumb.lint]\nrolling = true\n"
    )
    written = run(*allowed)
    assert written.code == 0, written.err
    assert "P208" in written.err
    reviewed = run("review", "head").out
    assert reviewed.startswith("Stop: ")
    assert "code that runs now" in reviewed


def test_lint_and_review_by_the_option(laid: Project, run: Run) -> None:
    laid.write("schema.sql", BREAKS["a name"][1])
    assert run("lint").code == 0
    assert run("lint", "--rolling").code == 1
    assert run("revise", "-m", "x").code == 0
    assert run("review").out.startswith("Safe")
    rolling = run("review", "--rolling")
    assert (rolling.code, rolling.out[:4]) == (1, "Stop")
