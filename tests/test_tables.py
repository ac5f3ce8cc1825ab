"""`sqlplumb tables`: schema.sql as SQLAlchemy Core, and nothing of it lost on the way."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from sqlalchemy.exc import SAWarning
from tests.strategies import Hand, Model, hands, schemas

import sqlplumb
from sqlplumb.commands.tried_tables import generate
from sqlplumb.config import Settings

if TYPE_CHECKING:
    from tests.conftest import Project, Run

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "tests" / "cases").rglob("*.sql"))
SCHEMAS = [one for one in CASES if one.name in ("current.sql", "desired.sql")]
TOML = '[tool.sqlplumb]\n\n[tool.sqlplumb.tables]\nmodule = "tables.py"\n'
# What Core cannot say, so that SQL says it.
IN_SQL = {
    "primary-key--collate/desired.sql",
    "primary-key--descending/desired.sql",
    "primary-key--integer-desc-is-no-rowid/current.sql",
    "unique--collate/desired.sql",
}


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    """SQLAlchemy warns of cycles of foreign keys, which SQLite has no trouble with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def ran(text: str) -> dict[str, Any]:
    """The names of this module."""
    found: dict[str, Any] = {"__name__": "tables_of_this_test"}
    exec(compile(text, "tables.py", "exec"), found)  # noqa: S102
    return found


def made(sql: str, folder: Path, toml: str = TOML) -> str:
    """The module for this schema."""
    (folder / "schema.sql").write_text(sql, "utf-8")
    (folder / "pyproject.toml").write_text(toml, "utf-8")
    from sqlplumb.config import read_settings

    return generate(read_settings(folder / "pyproject.toml")).text


def test_ours_is_made_by_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run("tables", "--check").code == 0
    assert run("check", "database_api.tables:metadata", "--strict").code == 0
    first = run("tables", "--stdout")
    assert first.out == run("tables", "--stdout").out
    assert first.out == (ROOT / "tools/database_api/tables.py").read_text("utf-8")


