"""What a new database is written down as is what the history and schema.sql say."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from alembic.script import ScriptDirectory

from database_api import head

ROOT = Path(__file__).parents[2]


def test_the_head_is_the_end_of_the_history_and_its_schema_is_this_one() -> None:
    """That the one makes the other is told by `sqlplumb check`, in CI."""
    schema = (ROOT / "schema.sql").read_text("utf-8")
    said = {
        "REVISION": ScriptDirectory(str(ROOT / "migrations")).get_current_head() or "",
        "SCHEMA": hashlib.sha256(schema.encode()).hexdigest(),
    }
    if os.environ.get("SQLPLUMB_REWRITE") and head.__file__:
        file = Path(head.__file__)
        text = file.read_text("utf-8")
        for name, value in said.items():
            text = re.sub(rf'^{name} = ".*?"', f'{name} = "{value}"', text, flags=re.MULTILINE)
        file.write_text(text, "utf-8")
        return
    here = {"REVISION": head.REVISION, "SCHEMA": head.SCHEMA}
    assert said == here, "where the history makes schema.sql, SQLPLUMB_REWRITE=1 writes them down"
