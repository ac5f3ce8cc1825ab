"""A project is begun from nothing, or from a database that was there first; and nothing is lost."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text
from sqlalchemy import create_engine as engine_of

import sqlplumb
from sqlplumb.commands.describing import describe
from sqlplumb.config import Settings

if TYPE_CHECKING:
    from tests import strategies as draws
    from tests.conftest import ALEMBIC_INI, Project, Ran, Run
    from tests.skips import reads_toml
else:
    import strategies as draws
    from conftest import ALEMBIC_INI, Project
    from skips import reads_toml

CASES = sorted((Path(__file__).parent / "cases").glob("*/desired.sql"))
LAID = [".gitattributes", ".gitignore", "alembic.ini", "migrations", "schema.sql"]
IN_MIGRATIONS = ["env.py", "script.py.mako", "script_sql.py.mako", "versions"]
# As it grew: children before parents, a view before what it reads, whatever a tool has written.
LIVE = """\
CREATE TABLE child (
    id INTEGER PRIMARY KEY,  -- said by its author
    parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE
    /* and never NULL */
);
CREATE VIEW names AS SELECT name FROM parent JOIN child ON parent.id = child.parent_id;
CREATE TABLE parent (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT \
'a, b (c', size REAL, CHECK (name <> ''), UNIQUE (name, size)) STRICT;
CREATE INDEX ix_child_parent ON child (parent_id) -- for the cascade
;
CREATE TRIGGER parent_gone AFTER DELETE ON parent BEGIN
    INSERT INTO log VALUES (old.name);  -- kept
END;
CREATE TABLE log (what TEXT);
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO parent (name) VALUES ('x'), ('y');
INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
"""


def laid(project: Project) -> dict[str, str]:
    """Every file, with its text."""
    files = (one for one in project.root.rglob("*") if one.is_file() and one.suffix != ".db")
    found = {str(one.relative_to(project.root)): one.read_text("utf-8") for one in files}
    return {name: text for name, text in found.items() if "__pycache__" not in name}


def ask(project: Project, query: str, name: str = "app.db") -> list[Any]:
    with closing(sqlite3.connect(project.root / name)) as connection:
        return connection.execute(query).fetchall()


def following(done: Ran) -> list[str]:
    assert done.code == 0, done.err
    return [line.strip() for line in done.out.partition("next:\n")[2].splitlines()]


def test_env_py_is_that_of_the_engine_configured(project: Project, run: Run) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\ndatabases = ["postgresql://host/app"]\n')
    assert following(run("init")) == ['sqlplumb revise -m "first tables"', "alembic upgrade head"]
    assert "On PostgreSQL" in laid(project)["migrations/env.py"]
    assert "sqlalchemy.url = postgresql://host/app\n" in laid(project)["alembic.ini"]


def alembic(*argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alembic", *argv]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def follow(run: Run, done: Ran) -> list[str]:
    """What init says comes next, as it stands."""
    steps = following(done)
    for step in steps:
        ran = run(*shlex.split(step)[1:])
        assert ran.code == 0, (step, ran.err)
    return steps


def test_from_nothing(project: Project, run: Run) -> None:
    done = run("init")
    assert sorted(one.name for one in project.root.iterdir()) == LAID
    assert sorted(one.name for one in (project.root / "migrations").iterdir()) == IN_MIGRATIONS
    assert done.out.count("wrote ") == 7
    assert len(follow(run, done)) == 2
    assert run("check").code == 0
    assert run("check", "sqlite:///app.db").code == 0
    assert (run("lint").code, run("prove").code) == (0, 0)
    assert "nothing found" in run("lint").out


def test_what_it_says_to_who_changes_the_schema_is_said_there_alone(
    project: Project, run: Run
) -> None:
    run("init")
    assert "says of itself" not in run("tables", "--stdout").out
    text = (project.root / "schema.sql").read_text("utf-8")
    project.write("schema.sql", text.replace("\n\nCREATE", "\n--\n-- Who may do what.\n\nCREATE"))
    said = run("tables", "--stdout").out
    assert ("Who may do what." in said, "Change it here" in said) == (True, False)


def test_what_is_written_is_named_from_here(project: Project, run: Run) -> None:
    assert "wrote migrations/env.py\n" in run("init").out
    assert run("revise", "-m", "first tables").out.startswith("wrote migrations/versions/")


def test_a_change_goes_all_the_way(project: Project, run: Run) -> None:
    follow(run, run("init"))
    schema = project.root / "schema.sql"
    schema.write_text(schema.read_text("utf-8") + "CREATE TABLE more (a TEXT);\n", "utf-8")
    assert run("check").code == 1
    assert run("revise", "-m", "more").code == 0
    assert run("apply", "sqlite:///app.db").code == 0
    assert run("check", "history", "sqlite:///app.db").code == 0


def test_twice_is_once(project: Project, run: Run) -> None:
    run("init")
    before = laid(project)
    done = run("init")
    assert (done.code, laid(project)) == (0, before)
    assert done.out.count("kept ") == 7
    assert "wrote" not in done.out
    assert run("init", "--quiet").out == ""


def test_alembic_itself_runs_what_is_laid_out(project: Project, run: Run) -> None:
    run("init")
    run("revise", "-m", "first")
    assert alembic("upgrade", "head").returncode == 0
    assert run("check", "sqlite:///app.db").code == 0
    project.write("migrations/versions/worse.py", WORSE.format(down=head(project)))
    assert "rows without a parent: b row 1 -> a" in alembic("upgrade", "head").stderr
    assert run("check", "sqlite:///app.db").code == 0  # all of it was rolled back
    assert alembic("downgrade", "base").returncode == 0
    script = alembic("upgrade", "head", "--sql").stdout
    assert script.index("PRAGMA foreign_keys = OFF") < script.index("CREATE TABLE users")
    assert ask(project, "SELECT name FROM sqlite_master WHERE name = 'users'") == []


WORSE = """\
from alembic import op

