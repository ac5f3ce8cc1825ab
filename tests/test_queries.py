"""The queries of an application: what is found in them, on which line, and what is left alone."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.cli import main
from sqlplumb.commands.queries import JudgedQueries, QueriesOptions, judge_queries
from sqlplumb.commands.review import ReviewOptions, review
from sqlplumb.config import find_settings
from sqlplumb.errors import WrongInput

SHOP = Path(__file__).parent / "queries" / "shop"
if TYPE_CHECKING:
    from tests.histories import first_revision
else:
    from histories import first_revision

CASES = sorted(path for path in (Path(__file__).parent / "queries").iterdir() if path.is_dir())
EXPECTED = re.compile(r"(?:--|#)\s*expect:\s*(.+)")


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of a case, by its folder; those of the shop where a test names none."""
    folder = getattr(request, "param", SHOP)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "pyproject.toml").write_text('[tool.sqlplumb]\nschema = "desired.sql"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judged(*paths: str, against: str = "current.sql") -> JudgedQueries:
    settings = find_settings(Path.cwd())
    return judge_queries(QueriesOptions(settings=settings, paths=paths, against=against))


def expected(file: Path) -> list[tuple[str, int, str]]:
    return [
        (file.name, line, code)
        for line, text in enumerate(file.read_text("utf-8").splitlines(), 1)
        if (match := EXPECTED.search(text))
        for code in match[1].split()
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name, indirect=True)
def test_the_marked_lines_are_found_and_no_others(case: Path) -> None:
    for file in sorted({*case.glob("*.py"), *case.glob("reports.sql")}):
        findings = judged(file.name).findings
        places = [(each.place.file, each.place.line, each.code) for each in findings if each.place]
        assert places == expected(file)


def test_what_is_ignored_has_a_reason(case: Path) -> None:
    del case
    ignored = judged("app.py", "reports.sql").ignored
    assert [each.reason for each in ignored] == [
        "it goes with this release",
        "for the day when it comes",
    ]


def test_an_idle_ignore_is_found(case: Path) -> None:
    (case / "idle.py").write_text('A = "SELECT id FROM orders"  # sqlplumb: ignore Q501 no\n')
    assert [each.code for each in judged("idle.py").findings] == ["C302"]


def test_without_a_pending_change_only_the_schema_counts(case: Path) -> None:
    codes = {each.code for each in judged("app.py", against="desired.sql").findings}
    assert codes == {"Q501", "C302"}  # the ignored finding is another one now
    del case


def test_the_history_is_where_a_change_begins(case: Path) -> None:
    versions = case / "migrations" / "versions"
    versions.mkdir(parents=True)
    (case / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", "utf-8")
    current = (case / "current.sql").read_text("utf-8")
    (versions / "one.py").write_text(
        "from alembic import op\nrevision = 'one'\ndown_revision = None\n"
        f"def upgrade():\n    for text in {current.split(';')[:-1]!r}:\n        op.execute(text)\n",
        "utf-8",
    )
    assert [each.code for each in judged("reports.sql", against="").findings] == ["Q502", "Q501"]


SCANNED = """
SELECT note FROM orders AS o WHERE o.state = ?;  -- expect: orders
SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id;
SELECT o.id FROM customers c JOIN orders o ON o.id = c.id WHERE c.name > '';  -- expect: customers
SELECT id FROM orders WHERE customer_id = :id;
SELECT id FROM "orders" WHERE id = 1;
SELECT state FROM orders;
DELETE FROM orders WHERE state = 'void';  -- expect: orders
SELECT note FROM main.orders AS o WHERE o.state = 'open';  -- expect: orders
SELECT id FROM carts WHERE customer_id = 1;
"""


def test_large_tables_that_are_read_from_end_to_end(case: Path) -> None:
    (case / "pyproject.toml").write_text(
        '[tool.sqlplumb]\nschema = "current.sql"\n[tool.sqlplumb.lint]\nlarge = 50\n', "utf-8"
    )
    (case / "queries.sql").write_text(SCANNED, "utf-8")
    with closing(sqlite3.connect(case / "live.db")) as connection:
        connection.executescript((case / "current.sql").read_text("utf-8"))
        numbers = [(n,) for n in range(60)]
        connection.executemany("INSERT INTO customers (id, name) VALUES (?, 'x')", numbers)
        connection.executemany("INSERT INTO orders VALUES (NULL, ?, 1, '', 'new')", numbers)
        connection.executemany("INSERT INTO carts (id) VALUES (?)", numbers[:10])
        connection.commit()
    options = QueriesOptions(
        settings=find_settings(case), paths=("queries.sql",), database="sqlite:///live.db"
    )
    expected = [
        (line, match[1])
        for line, text in enumerate(SCANNED.splitlines(), 1)
        if (match := EXPECTED.search(text))
    ]
    findings = judge_queries(options).findings
    assert {each.code for each in findings} == {"Q506"}
    said = [(each.place.line, each.message.split()[4]) for each in findings if each.place]
    assert said == expected


def test_a_review_tells_which_queries_the_revision_breaks(case: Path) -> None:
    text = '[tool.sqlplumb]\nschema = "desired.sql"\nqueries = ["app.py", "reports.sql"]\n'
    (case / "pyproject.toml").write_text(text, "utf-8")
    versions = case / "migrations" / "versions"
    versions.mkdir(parents=True)
    (case / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", "utf-8")
    (versions / "one.py").write_text(first_revision((case / "current.sql").read_text()), "utf-8")
    assert main(["revise", "-m", "two", "--allow", "destructive"]) == 0
    (reviewed,) = review(ReviewOptions(settings=find_settings(case)))
    found = [each for each in reviewed.findings if each.code[0] == "Q"]
    wanted = [*expected(case / "app.py"), *expected(case / "reports.sql")]
    assert [(each.place.file, each.place.line, each.code) for each in found if each.place] == [
        each for each in wanted if each[2] in ("Q502", "Q503")
    ]
    assert [each.code for each in reviewed.ignored] == ["Q502"]


def test_a_table_of_one_name_in_two_databases(case: Path) -> None:
    """Its queries stand in other files than the CREATE, and say nothing of ours."""
    make = "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, started REAL)"
    (case / "other.py").write_text(f"MAKE = '{make}'\n", "utf-8")
    (case / "worker.py").write_text(
        'STARTED = "SELECT id, started FROM orders WHERE id = ?"\n'
        'OURS = "SELECT note FROM orders"\n'  # which goes
        'NEITHER = "SELECT started, total FROM orders"\n',
        "utf-8",
    )
    alone = [each.code for each in judged("worker.py").findings]
    both = [each.code for each in judged("worker.py", "other.py").findings]
    assert (alone, both) == (["Q501", "Q502", "Q501"], ["Q502", "Q501"])


def test_folders_and_patterns(case: Path) -> None:
    (case / "app" / "node_modules").mkdir(parents=True)
    text = 'A = "SELECT nope FROM orders"\n'
    for name in ("app/one.py", "app/node_modules/two.py", "app/broken.py"):
        (case / name).write_text(text if "broken" not in name else "def", "utf-8")
    for written in ("app", "app/**/*.py"):
        found = judged(written)
        assert [each.place.file for each in found.findings if each.place] == ["app/one.py"]
        assert "app/broken.py" in found.passed_over[0].message


def test_the_settings_name_paths(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = '[tool.sqlplumb]\nschema = "current.sql"\nqueries = ["app.py", "none/*.py"]\n'
    (case / "pyproject.toml").write_text(settings, "utf-8")
    (case / "inside").mkdir()
    monkeypatch.chdir(case / "inside")
    with pytest.raises(WrongInput, match=r"none/\*\.py holds no"):
        judge_queries(QueriesOptions(settings=find_settings(Path.cwd())))
    (case / "none").mkdir()
    (case / "none" / "a.py").write_text('A = "SELECT nope FROM orders"', "utf-8")
    found = judge_queries(QueriesOptions(settings=find_settings(Path.cwd())))
    assert "../none/a.py" in [each.place.file for each in found.findings if each.place]


def test_what_is_not_there_is_an_error(case: Path) -> None:
    del case
    for written in ("nowhere", "nowhere/*.py"):
        with pytest.raises(WrongInput, match=r"holds no \.sql or \.py file"):
            judged(written)


def test_the_command_answers_in_json(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del case
    argv = ["queries", "reports.sql", "--against", "current.sql", "--format", "json"]
    assert main(argv) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["failed"]
    assert [each["code"] for each in value["findings"]] == ["Q502", "Q501"]
