"""A checkout on Windows ends its lines in its own way: what was proved is what it was."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

TOP = Path(__file__).parents[1]
ENDS = pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
TEXTS = ("schema.sql", "alembic.ini", "pyproject.toml", "tools/database_api", "migrations")


def with_ends(folder: Path, end: bytes) -> None:
    for file in folder.rglob("*"):
        if file.suffix in (".py", ".sql", ".ini", ".toml", ".mako"):
            file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", end))


def test_the_reference_project_in_crlf(project: Project, run: Run) -> None:
    """With its models: they are whole modules of Python."""
    for name in TEXTS:
        goal = project.root / name
        goal.parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (TOP / name).is_dir() else shutil.copyfile
        copy(TOP / name, goal)
    with_ends(project.root, b"\r\n")
    assert b"\r\n" in (project.root / "schema.sql").read_bytes()
    assert run("apply", "sqlite:///app.db", "--create").code == 0
    assert run("check", "sqlite:///app.db", "history").code == 0
    assert run("tables", "--check").code == 0
    before = (project.root / "migrations" / "proofs.toml").read_bytes()
    assert run("prove", "head").code == 0
    assert (project.root / "migrations" / "proofs.toml").read_bytes() == before


@ENDS
def test_what_was_proved_is_applied(end: bytes, project: Project, run: Run) -> None:
    made: Ground = ground(project, run)
    made.begin()
    with_ends(project.root / "migrations", end)
    assert run("apply", "sqlite:///app.db").code == 0


def test_a_line_in_a_string_ends_as_all_lines_do(project: Project, run: Run) -> None:
    """Git changes the ends of lines in strings too."""
    text = b"CREATE TABLE t (\n    a TEXT DEFAULT 'one\ntwo' CHECK (a <> '\n')\n);\n"
    (project.root / "schema.sql").write_bytes(text.replace(b"\n", b"\r\n"))
    assert run("check", project.database(text.decode())).code == 0
    project.write("other.sql", text.decode().replace("one\ntwo", "one two"))
    assert run("check", "other.sql").code == 1


def test_a_carriage_return_alone_ends_no_comment(project: Project, run: Run) -> None:
    """As in SQLite: what stands behind it is part of the comment."""
    project.write("schema.sql", "CREATE TABLE t (a); -- and\rCREATE TABLE u (a);\n")
    assert run("check", project.database("CREATE TABLE t (a);")).code == 0


def test_a_carriage_return_in_a_live_string_is_told(project: Project, run: Run) -> None:
    url = project.database("CREATE TABLE t (a TEXT DEFAULT 'one\r\ntwo',\r\n b TEXT);")
    project.write("schema.sql", "CREATE TABLE t (a TEXT DEFAULT 'one\r\ntwo',\r\n b TEXT);")
    assert run("check", url).code == 1
    (project.root / "schema.sql").unlink()
    done = run("init", "--from", url)
    assert (done.code, "char(13)" in done.err) == (3, True)
    assert not (project.root / "schema.sql").exists()


def test_init_tells_git(project: Project, run: Run) -> None:
    run("init")
    said = (project.root / ".gitattributes").read_text("utf-8")
    kept = ["schema.sql", "migrations/versions/*.py", "migrations/proofs.toml"]
    assert re.findall(r"(\S+) text eol=lf", said) == kept


def test_a_file_for_git_that_is_there_is_added_to_once(project: Project, run: Run) -> None:
    project.write(".gitattributes", "*.png binary\r\nschema.sql text eol=crlf")
    project.write(".gitignore", "# ours\n\n*.receipt.json\n")
    assert "added to .gitattributes\nadded to .gitignore" in run("init").out
    attributes = (project.root / ".gitattributes").read_bytes()
    assert attributes.startswith(b"*.png binary\r\nschema.sql text eol=crlf\r\n\r\n# On every")
    assert attributes.count(b"schema.sql") == 1
    assert attributes.endswith(b"migrations/proofs.toml text eol=lf\r\n")
    ignored = (project.root / ".gitignore").read_text("utf-8")
    assert ignored.startswith("# ours\n\n*.receipt.json\n\n# Rows")
    assert ignored.count("*.receipt.json") == 1
    again = run("init").out
    assert ".gitattributes: it is there already" in again
    assert (project.root / ".gitattributes").read_bytes() == attributes
    assert (project.root / ".gitignore").read_text("utf-8") == ignored


@pytest.mark.skipif(not shutil.which("git"), reason="no git is installed here")
def test_git_ignores_what_is_written_beside_a_database(project: Project, run: Run) -> None:
    run("init")
    run("revise", "-m", "first")
    for more in ("", "CREATE TABLE more (a TEXT);\n"):
        with (project.root / "schema.sql").open("a") as file:
            file.write(more)
        run("revise", "-m", "more")
        assert run("apply", "sqlite:///app.db", "--create").code == 0
    (receipt, *_) = sorted(project.root.glob("*.receipt.json"), reverse=True)
    assert run("restore", str(receipt)).code == 0
    subprocess.run(["git", "init", "-q"], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len({path.suffix for path in project.root.iterdir()} & {".backup", ".replaced"}) == 2
    suffixes = {name.rpartition(".")[2] for name in listed.stdout.split() if "__pyc" not in name}
    assert suffixes == {"gitattributes", "gitignore", "ini", "mako", "py", "sql", "toml"}
