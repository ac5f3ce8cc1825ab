"""Pairs of schemas that are drawn: the way from each to the other, with rows, ends at the other and
keeps the values. SQLPLUMB_EXAMPLES says how many, and draws others each time."""

from __future__ import annotations

import os
import time

import pytest
from tests.postgres import MAJORS, server
from tests.postgres_schemas import drawn_pair, rows_of
from tests.test_postgres_plan import opened, planned, read, run, values

from sqlplumb.engines.postgres.plan.script import script

EXAMPLES = os.environ.get("SQLPLUMB_EXAMPLES", "")
FIRST = int(time.time()) if EXAMPLES else 0


@pytest.mark.parametrize("seed", range(FIRST, FIRST + int(EXAMPLES or 50)))
def test_a_pair_that_is_drawn(seed: int) -> None:
    a_server, online = server(MAJORS[seed % len(MAJORS)]), seed % 4 < 2
    current, desired = drawn_pair(seed)
    with opened(a_server, desired.sql) as goal:
        there = read(goal)
    with opened(a_server, current.sql) as live:
        here = read(live)
        live.execute(rows_of(current).encode())
        for end in (there, here):
            start = read(live)
            before = dict(values(live, start, end))
            run(live, script(planned(start, end, online=online)))
            now = read(live)
            assert [str(change) for change in planned(now, end).changes] == []
            assert dict(values(live, start, end)) == before
