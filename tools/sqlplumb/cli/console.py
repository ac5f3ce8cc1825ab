"""What a person or a job sees: stdout for the answer, stderr for what went wrong.

What moves on a terminal meanwhile is told to a board, which `drawing` draws.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from sqlplumb import limits
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.hiding import without_urls_passwords
from sqlplumb.progress import counted
from sqlplumb.render.paint import COLOURED, PLAIN, Palette, one_line, visible
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.engines import Progress
    from sqlplumb.progress import Board

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
    board: Board | None  # of a terminal that somebody watches
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

    def stage(self, progress: Progress) -> Progress:
        """Let a terminal hear all that is told of one piece of work, beside whoever hears it."""
        board = self.board
        if board is None:
            return progress
        board.begin("looking")

        def tell(words: str) -> None:
            progress.tell(words)
            board.begin(words)

        return replace(progress, tell=tell, step=board.step, moved=board.moved)

    def watched(self, doing: str, results: Iterable[T], count: int = 0) -> Iterator[T]:
        """Yield the results, each of which has the whole time; say on a terminal what is done until
        they come, and how many of the `count` there are."""
        if self.board and doing:
            self.board.begin(doing)
        with counted(count, "done") as moved:
            for number, result in enumerate(results, 1):
                limits.current().restart()
                moved(number)
                yield result

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


def console(arguments: Namespace, answers: TextIO, board: Board | None = None) -> Console:
    is_forced = bool(os.environ.get("FORCE_COLOR"))
    is_coloured = not _is_plain(arguments) and (is_forced or (answers.isatty() and not _is_dumb()))
    return Console(
        answers=answers,
        palette=COLOURED if is_coloured else PLAIN,
        quiet=getattr(arguments, "quiet", False),
        verbose=getattr(arguments, "verbose", False),
        github=getattr(arguments, "format", "") == "github",
        board=board,
        folder=os.path.relpath(Path.cwd(), _repository()),
    )


def is_watched(arguments: Namespace) -> bool:
    """Does somebody look at a terminal who wants to see what moves?"""
    is_quiet = getattr(arguments, "quiet", False) or _is_plain(arguments) or _is_dumb()
    return not is_quiet and sys.stderr.isatty()


def _is_plain(arguments: Namespace) -> bool:
    return bool(getattr(arguments, "no_color", False) or os.environ.get("NO_COLOR"))


def _is_dumb() -> bool:
    """Does the terminal understand no control codes?"""
    return os.environ.get("TERM") == "dumb"


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


def line_progress(in_silence: bool) -> Progress:
    """Tell each stage on a line of its own, or nobody."""
    from sqlplumb.engines import Progress

    return Progress() if in_silence else Progress(tell=tell_line)


def tell_line(words: str) -> None:
    sys.stderr.write(f"{one_line(words)}\n")
