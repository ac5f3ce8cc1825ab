"""Render the pages of a site, its style, its script and the names that the script searches.

The script and the style are files of their own, so that a page runs under a policy that allows
nothing inline, and from a folder as well as from a server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from sqlplumb.render import picture as pictures
from sqlplumb.render.pages import PACKAGE, render_page
from sqlplumb.render.site.addresses import revision_anchor
from sqlplumb.render.site.units import ROOT, UnitPages
from sqlplumb.render.site.values import SiteSource, UnitPage
from sqlplumb.render.words import counted
from sqlplumb.schema import Ref


def site_pages(site: SiteSource, templates: Path | None = None) -> Iterator[tuple[str, str]]:
    """Yield each file of a site with its text; `templates` is the folder of a project's own."""
    maker = UnitPages(site)
    has_pictures = pictures.has_engine()
    whole = pictures.picture_of(site.schema, site.reads)
    units = [maker.page(key) for key in maker.heads]
    shared = {"title": site.title, "has_log": site.log is not None}
    yield "site.css", render_page("site.css", templates)
    yield "site.js", (PACKAGE / "site.js").read_text("utf-8")
    yield "names.js", _names(units)
    picture = Markup()
    if has_pictures and units:
        shown = pictures.shortened(whole)
        picture = pictures.svg(shown, "whole", links=maker.files, has_style=False)
    yield (
        "index.html",
        render_page(
            "site_index.html",
            templates,
            root="",
            units=units,
            picture=picture,
            counts=_counts(units),
            has_summaries=any(unit.summary for unit in units),
            **shared,
        ),
    )
    if site.log is not None:
        yield (
            "history.html",
            render_page(
                "site_history.html", templates, root="", revisions=_revisions(site, maker), **shared
            ),
        )
    links = {key: f"{ROOT}{file}" for key, file in maker.files.items()}
    for unit in units:
        if has_pictures:
            near = pictures.shortened(pictures.focused(whole, unit.key))
            drawn = pictures.svg(near, "near", links=links, has_style=False)
            unit = replace(unit, picture=drawn)
        yield unit.file, render_page("site_unit.html", templates, root=ROOT, unit=unit, **shared)


def _counts(units: list[UnitPage]) -> str:
    kinds = [unit.kind for unit in units]
    parts = [counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds)]
    return ", ".join(parts) or "nothing in it"


def _names(units: list[UnitPage]) -> str:
    """Return the names of all there is, as a script that makes one value."""
    names = []
    for unit in units:
        names.append([unit.name, unit.kind, "", unit.file])
        for kind, rows in (
            ("column", unit.columns),
            ("index", unit.indexes),
            ("trigger", unit.triggers),
        ):
            names += [[row.name, kind, unit.name, f"{unit.file}#{row.anchor}"] for row in rows]
    # Nothing in it ends a script, should somebody put it into a page.
    written = json.dumps(names, separators=(",", ":")).replace("<", "\\u003c")
    return f"globalThis.sqlplumbNames = {written};\n"


def _revisions(site: SiteSource, maker: UnitPages) -> list[Mapping[str, object]]:
    """Return the revisions, the last first, each change with the page of its table."""
    log = site.log
    return [
        {
            "anchor": revision_anchor(revision.revision),
            "revision": revision.revision,
            "date": revision.date,
            "message": revision.message,
            "changes": [
                (change.words, change.details, _page_of(change.ref, maker))
                for change in revision.changes
                if not change.with_table
            ],
        }
        for revision in reversed(log.revisions if log else ())
    ]


def _page_of(ref: Ref, maker: UnitPages) -> str:
    return maker.files.get(ref.unit, "")
