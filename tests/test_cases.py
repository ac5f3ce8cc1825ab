"""Each folder of cases: what is found from current to desired, and the mirror image of it back.

`case.toml` lists all that must be found, and no more is. Where it is missing nothing may be found:
the two sides are one schema, spelled in two ways.
"""

from __future__ import annotations

import tomllib
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import apsw
import pytest

import sqlplumb
from sqlplumb.commands.check import DiffOptions, compare
from sqlplumb.config import Settings

if TYPE_CHECKING:
    from tests.conftest import Run

HERE = Path(__file__).parent / "cases"
MIRRORED = {"create": "drop", "drop": "create", "alter": "alter"}

Found: TypeAlias = tuple[str, str, str, tuple[str, ...]]  # verb, kind, object, fields


@dataclass(frozen=True)
class Case:
    folder: Path
    changes: list[Found]
    loses_data: list[str]
    noted: list[str]
    names: list[str]  # noted as well: what only one side gives a name


def read_case(folder: Path) -> Case:
    file = folder / "case.toml"
    said = tomllib.loads(file.read_text()) if file.exists() else {}
    known = {"changes", "loses_data", "noted", "names"}
    assert said.keys() <= known, f"{file}: not known: {said.keys() - known}"
    return Case(
        folder,
        sorted(_found(change) for change in said.get("changes", ())),
        sorted(said.get("loses_data", ())),
        sorted((*said.get("noted", ()), *said.get("names", ()))),
        said.get("names", []),
    )


def _found(change: dict[str, Any]) -> Found:
    fields = tuple(sorted(change.get("fields", ())))
    return (change["verb"], change["kind"], change["object"], fields)


CASES = [read_case(folder) for folder in sorted(HERE.iterdir()) if folder.is_dir()]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)


@dataclass(frozen=True)
class Outcome:
    code: int
    equal: bool
    same_fingerprint: bool
    changes: list[Found]
    loses_data: list[str]
    noted: list[str]


def diff(run: Run, current: Path, desired: Path) -> Outcome:
    ran = run("diff", str(current), str(desired), "--format", "json")
    told = ran.json
    return Outcome(
        ran.code,
        told["equal"],
        told["current"]["fingerprint"] == told["desired"]["fingerprint"],
        sorted(_found(change) for change in told["changes"]),
        sorted(change["object"] for change in told["changes"] if change["loses_data"]),
        sorted(note["object"] for note in told["notes"]),
    )


@every_case
def test_finds_what_the_case_says_and_no_more(case: Case, run: Run) -> None:
    outcome = diff(run, case.folder / "current.sql", case.folder / "desired.sql")
    equal = not case.changes
    same = equal and not case.names
    assert outcome == Outcome(
        int(not equal), equal, same, case.changes, case.loses_data, case.noted
    )


@every_case
def test_finds_the_mirror_image_on_the_way_back(case: Case, run: Run) -> None:
    outcome = diff(run, case.folder / "desired.sql", case.folder / "current.sql")
    mirrored = sorted((MIRRORED[verb], *rest) for verb, *rest in case.changes)
    assert outcome.changes == mirrored
    assert outcome.noted == case.noted


@every_case
@pytest.mark.parametrize("side", ["current.sql", "desired.sql"])
def test_finds_nothing_between_a_side_and_itself(case: Case, side: str, run: Run) -> None:
    outcome = diff(run, case.folder / side, case.folder / side)
    assert outcome == Outcome(0, True, True, [], [], [])


@every_case
def test_what_is_the_same_to_the_byte_may_be_left_unread(case: Case) -> None:
    options = DiffOptions(
        settings=Settings(root=HERE),
        current=str(case.folder / "current.sql"),
        desired=str(case.folder / "desired.sql"),
    )
    whole, differing = compare(replace(options, whole=True)), compare(options)
    assert differing.changes == whole.changes
    assert differing.notes == whole.notes


@every_case
def test_a_case_is_named_after_what_it_finds(case: Case) -> None:
    kind = case.folder.name.partition("--")[0]
    kinds = {found[1].replace(" ", "-") for found in case.changes}
    assert kind in (kinds if case.changes else {"equal"} | ({"column"} if case.noted else set()))


@every_case
@pytest.mark.parametrize("way", ["there", "back"])
def test_the_plan_makes_it_with_rows(case: Case, way: str) -> None:
    """Run on a scratch with rows: nothing is left to differ, no row or value is lost."""
    sides = [sqlplumb.read(str(case.folder / side)) for side in ("current.sql", "desired.sql")]
    current, desired = sides if way == "there" else reversed(sides)
    plan = sqlplumb.plan(sqlplumb.diff(current, desired))
    assert bool(plan.steps) == bool(case.changes)
    proof = sqlplumb.prove(plan)
    assert proof.holds, (proof.failures, plan.sql())


@every_case
@pytest.mark.parametrize("way", ["there", "back"])
def test_the_plan_for_the_newest_sqlite_runs_on_it(case: Case, way: str, tmp_path: Path) -> None:
    sides = [case.folder / side for side in ("current.sql", "desired.sql")]
    current, desired = sides if way == "there" else reversed(sides)
    changes = sqlplumb.diff(sqlplumb.read(str(current)), sqlplumb.read(str(desired)))
    script = sqlplumb.plan(changes, target_version="3.54").sql()
    with closing(apsw.Connection(str(tmp_path / "made.db"))) as newest:
        newest.execute(current.read_text())
        newest.execute(script)
    made = f"sqlite:///{tmp_path / 'made.db'}"
    options = DiffOptions(settings=Settings(root=HERE), current=made, desired=str(desired))
    assert not compare(options).changes
