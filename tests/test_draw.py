"""`sqlplumb draw`, as a shell sees it: what is in the picture, never how it looks."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.drawn import (
    MANY,
    NS,
    SCHEMA,
    SUBJECTS,
    assert_readable,
    boxes,
    edges,
    is_inside,
    panels_of,
    parsed,
    svg_of,
)

from sqlplumb.render import picture as pictures
from sqlplumb.render.picture import layout

if TYPE_CHECKING:
    from tests.conftest import Project, Run


def test_the_picture_of_a_schema(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    ran = run("draw")
    assert (ran.code, ran.err) == (0, "")
    found = boxes(ran.out)
    assert set(found) == {"users", "tasks", "pins", "stray", "nowhere", "open_tasks", "words"}
    assert_readable(ran.out)
    assert found["tasks"].texts("column") == ["id", "owner", "state", "note"]
    kinds = {name: box.classes[1] for name, box in found.items()}
    assert kinds["open_tasks"] == "view"
    assert kinds["words"] == "virtual-table"
    assert kinds["nowhere"] == "missing"


def test_rows_say_keys_types_null_check_and_partial(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    found = boxes(run("draw").out)

    def row(table: str, column: str) -> list[str]:
        return [one.text or "" for one in found[table].row(column).iter(f"{NS}text")]

    assert row("users", "id") == ["PK", "id", "integer"]
    assert row("users", "email") == ["UQ", "email", "text"]
    assert row("users", "boss") == ["FK", "boss", "integer", "null, on delete set null"]
    assert row("pins", "task") == ["PK FK", "task", "integer"]
    assert row("tasks", "state") == ["state", "text", "check, partial"]
    assert row("tasks", "note") == ["note", "text", "null"]
    assert "index (state) where state = 'open'" in found["tasks"].texts("fact")


CURRENT = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INT);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, state VARCHAR(9), gone TEXT);
CREATE TABLE legacy (id INTEGER PRIMARY KEY, who INTEGER REFERENCES users (id));
CREATE TABLE same (id INTEGER PRIMARY KEY);
"""
DESIRED = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
    years INT NOT NULL -- @renamed from=age
);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, state TEXT CHECK (state <> ''), owner INTEGER
    REFERENCES users (id));
