"""The page of a review, in a real browser: what it shows, and what it must not become.

Skipped where no Chromium is installed (Debian: `apt-get install chromium`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cmarkgfm import github_flavored_markdown_to_html  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from tests import goldens
from tests.applied import Ground
from tests.browser import Tab, browser, open_tab
from tests.conftest import Project, Run
from tests.histories import History
from tests.test_receipt_pages import hostile_pages

from sqlplumb.render.picture import svg
from sqlplumb.render.review import Page, html, markdown

pytestmark = pytest.mark.skipif(not browser(), reason="no Chromium is installed here")
MEASURES = Path(__file__).with_name("page.js").read_text("utf-8")
WIDTHS = (1400, 390)
SCHEMES = ("light", "dark")
PAPER = 794  # A4, upright
TAGS = """
html head meta title style body header div svg circle path h1 span nav ol li a b main article h2 h3
h4 p code ul dl dt dd section table caption thead tbody tr th td ins del figure figcaption pre desc
rect g text footer details summary
""".split()
HOSTILE = (
    *("<script>alert(1)</script>", '"""', "`````", "'); import os; ('", "<!--", "-->", "]]>"),
    *("</style></svg><img src=x>", "</code></pre><form action=//x>", "&lt;b&gt;", "${7 * 7}"),
    *("% if True:", "## gone", "<%def>", "javascript:alert(1)", "' onload='alert(1)", "a\nb"),
    "\u202ea",
)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with open_tab(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def assert_is_sound(tab: Tab, page: Path) -> None:
    tab.look(WIDTHS[0])
    tab.open(page.as_uri())
    tab.run(MEASURES)
    assert tab.run("headings()") == [1, []]
    assert tab.run("unnamed()") == []
    assert tab.run("twice()") == []
    assert set(tab.run("tags()")) <= set(TAGS)
    assert [one for one in tab.run("attributes()") if one.startswith("on") or one == "src"] == []
    for width in WIDTHS:
        for scheme in SCHEMES:
            tab.look(width, scheme)
            assert tab.run("overflows()") == [], width
            assert tab.run("faint()") == [], (width, scheme)
        assert_is_reachable(tab)
    tab.look(PAPER, media="print")
    assert tab.run("[...hidden(), ...overflows(), ...faint()]") == []
    assert_is_silent(tab, page)


def assert_is_reachable(tab: Tab) -> None:
    """Tab, from wherever it begins, comes by all that is followed or scrolled."""
    stops = tab.run("marked()")
    seen = set()
    for _ in range(2 * stops + 2):
        tab.press("Tab")
        seen.add(tab.run("document.activeElement.dataset.stop"))
    assert seen - {None} == {str(number) for number in range(stops)}


def assert_is_silent(tab: Tab, page: Path) -> None:
    noise = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    assert tab.said(*noise) == []
    asked = [one["request"]["url"] for one in tab.said("Network.requestWillBeSent")]
    assert asked == [page.as_uri()]


@pytest.mark.parametrize("name", goldens.NAMES)
def test_a_showcase_is_sound(name: str, tab: Tab) -> None:
    assert_is_sound(tab, goldens.GOLDEN / name / "review.html")


def test_the_verdict_is_the_title_and_the_first_heading(tab: Tab) -> None:
    tab.open((goldens.GOLDEN / "refused" / "review.html").as_uri())
    assert tab.run("document.title").startswith("Stop: ")
    assert tab.run("document.querySelector('h1').textContent").startswith("Stop: ")


def test_the_sides_are_stacked_where_it_is_narrow(tab: Tab) -> None:
    page = goldens.GOLDEN / "check-widened" / "review.html"
    tab.open(page.as_uri())
    top = "[...document.querySelector('tr.changed').cells].map(one => one.offsetTop)"
    tab.look(1400)
    left, right = tab.run(top)
    assert left == right
    tab.look(390)
    above, below = tab.run(top)
    assert above < below


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def hostile(rule: str) -> str:
    tables = (
        f"CREATE TABLE {quoted(name)} ( -- {name.splitlines()[0]}\n"
        f"  id INTEGER PRIMARY KEY,\n"
        f"  {quoted('c' + name)} TEXT DEFAULT {literal(name)}{rule}\n);\n"
        for name in HOSTILE
    )
    return "".join(tables)


def test_hostile_names_come_out_as_text(
    project: Project, run: Run, tab: Tab, tmp_path: Path
) -> None:
    history = History(project, run)
    history.begin(hostile(""))
    project.write("schema.sql", hostile(" CHECK (length(id) > 0 OR '</td><img src=x>' = '')"))
    done = history.revise("--target-version", "3.40", message="</title><img src=x>")
    assert done.code == 0, done.err
    history.upgrade("first", goldens.LIVE)
    rows = "".join(f"INSERT INTO {quoted(one)} DEFAULT VALUES;\n" for one in HOSTILE)
    history.execute(rows, goldens.LIVE)
    pages = goldens.reviewed(history, f"sqlite:///{goldens.LIVE}")
    page = tmp_path / "hostile.html"
    page.write_text(html([*pages, *pages]), "utf-8")
    assert_is_sound(tab, page)
    text = tab.run("document.body.textContent")
    shown = [one.replace("\u202e", "<U+202E>") for one in HOSTILE]
    assert [one for one in shown if one not in text] == []
    assert "\u202e" not in text
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "page.html").write_text(OVERRIDING, "utf-8")
    page.write_text(html(pages, (tmp_path / "mine").resolve()), "utf-8")
    assert_is_sound(tab, page)
    assert "</title><img src=x>" in tab.run("document.querySelector('footer').textContent")
    for name, written in alone(pages[0]).items():
        page = tmp_path / name
        page.write_text(written, "utf-8")
        tab.look(WIDTHS[0])
        tab.open(page.as_uri())
        named = tab.run("[...document.querySelectorAll('*')].map(one => one.localName)")
        assert set(named) <= {*TAGS, *FOLDED}, name
        assert "<script>alert(1)</script>" in tab.run("document.documentElement.textContent")
        assert_is_silent(tab, page)


