"""The comment on a pull request, read by GitHub's own renderer: what a schema says stays text."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from sqlplumb.render.pages import md, summary
from sqlplumb.render.review import Page, markdown

if TYPE_CHECKING:
    from tests import goldens
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    import goldens
    from histories import History

HOSTILE = (
    "<script>alert(1)</script>",
    '"""',
    "```\n# a heading\n```",
    "'); import os; ('",
    "# a heading",
    "1. a list",
    "- a list",
    "+ a list",
    "===",
    "@everyone and #12",
    "[a link](http://example.org)",
    "![a picture](x)",
    "https://example.org and www.example.org",
    ":smile:",
    "*bold* _also_ ~~gone~~ `code` $math$",
    "a | b",
    "</details></summary>",
    "&lt;b&gt; &amp;",
    "\u202egnihtemos",
    "a\\",
    "> quoted",
)
TAGS = re.compile(r"<[^>]*>")


def html_of(text: str) -> str:
    """As GitHub renders it, with raw HTML let through, as it lets <details> through."""
    return str(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))


def words(html: str) -> str:
    return " ".join(unescape(TAGS.sub("", re.sub(r"<!--.*?-->", "", html, flags=re.S))).split())


def said(text: str) -> str:
    shown = text.replace("\u202e", "<U+202E>")
    return " ".join(shown.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    html = html_of(f"{md(text)}\n")
    assert words(html) == said(text)
    assert not re.findall(r"<(?!/?p>|!--)[a-z/]", html), html


@pytest.mark.parametrize("text", HOSTILE)
def test_an_item_of_a_list_begins_nothing(text: str) -> None:
    html = html_of(f"- {md(text)}\n")
    assert words(html) == said(text)
    assert not re.findall(r"<(?!/?(ul|li|p)>|!--)[a-z/]", html), html


@pytest.mark.parametrize("text", HOSTILE)
def test_a_summary_stays_text(text: str) -> None:
    html = html_of(f"<details><summary>{summary(text)}</summary>\n\nx\n\n</details>\n")
    assert words(html) == f"{said(text)} x".strip()
    assert html.count("<summary>") == html.count("</summary>") == 1
    assert html.count("</details>") == 1


@pytest.fixture(params=goldens.NAMES)
def pages(request: pytest.FixtureRequest, project: Project, run: Run) -> list[Page]:
    return list(goldens.shown(request.param, History(project, run)).pages)


def test_a_page_is_rendered_as_meant(pages: list[Page]) -> None:
    html = html_of(markdown(pages))
    assert html.count("<details>") == html.count("</details>")
    assert len(re.findall("<h3>", html)) == len(pages)
    blocks = re.findall(r'<pre lang="(\w+)"><code>(.*?)</code></pre>', html, flags=re.S)
    statements = [unescape(text).strip("\n") for language, text in blocks if language == "sql"]
    runs = [run for page in pages for run in page.runs]
    assert statements == [run.statements[0].sql.strip("\n") for run in runs if not run.is_guard]
    for run in runs:  # guards too, in a line each
        assert f"<strong>{run.numbers}</strong>" in html
    assert {language for language, _ in blocks} <= {"sql", "diff", "mermaid", "sh"}


def test_what_is_too_long_is_left_out_and_said(pages: list[Page]) -> None:
    said_often = replace(pages[0], statements=pages[0].statements * 3000)
    whole = markdown([said_often])
    assert len(whole) < 65_536
    assert "left out: the picture, the statements" in whole
    assert words(html_of(whole)).count("The way back") <= 1
    assert len(markdown(pages * 400)) < 65_536
