"""A review as one HTML page that stands alone: no script, nothing fetched, whatever shows it.

What a schema says is text, and its templates escape it. The picture alone goes in as it is, since
its own template has escaped it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from sqlplumb.render.pages import render_page
from sqlplumb.render.picture import has_engine, svg
from sqlplumb.render.review.page import HEADLINES, Page, overview
from sqlplumb.render.words import counted

_HEAVY = ("rebuild", "writes rows", "scan")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One revision of a review; `key` begins all of its ids."""

    key: str
    page: Page
    glance: tuple[tuple[str, str], ...]
    picture: Markup


def html(pages: Sequence[Page], templates: Path | None = None) -> str:
    """Lay out a review; `templates` is the folder of a project's own templates."""
    whole = overview(pages)
    return render_page(
        "review.html",
        templates,
        level=whole.level,
        headline=HEADLINES[whole.level],
        headlines=HEADLINES,
        summary=whole.summary,
        title=f"{HEADLINES[whole.level]}: {', '.join(page.revision for page in pages)}",
        is_one_of_several=len(pages) > 1,
        depth=3 if len(pages) > 1 else 2,
        parts=[_part(page, f"r{number}") for number, page in enumerate(pages, 1)],
    )


def _part(page: Page, key: str) -> _Part:
    # The layout engine need not be installed; the page tells everything in words as well.
    picture = svg(page.picture, f"{key}-picture") if page.picture and has_engine() else Markup()
    return _Part(key=key, page=page, glance=glance(page), picture=picture)


def glance(page: Page) -> tuple[tuple[str, str], ...]:
    """Return terms, and what is to be said of each."""
    works = {statement.work for statement in page.statements}
    heavy = ", ".join(work for work in _HEAVY if work in works) or "no row is touched"
    loses = "former values" if page.stays_lost else "nothing"
    back = "loses what is written since" if page.back_loses else "loses nothing"
    back = "what is lost stays lost" if page.stays_lost else back
    terms = [
        ("Changes", counted(len(page.changes), "object") if page.changes else "nothing"),
        ("Runs", f"{counted(len(page.statements), 'statement')}: {heavy}"),
        ("Loses", counted(len(page.lost), "thing") if page.lost else loses),
        ("Findings", str(len(page.findings)) if page.findings else "none"),
        ("Proof", "holds" if page.proved.holds else "fails"),
        ("Way back", "none, as its author says" if page.is_one_way else back),
    ]
    if page.database:
        terms.append(("Reviewed against", page.database.label))
    return tuple(terms)