revision = "worse"
down_revision = "{down}"


def upgrade():
    op.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
    op.execute("CREATE TABLE b (a_id INTEGER REFERENCES a (id))")
    op.execute("INSERT INTO b VALUES (7)")


def downgrade():
    pass
"""


def head(project: Project) -> str:
    ((name,),) = ask(project, "SELECT * FROM alembic_version")
    return str(name)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n"])
def test_settings_go_behind_a_pyproject(end: str, tail: str, project: Project, run: Run) -> None:
    text = f'[project]\nname = "shop"  # ours\n\n[tool.ruff]\nline-length = 88{tail}'
    written = text.replace("\n", end).encode()
    project.write("pyproject.toml", written.decode())
    assert "added to pyproject.toml" in run("init").out
    after = (project.root / "pyproject.toml").read_bytes()
    assert after.startswith(written)
    assert b"\n" not in after.replace(end.encode(), b"")
    assert tomllib.loads(after.decode())["tool"]["sqlplumb"] == {"schema": "schema.sql"}
    assert "[sqlplumb]" not in laid(project)["alembic.ini"]
    assert run("init").out.count("kept ") == 8
    assert (project.root / "pyproject.toml").read_bytes() == after


def test_a_pyproject_that_takes_no_section(project: Project, run: Run) -> None:
    project.write("pyproject.toml", "tool = { ruff = { line-length = 88 } }\n")
    done = run("init")
    assert done.code == 2
    assert "write it there yourself" in done.err
    assert sorted(one.name for one in project.root.iterdir()) == ["pyproject.toml"]


def test_alembic_is_never_asked_twice(project: Project, run: Run) -> None:
    """A project with a history: its folder, its env.py, its template."""
    ini = "[alembic]\nscript_location = %(here)s/db/steps\npath_separator = os\n"
    project.write("alembic.ini", ini)
    project.write("db/steps/env.py", "# ours\n")
    project.write("db/steps/script.py.mako", "ours\n")
    done = run("init")
    assert done.code == 0, done.err
    files = laid(project)
    assert files["db/steps/env.py"] == "# ours\n"
    assert files["db/steps/script.py.mako"] == "ours\n"
    assert files["alembic.ini"] == f"{ini}\n[sqlplumb]\nschema = schema.sql\n"
    assert not (project.root / "migrations").exists()
    for name in ("db/steps/env.py", "db/steps/script.py.mako"):
        assert f"kept {name}: it is there already" in done.out
    assert "wrote db/steps/script_sql.py.mako" in done.out


@reads_toml
def test_a_history_in_pyproject_is_one(project: Project, run: Run) -> None:
    project.write("pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/steps"\n')
    assert run("init").code == 0
    assert sorted(laid(project)) == [
        ".gitattributes",
        ".gitignore",
        "pyproject.toml",
        "schema.sql",
        "steps/env.py",
        "steps/script.py.mako",
        "steps/script_sql.py.mako",
    ]
    assert run("revise", "-m", "first").code == 0


def test_where_revisions_are_the_schema_is_compared_next(project: Project, run: Run) -> None:
    project.write("alembic.ini", ALEMBIC_INI)
    project.write("migrations/env.py", "")
    project.revision("one", None, "op.execute('CREATE TABLE t (a TEXT)')")
    assert follow(run, run("init", "--from", "history")) == ["sqlplumb check"]
    assert laid(project)["schema.sql"].endswith("\nCREATE TABLE t (a TEXT);\n")


def test_a_configuration_that_says_nothing(project: Project, run: Run) -> None:
    project.write("alembic.ini", "[alembic]\n")
    done = run("init")
    assert (done.code, "script_location" in done.err) == (2, True)
    assert sorted(laid(project)) == ["alembic.ini"]


def test_from_a_live_database(project: Project, run: Run) -> None:
    """In the order in which it can be read, in its author's words."""
    project.database(LIVE)
    before = (project.root / "app.db").read_bytes()
    done = run("init", "--from", "sqlite:///app.db")
    assert (done.code, (project.root / "app.db").read_bytes()) == (0, before), done.err
    text = laid(project)["schema.sql"]
    marks = [
        "TABLE parent",
        "TRIGGER parent_gone",
        "TABLE child",
        "ix_child",
        "VIEW names",
        "log (",
    ]
    places = [text.index(f"CREATE {m}" if m[0].isupper() else m) for m in marks]
    assert places == sorted(places)
    for words in ("-- said by its author", "/* and never NULL */", "-- for the cascade", "-- kept"):
        assert words in text
    assert "alembic_version" not in text
    assert "sqlite_sequence" not in text
    assert (
        "CREATE TABLE parent (\n"
        "    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,\n"
        "    name TEXT NOT NULL DEFAULT 'a, b (c',\n"
        "    size REAL,\n"
        "    CHECK (name <> ''),\n"
        "    UNIQUE (name, size)\n"
        ") STRICT;\n"
    ) in text
    assert run("check", "sqlite:///app.db", "--strict").code == 0
    assert "sqlalchemy.url = sqlite:///app.db\n" in laid(project)["alembic.ini"]


