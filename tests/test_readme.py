"""The tour of the README, run as a reader would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def tour() -> list[tuple[str, str]]:
    """Each block of commands with the output that stands behind it; empty where there is none."""
    readme = (ROOT / "README.md").read_text("utf-8")
    start = readme.index("## Ten minutes")
    blocks = BLOCK.findall(readme[start : readme.index("\n## ", start)])
    pairs = zip(blocks, [*blocks[1:], ("", "")], strict=True)
    return [
        (commands, output if what == "text" else "")
        for (kind, commands), (what, output) in pairs
        if kind == "sh"
    ]


def test_the_tour_says_what_it_shows(tmp_path: Path) -> None:
    assert len(tour()) >= 5
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for commands, shown in tour():
        done = subprocess.run(
            ["bash", "-c", commands],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == shown, done.stderr
