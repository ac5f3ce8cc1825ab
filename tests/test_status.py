"""Where the history, its proofs, the schema and databases stand, and what to do now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.commands import status
from sqlplumb.config import find_settings
from sqlplumb.sources import open_replays, outline, replay_cache

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project, Run

TABLES = ("CREATE TABLE a (x TEXT)", "CREATE TABLE b (x TEXT)", "CREATE TABLE c (x TEXT)")
VERSION = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
BACK = "def downgrade():\n    op.execute('DROP TABLE {}')\n"


@pytest.fixture
def laid(project: Project, run: Run, tmp_path: Path) -> Project:
    """A proved history of three revisions, each with its table, read as by a later process."""
    project.patch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project.patch.setattr(replay_cache, "_BEGAN", sys.maxsize)
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    before = None
    for number, table in enumerate(TABLES, 1):
        revision(project, f"r{number}", before, table)
        before = f"r{number}"
    schema(project, 3)
    assert run("prove").code == 0
    return project


def revision(project: Project, name: str, before: str | None, table: str) -> None:
    project.revision(name, before, f"op.execute({table!r})")
    file = project.root / f"migrations/versions/{name}.py"
    text = f'"""Table of {name}."""\n{file.read_text("utf-8")}\n{BACK.format(table.split()[2])}'
    file.write_text(text, "utf-8")


def schema(project: Project, tables: int, more: str = "") -> None:
    project.write("schema.sql", ";\n".join((*TABLES[:tables], more)))


def database(project: Project, tables: int, at: str, more: str = "", name: str = "app.db") -> str:
    stamp = f"INSERT INTO alembic_version VALUES ('{at}')" if at else ""
    return project.database(";\n".join((*TABLES[:tables], VERSION, stamp, more)), name)


def told(run: Run, *argv: str) -> Any:
    return run("status", *argv, "--format", "json").json


def one(run: Run, url: str) -> Any:
    (found,) = told(run, url)["databases"]
    return found


@pytest.mark.parametrize("at", [1, 3])
def test_in_the_words_of_a_proof_nothing_is_replayed(at: int, laid: Project, run: Run) -> None:
    laid.patch.setattr(status._States, "_open", None)
    found = one(run, database(laid, at, f"r{at}"))
    assert (found["state"], found["at"]) == ("plumb" if at == 3 else "behind", [f"r{at}"])
    assert found["exit_code"] == int(at < 3)


def test_of_the_history_and_its_proofs(laid: Project, run: Run) -> None:
    ran = run("status")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "history  migrations: 3 revisions, head r3, all proved\n"
        "schema  schema.sql: the history makes it\n"
    )
    history = told(run)["history"]
    assert (history["revisions"], history["heads"]) == (3, ["r3"])
    assert (history["unproved"], history["outdated"]) == ([], [])


def test_behind_by_which(laid: Project, run: Run) -> None:
    url = database(laid, 1, "r1")
    found = one(run, url)
    assert (found["state"], found["differences"], found["exit_code"]) == ("behind", 0, 1)
    assert [(p["revision"], p["message"], p["proved"]) for p in found["pending"]] == [
        ("r2", "Table of r2.", True),
        ("r3", "Table of r3.", True),
    ]
    ran = run("status", url)
    assert ran.code == 1
    assert f"behind  {url}: it is at r1; 2 behind: r2, r3; `sqlplumb apply {url}`" in ran.out
    assert "pending  2 revisions:\n  r2  Table of r2.  proved\n" in ran.out


def test_behind_by_a_replay_where_no_proof_has_its_words(laid: Project, run: Run) -> None:
    url = laid.database(
        f"create table A (X TEXT); {VERSION}; INSERT INTO alembic_version VALUES ('r1')"
    )
    assert one(run, url)["state"] == "behind"


def test_drift_at_an_earlier_revision(laid: Project, run: Run) -> None:
    url = database(laid, 1, "r1", "CREATE TABLE stray (x)")
    found = one(run, url)
    assert (found["state"], found["differences"]) == ("drift", 1)
    assert [p["revision"] for p in found["pending"]] == ["r2", "r3"]
    assert f"sqlplumb diff {url} history@r1" in found["to_do"]
    assert run("status", url).code == 1


def test_drift_at_the_end(laid: Project, run: Run) -> None:
    found = one(run, database(laid, 2, "r3"))
    assert (found["state"], found["differences"], found["pending"]) == ("drift", 1, [])


def test_empty(laid: Project, run: Run) -> None:
    found = one(run, laid.database("SELECT 1"))
    assert (found["state"], found["at"], len(found["pending"])) == ("behind", [], 3)


def test_unversioned_and_unknown(laid: Project, run: Run) -> None:
    found = one(run, laid.database(TABLES[0], "bare.db"))
    assert (found["state"], found["exit_code"]) == ("unversioned", 1)
    assert "sqlplumb adopt sqlite:///bare.db" in found["to_do"]
    found = one(run, database(laid, 1, "gone"))
    assert (found["state"], found["at"]) == ("unknown", ["gone"])
    assert "an older checkout?" in found["to_do"]


def test_what_cannot_be_opened_is_told_with_the_others(laid: Project, run: Run) -> None:
    ran = run("status", "sqlite:///none.db", database(laid, 3, "r3"))
    assert ran.code == 4
    assert "none.db does not exist" in ran.err
    assert "plumb  sqlite:///app.db: it is at r3" in ran.out
    assert ran.out.endswith("2 databases: 1 unmeasured, 1 plumb\n")


def test_configured_databases_and_a_folder(laid: Project, run: Run) -> None:
    (laid.root / "tenants").mkdir()
    database(laid, 3, "r3", name="tenants/a.db")
    database(laid, 2, "r2", name="tenants/b.db")
    states = [found["state"] for found in told(run, "sqlite:///tenants")["databases"]]
    assert states == ["plumb", "behind"]
    laid.write("urls.txt", "# those of today\nsqlite:///tenants/b.db\n")
    assert len(told(run, "@urls.txt")["databases"]) == 1
    laid.alembic("[sqlplumb]\nschema = schema.sql\ndatabases = sqlite:///tenants\n")
    assert len(told(run)["databases"]) == 2
    quiet = run("status", "--quiet").out
    assert ("behind  " in quiet, "plumb  " in quiet) == (True, False)


def test_of_a_url_that_alembic_alone_knows_the_file_may_be_missing(laid: Project, run: Run) -> None:
    ini = "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///later.db\n"
    laid.write("alembic.ini", f"{ini}[sqlplumb]\nschema = schema.sql\n")
    assert told(run)["databases"] == []
    database(laid, 3, "r3", name="later.db")
    assert [found["state"] for found in told(run)["databases"]] == ["plumb"]


def test_the_schema_is_ahead(laid: Project, run: Run) -> None:
    schema(laid, 3, "CREATE TABLE d (x TEXT)")
    ran = run("status")
    assert ran.code == 1
    assert "1 difference: `sqlplumb revise -m MESSAGE`\n  adds table d\n" in ran.out
    assert told(run)["schema"]["changes"] == ["adds table d"]
    laid.write("schema.sql", "CREATE TABEL d (x TEXT)")
    assert run("status").code == 2


def test_what_is_not_proved_is_told(laid: Project, run: Run) -> None:
    revision(laid, "r4", "r3", "CREATE TABLE d (x TEXT)")
    schema(laid, 3, TABLES[0].replace(" a ", " d "))
    found = one(run, database(laid, 3, "r3"))
    assert found["pending"][0]["why_not"] == "it was never proved"
    assert found["to_do"].startswith("`sqlplumb prove`, then")
    assert run("status").code == 0  # a history may be older than its proofs
    file = laid.root / "migrations/versions/r1.py"
    file.write_text(f"{file.read_text('utf-8')}\n# edited\n", "utf-8")
    ran = run("status")
    assert (ran.code, "revision r1 was changed after it was proved" in ran.out) == (1, True)


def test_two_heads(laid: Project, run: Run) -> None:
    revision(laid, "other", "r2", "CREATE TABLE d (x TEXT)")
    url = database(laid, 3, "r3")
    whole = told(run, url)
    assert whole["history"]["heads"] == ["other", "r3"]
    assert whole["schema"] is None
    assert [p["revision"] for p in whole["databases"][0]["pending"]] == ["other"]
    both = database(laid, 3, "r3", f"CREATE TABLE d (x TEXT);{STAMP}", name="both.db")
    assert one(run, both)["state"] == "plumb"
    assert "`alembic merge heads`" in run("status", url).out


STAMP = "INSERT INTO alembic_version VALUES ('other')"


def test_without_a_history(project: Project, run: Run) -> None:
    schema(project, 1)
    url = project.database(TABLES[0])
    assert one(run, url)["state"] == "plumb"
    schema(project, 2)
    assert one(run, url)["differences"] == 1
    assert told(run, url)["history"] is None
    assert run("status").code == 2


def test_nothing_is_written(laid: Project, run: Run) -> None:
    url = database(laid, 1, "r1")
    before = (laid.root / "app.db").read_bytes()
    run("status", url)
    assert (laid.root / "app.db").read_bytes() == before
    assert [file.name for file in laid.root.glob("app.db*")] == ["app.db"]


def test_a_second_call_needs_no_alembic(laid: Project, run: Run) -> None:
    revision(laid, "r4", "r3", "CREATE TABLE d (x TEXT)")
    schema(laid, 3, "CREATE TABLE d (x TEXT)")
    url = database(laid, 1, "r1", "CREATE TABLE stray (x)")
    first = run("status", url)
    laid.patch.setattr(outline, "script_directory", None)
    laid.patch.setattr(open_replays, "script_directory", None)
    assert run("status", url) == first
    laid.revision("r5", "r4", "import os", "pass")  # which may look at something else
    with pytest.raises(TypeError):
        outline.read_outline(find_settings(laid.root))