def test_from_a_live_database_to_its_next_change(project: Project, run: Run) -> None:
    """init, revise, adopt, as it says itself; then a change, revised and applied, with all rows."""
    project.database(LIVE)
    rows = [ask(project, f"SELECT * FROM {table}") for table in ("parent", "child")]
    steps = follow(run, run("init", "--from", "sqlite:///app.db"))
    assert steps == ['sqlplumb revise -m "baseline"', "sqlplumb adopt sqlite:///app.db"]
    assert run("check", "history", "sqlite:///app.db").code == 0
    schema = project.root / "schema.sql"
    text = schema.read_text("utf-8")
    schema.write_text(text.replace("CHECK (name <> '')", "CHECK (length(name) > 0)"), "utf-8")
    assert run("revise", "-m", "names", "--database", "sqlite:///app.db").code == 0
    assert run("apply", "sqlite:///app.db").code == 0
    assert [ask(project, f"SELECT * FROM {table}") for table in ("parent", "child")] == rows
    assert run("check", "history", "sqlite:///app.db").code == 0


def test_from_metadata(project: Project, run: Run) -> None:
    metadata = MetaData()
    Table(
        "tasks",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("user_id", ForeignKey("users.id"), nullable=False),
        Column("note", Text, server_default="it's; -- a note"),
        Index("ix_tasks_user", "user_id"),
    )
    Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
    source = project.metadata(metadata)
    done = run("init", "--from", source)
    assert following(done) == ['sqlplumb revise -m "baseline"']
    text = laid(project)["schema.sql"]
    assert "\t" not in text
    assert ", \n" not in text
    assert "    note TEXT DEFAULT 'it''s; -- a note',\n" in text
    assert f"metadata = {source}" in laid(project)["alembic.ini"]
    assert run("revise", "-m", "baseline").code == 0
    assert run("check", source, "history", "--strict").code == 0
    metadata.create_all(engine_of(f"sqlite:///{project.root}/app.db"))
    assert run("adopt", "sqlite:///app.db").code == 0


