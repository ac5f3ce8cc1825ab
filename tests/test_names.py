"""A constraint's name that only one side has: noted, never a change, wherever it is met.

SQLPLUMB_EXAMPLES says how many pairs of tables are drawn.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.changes.names import named_on_one_side

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

EXAMPLES = int(os.environ.get("SQLPLUMB_EXAMPLES", "120"))
NAMED = """\
CREATE TABLE p (a INTEGER CONSTRAINT pk_p PRIMARY KEY, b TEXT CONSTRAINT uq_p UNIQUE);
CREATE TABLE t (
    a INTEGER CONSTRAINT a_is_said NOT NULL CONSTRAINT fk_a REFERENCES p (a) ON DELETE CASCADE,
    b TEXT CONSTRAINT empty DEFAULT '' CONSTRAINT fk_b REFERENCES p (b),
    CONSTRAINT pk_t PRIMARY KEY (a, b),
    CONSTRAINT uq_t UNIQUE (b, a) ON CONFLICT IGNORE,
    CONSTRAINT ck_a CHECK (a > 0),
    CONSTRAINT ck_b CHECK (a < 9)
);
CREATE TABLE other (x);
"""
BARE = re.sub(r"CONSTRAINT \w+ ", "", NAMED)
both_ways = pytest.mark.parametrize("sides", [(NAMED, BARE), (BARE, NAMED)], ids=["gone", "new"])


@pytest.fixture
def history(project: Project, run: Run) -> History:
    return History(project, run)


@both_ways
def test_there_is_nothing_to_do(sides: tuple[str, str], run: Run, project: Project) -> None:
    project.write("schema.sql", sides[1])
    for current in (str(project.write("current.sql", sides[0])), project.database(sides[0])):
        assert run("check", current).code == 0
        assert run("check", "--strict", current).code == 1
        ran = run("diff", current, "schema.sql", "--format", "sql")
        assert (ran.code, ran.out.strip(), ran.err) == (0, "", "")
        ran = run("diff", current, "schema.sql")
        names = "p.primary key, p.uq_p, t.a, t.b, t.ck_a, t.ck_b and 4 more"
        assert f"noted: a name that only one side has: {names}\n" in ran.out


@both_ways
def test_no_revision_is_written(sides: tuple[str, str], history: History) -> None:
    history.begin(sides[0])
    history.project.write("schema.sql", sides[1])
    ran = history.revise()
    assert (ran.code, [one.name for one in history.versions.glob("*.py")]) == (0, ["first.py"])


@both_ways
@pytest.mark.parametrize("style", ["batch", "sql"])
def test_a_rebuild_brings_the_names_along(
    style: str, sides: tuple[str, str], history: History
) -> None:
    history.begin(sides[0])
    wanted = sides[1].replace("a < 9", "a < 8")
    history.project.write("schema.sql", wanted)
    assert history.revise("--style", style).code == 0
    history.upgrade("head")
    made, goal = (sqlplumb.read(one) for one in ("sqlite:///app.db", "schema.sql"))
    assert not sqlplumb.diff(made, goal)
    lone = [present.ref.unit for present, _ in named_on_one_side(made, goal)]
    assert "t" not in lone
    history.downgrade("first")
    assert history.run("diff", "sqlite:///app.db", "history@first").code == 0


@both_ways
def test_a_table_is_not_made_anew_for_a_name(
    sides: tuple[str, str], run: Run, project: Project
) -> None:
    current = project.write("current.sql", sides[0])
    more = re.sub(r",\n    (CONSTRAINT pk_t )?PRIMARY", r",\n    c TEXT,\n    \1PRIMARY", sides[1])
    ran = run("diff", str(current), str(project.write("schema.sql", more)), "--format", "sql")
    assert ran.code == 1
    assert "ALTER TABLE t ADD COLUMN c TEXT" in ran.out
    assert "_plumb_t" not in ran.out


def test_what_else_differs_is_found(run: Run, project: Project) -> None:
    project.write("named.sql", NAMED)
    other = BARE.replace(" ON DELETE CASCADE", "").replace(" ON CONFLICT IGNORE", "")
    project.write("schema.sql", other.replace("a < 9", "a < 8"))
    found = sqlplumb.diff(sqlplumb.read("named.sql"), sqlplumb.read("schema.sql"))
    told = {(one.verb, str(one.ref), getattr(one, "fields", ())) for one in found}
    assert told == {
        ("alter", "t.fk_a", ("on_delete",)),
        ("alter", "t.uq_t", ("on_conflict",)),
        ("drop", "t.ck_b", ()),
        ("create", "t.check(a)", ()),
    }


def test_a_module_of_tables_says_every_name(run: Run, project: Project) -> None:
    """Core leaves out the name of a key that counts: the table is made by its own SQL then."""
    key = "CREATE TABLE u (id INTEGER CONSTRAINT pk_u PRIMARY KEY AUTOINCREMENT);\n"
    project.write("schema.sql", NAMED + key)
    written = run("tables", "--stdout")
    assert written.code == 0
    assert "a name that only one side has: u" not in written.err
    assert "CONSTRAINT pk_u PRIMARY KEY AUTOINCREMENT" in written.out


RULES = {
    "ck_1": "CHECK (a > 0)",
    "ck_2": "CHECK (a < 0)",
    "ck_3": "CHECK (b <> '')",
    "fk_1": "FOREIGN KEY (a) REFERENCES p (a)",
    "fk_2": "FOREIGN KEY (a) REFERENCES p (b)",
    "fk_3": "FOREIGN KEY (b) REFERENCES p (b)",
    "uq_1": "UNIQUE (a, b)",
    "uq_2": "UNIQUE (b)",
}


def drawn(random: Random) -> tuple[list[str], str]:
    """What rules there are, and a table that has them, some by their name, in any order."""
    rules = random.choices(list(RULES), k=random.randrange(6))
    rules = [one for at, one in enumerate(rules) if one[:2] != "uq" or one not in rules[:at]]
    named = [random.choice((f"CONSTRAINT {one} ", "")) + RULES[one] for one in rules]
    head = "CREATE TABLE p (a INTEGER PRIMARY KEY, b TEXT UNIQUE);\n"
    return rules, f"{head}CREATE TABLE t ({', '.join(['a INTEGER', 'b TEXT', *named])});"


def pair(seed: int) -> tuple[tuple[list[str], str], tuple[list[str], str]]:
    """Two of them; every third pair has the same rules, which else hardly ever happens."""
    random = Random(seed)  # noqa: S311
    one, other = drawn(random), drawn(random)
    while seed % 3 == 0 and Counter(one[0]) != Counter(other[0]):
        other = drawn(random)
    return one, other


def test_each_rule_is_matched_once(project: Project) -> None:
    """Two tables are equal if they have the same rules, each as many times."""
    for seed in range(EXAMPLES):
        sides = pair(seed)
        files = [project.write(f"{n}.sql", sql) for n, (_, sql) in enumerate(sides)]
        found = sqlplumb.diff(*(sqlplumb.read(str(file)) for file in files))
        counts = [Counter(rules) for rules, _ in sides]
        verbs = Counter(one.verb for one in found)
        assert verbs["drop"] + verbs["alter"] == (counts[0] - counts[1]).total(), sides
        assert verbs["create"] + verbs["alter"] == (counts[1] - counts[0]).total(), sides
