"""Names as their author spells them, wherever a person reads one; folded only where a machine does.

SQLPLUMB_EXAMPLES says how many names are drawn.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.read.hints import hints_around, rename_hint

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

EXAMPLES = int(os.environ.get("SQLPLUMB_EXAMPLES", "120"))

CURRENT = """\
CREATE TABLE parentTable (parentKey INTEGER PRIMARY KEY, parentName TEXT);
CREATE TABLE dataType (
    rowKey INTEGER PRIMARY KEY,
    kindName TEXT,
    oldValue TEXT,
    isOpen BOOLEAN,
    unitPrice REAL,
    parentRef INTEGER REFERENCES parentTable (parentKey),
    CHECK (length(kindName) > 0)
);
CREATE INDEX byKind ON dataType (kindName);
CREATE TRIGGER onKind AFTER UPDATE OF kindName ON dataType BEGIN SELECT 1; END;
CREATE TABLE goesAway (leftOver TEXT);
"""
ROWS = """\
INSERT INTO parentTable VALUES (1, 'a'), (2, 'a');
INSERT INTO dataType VALUES (1, NULL, 'x', 1, 1.5, NULL), (2, 'k', 'x', 1, 1.5, 2);
INSERT INTO goesAway VALUES ('x');
"""
# What the desired side says in place of a part of CURRENT.
CHANGES = {
    "not null": ("kindName TEXT", "kindName TEXT NOT NULL"),
    "default": ("oldValue TEXT", "oldValue TEXT DEFAULT 'n'"),
    "backfill": (
        "    oldValue TEXT,\n",
        "    oldValue INTEGER, -- @backfill length(oldValue)\n",
    ),
    "type": ("oldValue TEXT", "oldValue INTEGER"),
    "column goes": ("    oldValue TEXT,\n", ""),
    "column for another": ("oldValue TEXT", "newValue TEXT"),
    "key goes": (" REFERENCES parentTable (parentKey)", ""),
    "key cascades": ("(parentKey),", "(parentKey) ON DELETE CASCADE,"),
    "key to another": ("(parentKey),", "(parentName),"),
    "check": ("> 0)", "> 1)"),
    "check goes": (",\n    CHECK (length(kindName) > 0)", ""),
    "check comes": ("> 0)", "> 0), CHECK (oldValue <> 'x')"),
    "unique comes": ("> 0)", "> 0), UNIQUE (oldValue, unitPrice)"),
    "unique index": (
        "INDEX byKind ON dataType (kindName)",
        "UNIQUE INDEX byKind ON dataType (isOpen)",
    ),
    "primary key": ("rowKey INTEGER PRIMARY KEY", "rowKey TEXT PRIMARY KEY"),
    "strict": ("(leftOver TEXT)", "(leftOver TEXT) STRICT"),
    "trigger": ("SELECT 1;", "SELECT 2;"),
    "trigger breaks": ("SELECT 1;", "SELECT noColumn FROM dataType;"),
    "table goes": ("CREATE TABLE goesAway (leftOver TEXT);", ""),
    "table for another": ("goesAway (", "hasCome ("),
    "order": (
        "    kindName TEXT,\n    oldValue TEXT,\n",
        "    oldValue TEXT,\n    kindName TEXT,\n",
    ),
}
_NAMES = set(re.findall(r"\b[a-z]+[A-Z]\w+\b", CURRENT)) | {"newValue", "hasCome"}
_SPELLED = {name.lower(): name for name in _NAMES}


def misspelled(text: str) -> set[str]:
    """The words that are such a name, and not as it is written; a string compares folded."""
    words = set(re.findall(r"(?<!')\b\w+\b(?!')", text))
    return {word for word in words if _SPELLED.get(word.lower(), word) != word}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_people_read_names_as_they_are_written(
    change: tuple[str, str], project: Project, run: Run
) -> None:
    assert change[0] in CURRENT
    project.write("schema.sql", CURRENT.replace(*change))
    live = project.database(CURRENT + ROWS)
    for command in (
        ("check", live),
        ("diff", live, "schema.sql"),
        ("diff", live, "schema.sql", "--format", "sql"),
        ("lint", "schema.sql"),
    ):
        ran = run(*command)
        read = ran.err if "sql" in command else ran.out + ran.err
        assert misspelled(read) == set(), read


REVISED = (
    "backfill",
    "default",
    "type",
    "column for another",
    "check",
    "unique comes",
    "key to another",
)


@pytest.mark.parametrize("name", REVISED)
def test_a_revision_is_told_in_them(name: str, project: Project, run: Run) -> None:
    history = History(project, run)
    history.begin(CURRENT)
    project.write("schema.sql", CURRENT.replace(*CHANGES[name]))
    told = run("revise", "-m", "second", "--allow", "destructive")
    reviewed = run("review")
    for read in (told.out, told.err, reviewed.out, reviewed.err):
        assert misspelled(read) == set(), read


def test_json_and_leave_know_the_folded_address(project: Project, run: Run) -> None:
    project.write("schema.sql", CURRENT.replace(*CHANGES["column goes"]))
    live = project.database(CURRENT + ROWS)
    (change,) = json.loads(run("diff", live, "schema.sql", "--format", "json").out)["changes"]
    assert (change["object"], change["table"]) == ("datatype.oldValue", "datatype")
    script = ("diff", live, "schema.sql", "--format", "sql")
    assert "--allow drop:dataType.oldValue" in run(*script).err
    for leave in ("drop:dataType.oldValue", "drop:datatype.oldValue"):
        assert run(*script, "--allow", leave).code == 1


def test_a_drop_in_place_beside_an_add_asks_for_a_rename(project: Project, run: Run) -> None:
    live = project.database('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, "order by" TEXT);')
    project.write("schema.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);")
    said = run("diff", live, "schema.sql", "--format", "sql").err
    assert 'if that is a rename, say `-- @renamed from="order by"` beside t.b' in said


LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.one_of(
    st.text(LETTERS, min_size=1, max_size=9),
    st.text(st.sampled_from("aB \t\n'\"`[]*/-@.,;=\u00e9\u00a0"), min_size=1, max_size=9),
    st.sampled_from(["order", "Select", "from", "dataType", "a b", "--", "*/", "/*", "TRUE"]),
)


@settings(max_examples=EXAMPLES)
@given(NAMES)
def test_a_hint_that_is_advised_is_read_as_it_is_meant(name: str) -> None:
    comment = rename_hint(name)
    if "\n" in name and "*/" in name:
        return
    hints = hints_around(comment)
    assert hints and hints.renamed_from == fold(name)


def test_a_receipt(project: Project, run: Run) -> None:
    """The tables of which it counts rows, by the names that they have and had."""
    history = History(project, run)
    history.begin("CREATE TABLE goodOld (a TEXT);\nCREATE TABLE dataType (kindName TEXT);\n")
    project.database(
        "CREATE TABLE goodOld (a TEXT); CREATE TABLE dataType (kindName TEXT);"
        "INSERT INTO dataType VALUES ('k');"
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT"
        " alembic_version_pkc PRIMARY KEY (version_num));"
        "INSERT INTO alembic_version VALUES ('first');"
    )
    project.write(
        "schema.sql",
        "-- @renamed from=goodOld\nCREATE TABLE brandNew (a TEXT);\n"
        "CREATE TABLE dataType (kindName TEXT, isOpen BOOLEAN);\n",
    )
    assert history.revise().code == 0
    ran = run("apply", "sqlite:///app.db", "--format", "json")
    (done,) = ran.json["receipts"][0]["revisions"]
    assert done["rows"] == {
        "brandNew": {"before": 0, "after": 0, "renamed_from": "goodOld"},
        "dataType": {"before": 1, "after": 1},
    }
