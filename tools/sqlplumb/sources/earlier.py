"""What files said in earlier commits, where git keeps them: the words of their author, with the
comments, that a database made by batch operations has no more.

Only reads, and hands back nothing where there is no git. Knows no SQL.
"""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Mapping

from sqlplumb.sources.files import with_line_feeds

FAR = 20  # commits; what was written before is not searched for
PATIENCE = 10  # seconds


def earlier(names: Collection[str]) -> Iterator[Mapping[str, str]]:
    """These files, from the last commit that changed one of them backwards."""
    commits = _git("log", f"-{FAR}", "--format=%H", "--", *names)
    for commit in commits.split():
        texts = ((name, _git("show", f"{commit}:./{name}")) for name in names)
        if files := {name: text for name, text in texts if text}:
            yield files


def _git(*argv: str) -> str:
    command = ["git", "--no-optional-locks", *argv]
    try:
        done = subprocess.run(  # noqa: S603 (no shell; names stand behind -- or a commit)
            command, capture_output=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if done.returncode != 0:
        return ""
    return with_line_feeds(done.stdout.decode("utf-8", "replace"))
