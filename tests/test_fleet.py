"""Many databases in one call: the damaged ones are reported, all others are upgraded."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground

COUNT = 12
DAMAGED = (3, 7)


@pytest.fixture
def ships(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    (made.root / "fleet").mkdir()
    for number in range(COUNT):
        shutil.copyfile(made.database, made.root / "fleet" / f"{number:02}.db")
    for number in DAMAGED:
        made.history.execute("DROP INDEX ix_tasks_user", f"fleet/{number:02}.db")
    return made


def sail(ships: Ground, *argv: str) -> tuple[int, dict[str, Any]]:
    done = ships.history.run("apply", "--no-backup", "--format", "json", *argv)
    outcomes = {one["path"][-5:-3]: one["outcome"] for one in done.json["receipts"]}
    return done.code, outcomes


def at(ships: Ground) -> list[int]:
    """The numbers of those that are upgraded."""
    return [n for n in range(COUNT) if ships.revision(f"fleet/{n:02}.db") == "second"]


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_all_but_the_damaged(ships: Ground, jobs: str) -> None:
    code, outcomes = sail(ships, "sqlite:///fleet", "--jobs", jobs)
    assert code == 3
    assert [name for name, one in sorted(outcomes.items()) if one == "refused"] == ["03", "07"]
    assert at(ships) == [n for n in range(COUNT) if n not in DAMAGED]
    for number in DAMAGED:
        index = "CREATE INDEX ix_tasks_user ON tasks (user_id)"
        ships.history.execute(index, f"fleet/{number:02}.db")
    code, outcomes = sail(ships, "sqlite:///fleet", "--jobs", jobs)
    assert code == 0
    assert [name for name, one in sorted(outcomes.items()) if one == "applied"] == ["03", "07"]


def test_the_canary_dies(ships: Ground) -> None:
    (ships.root / "urls").write_text("# a list\nsqlite:///fleet/03.db\nsqlite:///fleet/01.db\n")
    code, outcomes = sail(ships, "@urls", "--canary", "1", "--jobs", "2")
    assert (code, outcomes, at(ships)) == (3, {"03": "refused"}, [])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_it_stops(ships: Ground, jobs: str) -> None:
    code, outcomes = sail(ships, "sqlite:///fleet", "--stop-after", "1", "--jobs", jobs)
    assert code == 3
    assert {0, 1, 2} <= set(at(ships)) <= {0, 1, 2, 4, 5}
    assert outcomes["03"] == "refused"
