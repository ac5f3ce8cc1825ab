"""Draws the schemas of `schemas/`, as `sqlplumb draw` does.

pip install '.[draw]' && python docs/pictures/schemas.py
"""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

from sqlplumb.commands.draw import DrawOptions, draw
from sqlplumb.config import Settings

PICTURES = Path(__file__).parent


def drawn(schema: Path) -> str:
    """Return the picture of this file; it is called by its name alone."""
    with chdir(schema.parent):
        return draw(DrawOptions(source=schema.name, format="svg"), Settings(root=Path.cwd())).text


def main() -> None:
    for schema in sorted((PICTURES / "schemas").glob("*.sql")):
        (PICTURES / f"{schema.stem}.svg").write_text(drawn(schema), "utf-8")


if __name__ == "__main__":
    main()
