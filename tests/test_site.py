"""The pages that show commands, run as a reader would run them: word for word, in an empty folder.

Where the package is installed as its users install it, the commands are those of the wheel.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sqlplumb.config import sections, settings

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [DOCS / "tour.md", *sorted((DOCS / "how-to").glob("*.md"))]
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What another day and another run call otherwise.
DAY = r"\b\d{4}[-_]\d\d[-_]\d\d(?: \d\d:\d\d:\d\d)?"
VARIES = re.compile(rf"\b[0-9a-f]{{12}}\b|{DAY}|\b\d+\.\d+ s\b|\.\d{{8}}T\d+")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return each block of commands with the output that stands behind it, if any does."""
    found = BLOCK.findall(page.read_text("utf-8"))
    pairs = zip(found, [*found[1:], ("", "")], strict=False)
    return [
        (commands, output if what == "text" else "")
        for (kind, commands), (what, output) in pairs
        if kind == "sh"
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_say(page: Path, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for commands, shown in blocks(page):
        done = subprocess.run(
            ["bash", "-c", commands],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout.replace(str(tmp_path), "/srv/app")
        assert VARIES.sub("...", output) == VARIES.sub("...", shown), done.stderr


KEYS = [*settings._KEYS, *sections._LINT_KEYS, *sections._TABLES_KEYS]
KEYS += [*sections._REVIEW_KEYS, *sections._APPLY_KEYS]
SECTIONS = ("lint", "tables", "review", "apply")


def test_the_tour_has_commands() -> None:
    assert len(blocks(DOCS / "tour.md")) > 9


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_is_told(key: str) -> None:
    page = (DOCS / "reference/settings.md").read_text("utf-8")
    assert f"| `{key}` |" in page or (key in SECTIONS and f"[tool.sqlplumb.{key}]" in page)
