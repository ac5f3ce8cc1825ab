"""What a review says of a rule that changes: a row that it takes no longer, or from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

CURRENT = """\
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    Size INTEGER,
    is_large INTEGER AS (Size > 2),
    CONSTRAINT ck_status CHECK (status IN ('open', 'done', 'archived')),
    CONSTRAINT ck_size CHECK (Size BETWEEN 1 AND 5)
);
CREATE INDEX ix ON tasks (id) WHERE status IN ('open', 'archived');
"""


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        (
            "BETWEEN 1 AND 5",
            "BETWEEN 1 AND 4",
            "check tasks.ck_size tightened: a row with Size = 5 was accepted and will be refused",
        ),
        (
            "BETWEEN 1 AND 5",
            "> 0",
            "check tasks.ck_size loosened: a row with Size = 6 was refused and will be accepted",
        ),
        (
            "'done', 'archived')",
            "'done', 'gone')",
            "check tasks.ck_status: a row with status = 'archived' was accepted and will be"
            " refused, and a row with status = 'gone' was refused and will be accepted",
        ),
        (
            "BETWEEN 1 AND 5",
            "IS NULL OR Size >= 1 AND Size <= 5",
            "check tasks.ck_size: in other words the same, for every row that the table may hold",
        ),
        (
            "('open', 'archived')",
            "('open')",
            "index ix narrowed: a row with status = 'archived' is no longer in it: queries for such"
            " rows lose it",
        ),
        (
            "('open', 'archived')",
            "('open', 'done', 'archived')",
            "index ix widened: a row with status = 'done' is in it from now on",
        ),
        (
            "'open', 'done', 'archived')),",
            "'open')),",
            "check tasks.ck_status tightened: a row with status = 'done' or 'archived' was accepted"
            " and will be refused",
        ),
        (
            "Size > 2",
            "Size >= 2",
            "column tasks.is_large: a row with Size = 2 gets another value",
        ),
        (
            "Size > 2",
            "Size > 2 AND Size < 6",
            "column tasks.is_large: in other words the same, for every row that the table may hold",
        ),
    ],
)
def test_it_is_told_by_a_row(
    written: str, instead: str, told: str, project: Project, run: Run
) -> None:
    history = History(project, run)
    history.begin(CURRENT)
    assert CURRENT.count(written) == 1
    project.write("schema.sql", CURRENT.replace(written, instead))
    assert run("revise", "-m", "second").code == 0
    (revision,) = run("review", "--format", "json").json["revisions"]
    does = [deed for change in revision["changes"] for deed in change["does"]]
    assert told in does, does
