"""A review as one HTML page that stands alone: no script, nothing fetched, whatever shows it.

What a schema says is text: the filter of every `${...}` shows what would turn a line round, and
escapes the rest. The picture alone goes in as it is, since its own template has escaped it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlplumb.render.paint import render_template, visible
from sqlplumb.render.picture import has_engine, svg
from sqlplumb.render.review.page import HEADLINES, Page, Said, Shown
from sqlplumb.render.words import counted
from sqlplumb.review import Level, worst

_TEMPLATES = "sqlplumb.render.review.templates"
_IMPORTS = """
from sqlplumb.render.review.html import shown

def trim_end(text):
    return text.rstrip("\\n")
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """One revision of a review, as it is told; `key` begins all of its ids."""

    key: str
    page: Page
    told: str


def shown(text: object) -> str:
    """Text, in as many lines as it has."""
    from markupsafe import escape

    return str(escape("\n".join(visible(line) for line in str(text).split("\n"))))


def html(pages: Sequence[Page]) -> str:
    level = worst(page.level for page in pages)
    return _rendered(
        "review.html.mako",
        level=level,
        headline=HEADLINES[level],
        headlines=HEADLINES,
        summary=_summary(pages, level),
        title=f"{HEADLINES[level]}: {', '.join(page.revision for page in pages)}",
        sign=_rendered("sign.html.mako", level=level),
        style=_rendered("review.css"),
        parts=[_part(page, number, len(pages) > 1) for number, page in enumerate(pages, 1)],
    )


def _summary(pages: Sequence[Page], level: Level) -> str:
    """Of several, what the first of the gravest says."""
    if not pages:
        return "there is no revision to review"
    gravest = next(page for page in pages if page.level == level)
    if len(pages) == 1:
        return gravest.summary
    if level == "safe":
        return f"{counted(len(pages), 'revision')}, nothing is lost, and every proof holds"
    return f"{counted(len(pages), 'revision')}; {gravest.revision}: {gravest.summary}"


def _part(page: Page, number: int, is_one_of_several: bool) -> _Part:
    key = f"r{number}"
    # The layout engine need not be installed; the page tells everything in words as well.
    picture = svg(page.picture, f"{key}-picture") if page.picture and has_engine() else ""
    html_text = _rendered(
        "revision.html.mako",
        key=key,
        page=page,
        is_one_of_several=is_one_of_several,
        depth=3 if is_one_of_several else 2,
        headlines=HEADLINES,
        glance=glance(page),
        counted=_rows,
        sides=_sides,
        has_sizes=page.database is not None and any(size for *_, size in page.database.tables),
        picture=picture,
    )
    return _Part(key, page, html_text)


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _sides(statement: Shown) -> Iterator[tuple[str, str, str]]:
    """Of what is on one side only: that side."""
    for sign, words, lines in (
        ("gone", "Goes", [line.current for line in statement.lines]),
        ("new", "Comes", [line.desired for line in statement.lines]),
    ):
        if any(lines):
            yield sign, words, "\n".join("".join(bit.text for bit in line or ()) for line in lines)


def _rendered(file: str, **values: object) -> str:
    return render_template(_TEMPLATES, file, "shown", _IMPORTS, **values)


_HEAVY = ("rebuild", "writes rows", "scan")


def glance(page: Page) -> tuple[tuple[str, str], ...]:
    """Terms, and what is to be said of each."""
    return tuple(_glance(page))


def _glance(page: Page) -> Iterator[tuple[str, str]]:
    yield "Changes", counted(len(page.shown), "object") if page.shown else "nothing"
    yield "Runs", _runs(page.said)
    yield "Loses", _loses(page)
    yield "Proof", "holds" if page.proved.holds else "fails"
    yield "Way back", _back(page)
    if page.database:
        yield "Reviewed against", page.database.label


def _loses(page: Page) -> str:
    if page.lost:
        return counted(len(page.lost), "thing")
    return "former values" if page.stays_lost else "nothing"


def _runs(statements: tuple[Said, ...]) -> str:
    works = [work for work in _HEAVY if any(statement.work == work for statement in statements)]
    return f"{counted(len(statements), 'statement')}: {', '.join(works) or 'no row is touched'}"


def _back(page: Page) -> str:
    if page.stays_lost:
        return "what is lost stays lost"
    return "loses what is written since" if page.back_loses else "loses nothing"
