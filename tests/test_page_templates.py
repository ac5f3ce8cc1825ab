"""Templates of a project in place of ours: what they may change, and what they may never do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from tests import goldens
from tests.conftest import Project, Run
from tests.histories import History

from sqlplumb.errors import PlumbError, Refused, WrongInput
from sqlplumb.render import pages as rendering
from sqlplumb.render.pages import PACKAGE, render_page
from sqlplumb.render.review import Page, html, markdown

SETTINGS = '[tool.sqlplumb]\n[tool.sqlplumb.review]\ntemplates = "review/"\n'
CURRENT, DESIRED = "CREATE TABLE t (a TEXT);", "CREATE TABLE t (a TEXT, b TEXT);"
Write = Callable[[str, str], Path]


@dataclass
class Bomb:
    """A value of ours whose method would do something, were it called."""

    words: str = "words"
    went_off: bool = False

    def go(self) -> str:
        self.went_off = True
        return "gone"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rendering._environment.cache_clear()
    (tmp_path / "outside.html").write_text("OUTSIDE", "utf-8")
    (tmp_path / "review").mkdir()
    return (tmp_path / "review").resolve()


def refusal(folder: Path, template: str, **values: Any) -> PlumbError:
    """The error of a template whose second line is this."""
    (folder / "review.html").write_text(f"first\n{template}\n", "utf-8")
    with pytest.raises(PlumbError) as caught:
        render_page("review.html", folder, **values)
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert Path(problem.place.file).resolve() == folder / "review.html"
    assert (problem.place.line, problem.excerpt) == (2, template)
    return caught.value


ATTACKS = """
{{ "".__class__ }}
{{ bomb.__class__.__mro__ }}
{{ cycler.__init__.__globals__ }}
{{ joiner.__init__ }}
{{ dict.__mro__ }}
{{ namespace().__class__ }}
{{ self.__init__.__globals__ }}
{{ items.append(1) }}
{{ items.clear() }}
{{ {}.update(a=1) }}
{% set gone = items.pop() %}
{{ "{0.__class__}".format(bomb) }}
{{ "{a.__class__}".format_map({"a": bomb}) }}
{{ ("{0.__class__}" | attr("format"))(bomb) }}
{{ bomb | attr("__class__") }}
{{ items | sum(attribute="__class__") }}
{{ items | groupby("__class__") | list }}
{{ bomb.go() }}
{{ bomb.go }}
{{ bomb | attr("go") | string }}
{{ path.unlink() }}
{{ path.read_text() }}
{% include "../outside.html" %}
{% include "a/../../outside.html" %}
{% include "/etc/passwd" %}
{% include ".hidden.html" %}
{% include ".git/config.html" %}
{% include "link.html" %}
{% include "linked/outside.html" %}
{% include "to-hidden.html" %}
{% include "to-words.html" %}
{% extends "../outside.html" %}
{% import "link.html" as link %}
""".strip().splitlines()


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_runs_and_nothing_else_is_read(attack: str, folder: Path) -> None:
    (folder / ".hidden.html").write_text("OUTSIDE", "utf-8")
    (folder / "link.html").symlink_to(folder.parent / "outside.html")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "to-hidden.html").symlink_to(folder / ".hidden.html")
    (folder / "to-words.html").symlink_to(folder / "words.txt")
    (folder / "words.txt").write_text("OUTSIDE", "utf-8")
    bomb, items, path = Bomb(), [3, 2], folder.parent / "outside.html"
    error = refusal(folder, attack, bomb=bomb, items=items, path=path)
    assert isinstance(error, Refused)
    assert "OUTSIDE" not in str(error)
    assert (bomb, items, path.exists()) == (Bomb(), [3, 2], True)


MISTAKES = {
    "{{ nobody }}": "'nobody' is undefined",
    "{% if %}": "Expected an expression",
    "{{ 1 / 0 }}": "division by zero",
    "{{ items | loud }}": "No filter named 'loud'",
    '{% include "gone.html" %}': "there is no template gone.html",
    '{% extends "sqlplumb/gone.html" %}': "there is no template sqlplumb/gone.html",
    '{% include "notes.txt" %}': "there is no template notes.txt",
    '{% include "other.md" %}': "there is no template other.md",
    '{% include "review.html" %}': "recursion",
    "{{ range(10 ** 9) }}": "Range too big",
    "{{ lipsum() }}": "'lipsum' is undefined",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line(mistake: str, folder: Path) -> None:
    for name in ("notes.txt", "other.md"):
        (folder / name).write_text("words", "utf-8")
    error = refusal(folder, mistake, items=[1])
    assert isinstance(error, WrongInput)
    assert MISTAKES[mistake] in str(error)


@pytest.mark.parametrize("name", ["review.html", "revision.html"])
def test_a_template_that_is_itself_a_link_is_refused(
    name: str, folder: Path, pages: list[Page]
) -> None:
    """Nor is its text shown beside the refusal."""
    (folder / name).symlink_to(folder.parent / "outside.html")
    with pytest.raises(Refused, match=f"{name} is a link") as caught:
        html(pages, folder)
    (problem,) = caught.value.problems
    assert (Path(str(problem.place)).name, problem.excerpt) == (f"{name}:1", "")


def test_what_is_no_utf_8_is_told(folder: Path) -> None:
    (folder / "review.html").write_bytes(b"\xff")
    with pytest.raises(WrongInput, match="no UTF-8"):
        render_page("review.html", folder)


def test_plain_methods_may_be_called(folder: Path) -> None:
    template = "{{ bomb.words.upper() }} {{ '{}'.format(bomb.words) }} {% set c = cycler(1, 2) %}"
    template += "{{ c.next() }}{% for one in [1, 1] %}{{ loop.cycle('a', 'b') }}{% endfor %}"
    (folder / "review.html").write_text(template, "utf-8")
    assert render_page("review.html", folder, bomb=Bomb()) == "WORDS words 1ab"


@pytest.fixture
def pages(project: Project, run: Run) -> list[Page]:
    history = History(project, run)
    history.begin(CURRENT)
    project.write("schema.sql", DESIRED)
    assert history.revise("--target-version", "3.40", message="<b>hostile</b>").code == 0
    return [*goldens.reviewed(history, "")]


def test_blocks_are_extended(pages: list[Page], folder: Path) -> None:
    ours = html(pages)
    (folder / "page.html").write_text(
        '{% extends "sqlplumb/page.html" %}\n'
        "{% block footer %}<footer>Ours, {{ headline }}</footer>\n{% endblock %}",
        "utf-8",
    )
    (folder / "revision.html").write_text(
        '{% extends "sqlplumb/revision.html" %}\n'
        "{% block findings %}{{ super() }}{{ heading('more', page.message) }}{% endblock %}\n"
        "{% block picture %}{% endblock %}",
        "utf-8",
    )
    theirs = html(pages, folder)
    assert "<footer>Ours, Safe</footer>" in theirs
    assert '<h2 id="r1-more">&lt;b&gt;hostile&lt;/b&gt;</h2>' in theirs
    assert ('<h2 id="r1-findings">' in theirs, "r1-picture-head" in theirs) == (True, False)
    shorter = re.sub(
        r"\n\n<section aria-labelledby=\"r1-picture.*?</section>", "", ours, flags=re.S
    )
    assert [line for line in shorter.splitlines() if line and line not in theirs] == []


def test_markdown_is_extended_and_escaped(pages: list[Page], folder: Path) -> None:
    (folder / "review.md").write_text(
        '{% extends "sqlplumb/review.md" %}\n'
        "{% block header %}{{ super() }}By **{{ page.message }}**, [x](y)\n{% endblock %}"
        "{% block footer %}{% endblock %}",
        "utf-8",
    )
    theirs = markdown(pages, templates=folder)
    added = "By **&lt;b&gt;hostile&lt;/b&gt;**, [x](y)\n"
    assert theirs.replace(added, "") == markdown(pages)


def test_an_empty_folder_changes_nothing(pages: list[Page], folder: Path) -> None:
    assert html(pages, folder) == html(pages)
    assert markdown(pages, templates=folder) == markdown(pages)


def test_the_settings_name_the_folder(pages: list[Page], project: Project, run: Run) -> None:
    project.write("pyproject.toml", SETTINGS)
    assert "review/, does not exist" in run("review", "--format", "html").err
    template = project.write("review/review.md", "{{ page.revision }}\n{{ gone }}")
    done = run("review", "--format", "md")
    assert done.code == 2
    assert done.err.startswith("review/review.md:2: the template cannot be rendered: 'gone'")
    template.write_text("Look: {{ page.revision }}\n{{ page.__class__ }}", "utf-8")
    done = run("review", "--format", "md")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("review/review.md:2: a template may not do this: access to")
    template.write_text("Look: {{ page.revision }}", "utf-8")
    assert run("review", "--format", "md").out == "Look: second\n"


@pytest.mark.parametrize("written", ["..", "../other", "/etc", "link"])
def test_the_folder_lies_in_the_project(
    written: str, project: Project, run: Run, tmp_path: Path
) -> None:
    project.write("pyproject.toml", SETTINGS.replace("review/", written))
    (tmp_path / "link").symlink_to("/etc")
    done = run("review", "--format", "html")
    assert done.code == 2
    assert "lies outside of the project" in done.err


def test_alembic_ini_names_the_folder_as_well(
    pages: list[Page], project: Project, run: Run
) -> None:
    ini = (project.root / "alembic.ini").read_text("utf-8")
    project.write("alembic.ini", f"{ini}[sqlplumb]\n[sqlplumb.review]\ntemplates = mine\n")
    project.write("mine/review.md", "Mine.")
    assert run("review", "--format", "md").out == "Mine.\n"


@pytest.mark.parametrize("file", sorted(path.name for path in PACKAGE.iterdir()))
def test_no_template_of_ours_says_what_is_safe(file: str) -> None:
    text = (PACKAGE / file).read_text("utf-8")
    if not file.endswith(".mako"):
        assert not re.search(r"\|\s*(safe|n\b|e\b|escape)|autoescape", text)


def test_what_is_safe_is_a_type() -> None:
    assert isinstance(rendering.md("*a*"), Markup)
    assert rendering.md("*a* <b>") == r"\*a\* &lt;b&gt;"


MAKO_MISTAKES = {
    "${nobody}": "NameError: Undefined",
    "% if up_revision": "CompileException",
    "% if True:": "SyntaxException",
    "${1 / 0}": "ZeroDivisionError",
    "<%include file='gone.mako'/>": "gone.mako",
}


@pytest.mark.parametrize(
    ("name", "style"), [("script.py.mako", "batch"), ("script_sql.py.mako", "sql")]
)
@pytest.mark.parametrize("mistake", MAKO_MISTAKES)
def test_a_mistake_in_the_template_of_a_revision_is_told_with_its_line(
    mistake: str, name: str, style: str, project: Project, run: Run
) -> None:
    assert run("init").code == 0
    template = project.root / "migrations" / name
    text = template.read_text("utf-8")
    line = text.count("\n") + 1
    template.write_text(f"{text}{mistake}\n", "utf-8")
    done = run("revise", "-m", "first", "--style", style)
    assert done.code == 2, done.err
    assert done.err.startswith(f"migrations/{name}:{line}: the template cannot be rendered: ")
    assert MAKO_MISTAKES[mistake] in done.err
    assert f"  | {mistake}" in done.err
    assert [*(project.root / "migrations" / "versions").iterdir()] == []


def test_a_template_that_writes_no_python_is_told(project: Project, run: Run) -> None:
    assert run("init").code == 0
    template = project.root / "migrations" / "script.py.mako"
    template.write_text(template.read_text("utf-8") + "\ndef more(:\n", "utf-8")
    done = run("revise", "-m", "first")
    assert done.code == 2
    assert "by its template migrations/script.py.mako the revision is no Python" in done.err
    assert "def more(:" in done.err