def test_a_schema_in_several_files_is_not_written_into_one(project: Project, run: Run) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\nschema = "sql/*.sql"\n')
    project.write("sql/one.sql", "CREATE TABLE t (a TEXT);\n")
    project.database("CREATE TABLE t (a TEXT);")
    done = run("init", "--from", "sqlite:///app.db")
    assert (done.code, "not one file" in done.err) == (2, True)
    assert sorted(laid(project)) == ["pyproject.toml", "sql/one.sql"]
    (project.root / "app.db").unlink()
    follow(run, run("init"))
    assert "kept pyproject.toml" in run("init").out
    assert run("check").code == 0


def test_files_of_sql_are_a_schema_already(project: Project, run: Run) -> None:
    project.write("sql/one.sql", "-- ours\nCREATE TABLE t (a TEXT);\n")
    done = run("init", "--from", "sql")
    assert done.code == 0
    assert "schema.sql" not in laid(project)
    assert "schema = sql" in laid(project)["alembic.ini"]
    follow(run, done)
    assert run("check").code == 0


def test_a_schema_file_is_never_written_over(project: Project, run: Run) -> None:
    project.write("schema.sql", "CREATE TABLE ours (a TEXT);\n")
    project.database("CREATE TABLE theirs (a TEXT);")
    done = run("init", "--from", "sqlite:///app.db")
    assert "kept schema.sql: it is there already" in done.out
    assert laid(project)["schema.sql"] == "CREATE TABLE ours (a TEXT);\n"


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("sqlite:///none.db", 4, "does not exist"),
        ("empty", 2, "holds nothing"),
        ("no.module:metadata", 2, "cannot be imported"),
        ("sqlite:///left.db", 3, "was left behind by a batch migration"),
        ("sqlite:///bare.db", 2, "holds nothing"),
    ],
)
def test_where_nothing_can_be_read_nothing_is_written(
    source: str, code: int, said: str, project: Project, run: Run
) -> None:
    project.database("CREATE TABLE _alembic_tmp_t (a TEXT); CREATE TABLE t (a TEXT);", "left.db")
    project.database("CREATE TABLE alembic_version (version_num TEXT);", "bare.db")
    done = run("init", "--from", source)
    assert done.code == code
    assert said in done.err
    assert laid(project) == {}


def test_what_is_secret_is_not_written_down(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.database("CREATE TABLE t (a TEXT);")
    done = run("init", "--from", "sqlite:///app.db?password=geheim")
    assert done.code == 0
    assert not [name for name, text in laid(project).items() if "geheim" in text]
    assert "geheim" not in done.out + done.err
    monkeypatch.setenv("SHOP", "sqlite:///app.db?key=geheim")
    assert following(run("init", "--from", "env:SHOP"))[-1] == "sqlplumb adopt env:SHOP"


def test_no_history_is_begun_beside_one_that_is_elsewhere(project: Project, run: Run) -> None:
    project.database(LIVE + "INSERT INTO alembic_version VALUES ('gone');")
    done = run("init", "--from", "sqlite:///app.db")
    assert done.code == 3
    assert "is at gone, which is no revision of any history here" in done.err
    assert "empty its table alembic_version" in done.err
    assert laid(project) == {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.parent.name))
def test_whatever_a_schema_holds_is_written_down(case: Path, project: Project, run: Run) -> None:
    """And SQLite itself can run the file."""
    sql = case.read_text("utf-8")
    project.database(sql)
    if not sqlplumb.read("sqlite:///app.db").objects:
        pytest.skip("it holds nothing")
    done = run("init", "--from", "sqlite:///app.db")
    assert done.code == 0, done.err
    project.database((project.root / "schema.sql").read_text("utf-8"), "again.db")
    assert run("diff", "sqlite:///again.db", "sqlite:///app.db", "--strict").code == 0
    assert run("check", "sqlite:///app.db", "--strict").code == 0


