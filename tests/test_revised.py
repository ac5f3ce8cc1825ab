"""Between any two schemas: the revision that is written is proved, in either style.

`revise` refuses what it cannot prove, so a refusal that no person could do anything about is a
failure here. SQLPLUMB_EXAMPLES says how many pairs of schemas are drawn, and then others each time.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from sqlplumb.commands.losses import allowance
from sqlplumb.commands.prove import ProveOptions, prove
from sqlplumb.commands.revise import ReviseOptions, revise
from sqlplumb.config import Style, read_settings
from sqlplumb.errors import Refused

if TYPE_CHECKING:
    from tests import strategies as draws
    from tests.histories import first_revision
else:
    import strategies as draws
    from histories import first_revision

EXAMPLES = os.environ.get("SQLPLUMB_EXAMPLES", "")
ALL = allowance(["destructive"])
ASKS_A_PERSON = ("SQLite cannot rename",)
INI = "[alembic]\nscript_location = migrations\n\n[sqlplumb]\nschema = schema.sql\n"


@dataclass(frozen=True, repr=False)
class Pair:
    current: str
    desired: str
    style: Style

    def __repr__(self) -> str:
        return f"\n{self.current}--- to\n{self.desired}--- {self.style}\n"


def is_accepted(sql: str) -> bool:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.executescript(sql)
        except sqlite3.Error:
            return False
    return True


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    current = draw(draws.wide_schemas())
    assume(is_accepted(current.sql()))
    desired = draw(draws.edited(current))
    assume(desired.sql().strip() and is_accepted(desired.sql()))
    style: Style = draw(st.sampled_from(("batch", "sql")))
    return Pair(current.sql(), desired.sql(), style)


def revised(pair: Pair, root: Path) -> None:
    (root / "migrations" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text(INI, "utf-8")
    first = root / "migrations" / "versions" / "first.py"
    first.write_text(first_revision(pair.current), "utf-8", "surrogateescape")
    (root / "schema.sql").write_text(pair.desired, "utf-8", "surrogateescape")
    found = read_settings(root / "alembic.ini")
    try:
        written = revise(
            ReviseOptions(message="change", style=pair.style, allow=ALL, rev_id="second"), found
        )
    except Refused as refused:
        if any(known in str(refused) for known in ASKS_A_PERSON):
            reject()
        raise
    if not written.files:
        return
    options = ProveOptions(settings=found, revisions="second")
    again = [proof for proof in prove(options) if not proof.holds]
    assert not again, [proof.failures for proof in again]
    if "@renamed" in pair.desired:
        third = ReviseOptions(message="change", style=pair.style, allow=ALL, rev_id="third")
        assert not revise(third, found).files


@settings(
    derandomize=not EXAMPLES,
    deadline=None,
    max_examples=int(EXAMPLES or 200),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
@given(pair=pairs())
def test_every_revision_is_proved(pair: Pair) -> None:
    with tempfile.TemporaryDirectory() as folder:
        revised(pair, Path(folder))
