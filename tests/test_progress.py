"""What moves on a terminal while something takes long, and in no log."""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
import termios
from contextlib import closing, suppress
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb import progress
from sqlplumb.cli import drawing
from sqlplumb.engines.sqlite.live import backup, statement_rows
from sqlplumb.progress import Board

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
        self.terminal: Any = Terminal()
        self.patch = patch
        self.stages: list[str] = []
        self.steps: list[str] = []
        self.bytes: list[tuple[int, int]] = []
        patch.setattr(backup, "_STEP", PAGE)
        begin, step = Board.begin, Board.step

        def begun(board: Board, doing: str) -> None:
            self.stages.append(doing)
            begin(board, doing)

        def stepped(board: Board, words: str) -> None:
            self.steps.append(words)
            step(board, words)

        def moved(board: Board, done: int, whole: int) -> None:
            self.bytes.append((done, whole))

        for name, heard in (("begin", begun), ("step", stepped), ("moved", moved)):
            patch.setattr(Board, name, heard)
        # A second goes by whenever anybody looks; no thread looks by itself.
        ticks = count()
        patch.setattr(progress, "monotonic", lambda: float(next(ticks)))
        patch.setattr(drawing, "_draw_on", lambda drawing, ended: None)
        patch.setattr(drawing, "_WIDE", 300)
        patch.delenv("TERM", raising=False)

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
    copied, first, *steps, comparing, committing, writing = heard.steps
    assert (copied, first, comparing, committing, writing) == (
        "verifying the copy",
        "counting its rows",
        "comparing its rows",
        "committing",
        "writing the receipt",
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
    shown = heard.terminal.getvalue()
    assert [f"{n} of 3 done, about " in shown for n in (1, 2)] == [True] * 2
    assert set(heard.steps) == {"verifying the copy"}
    assert "3 of 3 done, verifying" not in shown


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


def shown(heard: Heard) -> list[str]:
    """What stood in the line, one after the other."""
    return re.findall(r"\r\x1b\[K([^\r\n]+)", heard.terminal.getvalue())


def test_rows_of_a_statement_are_counted_while_it_runs(
    laid: Ground, heard: Heard, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_rows, "_EVERY", 20)
    assert heard.run(run, "apply", "sqlite:///app.db").code == 0
    (copies,) = {one for line in shown(heard) for one in re.findall(r"copies the rows[^,]*", line)}
    seen = [
        int(done)
        for line in shown(heard)
        if copies in line
        for done in re.findall(r"about (\d+) of 50 rows, about \d+ s left", line)
    ]
    assert seen == sorted(seen)
    assert len(seen) > 5
    assert seen[-1] > 25
    assert laid.is_sound()


def test_hashes_are_counted_by_rows(laid: Ground, heard: Heard, run: Run) -> None:
    assert heard.run(run, "apply", "sqlite:///app.db", "--verify", "all").code == 0
    assert any("200 of 200 rows of steps read" in line for line in shown(heard))
    assert any("bytes hashed" in line for line in shown(heard))


def test_replays_and_proofs_are_counted(laid: Ground, heard: Heard, run: Run) -> None:
    assert heard.run(run, "prove").code == 0
    lines = shown(heard)
    assert any("1 of 2 revisions proved, about " in line for line in lines)
    assert heard.run(run, "prove", "second").code == 0
    assert any("tables filled with rows, about " in line for line in shown(heard))
    assert heard.run(run, "check", "history", "--no-cache").code == 0
    assert any("1 of 2 revisions replayed, about " in line for line in shown(heard))


def test_the_line_is_gone_before_anything_is_printed(laid: Ground, heard: Heard, run: Run) -> None:
    assert heard.run(run, "apply", "sqlite:///app.db").code == 0
    printed = heard.terminal.getvalue()
    assert printed.endswith("\r\x1b[K")
    for line in printed.split("\n")[:-1]:  # what stays on the terminal stands behind a cleared line
        assert "\r" not in line.rpartition("\r\x1b[K")[2]
        assert " s left" not in line.rpartition("\r\x1b[K")[2]


@pytest.mark.parametrize(
    ("name", "value", "argv"),
    [("TERM", "dumb", ()), ("NO_COLOR", "1", ()), ("LC_ALL", "C", ("--no-color",))],
)
def test_a_terminal_that_wants_none_has_none(
    laid: Ground, heard: Heard, run: Run, name: str, value: str, argv: tuple[str, ...]
) -> None:
    heard.patch.setenv(name, value)
    assert heard.run(run, "apply", "sqlite:///app.db", *argv).code == 0
    assert not {"\r", "\x1b"} & {*heard.terminal.getvalue()}
    assert "backing up" in heard.terminal.getvalue()  # each stage on a line of its own, as in a log


def test_what_is_done_soon_shows_nothing(
    laid: Ground, heard: Heard, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "monotonic", lambda: 0.0)
    assert heard.run(run, "apply", "sqlite:///app.db").code == 0
    assert "\r" not in heard.terminal.getvalue()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no terminals here")
def test_on_a_real_terminal(laid: Ground, heard: Heard, run: Run) -> None:
    """The line is as wide as the terminal at most, and the last thing there is its end."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    read: list[bytes] = []

    def drain() -> None:
        with suppress(OSError):  # which is the end of a terminal that was closed
            while block := os.read(ours, 1 << 16):
                read.append(block)

    reader = Thread(target=drain)
    reader.start()
    with os.fdopen(theirs, "w") as heard.terminal:
        assert heard.run(run, "prove").code == 0
    reader.join()
    os.close(ours)
    told = b"".join(read).decode()
    lines = re.findall(r"\r\x1b\[K([^\r\n]+)", told)
    assert any(line.startswith("proving: ") for line in lines)
    assert max(map(len, lines)) == 39
    assert told.endswith("\r\x1b[K")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_board_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    board = Board("apply")
    clock.now = 1.9
    board.begin("backing up")
    assert board.line() == ""
    clock.now = 6.0
    assert board.line() == "backing up: 4 s"
    board.step("step 1 of 2: copies")
    assert board.line() == "backing up: 4 s, step 1 of 2: copies"
    board.moved(1000, 4000)
    told = "backing up: 4 s, 1,000 of 4,000 bytes, about 12 s left, step 1 of 2: copies"
    assert board.line() == told
    clock.now = 9.0  # nothing was heard for a while: three seconds less are left
    assert ", about 9 s left, " in board.line()
    clock.now = 30.0  # it took longer than it looked like
    assert board.line() == "backing up: 28 s, 1,000 of 4,000 bytes, step 1 of 2: copies"
    assert board.line(30) == "…p: 28 s, 1,000 of 4,000 bytes"
    board.begin("running second")  # whose bytes are others
    assert board.line() == "running second: 0 s"


def test_the_outermost_count_of_a_known_speed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    board = Board("prove")
    with progress.shown_on(board), progress.counted(3, "revisions proved") as outer:
        with progress.counted(1_000_000, "rows", is_estimate=True) as inner:
            clock.now = 0.05
            inner(100)  # too soon for a speed
            assert board._words(clock.now, 200) == "prove: 0 s"
            clock.now = 5.0
            inner(2000)
            told = "prove: 5 s, about 2,000 of 1,000,000 rows, about 42 min left"
            assert board.line() == told
        assert board.line() == "prove: 5 s"
        clock.now = 6.0
        outer(1)
        with progress.counted(10, "tables") as inner:
            inner(5)
            assert board.line() == "prove: 6 s, 1 of 3 revisions proved, about 12 s left"
    assert board.counts == []


def test_where_nobody_watches_nothing_is_counted() -> None:
    assert not progress.is_watched()
    with progress.counted(3, "rows") as moved:
        moved(1)
    assert [*progress.each("abc", "letters")] == ["a", "b", "c"]


STATEMENTS = (
    "INSERT INTO made SELECT * FROM found",
    "CREATE UNIQUE INDEX made_a ON found (a)",
    "UPDATE found SET b = b + 1",
    "WITH some AS (SELECT * FROM found) INSERT INTO made SELECT id, a, b FROM some",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_operations_tell_of_rows(statement: str) -> None:
    """What EXPLAIN says of one row is near to what the machine does for each."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            "CREATE TABLE found (id INTEGER PRIMARY KEY, a TEXT, b INT);"
            "CREATE TABLE made (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT CHECK (b < 9999));"
            "WITH RECURSIVE s (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM s LIMIT 4000)"
            " INSERT INTO found SELECT n, 'a' || n, n FROM s"
        )
        expected = statement_rows.operations_per_row(connection, statement)
        ticks: list[None] = []
        connection.set_progress_handler(lambda: ticks.append(None), 100)
        connection.execute(statement)
    assert 0.6 < len(ticks) * 100 / (expected * 4000) < 1.4


@pytest.mark.parametrize("statement", ["DROP TABLE t", "ALTER TABLE t ADD COLUMN b", "SELECT 1"])
def test_of_what_goes_through_no_rows_nothing_is_told(statement: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a)")
        assert statement_rows.operations_per_row(connection, statement) == 0
