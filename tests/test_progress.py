"""What moves on a terminal while something takes long, and in no log."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from sqlplumb.cli.console import Stage
from sqlplumb.engines.sqlite.live import backup

if TYPE_CHECKING:
    from tests.adopted import FIRST, ROWS, SECOND, wild
    from tests.applied import Ground, ground
    from tests.conftest import Project, Ran, Run
    from tests.test_bridge import GROWN
else:
    from adopted import FIRST, ROWS, SECOND, wild
    from applied import Ground, ground
    from test_bridge import GROWN

PAGE = 4096


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Heard:
    """What a stage was told, in order; everything is written to a terminal meanwhile."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.terminal, self.patch = Terminal(), patch
        self.stages: list[str] = []
        self.steps: list[str] = []
        self.bytes: list[tuple[int, int]] = []
        patch.setattr(backup, "_STEP", PAGE)
        begin, step = Stage.begin, Stage.step

        def begun(stage: Stage, doing: str) -> None:
            self.stages.append(doing)
            begin(stage, doing)

        def stepped(stage: Stage, words: str) -> None:
            self.steps.append(words)
            step(stage, words)

        def moved(stage: Stage, done: int, whole: int) -> None:
            self.bytes.append((done, whole))

        for name, heard in (("begin", begun), ("step", stepped), ("moved", moved)):
            patch.setattr(Stage, name, heard)

    def run(self, run: Run, *argv: str) -> Ran:
        with self.patch.context() as patch:
            patch.setattr("sys.stderr", self.terminal)
            return run(*argv)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(monkeypatch)


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    return made


def in_bytes(size: int) -> list[tuple[int, int]]:
    return [(PAGE * (n + 1), size) for n in range(size // PAGE)]


@pytest.mark.parametrize(("argv", "is_shown"), [((), True), (("--quiet",), False)])
def test_a_terminal_shows_what_is_done_and_for_how_long(
    laid: Ground, heard: Heard, run: Run, argv: tuple[str, ...], is_shown: bool
) -> None:
    size = laid.database.stat().st_size
    assert heard.run(run, "apply", "sqlite:///app.db", *argv).code == 0
    assert bool(re.search(r"looking: \d+ s", heard.terminal.getvalue())) is is_shown
    assert heard.bytes == in_bytes(size) * is_shown
    assert laid.is_sound()


def test_a_terminal_shows_which_step_of_a_revision_runs(
    laid: Ground, heard: Heard, run: Run
) -> None:
    assert heard.run(run, "apply", "sqlite:///app.db").code == 0
    first, *steps, comparing, committing = heard.steps
    assert (first, comparing, committing) == (
        "counting its rows",
        "comparing its rows",
        "committing",
    )
    heads = [f"step {n} of {len(steps)}: " for n in range(1, len(steps) + 1)]
    assert [one.startswith(head) for one, head in zip(steps, heads, strict=True)] == [True] * len(
        steps
    )
    (copies,) = (one for one in steps if "copies the rows" in one)
    assert copies.endswith(" (50 rows)")


def test_a_bridge_is_shown_as_apply_shows_it(project: Project, heard: Heard, run: Run) -> None:
    found = wild(project, run)
    found.begin(FIRST, SECOND)
    found.make(GROWN, ROWS)
    file = found.bridge()
    size = (found.root / "app.db").stat().st_size
    done = heard.run(run, "adopt", "sqlite:///app.db", "--through", str(file))
    assert (done.code, heard.bytes) == (0, in_bytes(size))
    assert any(one.startswith("step 1 of ") for one in heard.steps)


def test_a_restore_shows_its_stages_and_bytes(laid: Ground, heard: Heard, run: Run) -> None:
    assert laid.apply().code == 0
    (receipt,) = laid.root.glob("*.receipt.json")
    (copy,) = laid.root.glob("*.backup")
    aside = in_bytes(laid.database.stat().st_size)
    assert heard.run(run, "restore", str(receipt)).code == 0
    assert [one.rpartition(": ")[2] for one in heard.stages if one] == [
        "looking",
        "verifying the backup",
        "setting aside what is there",
        "bringing the backup back",
    ]
    assert heard.bytes == aside + in_bytes(copy.stat().st_size)
    assert (laid.revision(), laid.is_sound()) == ("first", True)


def test_a_fleet_shows_how_many_databases_are_done(laid: Ground, heard: Heard, run: Run) -> None:
    (laid.root / "fleet").mkdir()
    for name in ("one", "two", "three"):
        shutil.copyfile(laid.database, laid.root / "fleet" / f"{name}.db")
    assert heard.run(run, "apply", "sqlite:///fleet").code == 0
    assert [f"{n}/3" in heard.terminal.getvalue() for n in range(3)] == [True] * 3
    assert heard.steps == []


@pytest.mark.parametrize("command", ["apply", "restore"])
def test_what_moves_is_in_no_log(laid: Ground, heard: Heard, command: str) -> None:
    done = laid.apply()
    if command == "restore":
        (receipt,) = laid.root.glob("*.receipt.json")
        done = laid.history.run("restore", str(receipt))
        assert done.err == ""
    assert (done.code, "looking" in done.err) == (0, False)
    assert ("backing up" in done.err) is (command == "apply")
    assert (heard.stages, heard.steps, heard.bytes) == ([], [], [])


def test_a_stage_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlplumb.cli.console.monotonic", iter((0, 5, 9, 11, 12)).__next__)
    stage = Stage()
    stage.begin("backing up")
    assert str(stage) == "backing up: 4 s"
    stage.step("step 1 of 2: copies")
    assert str(stage) == "backing up: 6 s, step 1 of 2: copies"
    stage.moved(1000, 4000)
    assert str(stage) == "backing up: 7 s, 1,000 of 4,000 bytes, about 21 s left"
