"""Showcases: what a person is shown of a migration, made anew in a project of its own.

A folder of `tests/golden` holds `current.sql` and `desired.sql`; `rows.sql`, where a live database
is looked at as well; `by_hand.py`, where a person wrote the revision. All else in it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.histories import History

from sqlplumb.commands.review import ReviewOptions, review
from sqlplumb.config import find_settings
from sqlplumb.render.review import Page, as_json, html, markdown, page, text
from sqlplumb.review import Origin

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(folder.name for folder in GOLDEN.iterdir())
# The file, and what writes it: one line for each format.
FORMATS: Mapping[str, Callable[[Sequence[Page]], str]] = {
    "review.json": as_json,
    "review.html": html,
    "review.md": lambda pages: f"{markdown(pages)}\n",
    "review.txt": lambda pages: f"{text(pages)}\n",
}
ARGV = ("--allow", "destructive", "--target-version", "3.40")  # of any SQLite, the same revision
DATE = re.compile(r"^Create Date: .*\n", re.MULTILINE)
BY_HAND = "by_hand.py"
ORIGIN = Origin(date="2026-11-28 09:30 UTC", version="2.0", commit="0f1e2d3c4b5a")
LIVE = "live.db"


@dataclass(frozen=True)
class Shown:
    """What came of a showcase: its files by name, and the pages that they tell."""

    files: Mapping[str, str]
    pages: Sequence[Page]


def shown(name: str, history: History) -> Shown:
    folder = GOLDEN / name
    current, desired = ((folder / one).read_text("utf-8") for one in ("current.sql", "desired.sql"))
    history.begin(current)
    history.project.write("schema.sql", desired)
    files = {} if _is_by_hand(folder, history) else {"revision.py": _revised(name, history)}
    pages = reviewed(history, _database(folder, history))
    return Shown(files | {file: write(pages) for file, write in FORMATS.items()}, pages)


def reviewed(history: History, database: str, revision: str = "second") -> Sequence[Page]:
    asked = ReviewOptions(
        settings=find_settings(history.project.root),
        revisions=revision,
        database=database,
        origin=ORIGIN,
    )
    return [page(one) for one in review(asked)]


def _is_by_hand(folder: Path, history: History) -> bool:
    if not (folder / BY_HAND).exists():
        return False
    history.project.write("migrations/versions/second.py", (folder / BY_HAND).read_text("utf-8"))
    return True


def _revised(name: str, history: History) -> str:
    """As `sqlplumb revise` writes it, with no database to look at."""
    words = name.replace("-", " ")
    done = history.revise(*ARGV, message=words)
    assert done.code == 0, done.err
    written = DATE.sub("", history.second().read_text("utf-8"))
    history.second().write_text(written, "utf-8")  # its hash is the same on every day
    return written


def _database(folder: Path, history: History) -> str:
    """A live database where the revision begins, with these rows."""
    rows = folder / "rows.sql"
    if not rows.exists():
        return ""
    history.upgrade("first", LIVE)
    history.execute(rows.read_text("utf-8"), LIVE)
    return f"sqlite:///{LIVE}"
