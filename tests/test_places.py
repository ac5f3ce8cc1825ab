"""One rule for everything relative: it begins in the folder where it is written down, which is the
working folder for the command line, and the folder of the settings for the settings."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import sqlplumb

if TYPE_CHECKING:
    from tests.applied import CURRENT, Ground, ground
    from tests.conftest import Project, Ran, Run
else:
    from applied import CURRENT, Ground, ground

NAMED = {  # commands that are given a database; {} stands for its URL
    "check": "check {}",
    "diff": "diff {} {}",
    "diff to history": "diff {} history",
    "script": "diff {} empty --format sql --allow destructive",
    "draw": "draw {} --format dot",
    "draw against": "draw {} --against {} --format dot",
    "lint": "lint {}",
    "lint rows": "lint --database {}",
    "review": "review --database {}",
    "revise": "revise -m change --database {}",
    "adopt": "adopt {} --dry-run",
    "apply": "apply {} --no-backup",
    "a query": "apply --no-backup --query {} SELECT'sqlite:///here.db'",
}
MEANT = {  # databases that the settings mean; each names `there.db`
    "url": "databases = ['sqlite:///there.db']",
    "absolute": "databases = ['sqlite:///{root}/there.db']",
    "folder": "databases = ['sqlite:///data']",
    "list": "databases = ['@urls.txt']",
    "variable": "databases = ['env:THERE']",
    "file": "databases = ['sqlite:///file:there.db?uri=true']",
    "alembic": "",
}
PLACES = ("", "below", "../elsewhere")


@pytest.fixture
def stage(project: Project, run: Run) -> Ground:
    """The project lies in `home`; the settings are found from there and below."""
    home = project.root / "home"
    home.mkdir()
    project.patch.chdir(home)
    made = ground(type(project)(home, project.patch), run)
    made.begin()
    (home / "app.db").rename(home / "there.db")
    made.history.project.write("pyproject.toml", "[tool.sqlplumb]\n")
    for place in ("below", "../elsewhere"):
        (home / place).mkdir()
    return made


def command(stage: Ground, place: str, words: list[str]) -> Ran:
    stage.history.project.patch.chdir(stage.root / place)
    return stage.history.run(*words, "--config", str(stage.root / "pyproject.toml"))


@pytest.mark.parametrize("place", PLACES)
def test_on_the_command_line(place: str, stage: Ground) -> None:
    here = stage.root / place / "here.db"
    shutil.copy(stage.root / "there.db", here)
    (stage.root / "there.db").unlink()
    with (stage.root / "schema.sql").open("a") as file:
        file.write("CREATE TABLE new (id INTEGER PRIMARY KEY);\n")
    for form, words in NAMED.items():
        other = [word.format("sqlite:///there.db") for word in words.split()]
        assert "there.db does not exist" in command(stage, place, other).err, form
        meant = [word.format("sqlite:///here.db") for word in words.split()]
        said = command(stage, place, meant)
        assert "does not exist" not in said.err, form
        assert said.code in (0, 1), (form, said.err)


@pytest.mark.parametrize("place", PLACES)
def test_in_the_settings(place: str, stage: Ground) -> None:
    project, database = stage.history.project, stage.root / "there.db"
    before = database.read_bytes()
    project.patch.setenv("THERE", "sqlite:///there.db")
    project.write("urls.txt", "sqlite:///there.db\n")
    for form, settings in MEANT.items():
        (stage.root / "data").mkdir(exist_ok=True)
        name = "data/there.db" if form == "folder" else "there.db"
        for one in stage.root.parent.rglob("*.db"):
            one.unlink()
        (stage.root / name).write_bytes(before)
        if form == "alembic":
            project.alembic("sqlalchemy.url = sqlite:///there.db\n")
        said = settings.format(root=stage.root)
        project.write("pyproject.toml", f"[tool.sqlplumb]\n{said}\n")
        done = command(stage, place, ["apply", "--no-backup", "--create", "--quiet"])
        assert (done.code, done.err) == (0, ""), form
        assert stage.revision(name) == "second"
        assert list(stage.root.parent.rglob("*.db")) == [stage.root / name]
        if form not in ("folder", "list", "alembic"):  # which are of `apply` alone
            assert command(stage, place, ["check"]).code == 0, form


@pytest.mark.parametrize("place", PLACES)
def test_for_python(place: str, stage: Ground) -> None:
    """A program's words begin where the program runs."""
    stage.history.project.patch.chdir(stage.root / place)
    config = stage.root / "pyproject.toml"
    sqlplumb.apply("sqlite:///new.db", config=config)
    assert (stage.root / place / "new.db").is_file()
    sqlplumb.require_plumb("sqlite:///new.db", config=config)
    (fleet,) = sqlplumb.apply_fleet(["sqlite:///new.db"], config=config)
    assert fleet.outcome == "nothing to do"


@pytest.mark.parametrize("place", PLACES)
def test_what_init_writes_down(place: str, stage: Ground, run: Run) -> None:
    """The URL that it was given here is meant from there."""
    project = stage.history.project
    (stage.root / "../elsewhere/new").mkdir(exist_ok=True)
    config = str(stage.root / "../elsewhere/new/alembic.ini")
    project.patch.chdir(stage.root / place)
    shutil.move(stage.root / "there.db", stage.root / place / "one.db")
    project.database(CURRENT, f"{place}/one2.db".strip("/"))
    assert run("init", "--from", "sqlite:///one2.db", "--config", config).code == 0
    assert run("revise", "-m", "baseline", "--config", config).code == 0
    assert run("adopt", "sqlite:///one2.db", "--config", config).code == 0
    assert run("apply", "--config", config).code == 0
