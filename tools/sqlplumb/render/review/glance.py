"""A revision at a glance: the few facts by which somebody decides how closely to read on.

Words alone, made from the page; how they are laid out is for the formats.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.render.review.page import Page, Said
from sqlplumb.render.words import counted

_HEAVY = ("rebuild", "writes rows", "scan")


def glance(page: Page) -> tuple[tuple[str, str], ...]:
    """Terms, and what is to be said of each."""
    return tuple(_glance(page))


def _glance(page: Page) -> Iterator[tuple[str, str]]:
    yield "Changes", _changes(page)
    yield "Runs", _runs(page.said)
    yield "Loses", _loses(page)
    yield "Proof", "holds" if page.proved.holds else "fails"
    yield "Way back", _back(page)
    if page.database:
        yield "Reviewed against", page.database.label


def _changes(page: Page) -> str:
    return counted(len(page.shown), "object") if page.shown else "nothing"


def _loses(page: Page) -> str:
    if page.lost:
        return counted(len(page.lost), "thing")
    return "former values" if page.stays_lost else "nothing"


def _runs(said: tuple[Said, ...]) -> str:
    works = [work for work in _HEAVY if any(one.work == work for one in said)]
    return f"{counted(len(said), 'statement')}: {', '.join(works) or 'no row is touched'}"


def _back(page: Page) -> str:
    if page.stays_lost:
        return "what is lost stays lost"
    return "loses what is written since" if page.back_loses else "loses nothing"