CREATE TABLE fresh (id INTEGER PRIMARY KEY);
CREATE TABLE same (id INTEGER PRIMARY KEY);
"""


def test_a_difference_is_marked_and_not_by_colour_alone(project: Project, run: Run) -> None:
    project.write("current.sql", CURRENT)
    project.write("desired.sql", DESIRED)
    ran = run("draw", "desired.sql", "--against", "current.sql")
    found = boxes(ran.out)
    assert set(found) == {"~ users", "~ tasks", "- legacy", "+ fresh", "same"}
    states = {name: box.classes[2] for name, box in found.items()}
    assert states["- legacy"] == "dropped"
    assert states["+ fresh"] == "created"
    assert states["~ tasks"] == "altered"
    assert states["same"] == "same"
    tasks = found["~ tasks"]
    marks = {
        column: [one.text for one in tasks.row(column) if one.get("class") == "mark"]
        for column in tasks.texts("column")
    }
    assert marks == {"id": [], "state": ["~"], "owner": ["+"], "gone": ["-"]}
    assert "varchar(9) → text" in tasks.texts("type")
    assert "was age, changed: NOT NULL" in found["~ users"].texts("note")
    root = parsed(ran.out)
    classes = [one.get("class") for one in root.iter(f"{NS}g") if "edge " in one.get("class", "")]
    assert sorted(filter(None, classes)) == ["edge created", "edge dropped"]
    captions = [one.text for one in root.iterfind(f"{NS}text")]
    assert captions[:2] == ["- current.sql", "+ desired.sql"]


def test_what_changes_is_shown_however_many_tables_there_are(project: Project, run: Run) -> None:
    current = MANY + "CREATE INDEX i ON t1 (a);\n"
    desired = current.replace("i ON t1 (a)", "i ON t1 (b)").replace("t2 (id INT", "t2 (n, id INT")
    desired = desired.replace("t3 (id)", "t3 (id) ON DELETE CASCADE").replace(
        "TEXT, up INTEGER REFERENCES t0 (id));", "TEXT, up INTEGER REFERENCES t0 (id)) STRICT;", 1
    )
    project.write("current.sql", current)
    project.write("desired.sql", desired)
    found = boxes(run("draw", "desired.sql", "--against", "current.sql").out)
    assert found["~ t1"].texts("mark") == ["~"]
    assert "index i (b)" in found["~ t1"].texts("fact")
    assert found["~ t2"].texts("column") == ["n", "id", "up"]
    assert found["~ t0"].texts("label") == ["strict, changed: STRICT"]
    assert [name for name in found if name.startswith("~")] == [
        *("~ t0", "~ t1", "~ t2", "~ t9", "~ t10", "~ t11")
    ]
    assert found["t4"].texts("column") == ["id", "up"]


def test_a_view_that_takes_the_name_of_a_table_stands_beside_it(project: Project, run: Run) -> None:
    project.write("a.sql", "CREATE TABLE u (x TEXT);\nCREATE TABLE t (x TEXT);\n")
    project.write("b.sql", "CREATE TABLE u (x TEXT);\nCREATE VIEW t AS SELECT x FROM u;\n")
    found = boxes(run("draw", "b.sql", "--against", "a.sql").out)
    assert {name: box.classes[1:] for name, box in found.items()} == {
        "u": ["table", "same"],
        "- t": ["table", "dropped"],
        "+ t": ["view", "created"],
    }


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        ("0", {"pins"}),
        ("1", {"pins", "tasks"}),
        ("2", {"pins", "tasks", "users", "open_tasks"}),
    ],
)
def test_focus(project: Project, run: Run, depth: str, names: set[str]) -> None:
    project.write("schema.sql", SCHEMA)
    found = boxes(run("draw", "--focus", "PINS", "--depth", depth).out)
    assert set(found) == names
    assert [name for name, box in found.items() if "focus" in box.classes] == ["pins"]


def test_an_unknown_focus_names_what_is_near(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    ran = run("draw", "--focus", "taks")
    assert (ran.code, ran.out) == (2, "")
    assert "taks" in ran.err
    assert "did you mean tasks" in ran.err


def test_many_tables_show_their_keys_and_count_the_rest(project: Project, run: Run) -> None:
    project.write("schema.sql", MANY)
    svg = run("draw").out
    found = boxes(svg)
    assert len(found) == len(edges(svg)) == 100
    assert_readable(svg)
    assert found["t7"].texts("column") == ["id", "up"]
    assert "… 3 more" in found["t7"].texts("fact")
    assert found["t7"].texts("type") == []
    near = boxes(run("draw", "--focus", "t7").out)
    assert near["t7"].texts("column") == ["id", "a", "b", "c", "up"]
    assert len(near["t7"].texts("type")) == 5


def test_what_belongs_together_stands_together(project: Project, run: Run) -> None:
    project.write("schema.sql", SUBJECTS)
    svg = run("draw").out
    assert_readable(svg)
    found, panels = boxes(svg), panels_of(svg)
    assert len(panels) == 2
    inside = {
        name: [at for at, panel in enumerate(panels) if is_inside(box, panel)]
        for name, box in found.items()
    }
    parts = ("note", "file", "event", "label", "watcher")
    for hub in ("asset", "run"):
        assert inside[hub], hub
        assert {name for name in inside if inside[name] == inside[hub]} >= {
            hub,
            *(f"{hub}_{part}" for part in parts),
        }
    assert inside["asset"] != inside["run"]
    assert [name for name in inside if not inside[name]] == [
        *("folder", "setting", "job", "all_of_it"),
    ]


def test_a_row_names_what_no_line_leads_to(project: Project, run: Run) -> None:
    """Each foreign key is a line from its parent, or its row says where it leads."""
    project.write("schema.sql", SUBJECTS)
    svg = run("draw").out
    found = boxes(svg)
    notes = [note for box in found.values() for note in box.texts("note")]
    named = [note for note in notes if "→" in note]
    assert len(named) == 1
    assert named[0] in ("→ run", "→ asset")
    assert len(edges(svg)) == 13 + 1  # the foreign keys, and the view that reads one table
    assert not [note for note in notes if "on update" in note]


def test_views_say_what_they_read(project: Project, run: Run) -> None:
    """Not what another view reads for them, and each thing that they count."""
    project.write("schema.sql", SUBJECTS)
    found = boxes(run("draw").out)
    assert found["open_runs"].texts("fact") == ["reads run"]
    assert found["all_of_it"].texts("fact") == [
        *("reads asset", "reads run", "reads folder", "reads job", "reads open_runs"),
    ]
    near = run("draw", "--focus", "open_runs").out
    (line,) = [said for said, *_ in edges(near) if said.startswith("open_runs")]
    assert line == "open_runs reads run"
    assert 'style="dashed"' in run("draw", "--format", "dot").out
    assert ' : "reads"' in run("draw", "--format", "mermaid").out
    assert "view all_of_it reads asset, run, folder, job, open_runs." in run("draw").out


def test_views_with_functions_of_the_application(project: Project, run: Run) -> None:
    project.write("schema.sql", "CREATE TABLE t (a);\nCREATE VIEW v AS SELECT mine(a) FROM t;\n")
    assert boxes(run("draw").out)["v"].texts("fact") == ["reads t"]


def test_the_same_text_whatever_the_seed(project: Project) -> None:
    project.write("schema.sql", SUBJECTS)
    drawn = {
        subprocess.run(
            [sys.executable, "-m", "sqlplumb", "draw"],
            cwd=project.root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(drawn) == 1


def test_the_file_says_what_to_draw(project: Project, run: Run) -> None:
    project.write("schema.sql", SCHEMA)
    begins = {"a.svg": "<svg ", "a.mmd": "erDiagram\n", "a.dot": "digraph {\n"}
    for name, begin in begins.items():
        ran = run("draw", "-o", name)
        assert (ran.code, ran.out) == (0, "")
        assert (project.root / name).read_text("utf-8").startswith(begin)
    assert run("draw", "-o", "a.svg", "--format", "dot").code == 0
    assert (project.root / "a.svg").read_text("utf-8").startswith("digraph {")
    ran = run("draw", "-o", "a.png")
    assert ran.code == 2
    assert not (project.root / "a.png").exists()


def test_without_an_engine(project: Project, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "has_engine", lambda: False)
    monkeypatch.setattr(pictures, "has_engine", lambda: False)
    project.write("schema.sql", SCHEMA)
    ran = run("draw")
    assert ran.code == 0
    assert ran.out.startswith("erDiagram\n")
    assert "sqlplumb[draw]" in ran.err
    ran = run("draw", "--format", "svg")
    assert (ran.code, ran.out) == (2, "")
    assert "sqlplumb[draw]" in ran.err


def test_every_source_can_be_drawn(project: Project, run: Run) -> None:
    url = project.database(SCHEMA)
    assert set(boxes(run("draw", url).out)) == set(boxes(svg_of(SCHEMA)))
    assert boxes(run("draw", "empty").out) == {}
    assert run("draw", "nosuch.sql").code == 2


def test_alembics_own_table_is_not_drawn(project: Project, run: Run) -> None:
    project.alembic()
    project.revision("one", None, "op.execute('CREATE TABLE t (a)')")
    ran = run("draw", "history", "--format", "mermaid")
    assert '["t"]' in ran.out
    assert "alembic_version" not in ran.out
