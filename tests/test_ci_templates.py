"""action.yml and the template for GitLab: their scripts, run as a runner runs them, from this
checkout in a repository of somebody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.reports import held_code_quality, held_junit, held_sarif
else:
    from reports import held_code_quality, held_junit, held_sarif

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text("utf-8"))[".sqlplumb"]
SCHEMA = "CREATE TABLE tasks (task_id INTEGER PRIMARY KEY, note TEXT);\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A new Python that finds what this one has, and installs from no index."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, symlinks=True)
    names = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=names))
    (site / "found.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CI", "PYTEST", "PIP_", "PYTHON"))
    }
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    pip = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    return {**clean, **pip, "PATH": path, "XDG_CACHE_HOME": str(folder / "cache")}


@pytest.fixture
def repository(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A repository with a project in a folder below its top, made as its author would."""
    project = tmp_path / "repository" / "app"
    project.mkdir(parents=True)
    (project / "schema.sql").write_text(SCHEMA)
    (project / "pyproject.toml").write_text("[tool.sqlplumb]\n")
    for argv in (["init"], ["revise", "-m", "tasks"]):
        command = [sys.executable, "-m", "sqlplumb", *argv]
        subprocess.run(command, cwd=project, env=environment, capture_output=True, check=True)
    return project.parent


class Runner:
    """What GitHub's runner does with a composite action, as far as this one asks for it."""

    def __init__(
        self, repository: Path, environment: dict[str, str], inputs: dict[str, str]
    ) -> None:
        self.repository = repository
        defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}
        self.inputs = {**defaults, **inputs}
        self.files = {
            name: repository.parent / name
            for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")
        }
        for file in self.files.values():
            file.write_text("")
        self.environment = {
            **environment,
            **{name: str(file) for name, file in self.files.items()},
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(repository),
        }
        self.codes: dict[str, int] = {}
        self.shown: dict[str, str] = {}

    def run(self) -> None:
        for step in ACTION["runs"]["steps"]:
            if self.holds(step.get("if", "true")):
                self.step(step)

    def holds(self, condition: str) -> bool:
        asked = re.findall(r"contains\(inputs\.run, '(\w+)'\)", condition)
        is_known = condition == "true" or (
            condition == "${{ !cancelled() && steps.install.outcome == 'success' && contains("
            f"inputs.run, '{asked[0]}') }}}}"
        )
        assert is_known, condition
        return all(one in self.inputs["run"] for one in asked) and not self.codes.get("install")

    def step(self, step: dict[str, Any]) -> None:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # what somebody wrote is no part of a script
        added = dict(
            line.split("=", 1) for line in self.files["GITHUB_ENV"].read_text().splitlines()
        )
        given = {name: self.filled(value) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.repository / self.filled(step.get("working-directory", ".")),
            env={**self.environment, **added, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        self.codes[step["id"]] = done.returncode
        self.shown[step["id"]] = done.stdout + done.stderr

    def filled(self, value: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: self.inputs[match[1]], value)


def test_the_action_checks_proves_judges_and_reviews(
    repository: Path, environment: dict[str, str]
) -> None:
    runner = Runner(repository, environment, {"working-directory": "app"})
    runner.run()
    passed = {"install": 0, "check": 0, "prove": 0, "lint": 0, "review": 0}
    assert runner.codes == passed, runner.shown
    reports = repository / "sqlplumb-reports"
    assert runner.files["GITHUB_OUTPUT"].read_text() == "reports=sqlplumb-reports\n"
    for name in ("check", "prove", "lint"):
        held_sarif((reports / f"{name}.sarif").read_text())
        held_junit((reports / f"{name}.xml").read_text())
    assert runner.files["GITHUB_STEP_SUMMARY"].read_text() == (reports / "review.md").read_text()


def test_what_fails_in_the_action_hinders_nothing_else(
    repository: Path, environment: dict[str, str]
) -> None:
    (repository / "app/schema.sql").write_text(SCHEMA.replace("note", "remark"))
    (repository / "app/query.sql").write_text("SELECT remark FROM tasks;\n")
    with (repository / "app/pyproject.toml").open("a") as settings:
        settings.write('queries = ["query.sql"]\n')
    inputs = {
        "working-directory": "app",
        "run": "check queries tables review",
        "revisions": "$(touch stolen); head",
        "reports": "a folder/$(touch stolen)",
    }
    runner = Runner(repository, environment, inputs)
    runner.run()
    codes = {"install": 0, "check": 1, "queries": 0, "tables": 2, "review": 2}
    assert runner.codes == codes, runner.shown
    assert "::error file=app/schema.sql,line=1,title=drift history::" in runner.shown["check"]
    (result, *_) = held_sarif((repository / inputs["reports"] / "check.sarif").read_text())[
        "results"
    ]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "app/schema.sql"}
    assert not [*repository.rglob("stolen")]


def test_the_template_for_gitlab(repository: Path, environment: dict[str, str]) -> None:
    """In the least shell that an image has."""
    (repository / "app/schema.sql").write_text(SCHEMA.replace("note", "remark"))
    variables = {**GITLAB["variables"], "SQLPLUMB": str(ROOT), "SQLPLUMB_FOLDER": "app"}
    done = subprocess.run(
        ["sh", "-ec", "\n".join(GITLAB["script"])],
        cwd=repository,
        env={**environment, **variables, "GITLAB_CI": "true", "CI_PROJECT_DIR": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("drift  history against schema.sql") == 1
    folder = repository / GITLAB["artifacts"]["paths"][0]
    reports = GITLAB["artifacts"]["reports"]
    issues = held_code_quality((repository / reports["codequality"]).read_text())
    places = {(issue["check_name"], issue["location"]["path"]) for issue in issues}
    assert ("drift", "app/schema.sql") in places
    for file in repository.glob(reports["junit"]):
        held_junit(file.read_text())
    assert {file.name for file in folder.iterdir()} >= {"check.xml", "lint.xml", "prove.xml"}
    assert (folder / "review.html").read_text().startswith("<!DOCTYPE html>")


def test_the_hooks_of_pre_commit_name_commands_that_are_there() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        command = [sys.executable, "-m", *hook["entry"].split(), "--help"]
        subprocess.run(command, capture_output=True, check=True)
