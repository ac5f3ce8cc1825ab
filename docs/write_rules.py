"""Writes docs/rules: a page for each rule, and the list of them.

python docs/write_rules.py
"""

from __future__ import annotations

from pathlib import Path

from sqlplumb.lint import RULES
from sqlplumb.render.rules import index, page

FOLDER = Path(__file__).parent / "rules"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for left in FOLDER.glob("*.md"):
        left.unlink()
    (FOLDER / "README.md").write_text(index(RULES), "utf-8")
    for rule in RULES:
        (FOLDER / f"{rule.name}.md").write_text(page(rule), "utf-8")


if __name__ == "__main__":
    main()
