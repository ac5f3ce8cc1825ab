"""`sqlplumb docs`: what the pages say, where their links lead, and what is written where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.sites import SCHEMA, Page, dead_links, lay, pages
from tests.test_pictures import HOSTILE, hostile_sql

from sqlplumb.render import picture as pictures

if TYPE_CHECKING:
    from tests.conftest import Project, Run

ROOT = Path(__file__).parents[1]


@pytest.fixture
def site(project: Project, run: Run) -> Path:
    lay(project)
    ran = run("docs", "-o", "site")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"wrote 6 pages: {Path('site') / 'index.html'}\n"
    return project.root / "site"


def test_each_table_and_view_has_a_page_and_every_link_leads_somewhere(site: Path) -> None:
    found = pages(site)
    tables = {f"tables/{name}.html" for name in ("users", "tasks", "open_tasks", "words")}
    assert set(found) == {"index.html", "history.html", *tables}
    assert dead_links(site) == []
    assert tables <= set(found["index.html"].links)
    for page in found.values():
        assert len(page.ids) == len(set(page.ids))
        assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
        assert "style" not in page.tags
        assert page.path.read_text("utf-8").count("<script") == len(page.sources) == 2


def test_a_page_says_what_its_author_wrote_and_what_that_means(site: Path) -> None:
    text = Page(site / "tables/tasks.html").text
    for words in (
        "tasks table STRICT in schema.sql:10",
        "What is to be done.",
        "A task is never deleted.",
        "who does it Refers to users by id; deleted along with it; follows when that changes",
        "state text never default 'open' state is 'open' or 'done'",
        "config, unless it is NULL, is JSON",
        "No row may break size > 0",
        "Computed once, and stored: size * 2",
        "No two rows have the same owner and size",
        "the list of every day By owner and size DESC, of rows with state = 'open'",
        "No two rows have the same lower(config)",
        "Used by 1 query of the application",
        "No query of the application uses it.",
        "app/tasks.py:3",
        "nobody takes a task away",
        "Views that read it open_tasks",
        "renames jobs to table tasks",
        "adds table jobs",
    ):
        assert words in text, words
    users = Page(site / "tables/users.html").text
    assert "where invitations go Compared by nocase No two rows have the same" in users
    assert "tasks by owner; deleted along with it" in users
    assert "users by boss; becomes NULL when that is deleted" in users


def test_a_view_says_where_its_columns_come_from(site: Path) -> None:
    page = Page(site / "tables/open_tasks.html")
    assert "id From tasks.id Mail From users.email summary_of" in page.text
    assert "../tables/users.html#column-email" in page.links
    assert "What it reads users tasks" in page.text


def test_the_history_leads_to_the_tables_that_there_are(site: Path) -> None:
    page = Page(site / "history.html")
    assert [one for one in page.ids if one.startswith("revision")] == [
        *("revision-r3", "revision-r2", "revision-r1")
    ]
    assert "tables/tasks.html" in page.links


def test_the_names_are_one_value(site: Path) -> None:
    written = (site / "names.js").read_text("utf-8")
    match = re.fullmatch(r"globalThis\.sqlplumbNames = (.*);\n", written)
    assert match
    names = json.loads(match[1])
    assert ["users", "table", "", "tables/users.html"] in names
    assert ["email", "column", "users", "tables/users.html#column-email"] in names
    assert ["keep", "trigger", "tasks", "tables/tasks.html#trigger-keep"] in names


def test_the_pictures_lead_to_pages(site: Path) -> None:
    svg = (site / "index.html").read_text("utf-8")
    assert re.findall(r'<a href="(tables/[^"]*)" aria-label', svg) == [
        f"tables/{name}.html" for name in ("users", "tasks", "open_tasks", "words")
    ]


def test_what_is_gone_from_the_schema_goes_from_the_folder(
    site: Path, project: Project, run: Run
) -> None:
    (site / "mine.txt").write_text("mine", "utf-8")
    before = {file: file.stat().st_mtime_ns for file in site.rglob("*.html")}
    assert run("docs", "-o", "site").out.startswith("unchanged 6 pages")
    assert {file: file.stat().st_mtime_ns for file in site.rglob("*.html")} == before
    project.write("schema.sql", SCHEMA.partition("CREATE VIRTUAL")[0])
    ran = run("docs", "-o", "site", "--check")
    assert ran.code == 1
    assert "stale  tables/words.html" in ran.out.splitlines()
    assert (site / "tables/words.html").is_file()
    assert run("docs", "-o", "site").out.startswith("wrote 5 pages")
    assert not (site / "tables/words.html").exists()
    assert (site / "mine.txt").read_text("utf-8") == "mine"
    assert run("docs", "-o", "site", "--check").code == 0
    assert dead_links(site) == []


def test_a_folder_of_somebody_else_is_left_alone(project: Project, run: Run) -> None:
    project.write("schema.sql", "CREATE TABLE t (a);")
    project.write("full/notes.txt", "mine")
    ran = run("docs", "-o", "full")
    assert (ran.code, ran.out) == (2, "")
    assert "sqlplumb did not write what it holds" in ran.err
    assert [file.name for file in (project.root / "full").iterdir()] == ["notes.txt"]
    assert run("docs", "-o", "schema.sql").code == 2
    assert run("docs", "-o", "site").code == 0
    project.write("schema.sql", "CREATE TABLE t (a);\nCREATE TABLE u (a);")
    project.write("site/tables/u.html", "mine")
    ran = run("docs", "-o", "site")
    assert ran.code == 2
    assert (project.root / "site/tables/u.html").read_text("utf-8") == "mine"


@pytest.mark.parametrize("name", ["../schema.sql", "/etc/passwd", "..\\schema.sql", "c:x"])
def test_the_list_of_files_leads_nowhere_else(project: Project, run: Run, name: str) -> None:
    schema = project.write("schema.sql", "CREATE TABLE t (a);")
    assert run("docs", "-o", "site").code == 0
    with (project.root / "site/.sqlplumb-site").open("a") as marker:
        marker.write(f"{name}\n")
    ran = run("docs", "-o", "site")
    assert ran.code == 2
    assert "is not as sqlplumb wrote it" in ran.err
    assert schema.is_file()


def test_a_link_in_the_folder_is_replaced_and_not_followed(project: Project, run: Run) -> None:
    project.write("schema.sql", "CREATE TABLE t (a);")
    outside = project.write("outside.html", "mine")
    assert run("docs", "-o", "site").code == 0
    index = project.root / "site/index.html"
    index.unlink()
    index.symlink_to(outside)
    assert run("docs", "-o", "site").code == 0
    assert outside.read_text("utf-8") == "mine"
    assert not index.is_symlink()
    (project.root / "elsewhere").mkdir()
    for page in (project.root / "site/tables").iterdir():
        page.unlink()
    (project.root / "site/tables").rmdir()
    (project.root / "site/tables").symlink_to(project.root / "elsewhere")
    ran = run("docs", "-o", "site")
    assert ran.code == 2
    assert not [*(project.root / "elsewhere").iterdir()]


def test_hostile_names_are_text(project: Project, run: Run) -> None:
    project.write("schema.sql", hostile_sql())
    assert run("docs", "-o", "site", "--title", "</title><script>alert(1)</script>").code == 0
    site = project.root / "site"
    found = pages(site)
    assert len(found) == len(HOSTILE) + 1
    assert dead_links(site) == []
    for name, page in found.items():
        root = "../" if "/" in name else ""
        assert page.sources == [f"{root}names.js", f"{root}site.js"]
        assert not [one for one in page.attributes if one.startswith("on")]
        assert page.tags.isdisjoint({"img", "form", "iframe", "style"})
        assert not [link for link in page.links if ":" in link and link != "data:,"]
    assert all(re.fullmatch(r"[a-z0-9_-]+\.html", Path(name).name) for name in found)
    names = (site / "names.js").read_text("utf-8")
    assert "<" not in names
    assert names.isascii()


def test_the_same_bytes_whatever_the_seed_and_the_folder(project: Project) -> None:
    lay(project)
    written = []
    for seed, folder in (("1", "."), ("2", "app")):
        output = f"site{seed}"
        subprocess.run(
            [sys.executable, "-m", "sqlplumb", "docs", "-o", output],
            cwd=project.root / folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        site = project.root / folder / output
        files = [file for file in site.rglob("*") if file.is_file()]
        written.append({file.relative_to(site): file.read_bytes() for file in files})
    assert written[0] == written[1]


def test_what_cannot_be_known_is_told_and_left_out(project: Project, run: Run) -> None:
    lay(project)
    project.revision("r4", "r3", "op.execute('no such statement')")
    ran = run("docs", "-o", "site")
    assert ran.code == 0
    assert "the pages have no log: " in ran.err
    assert set(pages(project.root / "site")) >= {"index.html", "tables/tasks.html"}
    assert not (project.root / "site/history.html").exists()
    assert dead_links(project.root / "site") == []


def test_a_database_is_shown_without_the_history(project: Project, run: Run) -> None:
    url = project.database("CREATE TABLE t (a TEXT PRIMARY KEY); CREATE TABLE alembic_version (v)")
    assert run("docs", url, "-o", "site").code == 0
    assert set(pages(project.root / "site")) == {"index.html", "tables/t.html"}


def test_without_an_engine_there_are_no_pictures(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "has_engine", lambda: False)
    monkeypatch.setattr("sqlplumb.commands.docs.has_engine", lambda: False)
    lay(project)
    ran = run("docs", "-o", "site")
    assert ran.code == 0
    assert "pip install 'sqlplumb[draw]'" in ran.err
    assert "svg" not in pages(project.root / "site")["index.html"].tags
    assert dead_links(project.root / "site") == []


def test_templates_of_a_project_take_the_place_of_ours(project: Project, run: Run) -> None:
    project.write(
        "pyproject.toml",
        '[tool.sqlplumb]\nschema = "s.sql"\n[tool.sqlplumb.review]\ntemplates = "t"\n',
    )
    project.write("s.sql", "CREATE TABLE t (a);")
    own = "{% block sql %}<p>ours: {{ unit.name }}</p>{% endblock %}"
    project.write("t/site_unit.html", '{% extends "sqlplumb/site_unit.html" %}' + own)
    assert run("docs", "-o", "site").code == 0
    text = (project.root / "site/tables/t.html").read_text("utf-8")
    assert "<p>ours: t</p>" in text
    assert "CREATE TABLE" not in Page(project.root / "site/tables/t.html").text
