"""What a person or a job sees: stdout for the answer, stderr for what went wrong.

What moves on a terminal meanwhile is here too; it is gone before anybody else prints. `rich` draws
it, and is imported for a terminal alone.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TextIO, TypeVar

from sqlplumb import limits
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.hiding import without_urls_passwords
from sqlplumb.render.paint import COLOURED, PLAIN, Palette, one_line, visible
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from rich.text import Text

    from sqlplumb.engines import Progress

T = TypeVar("T")

_MOST = 100  # problems told at once; behind so many the rest is the same again


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Where a command says what it has to say, in the form that was asked for."""

    answers: TextIO
    palette: Palette
    quiet: bool
    verbose: bool
    github: bool
    folder: str  # this one, seen from the top of the repository that a CI has checked out

    def answer(self, text: str) -> None:
        if text:
            self.answers.write(f"{text}\n")

    def write(self, text: str, file: str) -> None:
        """Write into the file that was named, or else as the answer."""
        if file:
            Path(file).write_text(f"{text}\n", "utf-8")
        else:
            self.answer(text)

    def warnings(self, problems: Iterable[Problem]) -> None:
        if not self.quiet:
            sys.stderr.write("".join(_in_lines(problem) for problem in problems))

    @property
    def is_watched(self) -> bool:
        """Somebody looks at a terminal and wants to see what moves."""
        return not self.quiet and sys.stderr.isatty()

    def stage(self, progress: Progress) -> tuple[Progress, Stage | None]:
        """Return the progress of one piece of work, shown on a terminal if there is one."""
        if not self.is_watched:
            return progress, None
        stage = Stage()
        stage.begin("looking")
        return stage.heard(progress), stage

    def watched(
        self, doing: str, results: Iterable[T], count: int = 0, stage: Stage | None = None
    ) -> Iterator[T]:
        """Yield the results, and show on a terminal that something moves until they come.

        Each of them has the whole time.
        """
        timed = _timed(results)
        if not self.is_watched:
            return timed
        return _bar(doing, timed, count) if count else _spinner(doing, timed, stage)

    def problems(self, error: PlumbError) -> None:
        for problem in error.problems[:_MOST]:
            sys.stderr.write(_in_lines(problem))
            if self.github:
                from sqlplumb.render.reports.github import annotate_problem

                self.answer(annotate_problem(problem, self.folder))
        if len(error.problems) > _MOST:
            sys.stderr.write(f"and {len(error.problems) - _MOST} more\n")

    def broken(self, error: Exception) -> None:
        if self.verbose:
            from traceback import format_exception

            sys.stderr.write(visible(without_urls_passwords("".join(format_exception(error)))))
        message = one_line(without_urls_passwords(str(error)))
        sys.stderr.write(
            f"sqlplumb: a fault of sqlplumb itself, {type(error).__name__}: {message}\n"
            "  nothing was changed and nothing may be concluded; run again with --verbose and"
            " please report what it says\n"
        )


def _repository() -> str:
    """Return the folder that a CI has checked out, or else this one."""
    return os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or str(Path.cwd())


def console(arguments: Namespace, answers: TextIO) -> Console:
    is_plain = getattr(arguments, "no_color", False) or os.environ.get("NO_COLOR")
    is_coloured = not is_plain and (bool(os.environ.get("FORCE_COLOR")) or answers.isatty())
    return Console(
        answers=answers,
        palette=COLOURED if is_coloured else PLAIN,
        quiet=getattr(arguments, "quiet", False),
        verbose=getattr(arguments, "verbose", False),
        github=getattr(arguments, "format", "") == "github",
        folder=os.path.relpath(Path.cwd(), _repository()),
    )


def _in_lines(problem: Problem) -> str:
    lines = [f"{problem.place or 'sqlplumb'}: {problem.message}"]
    if problem.excerpt.strip() and problem.place:
        lines += _excerpt(problem.excerpt, problem.place.column)
    if problem.advice:
        lines.append(f"  {problem.advice}")
    return "".join(f"{one_line(line)}\n" for line in lines)


def _excerpt(line: str, column: int, width: int = 100) -> list[str]:
    """Show the line with a caret under the column; cut a long line around it."""
    first = max(0, column - width // 2) if len(line) > width else 0
    shown = line[first : first + width].replace("\t", " ")
    caret = " " * (column - 1 - first) + "^" if column else ""
    return [f"  | {shown}", f"  | {caret}"] if caret else [f"  | {shown}"]


def _timed(results: Iterable[T]) -> Iterator[T]:
    for result in results:
        limits.current().restart()
        yield result


def line_progress(in_silence: bool) -> Progress:
    """Tell each stage on a line of its own, or nobody."""
    from sqlplumb.engines import Progress

    return Progress() if in_silence else Progress(tell=tell_line)


def tell_line(words: str) -> None:
    sys.stderr.write(f"{one_line(words)}\n")


class Stage:
    """What is done now, for how long already, and how far it is: the step of a revision that runs,
    or the bytes of a copy. It is asked again each time the screen is drawn."""

    def __init__(self) -> None:
        self.begin("")

    def begin(self, doing: str) -> None:
        self.doing, self.current_step, self.since = doing, "", monotonic()
        self.done = self.total = 0

    def step(self, words: str) -> None:
        """Name the step. The time is that of the whole stage, and goes on."""
        self.current_step = words

    def moved(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def heard(self, progress: Progress) -> Progress:
        """Let this stage hear all that is told, beside whoever hears it already."""

        def tell(words: str) -> None:
            progress.tell(words)
            self.begin(words)

        return replace(progress, tell=tell, step=self.step, moved=self.moved)

    def __str__(self) -> str:
        elapsed = monotonic() - self.since
        words = f"{self.doing}: {elapsed:.0f} s"
        if not self.done:
            return f"{words}, {self.current_step}" if self.current_step else words
        remaining = elapsed * (self.total - self.done) / self.done
        return f"{words}, {self.done:,} of {self.total:,} bytes, about {remaining:.0f} s left"

    def __rich__(self) -> Text:
        from rich.text import Text

        return Text(one_line(str(self)))


def _spinner(doing: str, results: Iterable[T], stage: Stage | None) -> Iterator[T]:
    """Nobody knows how many there will be. `stage` is shown instead, where one is given."""
    from rich.console import Console as Screen

    screen, iterator, number = Screen(stderr=True), iter(results), 0
    while True:
        words = f"{doing}: {number} done" if number else doing
        with screen.status(stage or words):
            result = next(iterator, None)
        if result is None:
            return
        number += 1
        yield result


def _bar(doing: str, results: Iterable[T], count: int) -> Iterator[T]:
    from rich import progress as bars
    from rich.console import Console as Screen

    columns = (
        *bars.Progress.get_default_columns()[:2],
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Screen(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=count)
        for result in results:
            bar.stop()
            yield result
            bar.start()
            bar.advance(task)
