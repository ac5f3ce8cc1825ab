"""`sqlplumb revise`, proof and all, beside `alembic revision --autogenerate` for the same change.

    python bench/revise.py [--tables 100] [--runs 5]

Whole processes, on a project whose history has made these tables. Prints a row for the README.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from measured import expect, in_turn
from project import schema, write_project

BIN = Path(sys.executable).parent
_REVISION = """\
from pathlib import Path
from alembic import op

revision = "base1"
down_revision = None


def upgrade():
    for one in Path(__file__).with_name("base.txt").read_text().split(";"):
        if one.strip():
            op.execute(one)


def downgrade():
    for n in range({tables}):
        op.execute(f"DROP TABLE t{{n}}")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, arguments.tables)
        ours, alembic = in_turn([_ours(), theirs()], folder, arguments.runs)
    expect((0, 0), (ours, alembic), "revise")
    what = f"`revise` with its proof, one column more, {arguments.tables} tables"
    print(f"| {what} | {ours} | {alembic} | {ours.cpu / alembic.cpu:.1f} |")


def prepare(folder: Path, tables: int) -> None:
    """Both see one nullable column more; what they write is thrown away by the shell again."""
    write_project(folder, tables)
    versions = folder / "migrations" / "versions"
    (versions / "base1.py").write_text(_REVISION.format(tables=tables))
    (versions / "base.txt").write_text(schema(tables))
    (folder / "migrations" / "script.py.mako").write_text(_TEMPLATE)
    changed = schema(tables).replace("    c2 INTEGER", "    extra TEXT,\n    c2 INTEGER", 1)
    changed = (
        changed if "extra" in changed else changed.replace("    c2 ", "    extra TEXT,\n    c2 ", 1)
    )
    (folder / "schema.sql").write_text(changed)
    models = (folder / "tables.py").read_text()
    (folder / "tables.py").write_text(f"{models}\n\n{_EXTRA}")
    (folder / "alembic.ini").write_text((folder / "same.ini").read_text())


_TEMPLATE = '''\
"""${message}"""
from alembic import op
import sqlalchemy as sa
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''
_EXTRA = 'metadata.tables["t0"].append_column(Column("extra", Text))\n'


def _ours() -> list[str]:
    return ["sh", "-c", f"{BIN}/sqlplumb revise -m x && rm migrations/versions/*_x.py"]


def theirs() -> list[str]:
    return [
        "sh",
        "-c",
        f"{BIN}/alembic revision --autogenerate -m x && rm migrations/versions/*_x.py",
    ]


if __name__ == "__main__":
    main()
