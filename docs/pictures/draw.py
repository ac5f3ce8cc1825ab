"""Draws drift.svg: a real report about a database that has drifted, as a terminal shows it.

pip install rich && python docs/pictures/draw.py
"""

from __future__ import annotations

import io
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
DAMAGE = (
    (" WHERE active = 1;\nCREATE INDEX idx_tasks_task", ";\nCREATE INDEX idx_tasks_task"),
    ("'CANCELLING', ", ""),
    ("event_id INTEGER PRIMARY KEY AUTOINCREMENT", "event_id INTEGER PRIMARY KEY"),
    ("ON DELETE SET NULL", ""),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "app.db"
        write_drifted(database)
        report = run_check(database)
    console = Console(record=True, width=92, file=io.StringIO())
    console.print(Text("$ sqlplumb check sqlite:///app.db", style="bold"))
    console.print(Text.from_ansi(report))
    svg = console.export_svg(title="sqlplumb")
    # No font is fetched from anywhere: the reader's own will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (ROOT / "docs/pictures/drift.svg").write_text(svg, "utf-8")


def write_drifted(database: Path) -> None:
    sql = (ROOT / "schema.sql").read_text("utf-8")
    for words, instead in DAMAGE:
        assert words in sql, words
        sql = sql.replace(words, instead, 1)
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(sql + "DROP TRIGGER credit_history_no_delete;")


def run_check(database: Path) -> str:
    for source in (ROOT / "schema.sql", ROOT / "pyproject.toml"):
        (database.parent / source.name).write_bytes(source.read_bytes())
    command = [sys.executable, "-m", "sqlplumb", "check", f"sqlite:///{database.name}"]
    environment = {**os.environ, "FORCE_COLOR": "1"}
    done = subprocess.run(
        command, cwd=database.parent, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout


if __name__ == "__main__":
    main()