def test_every_comment_is_kept(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.chdir(ROOT)
    words = re.findall(r"\w+", " ".join(re.findall("--(.*)", Path("schema.sql").read_text())))
    text = run("tables", "--stdout").out
    said = re.findall(r"\w+", " ".join(re.findall("#(.*)", text)) + text.split('"""')[1])
    assert [word for word in set(words) if said.count(word) < words.count(word)] == []


@pytest.mark.parametrize("case", SCHEMAS, ids=lambda one: f"{one.parent.name}/{one.name}")
def test_a_case_comes_back_as_it_was(case: Path, tmp_path: Path) -> None:
    generated = generate(Settings(root=case.parent, schema=(case.name,)))
    is_in_sql = "\nmade_in_sql(" in generated.text
    assert is_in_sql == (f"{case.parent.name}/{case.name}" in IN_SQL)
    assert any("its own SQL" in note.message for note in generated.notes) == is_in_sql
    database = sa.create_engine(f"sqlite:///{tmp_path}/made.db")
    metadata = ran(generated.text)["metadata"]
    metadata.create_all(database)
    metadata.create_all(database)  # what is there is left alone
    left = sqlplumb.diff(sqlplumb.read(f"sqlite:///{tmp_path}/made.db"), sqlplumb.read(str(case)))
    noted = {note.message.rpartition(": ")[2] for note in generated.notes}
    assert {str(one.ref) for one in left} - noted == set()
    metadata.drop_all(database)
    assert sa.inspect(database).get_table_names() == sa.inspect(database).get_view_names() == []


def test_the_whole_is_as_ruff_leaves_it(tmp_path: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed here")
    for number, case in enumerate(SCHEMAS[::5]):
        text = generate(Settings(root=case.parent, schema=(case.name,))).text
        (tmp_path / f"made_{number}.py").write_text(text, "utf-8")
    for what in (["format", "--check"], ["check"]):
        command = [str(ruff), *what, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas(), hands)
def test_any_schema_comes_back(tmp_path_factory: Any, model: Model, hand: Hand) -> None:
    """`generate` holds what it wrote against the schema, and refuses where they differ."""
    folder = tmp_path_factory.mktemp("any")
    text = made(model.sql(hand), folder)
    assert ast.parse(text)
    shutil.rmtree(folder)


def test_a_stale_file_is_told_and_written(run: Run, project: Project) -> None:
    project.write("pyproject.toml", TOML)
    project.write("schema.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY);")
    missing = run("tables", "--check")
    assert missing.code == 1 and "tables.py is not there: run `sqlplumb tables`" in missing.out
    assert run("tables").out == "wrote  tables.py\n"
    assert run("tables", "--check").out == ""
    assert run("tables").out == "unchanged  tables.py\n"
    project.write("schema.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY, name TEXT);")
    stale = run("tables", "--check")
    assert stale.code == 1
    assert '+    Column("name", Text),' in stale.out.splitlines()
    assert stale.out.endswith("tables.py is not what schema.sql says: run `sqlplumb tables`\n")
    assert run("tables", "-o", "other.py").code == 0
    assert run("tables", "--check", "-o", "other.py").code == 0


def test_what_a_person_wrote_is_not_replaced_unasked(run: Run, project: Project) -> None:
    project.write("pyproject.toml", TOML)
    project.write("schema.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY);")
    mine = project.write("tables.py", "tasks = 1\n")
    refused = run("tables")
    assert (refused.code, mine.read_text()) == (3, "tasks = 1\n")
    assert "--replace" in refused.err
    assert run("tables", "--replace").code == 0
    assert "Table(" in mine.read_text()


def test_where_the_file_lies_comes_from_the_metadata(run: Run, project: Project) -> None:
    project.write("schema.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY);")
    project.write("app/__init__.py", "raise SystemExit('imported')\n")
    project.write("pyproject.toml", '[tool.sqlplumb]\nmetadata = "app.models:md"\n')
    assert run("tables").out == "wrote  app/models.py\n"
    assert "md = MetaData()" in (project.root / "app/models.py").read_text()
    project.write("pyproject.toml", '[tool.sqlplumb]\nmetadata = "elsewhere.models:md"\n')
    nowhere = run("tables")
    assert nowhere.code == 2 and "[tool.sqlplumb.tables]" in nowhere.err
    assert run("tables", "--stdout").code == 0


def test_a_person_chooses_types(run: Run, project: Project) -> None:
    project.write(
        "own_types_of_this_test.py",
        "import sqlalchemy as sa\n\nclass Upper(sa.TypeDecorator):\n    impl = sa.Text\n"
        "    cache_ok = True\n\n    def process_bind_param(self, value, dialect):\n"
        "        return value and value.upper()\n",
    )
    project.write("schema.sql", "CREATE TABLE tasks (id CHAR(36) PRIMARY KEY, name TEXT);")
    types = '[tool.sqlplumb.tables.types]\n"tasks.name" = "own_types_of_this_test:{}"\n'
    project.write("pyproject.toml", TOML + types.format("Upper") + '"Tasks.id" = "UUIDText"\n')
    text = run("tables", "--stdout").out
    assert "from own_types_of_this_test import Upper" in text
    assert 'Column("name", Upper),' in text
    assert 'Column("id", UUIDText(), primary_key=True, nullable=True),' in text
    project.write("pyproject.toml", TOML + types.format("Lower"))
    gone = run("tables", "--stdout")
    assert gone.code == 2 and "Lower" in gone.err and "[tool.sqlplumb.tables.types]" in gone.err
    project.write("pyproject.toml", TOML + types.format("sa").replace(":sa", ":sa.Text"))
    assert "is not a type for tasks.name" in run("tables", "--stdout").err


@pytest.mark.parametrize(
    ("written", "code", "told"),
    [
        ('"tasks.nmae" = "sqlalchemy:Text"', 2, "did you mean tasks.name"),
        ('"tasks.name" = "UUIDTxt"', 2, "UUIDText"),
        ('"tasks.name" = "sqlalchemy:Integer"', 3, "tasks.name is not declared as"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    written: str, code: int, told: str, run: Run, project: Project
) -> None:
    project.write("schema.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY, name TEXT);")
    project.write("pyproject.toml", f"{TOML}\n[tool.sqlplumb.tables.types]\n{written}\n")
    refused = run("tables")
    assert refused.code == code and told in refused.err
    assert not (project.root / "tables.py").exists()


def test_settings_in_an_ini(run: Run, project: Project) -> None:
    project.write("schema.sql", "CREATE TABLE tasks (id INTEGER PRIMARY KEY, name CHAR(36));")
    ini = "[sqlplumb]\n[sqlplumb.tables]\nmodule = t.py\n[sqlplumb.tables.types]\n"
    project.write("alembic.ini", f"{ini}tasks.name = UUIDText\n")
    assert run("tables").out == "wrote  t.py\n"
    assert 'Column("name", UUIDText()),' in (project.root / "t.py").read_text()
    project.write("alembic.ini", "[sqlplumb]\n[sqlplumb.tables]\nmodul = t.py\n")
    assert "did you mean module?" in run("tables").err


HOSTILE = '''\
CREATE TABLE "class" ("def" TEXT, "a b" TEXT CHECK ("a b" IN ('it''s', 'x"y', '', '2', 'A', 'a')));
CREATE TABLE text (func INTEGER PRIMARY KEY, "o'k" TEXT DEFAULT ':x \\ %s %(y)s {z}', x
    TEXT CHECK (x <> ':y' AND x NOT LIKE '%"""%'));
CREATE TABLE "Ünï-côde" (id INT, parent INT, FOREIGN KEY (parent) REFERENCES nowhere (id));
CREATE TABLE metadata (json JSON, uuid TEXT, "select" TEXT REFERENCES "class"); -- """ \\ # end
CREATE TABLE list (t1 INTEGER PRIMARY KEY, sum TEXT); -- type: ignore
CREATE INDEX "i % d" ON "class" ("a b" COLLATE NOCASE DESC, lower("def" || ':x'))
    WHERE "def" <> ':%';
CREATE VIEW "v ""w" AS SELECT '%', ':a', '"""', "def" FROM "class";
'''


def test_the_ends_of_lines_of_a_checkout_are_nothing(tmp_path: Path) -> None:
    sql = "-- of x\nCREATE TABLE t (\n  a TEXT\n);\nCREATE VIEW v AS\nSELECT 1 AS a,  -- x\n  'b'\n"
    assert made(sql, tmp_path) == made(sql.replace("\n", "\r\n"), tmp_path)


def test_names_and_texts_that_python_minds(tmp_path: Path) -> None:
    names = ran(made(HOSTILE, tmp_path))
    tables = names["metadata"].tables
    assert set(tables) == {"class", "text", "Ünï-côde", "metadata", "list"}
    assert names["class_table"] is tables["class"] and names["list_table"] is tables["list"]
    assert [one.value for one in names["ClassAB"]] == ["it's", 'x"y', "", "2", "A", "a"]


COMMENTS = """\
-- The head of the file.

-- ---- a banner

-- above the table
CREATE TABLE tasks (  -- @renamed from=items
    -- above a column
    id INTEGER PRIMARY KEY, name TEXT,  -- beside name
    prefs TEXT  /* inside */
        NOT NULL,  -- JSON, beside prefs
    either TEXT CHECK (json_valid(either) OR either = ''),
    state TEXT COLLATE NOCASE CHECK (state IN ('a')),  -- fmt: off # type: ignore
    -- above a rule
    CONSTRAINT ck CHECK (id > 0)
    -- at the end
);  -- behind the table
/* above
   an index */
CREATE INDEX i ON tasks (name);  -- beside the index
-- the tail
"""


DESIRED_BODY = """\
# above the table
# behind the table
tasks = Table(
    "tasks",
    metadata,
    # above a column
    Column("id", Integer, primary_key=True, nullable=True),
    Column("name", Text),  # beside name
    # inside
    # JSON, beside prefs
    Column("prefs", JSONText(), nullable=False),
    Column("either", Text),
    Column("state", Text(collation="NOCASE")),  # | fmt: off | type: ignore
    CheckConstraint("json_valid(either) OR either = ''"),
    CheckConstraint("state IN ('a')"),
    # above a rule
    # at the end
    CheckConstraint("id > 0", name="ck"),
    # above
    # an index
    Index("i", "name"),  # beside the index
)

# the tail
"""


def test_comments_stand_where_they_belong(tmp_path: Path) -> None:
    text = made(COMMENTS, tmp_path)
    assert "What schema.sql says of itself:\n\nThe head of the file.\n" in text
    assert text.partition("# ---- a banner\n\n")[2] == DESIRED_BODY
