"""The queries of an application: what is found in them, on which line, and what is left alone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from sqlplumb.cli import main
from sqlplumb.commands.queries import JudgedQueries, QueriesOptions, judge_queries
from sqlplumb.config import find_settings
from sqlplumb.errors import WrongInput

CASES = sorted(path for path in (Path(__file__).parent / "queries").iterdir() if path.is_dir())
EXPECTED = re.compile(r"(?:--|#)\s*expect:\s*(.+)")


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(request.param, tmp_path, dirs_exist_ok=True)
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


@pytest.mark.parametrize("file", ["app.py", "reports.sql"])
def test_the_marked_lines_are_found_and_no_others(case: Path, file: str) -> None:
    findings = judged(file).findings
    places = [(each.place.file, each.place.line, each.code) for each in findings if each.place]
    assert places == expected(case / file)


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


def test_folders_and_patterns(case: Path) -> None:
    (case / "app" / "node_modules").mkdir(parents=True)
    text = 'A = "SELECT nope FROM orders"\n'
    for name in ("app/one.py", "app/node_modules/two.py", "app/broken.py"):
        (case / name).write_text(text if "broken" not in name else "def", "utf-8")
    for written in ("app", "app/**/*.py"):
        found = judged(written)
        assert [each.place.file for each in found.findings if each.place] == ["app/one.py"]
        assert "app/broken.py" in found.passed_over[0].message


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
