"""The pages of a site, in a real browser, from a folder: by keyboard, in light and in the dark.

Skipped where no Chromium is installed (Debian: `apt-get install chromium`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser import Tab, browser, open_tab
from tests.conftest import Project, Run
from tests.sites import lay
from tests.test_pictures import HOSTILE, hostile_sql

pytestmark = pytest.mark.skipif(not browser(), reason="no Chromium is installed here")
MEASURES = Path(__file__).with_name("page.js").read_text("utf-8")
NOISE = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with open_tab(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def site(project: Project, run: Run) -> Path:
    lay(project)
    assert run("docs", "-o", "site").code == 0
    return project.root / "site"


def assert_is_silent(tab: Tab, site: Path) -> None:
    assert tab.said(*NOISE) == []
    asked = [one["request"]["url"] for one in tab.said("Network.requestWillBeSent")]
    outside = [url for url in asked if not url.startswith((site.as_uri(), "data:"))]
    assert outside == []


@pytest.mark.parametrize(
    "name", ["index.html", "history.html", "tables/tasks.html", "tables/open_tasks.html"]
)
def test_a_page_is_sound(name: str, site: Path, tab: Tab) -> None:
    tab.look(1400)
    tab.open((site / name).as_uri())
    tab.run(MEASURES)
    assert tab.run("headings()") == [1, []]
    assert tab.run("[...unnamed(), ...twice()]") == []
    for width in (1400, 390):
        for scheme in ("light", "dark"):
            tab.look(width, scheme)
            assert tab.run("overflows()") == [], width
            assert tab.run("faint()") == [], (width, scheme)
    stops = tab.run("marked()")
    seen = set()
    for _ in range(2 * stops + 12):  # the field and the boxes to tick are stops as well
        tab.press("Tab")
        seen.add(tab.run("document.activeElement.dataset.stop"))
    assert seen >= {str(number) for number in range(stops)} - seen_by_focus_alone(tab)
    assert_is_silent(tab, site)


def seen_by_focus_alone(tab: Tab) -> set[str]:
    """What only a link or the script leads to."""
    return set(
        tab.run("[...document.querySelectorAll('[tabindex=\"-1\"]')].map(o => o.dataset.stop)")
    )


def type_keys(tab: Tab, text: str) -> None:
    for letter in text:
        tab.ask("Input.insertText", text=letter)


def key(tab: Tab, name: str, code: int) -> None:
    text = {"Enter": "\r", "/": "/"}.get(name, "")
    told = {"key": name, "code": name, "windowsVirtualKeyCode": code}
    tab.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **told)
    tab.ask("Input.dispatchKeyEvent", type="keyUp", **told)


FOUND = "[...document.querySelectorAll('#found a')].map(one => one.textContent)"


def test_names_are_found_by_keyboard_alone(site: Path, tab: Tab) -> None:
    tab.look(1400)
    tab.open((site / "tables/users.html").as_uri())
    key(tab, "/", 191)
    assert tab.run("document.activeElement.id") == "search"
    assert tab.run("document.activeElement.value") == ""
    type_keys(tab, "own")
    assert tab.run(FOUND) == ["ownercolumn of tasks"]
    type_keys(tab, "x")
    assert tab.run("document.querySelector('#found').textContent") == "Nothing has this name."
    key(tab, "Escape", 27)
    assert tab.run("document.querySelector('#found').hidden")
    type_keys(tab, "tasks.sta")
    assert tab.run(FOUND) == ["statecolumn of tasks"]
    key(tab, "ArrowDown", 40)
    assert tab.run("document.activeElement.textContent") == "statecolumn of tasks"
    tab.events.clear()
    key(tab, "Enter", 13)
    tab.wait_for_load()
    assert tab.run("location.href") == f"{(site / 'tables/tasks.html').as_uri()}#column-state"
    assert_is_silent(tab, site)


def test_a_box_of_the_picture_leads_to_its_page(site: Path, tab: Tab) -> None:
    tab.look(1400)
    tab.open((site / "index.html").as_uri())
    tab.events.clear()
    tab.run(
        "document.querySelector('svg a[aria-label=tasks]').dispatchEvent("
        "new MouseEvent('click', {bubbles: true, cancelable: true, view: window}))"
    )
    tab.wait_for_load()
    assert tab.run("document.querySelector('h1').textContent").startswith("tasks")


def test_hostile_names_are_text(project: Project, run: Run, tab: Tab) -> None:
    project.write("schema.sql", hostile_sql())
    assert run("docs", "-o", "site", "--title", "</title><script>alert(1)</script>").code == 0
    site = project.root / "site"
    tab.look(390)
    tab.open((site / "index.html").as_uri())
    tab.run(MEASURES)
    assert tab.run("overflows()") == []
    assert tab.run("document.title") == "</title><script>alert(1)</script>"
    assert tab.run("document.querySelectorAll('tbody tr').length") == len(HOSTILE)
    tab.run("document.querySelector('#search').focus()")
    type_keys(tab, "<script>")
    assert "<script>alert(1)</script>table" in tab.run(FOUND)
    assert tab.run("document.querySelectorAll('#found script, main script').length") == 0
    assert_is_silent(tab, site)
