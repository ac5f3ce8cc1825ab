"""Open the files of a schema as git kept them. A check needs none of it.

Must never write to a repository.
"""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.files import with_line_feeds

_MOST_COMMITS = 20  # commits; what was written before is not searched for
_GIT_TIMEOUT = 10  # seconds


def open_earlier(schema: Source, settings: Settings) -> Iterator[Source]:
    """Open what the files of this schema were in earlier commits, the last first; leave out what
    cannot be read."""
    for files in git_history(sorted(schema.files)):
        with suppress(PlumbError):
            yield project_engine(settings).open_script(schema.label, files)


def git_history(names: Collection[str]) -> Iterator[Mapping[str, str]]:
    """Yield what these files said in earlier commits, the last first; nothing without git.

    An author's comments are found there; a database made by batch operations has lost them."""
    commits = _git("log", [f"-{_MOST_COMMITS}", "--format=%H", "--", *names])
    for commit in commits.split():
        texts = ((name, _git("show", [f"{commit}:./{name}"])) for name in names)
        if files := {name: text for name, text in texts if text}:
            yield files


def find_commit(folder: Path, names: Collection[str]) -> tuple[str, bool]:
    """Return the commit that is checked out, and whether these files are as it has them; nothing
    without git."""
    where = ["-C", str(folder)]
    commit = _git("rev-parse", ["--short=12", "HEAD"], where).strip()
    changed = _git("status", ["--porcelain", "--", *names], where) if commit else ""
    return commit, not changed.strip()


def _git(command: str, arguments: Sequence[str], where: Sequence[str] = ()) -> str:
    """Return what git prints; nothing where it fails."""
    argv = ["git", "--no-optional-locks", *where, command, *arguments]
    try:
        process = subprocess.run(  # noqa: S603 (no shell; names stand behind -- or a commit)
            argv, capture_output=True, check=False, timeout=_GIT_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if process.returncode != 0:
        return ""
    return with_line_feeds(process.stdout.decode("utf-8", "replace"))
