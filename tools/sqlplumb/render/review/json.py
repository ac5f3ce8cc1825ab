"""A review for machines. Its form is fixed: a change of it is a breaking change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlplumb.render.findings import as_value
from sqlplumb.render.picture import mermaid
from sqlplumb.render.review.page import Page
from sqlplumb.review import worst

VERSION = 1


def as_json(pages: Sequence[Page]) -> str:
    told = {
        "version": VERSION,
        "verdict": worst(page.level for page in pages),
        "revisions": [_value(page) for page in pages],
    }
    return json.dumps(told, indent=2)


def _value(page: Page) -> dict[str, object]:
    return {
        "revision": page.revision,
        "message": page.message,
        "file": page.file,
        "verdict": page.level,
        "summary": page.summary,
        "reasons": [asdict(reason) for reason in page.reasons],
        "changes": [_shown(page, index) for index in range(len(page.shown))],
        "statements": [asdict(said) for said in page.said],
        "losses": [asdict(lost) for lost in page.lost],
        "values": list(page.changed),
        "findings": [as_value(finding) for finding in page.findings],
        "ignored": [{**as_value(one), "reason": one.reason} for one in page.ignored],
        "proof": asdict(page.proved),
        "way_back": {"does": list(page.back), "loses": list(page.back_loses)},
        "database": asdict(page.database) if page.database else None,
        "picture": mermaid(page.picture) if page.picture else None,
    }


def _shown(page: Page, index: int) -> dict[str, object]:
    one = page.shown[index]
    sides = {
        "current": [line.current for line in one.lines],
        "desired": [line.desired for line in one.lines],
    }
    texts = {
        side: "\n".join("".join(bit.text for bit in line) for line in lines if line is not None)
        for side, lines in sides.items()
    }
    return {"object": one.title, "does": list(one.deeds), "where": one.place, **texts}
