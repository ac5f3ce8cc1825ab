"""The files that are open, the projects they belong to, and what goes on behind an editor's back:
judging after each pause in typing, comparing after each save.

Whoever asks is answered at once from the newest text; rules are applied in a thread, and mirrors
are compared in a process that the next save may end.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlplumb.editor import diagnostics
from sqlplumb.editor.diagnostics import Diagnostic
from sqlplumb.editor.mirrors import NOTHING, Mirrored, Trouble
from sqlplumb.editor.project import Project, settings_for
from sqlplumb.editor.reading import Reading, beside
from sqlplumb.editor.text import Text
from sqlplumb.errors import PlumbError, Problem

When = Literal["open", "save", "never"]

_PAUSE = 0.1  # seconds without a keystroke, before rules are applied
_GRACE = 10.0  # for a process that has used up the time of the settings

Publish = Callable[[str, list[Diagnostic]], None]  # the diagnostics of a file, by its path


@dataclass(kw_only=True, eq=False)
class Watched:
    """A project with open files, and the newest that is known of it."""

    project: Project
    mirrored: Mirrored = NOTHING
    told: dict[str, list[Diagnostic]] = field(default_factory=dict)
    reading: Reading | None = None
    judging: asyncio.Task[None] | None = None
    comparing: asyncio.Task[None] | None = None

    def stop(self) -> None:
        for task in (self.judging, self.comparing):
            if task:
                task.cancel()


class Session:
    """`publish` tells an editor what is wrong in a file. Models and revisions are run on `compare`;
    to open a file runs nothing of a project, unless the one who starts the server says so."""

    def __init__(
        self, publish: Publish, *, compare: When, name: str = "", config: str = ""
    ) -> None:
        self.publish = publish
        self.compare = compare
        self.name = name
        self.config = config
        self.opened: dict[str, Text] = {}
        self.watched: dict[tuple[Path, str], Watched] = {}
        self.keys: dict[str, tuple[Path, str]] = {}  # of the projects of files
        self.refused: dict[str, PlumbError] = {}  # files whose settings cannot be used

    # --------------------------------------------------------------------- what an editor does

    def open(self, file: str, text: Text) -> None:
        self.opened[file] = text
        self.keys.pop(file, None)
        if watched := self._find(file):
            watched.project.read_disk()
            self._changed(watched)
            if self.compare == "open" and not watched.comparing:
                self._compare(watched)

    def change(self, file: str, text: Text) -> None:
        self.opened[file] = text
        if watched := self._find(file):
            self._changed(watched)

    def save(self, file: str) -> None:
        """Read the settings again, too: they may have been saved before. Where they are the same,
        what is known of a project stays."""
        former, self.watched = self.watched, {}
        self.keys.clear()
        for opened in self.opened:
            watched = self._find(opened)
            known = former.get(watched.project.key) if watched else None
            if watched and known and known.project.settings == watched.project.settings:
                watched = self.watched[known.project.key] = known
                known.project.read_disk()
            if watched:
                self._changed(watched)
        for known in former.values():
            if known not in self.watched.values():
                known.stop()
        saved = self._find(file)
        if saved and saved.project.holds(Path(file)) and self.compare != "never":
            self._compare(saved)

    def close(self, file: str) -> None:
        self.opened.pop(file, None)
        self.refused.pop(file, None)
        for key, watched in [*self.watched.items()]:
            if not any(self._find(path) is watched for path in self.opened):
                watched.stop()
                for told in watched.told:
                    self.publish(told, [])
                del self.watched[key]
        self.publish(file, [])

    def stop(self) -> None:
        for watched in self.watched.values():
            watched.stop()

    # ------------------------------------------------------------------------ what is answered

    def reading(self, file: str) -> Reading | None:
        """Return the schema as it is now; with a file beside it that is no part of it."""
        watched = self._find(file)
        if watched is None:
            return None
        reading = self._read(watched)
        is_beside = file in self.opened and file not in reading.files
        return beside(reading, file, self.opened[file].plain) if is_beside else reading

    def diagnostics(self, file: str) -> list[Diagnostic]:
        """Return what was told last of a file."""
        watched = self._find(file)
        return watched.told.get(file, []) if watched else []

    def mirrored(self, file: str) -> Mirrored:
        watched = self._find(file)
        return watched.mirrored if watched else NOTHING

    def text(self, file: str) -> Text | None:
        """Return the text of an open file, or of another one of its schema."""
        if file in self.opened:
            return self.opened[file]
        encoding = next((text.encoding for text in self.opened.values()), "utf-16")
        for watched in self.watched.values():
            if file in watched.project.stored:
                return Text(watched.project.stored[file], encoding)
        return None

    def _read(self, watched: Watched) -> Reading:
        if watched.reading is None:
            opened = {file: text.plain for file, text in self.opened.items()}
            watched.reading = watched.project.read(opened)
        return watched.reading

    def _find(self, file: str) -> Watched | None:
        """Return the project of a file, which is watched from now on. Settings are read when a
        file is opened, and when any is saved."""
        if (known := self.keys.get(file)) in self.watched:
            return self.watched[known] if known else None
        try:
            settings = settings_for(Path(file), self.name, self.config)
            key = settings.root, settings.name
            if key not in self.watched:
                self.watched[key] = Watched(project=Project(settings))
            self.keys[file] = key
            self._accept(file)
            return self.watched[key]
        except PlumbError as error:
            self._refuse(file, error)
            return None

    def _accept(self, file: str) -> None:
        if self.refused.pop(file, None):
            self.publish(file, [])

    def _refuse(self, file: str, error: PlumbError) -> None:
        if str(self.refused.get(file)) != str(error):
            self.refused[file] = error
            self.publish(file, [_at_the_top(file, problem) for problem in error.problems])

    # -------------------------------------------------------------------------- what goes on

    def _changed(self, watched: Watched) -> None:
        watched.reading = None
        if watched.judging is None or watched.judging.done():
            watched.judging = asyncio.create_task(self._judge(watched))

    async def _judge(self, watched: Watched) -> None:
        """Until nothing changes any more."""
        judged: Reading | None = None
        while watched.reading is None or watched.reading is not judged:
            await asyncio.sleep(_PAUSE)
            judged = self._read(watched)
            with watched.project.standing_in():
                findings = await asyncio.to_thread(
                    diagnostics.lint, judged, watched.project.settings
                )
            # What was typed meanwhile is told where it stands now, and judged in the next round.
            now = self._read(watched)
            found = [*diagnostics.diagnostics(now, findings, watched.mirrored)]
            self._tell(watched, now, found)

    def _tell(self, watched: Watched, reading: Reading, found: list[Diagnostic]) -> None:
        files = [*reading.files] or [file for file in self.opened if self._find(file) is watched]
        project = watched.project
        is_missed = project.settings.is_configured and not reading.files
        for problem in project.problems if is_missed and files else ():
            found.append(_at_the_top(files[0], problem))
        by_file: dict[str, list[Diagnostic]] = {file: [] for file in (*watched.told, *files)}
        for diagnostic in found:
            by_file.setdefault(diagnostic.file, []).append(diagnostic)
        for file, of_file in by_file.items():
            if of_file or file in watched.told or file in self.opened:
                self.publish(file, of_file)
        watched.told = by_file

    def _compare(self, watched: Watched) -> None:
        if watched.comparing:
            watched.comparing.cancel()
        watched.comparing = asyncio.create_task(self._mirror(watched))

    async def _mirror(self, watched: Watched) -> None:
        settings = watched.project.settings
        if settings.metadata or settings.has_history or settings.lint.rules:
            watched.mirrored = await _compared(watched.project)
            self._changed(watched)


async def _compared(project: Project) -> Mirrored:
    """Compare in a process of its own, which ends with whoever waits for it."""
    settings = project.settings
    command = [sys.executable, "-P", "-m", "sqlplumb.editor.mirrors"]
    process = await asyncio.create_subprocess_exec(
        *(*command, str(settings.root), settings.name),
        cwd=settings.root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    limit = settings.timeout + _GRACE if settings.timeout else None
    try:
        async with asyncio.timeout(limit):
            answer, said = await process.communicate()
        return Mirrored.of_json(answer.decode("utf-8", "replace"))
    except TimeoutError:
        message = f"models and history were not compared within {settings.timeout:g} seconds"
    except (ValueError, KeyError, TypeError):
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        message = f"models and history were not compared: the process ended with {last!r}"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    return Mirrored(troubles=(Trouble(message=message),), log={})


def _at_the_top(file: str, problem: Problem) -> Diagnostic:
    return Diagnostic(
        file=file,
        start=0,
        end=0,
        severity="error",
        message=problem.message,
        advice=problem.advice,
    )