@hypothesis_settings(max_examples=60, deadline=None)
@given(model=draws.wide_schemas())
def test_whatever_is_drawn_is_written_down(model: draws.WideModel) -> None:
    """It is read back, and refused if it were not the same."""
    assume(model.sql().strip())
    with TemporaryDirectory() as folder:
        with closing(sqlite3.connect(Path(folder, "app.db"))) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            try:
                connection.executescript(model.sql())
            except sqlite3.Error:
                assume(False)  # SQLite would not have it
        text = describe(f"sqlite:///{folder}/app.db", Settings(root=Path(folder))).text
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(text)


def test_two_tables_that_need_each_other(project: Project, run: Run) -> None:
    sql = (
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id));"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id));"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, up INTEGER REFERENCES c (id));"
    )
    project.database(sql)
    assert run("init", "--from", "sqlite:///app.db").code == 0
    text = laid(project)["schema.sql"]
    assert sorted("abc", key=lambda name: text.index(f"TABLE {name} (")) in (
        ["a", "b", "c"],
        ["b", "a", "c"],
    )
    assert run("check", "sqlite:///app.db").code == 0


INSIDE = """\
        CREATE TABLE items (
            id INTEGER PRIMARY KEY,  -- ours
            name TEXT DEFAULT '  two  '
        );
        CREATE TABLE lines (
            id INTEGER PRIMARY KEY,
            said TEXT DEFAULT 'a
            b'
        );
"""


def test_what_stood_inside_a_program_is_moved_left(project: Project, run: Run) -> None:
    """But for blanks that mean something."""
    project.database(INSIDE)
    assert run("init", "--from", "sqlite:///app.db").code == 0
    moved = "CREATE TABLE items (\n    id INTEGER PRIMARY KEY,  -- ours\n    name TEXT DEFAULT"
    text = laid(project)["schema.sql"]
    assert moved in text
    assert "DEFAULT 'a\n            b'\n" in text


def test_another_folder_by_its_configuration(project: Project, run: Run) -> None:
    project.write("shop/pyproject.toml", "")
    assert run("init", "--config", "shop/pyproject.toml").code == 0
    assert (project.root / "shop" / "schema.sql").is_file()
    assert not (project.root / "schema.sql").exists()


def test_a_process_of_its_own(project: Project) -> None:
    """With nothing of the tests around it."""
    argv = [sys.executable, "-m", "sqlplumb", "init"]
    done = subprocess.run(argv, cwd=project.root, capture_output=True, text=True, check=True)
    assert (done.stderr, "wrote schema.sql" in done.stdout) == ("", True)


# --------------------------------------------------------------------- Alembic's own commands


def test_alembic_checks_against_schema_sql_at_once(project: Project, run: Run) -> None:
    follow(run, run("init"))
    done = alembic("check")
    assert done.returncode == 0, done.stderr
    schema = project.root / "schema.sql"
    schema.write_text(schema.read_text("utf-8") + "CREATE TABLE more (a TEXT);\n", "utf-8")
    assert "more" in alembic("check").stdout + alembic("check").stderr
    assert alembic("revision", "--autogenerate", "-m", "more").returncode == 0
    assert run("check").code == 0
    assert "naming convention" not in run("check").err


MODELS = """\
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

metadata = MetaData()
Table("t", metadata, Column("id", Integer, primary_key=True))


class Base(DeclarativeBase):
    pass


class T(Base):
    __tablename__ = "t"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


@pytest.mark.parametrize("attribute", ["metadata", "Base", "Base.metadata"])
def test_env_py_has_the_models_that_are_known(project: Project, run: Run, attribute: str) -> None:
    name = f"app_of_{attribute.replace('.', '_').lower()}"
    project.write(f"src/{name}/__init__.py", "")
    project.write(f"src/{name}/models.py", MODELS)
    done = run("init", "--from", f"{name}.models:{attribute}")
    assert done.code == 0, done.err
    assert run("revise", "-m", "baseline").code == 0
    assert run("apply", "sqlite:///app.db", "--create").code == 0
    elsewhere = project.root / "deep"
    elsewhere.mkdir()
    done_by_alembic = alembic("-c", str(project.root / "alembic.ini"), "check")
    assert done_by_alembic.returncode == 0, done_by_alembic.stderr
    env = (project.root / "migrations/env.py").read_text("utf-8")
    expected = attribute if attribute.endswith("metadata") else f"{attribute}.metadata"
    assert f"\ntarget_metadata = {expected}\n" in env
    compile(env, "env.py", "exec")
