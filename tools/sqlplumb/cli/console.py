"""What a person or a job sees: stdout for the answer, stderr for what went wrong."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from sqlplumb import limits
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.hiding import without_urls_passwords
from sqlplumb.render.paint import COLOURED, PLAIN, Palette, one_line
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.cli.progress import Stage
    from sqlplumb.engines import Progress

T = TypeVar("T")

_MOST = 100  # problems told at once; behind so many the rest is the same again


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    answers: TextIO
    palette: Palette
    quiet: bool
    verbose: bool
    github: bool
    width: int
    folder: str  # this one, seen from the top of the repository that a workflow has checked out

    def answer(self, text: str) -> None:
        if text:
            self.answers.write(f"{text}\n")

    def warnings(self, problems: Iterable[Problem]) -> None:
        if not self.quiet:
            sys.stderr.write("".join(_told(problem) for problem in problems))

    @property
    def is_watched(self) -> bool:
        """Somebody looks at a terminal and wants to see what moves."""
        return not self.quiet and sys.stderr.isatty()

    def stage(self, progress: Progress) -> tuple[Progress, Stage | None]:
        """One piece of work whose stages are shown on a terminal, if there is one."""
        if not self.is_watched:
            return progress, None
        from sqlplumb.cli.progress import Stage

        stage = Stage()
        stage.begin("looking")
        return stage.heard(progress), stage

    def watched(
        self, doing: str, found: Iterable[T], count: int = 0, stage: Stage | None = None
    ) -> Iterator[T]:
        """What takes long moves meanwhile, on a terminal alone, and leaves no trace."""
        if not self.is_watched:
            return _timed(found)
        from sqlplumb.cli.progress import bar, spinner

        timed = _timed(found)
        return bar(doing, timed, count) if count else spinner(doing, timed, stage)

    def problems(self, error: PlumbError) -> None:
        for problem in error.problems[:_MOST]:
            sys.stderr.write(_told(problem))
            if self.github:
                from sqlplumb.render.annotations import annotate_problem

                self.answer(annotate_problem(problem, self.folder))
        if len(error.problems) > _MOST:
            sys.stderr.write(f"and {len(error.problems) - _MOST} more\n")

    def broken(self, error: Exception) -> None:
        if self.verbose:
            from traceback import format_exception

            sys.stderr.write(without_urls_passwords("".join(format_exception(error))))
        sys.stderr.write(
            f"sqlplumb: a fault of sqlplumb itself, {type(error).__name__}: {_hidden(error)}\n"
            "  nothing was changed and nothing may be concluded; run again with --verbose and"
            " please report what it says\n"
        )


def _hidden(error: Exception) -> str:
    return without_urls_passwords(str(error))


def _timed(found: Iterable[T]) -> Iterator[T]:
    """Each of them has the whole time."""
    for one in found:
        limits.current().restart()
        yield one


def console(arguments: Namespace, answers: TextIO) -> Console:
    return Console(
        answers=answers,
        palette=COLOURED if _colour(arguments, answers) else PLAIN,
        quiet=getattr(arguments, "quiet", False),
        verbose=getattr(arguments, "verbose", False),
        github=getattr(arguments, "format", "") == "github",
        width=shutil.get_terminal_size((100, 24)).columns,
        folder=os.path.relpath(Path.cwd(), os.environ.get("GITHUB_WORKSPACE") or Path.cwd()),
    )


def _colour(arguments: Namespace, answers: TextIO) -> bool:
    if getattr(arguments, "no_color", False) or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or answers.isatty()


def _told(problem: Problem) -> str:
    lines = [f"{problem.place or 'sqlplumb'}: {problem.message}"]
    if problem.excerpt.strip() and problem.place:
        lines += _excerpt(problem.excerpt, problem.place.column)
    if problem.advice:
        lines.append(f"  {problem.advice}")
    return "".join(f"{one_line(line)}\n" for line in lines)


def _excerpt(line: str, column: int, width: int = 100) -> list[str]:
    """The line itself with a caret under the spot; a long line is cut around it."""
    first = max(0, column - width // 2) if len(line) > width else 0
    shown = line[first : first + width].replace("\t", " ")
    caret = " " * (column - 1 - first) + "^" if column else ""
    return [f"  | {shown}", f"  | {caret}"] if caret else [f"  | {shown}"]
