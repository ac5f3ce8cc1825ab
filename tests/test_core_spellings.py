"""Rules that models spell in another way: noted where they mean the same, and told why.

Between two SQL sources they differ, whatever they mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

import sqlplumb
from sqlplumb.schema import fingerprint

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.core_pairs import OTHER, SAME, metadata, script
else:
    from core_pairs import OTHER, SAME, metadata, script

SCHEMA = """\
CREATE TABLE t (
    a INTEGER,
    kind TEXT,
    n INTEGER DEFAULT (60 * 60),
    CONSTRAINT ck_a CHECK (a >= 0),
    CONSTRAINT ck_kind CHECK (kind IN ('a', 'b')),
    CONSTRAINT ck_short CHECK (length(kind) < 3),
    CONSTRAINT ck_sum CHECK (a + 1 > 2),
    CONSTRAINT ck_two CHECK (a * 2 < 9)
);
CREATE INDEX ix ON t (a) WHERE a = 1;
"""


def models(**other: str) -> sa.MetaData:
    said = {
        "ck_a": "0 <= a",
        "ck_kind": "kind = 'a' OR kind = 'c'",
        "ck_short": "length(kind) < 4",
        "ck_sum": "1 + a + 0 > 2",
        "ck_two": "2 * a < 9",
        **other,
    }
    found = sa.MetaData()
    table = sa.Table(
        "t",
        found,
        sa.Column("a", sa.Integer),
        sa.Column("kind", sa.Text),
        sa.Column("n", sa.Integer, server_default=sa.text("3600")),
        *(sa.CheckConstraint(text, name=name) for name, text in said.items()),
    )
    sa.Index("ix", table.c.a, sqlite_where=sa.text("1 = a AND a IS NOT NULL"))
    return found


def changed(mirror: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((one["verb"], one["object"]) for one in mirror["changes"])


def test_the_spellings_of_core(run: Run, project: Project) -> None:
    """What natural Core expressions become, against what people write; bytes are rarely equal."""
    rules = (*SAME, *OTHER)
    assert (len(SAME), len(OTHER)) == (56, 4)
    project.write("schema.sql", script(rules))
    ran = run("check", project.metadata(metadata(rules)), "--format", "json")
    (mirror,) = ran.json["mirrors"]
    drifted = {int(re.sub(r"\D", "", change["table"])) for change in mirror["changes"]}
    unknown = [rules[number] for number in sorted(drifted) if number < len(SAME)]
    assert drifted >= set(range(len(SAME), len(rules)))
    assert len(unknown) <= 1, unknown


def test_it_is_told_why(run: Run, project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    source = project.metadata(models())
    explained = [
        line.removeprefix("explained: ")
        for line in run("check", source, "--explain").out.splitlines()
        if line.startswith("explained: ")
    ]
    assert sorted(explained) == [
        "ix: `1 = a AND a IS NOT NULL` and `a = 1` are the same rule: each of 7 rows, one of every"
        " kind, is taken by both or by neither",
        "t.ck_a: `0 <= a` and `a >= 0` are the same rule: each of 7 rows, one of every kind, is"
        " taken by both or by neither",
        "t.ck_kind: `kind = 'a' OR kind = 'c'` and `kind IN ('a', 'b')`: models_of_this_test:"
        "metadata alone takes a row with kind = 'c', and schema.sql alone takes a row with"
        " kind = 'b'",
        "t.ck_short: `length(kind) < 4` and `length(kind) < 3`: models_of_this_test:metadata alone"
        " takes a row with kind = 'xxx'",
        "t.ck_sum: `1 + a + 0 > 2` and `a + 1 > 2`: whether they mean the same is not known",
        "t.ck_two: `2 * a < 9` and `a * 2 < 9` are the same: what is added, or joined, has one"
        " value in either way",
        "t.n: `3600` and `60 * 60` are the same value",
    ]
    assert "explained" not in run("check", source).out


def test_json_says_it_too(run: Run, project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    (mirror,) = run("check", project.metadata(models()), "--format", "json").json["mirrors"]
    assert changed(mirror) == [
        ("alter", "t.ck_kind"),
        ("alter", "t.ck_short"),
        ("alter", "t.ck_sum"),
    ]
    spelled = "said in another way that means the same"
    noted = {one["object"] for one in mirror["notes"] if spelled in one["message"]}
    assert noted == {"t.ck_a", "t.ck_two", "t.n", "ix"}
    explained = {one["object"]: one for one in mirror["explanations"]}
    assert explained["t.ck_kind"] == {
        "kind": "check",
        "object": "t.ck_kind",
        "field": "expression",
        "current": "kind = 'a' OR kind = 'c'",
        "desired": "kind IN ('a', 'b')",
        "verdict": "other",
        "rows_tried": 10,
        "only_current": {"kind": "'c'"},
        "only_desired": {"kind": "'b'"},
    }
    assert explained["t.ck_short"]["verdict"] == "stricter"
    assert explained["t.ck_sum"]["verdict"] == "unknown"


def test_two_sql_sources_differ_whatever_they_mean(run: Run, project: Project) -> None:
    project.write("schema.sql", SCHEMA)
    live = project.database(SCHEMA.replace("a >= 0", "0 <= a"))
    told = run("check", live, "--explain")
    assert told.code == 1
    assert "check ck_a: expression differs" in told.out
    assert "explained: t.ck_a: `0 <= a` and `a >= 0` are the same rule" in told.out
    (mirror,) = run("check", live, "--format", "json").json["mirrors"]
    assert mirror["explanations"] == []
    schemas = sqlplumb.read(live), sqlplumb.read("schema.sql")
    assert len({fingerprint(schema) for schema in schemas}) == 2
    assert len(sqlplumb.diff(*schemas)) == 1


@pytest.mark.parametrize("named", ["", "CONSTRAINT positive "])
def test_a_check_without_a_name_is_known_by_its_meaning(
    named: str, run: Run, project: Project
) -> None:
    project.write("schema.sql", f"CREATE TABLE t (a INTEGER, b TEXT, {named}CHECK (a > 0));")
    found = sa.MetaData()
    rule = sa.CheckConstraint(sa.literal_column("0") < sa.column("a"))
    other = sa.CheckConstraint("b <> ''")
    sa.Table("t", found, sa.Column("a", sa.Integer), sa.Column("b", sa.Text), rule, other)
    (mirror,) = run("check", project.metadata(found), "--format", "json").json["mirrors"]
    assert changed(mirror) == [("drop", "t.check(b)")]
    noted = [one for one in mirror["notes"] if "means the same" in one["message"]]
    assert [one["object"] for one in noted] == ["t.positive" if named else "t.check(a)"]


def test_strict_counts_them(run: Run, project: Project) -> None:
    project.write("schema.sql", "CREATE TABLE t (a INTEGER, CHECK (a > 0));")
    found = sa.MetaData()
    sa.Table("t", found, sa.Column("a", sa.Integer), sa.CheckConstraint("NOT a <= 0"))
    source = project.metadata(found)
    assert run("check", source).code == 0
    assert run("check", source, "--strict").code == 1


def test_nothing_is_planned_for_them(project: Project) -> None:
    found = project.metadata(models(ck_kind="kind IN ('b', 'a')", ck_short="NOT length(kind) >= 3"))
    live = project.database(SCHEMA)
    changes = sqlplumb.diff(sqlplumb.read(live), sqlplumb.read(found))
    assert [str(change.ref) for change in changes] == ["t.ck_sum"]
