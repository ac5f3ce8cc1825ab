"""One service's tables and history without the others'; and the layer as a distribution."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

import sqlplumb
from database_api import take as taking
from database_api.engine import make_engine
from database_api.planner.queue import upsert_heartbeat
from database_api.reset import reset_database
from database_api.sessions import make_sessionmaker
from database_api.setup import initialize_database, schema_file
from database_api.take import SERVICES, NotTaken, revisions_of, schema_of, take

if TYPE_CHECKING:
    from tests.conftest import Run

LAYER = Path(__file__).parents[2] / "tools" / "database_api"


@pytest.mark.parametrize("service", SERVICES)
def test_the_history_of_one_makes_its_tables(
    service: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / service
    assert folder / "schema.sql" in take(service, folder)
    monkeypatch.chdir(folder)
    told = run("check", "--strict" if service == "agent_host" else "history")
    assert (told.code, told.err) == (0, "")
    with pytest.raises(NotTaken, match=r"has schema\.sql, pyproject\.toml, .* already"):
        take(service, folder)


def test_every_table_and_revision_is_of_one_service() -> None:
    made = [name for one in SERVICES for name in taking.MADE.findall(schema_of(one))]
    assert sorted(made) == sorted(taking.MADE.findall(schema_file().read_text("utf-8")))
    found = [one.id for service in SERVICES for one in revisions_of(service)]
    files = list((schema_file().parent / "migrations" / "versions").glob("*.py"))
    assert len({*found}) == len(found) == len(files)
    with pytest.raises(NotTaken, match="there is no service 'nobody': say task_runner, "):
        schema_of("nobody")


def test_a_revision_of_two_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = revisions_of("planner")[-1]
    both = one.text.replace("\n- ", "\n- drops column agents.name\n- ", 1)
    mixed = taking.Revision(one.file, both)
    monkeypatch.setattr(taking, "_in_order", lambda: iter([mixed]))
    with pytest.raises(NotTaken, match="is of agent_host and planner: it must be of one"):
        revisions_of("planner")


def test_functions_of_one_need_its_tables_alone(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its first start to a reset."""
    take("planner", tmp_path / "planner")
    schema, last = tmp_path / "planner" / "schema.sql", revisions_of("planner")[-1].id
    engine = make_engine(url)
    initialize_database(engine, schema, revision=last)
    with make_sessionmaker(engine)() as session:
        assert upsert_heartbeat(session, "w-1")["id"] == "w-1"
    monkeypatch.setenv("ENVIRONMENT", "development")
    reset_database(engine, schema, revision=last)
    sqlplumb.require_plumb(engine, config=tmp_path / "planner" / "pyproject.toml")
    engine.dispose()


ALONE = """\
import sys; sys.path.insert(0, sys.argv[1])
import database_api
assert database_api.__file__.startswith(sys.argv[1]), database_api.__file__
from database_api.engine import make_engine
from database_api.setup import initialize_database
from database_api.take import take
from database_api.reset import reset_database
from database_api.sessions import make_sessionmaker
from database_api.task_runner.store import NewTask, create_task
from pathlib import Path
engine = make_engine("sqlite:///app.db")
print(initialize_database(engine))
with make_sessionmaker(engine)() as session:
    print(create_task(session, NewTask("sql", created_by="ann", submitted_configs={}))["status"])
print(len(take("planner", Path("planner"))) > 10)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    flags = ["-q", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *flags, "-w", str(folder), str(LAYER)]
    subprocess.run(command, check=True, cwd=folder)
    (made,) = folder.glob("database_api-*.whl")
    return made


def test_the_wheel_works_in_an_empty_folder(wheel: Path, tmp_path: Path, run: Run) -> None:
    """With nothing of the checkout; and what it makes is at the end of the history."""
    site, folder = tmp_path / "site", tmp_path / "empty"
    folder.mkdir()
    with ZipFile(wheel) as file:
        file.extractall(site)
        names: Mapping[str, object] = dict.fromkeys(file.namelist())
    assert {one.partition("/")[0] for one in names} == {"database_api", wheel_info(names)}
    command = [sys.executable, "-I", "-c", ALONE, str(site)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\nPENDING\nTrue\n", "")
    told = run(
        "check",
        f"sqlite:///{folder / 'app.db'}",
        "--config",
        str(LAYER.parents[1] / "pyproject.toml"),
    )
    assert told.code == 0, told.err


def wheel_info(names: Mapping[str, object]) -> str:
    (found,) = {one.partition("/")[0] for one in names if ".dist-info/" in one}
    return found
