"""A review as one HTML page that stands alone: no script, nothing fetched, whatever shows it.

What a schema says is text: the filter of every `${...}` shows what would turn a line round, and
escapes the rest. The picture alone goes in as it is, since its own template has escaped it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlplumb.render.paint import render_template, visible
from sqlplumb.render.picture import has_engine, svg
from sqlplumb.render.review.page import HEADLINES, Page
from sqlplumb.render.review.statements import ChangedStatement
from sqlplumb.render.words import counted
from sqlplumb.review import Level, worst

_FILTERS = """
from sqlplumb.render.review.html import shown

def trim_end(text):
    return text.rstrip("\\n")
"""
_HEAVY = ("rebuild", "writes rows", "scan")


@dataclass(frozen=True, slots=True)
class _Part:
    """One revision of a review, as it is told; `key` begins all of its ids."""

    key: str
    page: Page
    told: str


def shown(text: object) -> str:
    """Escape text for HTML, in as many lines as it has."""
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
    """Of several revisions, give the summary of the first that is as grave as the review."""
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
    text = _rendered(
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
    return _Part(key, page, text)


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _sides(change: ChangedStatement) -> Iterator[tuple[str, str, str]]:
    """Return the side that a statement is on, if it is on one alone."""
    for sign, words, lines in (
        ("gone", "Goes", [line.current for line in change.lines]),
        ("new", "Comes", [line.desired for line in change.lines]),
    ):
        if any(lines):
            yield sign, words, "\n".join("".join(bit.text for bit in line or ()) for line in lines)


def _rendered(file: str, **values: object) -> str:
    return render_template(file, "shown", _FILTERS, **values)


def glance(page: Page) -> tuple[tuple[str, str], ...]:
    """Return terms, and what is to be said of each."""
    works = {statement.work for statement in page.statements}
    heavy = ", ".join(work for work in _HEAVY if work in works) or "no row is touched"
    loses = "former values" if page.stays_lost else "nothing"
    back = "loses what is written since" if page.back_loses else "loses nothing"
    terms = [
        ("Changes", counted(len(page.changes), "object") if page.changes else "nothing"),
        ("Runs", f"{counted(len(page.statements), 'statement')}: {heavy}"),
        ("Loses", counted(len(page.lost), "thing") if page.lost else loses),
        ("Proof", "holds" if page.proved.holds else "fails"),
        ("Way back", "what is lost stays lost" if page.stays_lost else back),
    ]
    if page.database:
        terms.append(("Reviewed against", page.database.label))
    return tuple(terms)