OVERRIDING = """{% extends "sqlplumb/page.html" %}
{% block footer %}<div><footer>{{ parts[0].page.message }}</footer></div>{% endblock %}"""
FOLDED = ("strong", "hr", "style")


def alone(page: Page) -> dict[str, str]:
    """The picture as a file of its own, and Markdown as GitHub makes HTML of it."""
    assert page.picture is not None
    told = github_flavored_markdown_to_html(markdown([page]), Options.CMARK_OPT_UNSAFE)
    return {"alone.svg": svg(page.picture), "alone.html": f"<!DOCTYPE html><body>{told}"}


WORDS = ("level", "kind", "severity")  # of a fixed choice
HARM = "<b class=harm>&amp;\"'</b>"


def harmed(value: Any, name: str = "") -> Any:
    """The same value, and every text in it is HTML."""
    if isinstance(value, str):
        return value if name in WORDS else value + HARM
    if isinstance(value, tuple):
        return tuple(harmed(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value) if one.init and one.name != "picture"]
        return replace(value, **{one: harmed(getattr(value, one), one) for one in names})
    return value


@pytest.mark.parametrize("name", ["refused", "column-dropped"])
def test_no_field_of_a_page_becomes_an_element(
    name: str, project: Project, run: Run, tab: Tab, tmp_path: Path
) -> None:
    pages = goldens.shown(name, History(project, run)).pages
    page = tmp_path / "harmed.html"
    page.write_text(html([harmed(one) for one in pages]), "utf-8")
    tab.open(page.as_uri())
    assert tab.run("document.querySelectorAll('.harm').length") == 0
    assert tab.run("document.body.textContent").count(HARM) > 40


@pytest.mark.parametrize("at", range(3))
def test_hostile_receipts_and_adoptions_are_sound(at: int, tab: Tab, tmp_path: Path) -> None:
    page = tmp_path / "receipt.html"
    page.write_text(hostile_pages("html")[at], "utf-8")
    assert_is_sound(tab, page)
    assert tab.run("document.querySelectorAll('.harm').length") == 0
    assert tab.run("document.body.textContent").count("<b class=harm>&amp;\"'</b>") >= 7


def test_a_receipt_of_a_fleet_is_sound(
    project: Project, run: Run, tab: Tab, tmp_path: Path
) -> None:
    ground = Ground(History(project, run))
    ground.begin()
    shutil.copy(ground.database, "b.db")
    ground.history.execute("ALTER TABLE users ADD COLUMN extra TEXT", "b.db")
    for argv in (["--dry-run"], []):
        urls = ("sqlite:///app.db", "sqlite:///b.db")
        page = tmp_path / "fleet.html"
        page.write_text(run("apply", *urls, *argv, "--format", "html").out, "utf-8")
        assert_is_sound(tab, page)


BAD = """<!DOCTYPE html><html><body style="background: #fff"><h2>a</h2><h4>b</h4>
<p style="color: #999">faint</p><div style="width: 2000px">wide</div><img src="gone.png">
<nav id="x"></nav><div id="x" style="overflow-x: auto; width: 9px">{scrolled}</div>
<svg><rect width="99" height="99" fill="#000"/><text y="20" fill="#222">dark</text></svg>
<script>console.log(1)</script></body></html>"""


def test_the_measures_see_what_is_wrong(tab: Tab, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(BAD.format(scrolled="x" * 99), "utf-8")
    tab.look(WIDTHS[0])
    tab.open(page.as_uri())
    tab.run(MEASURES)
    assert tab.run("headings()") == [0, [2, 4]]
    assert [one.split(":")[0] for one in tab.run("faint()")] == ["faint", "dark"]
    assert len(tab.run("overflows()")) > 0
    assert len(tab.run("unnamed()")) == 1
    assert tab.run("twice()") == ["x"]
    assert tab.run("marked()") == 1
    with pytest.raises(AssertionError):
        assert_is_silent(tab, page)
