"""A plan reads the units that differ and those that they touch; the rest changes nothing in it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings

from sqlplumb.commands.comparing import compare_sources
from sqlplumb.commands.planning import measured_for_plan, plan_back, plan_of
from sqlplumb.config.ignore import Ignore
from sqlplumb.engines import KnownRenames, Source
from sqlplumb.engines.sqlite.live.opening import ConnectionSource
from sqlplumb.errors import Refused
from sqlplumb.steps import Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests import test_plans as plans
    from tests.conftest import Project, Run

    from sqlplumb.schema import Object
else:
    import test_plans as plans

EXAMPLES = os.environ.get("SQLPLUMB_EXAMPLES", "")

SCHEMA = """\
CREATE TABLE Customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE, note TEXT);
CREATE TABLE mails (email TEXT REFERENCES Customers (email));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, email TEXT, spare TEXT);
CREATE TABLE lines (id INTEGER PRIMARY KEY, "order" INTEGER REFERENCES ORDERS, size INTEGER);
CREATE TABLE parts (code TEXT, maker TEXT, FOREIGN KEY (code) REFERENCES kinds (code));
CREATE TABLE kinds (code TEXT, words TEXT);
/**/
CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY, ref INTEGER REFERENCES kinds (words));
CREATE VIEW large AS SELECT id FROM lines WHERE size > 10;
CREATE VIEW larger AS SELECT id FROM large WHERE id > 5;
CREATE TABLE log (what TEXT);
CREATE TRIGGER logged AFTER INSERT ON parts BEGIN INSERT INTO log VALUES (new.code); END;
CREATE TABLE free (id INTEGER PRIMARY KEY, x TEXT);
CREATE TABLE far (id INTEGER PRIMARY KEY, free INTEGER REFERENCES free);
"""
# An edit, and what is not read for it. Views and triggers are read where a column goes.
EDITS = [
    pytest.param("customer INTEGER", "customer INTEGER REFERENCES Customers", "log", id="key"),
    pytest.param("INTEGER REFERENCES ORDERS", "INTEGER", "log", id="key of a child"),
    pytest.param(", note TEXT", "", "orders", id="column"),
    pytest.param(", spare TEXT", "", "Customers", id="column of a parent"),
    pytest.param("(code TEXT, words TEXT)", "(code TEXT)", "orders", id="column referred to"),
    pytest.param("kinds (code TEXT,", "kinds (code TEXT PRIMARY KEY,", "log", id="key wakes"),
    pytest.param("email TEXT UNIQUE", "email INTEGER UNIQUE", "log", id="type of a key"),
    pytest.param("/**/", "CREATE UNIQUE INDEX ux ON kinds (code);", "orders", id="unique index"),
]
TARGETS = (plans.PLAIN, Target((3, 26)), replace(plans.PLAIN, instant=True))


def opened(sql: str, ignored: str = "") -> Source:
    source = plans.opened(sql)
    source.leave_out(Ignore((ignored,) if ignored else ()))
    source.known_renames = partial(KnownRenames, knows="texts")
    return source


def is_the_same(current: str, desired: str, target: Target, ignored: str = "") -> set[str]:
    """Whether all is read or not; return the units that are read where not all is."""
    sides = opened(current, ignored), opened(desired, ignored)
    try:
        whole = compare_sources(*sides, "", whole=True, swaps="do", to_plan=True)
        steps = plan_of(whole, target).steps
    except Refused:
        assume(False)
    touched = measured_for_plan(*sides, "", swaps="do")
    assert touched.changes == whole.changes
    assert plan_of(touched, target).steps == steps
    assert plan_back(touched, target).steps == plan_back(whole, target).steps
    return {ref.unit for ref in (*touched.current.objects, *touched.desired.objects)}


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize(("before", "after", "unread"), EDITS)
def test_a_plan_is_the_same_where_everything_is_read(
    before: str, after: str, unread: str, target: Target
) -> None:
    edited = SCHEMA.replace(before, after)
    assert edited != SCHEMA
    for current, desired in ((SCHEMA, edited), (edited, SCHEMA)):
        read = is_the_same(current, desired, target)
        assert read.isdisjoint(("free", "far", unread.lower()))


@pytest.mark.parametrize("ignored", ["view:large*", "trigger:logged", "lines"])
def test_what_is_ignored_reads_tables_too(ignored: str) -> None:
    """It stays, so it must not break where a column goes."""
    is_the_same(SCHEMA, SCHEMA.replace(", note TEXT", ""), plans.PLAIN, ignored)


@given(pair=plans.pairs())
@settings(
    derandomize=not EXAMPLES,
    deadline=None,
    max_examples=int(EXAMPLES or 40),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
def test_drawn_plans_are_the_same(pair: plans.Pair) -> None:
    is_the_same(pair.current.sql(), pair.desired.sql(), pair.target)


TABLE = """\
op.create_table(
        "t{n}",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("spare", sa.Text),
        sa.Column("root", sa.Integer, sa.ForeignKey("root.id", name="fk{n}")),
    )
    op.drop_column("t{before}", "spare")"""


def read_by_lint(
    revisions: Collection[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """How many units are read for each revision."""
    counts: list[int] = []
    read = ConnectionSource.read_units

    def counted(self: ConnectionSource, units: Collection[str]) -> Iterator[Object]:
        counts[-1] += len(units)
        return iter(read(self, units))

    monkeypatch.setattr(ConnectionSource, "read_units", counted)
    for revision in revisions:
        counts.append(0)
        assert run("lint", revision).code in (0, 1)
    return counts


def test_a_revision_reads_no_more_in_a_longer_history(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each revision makes one more child of one table, and takes a column of another away."""
    project.alembic()
    for name, down in (("root", None), ("t0", "root")):
        make = f"op.execute('CREATE TABLE {name} (id INTEGER PRIMARY KEY, spare TEXT)')"
        project.revision(name, down, make)
    for n in range(1, 12):
        project.revision(f"t{n}", f"t{n - 1}", TABLE.format(n=n, before=n - 1))
    early, late = read_by_lint(("t4", "t9"), run, monkeypatch)
    assert late == early > 0
