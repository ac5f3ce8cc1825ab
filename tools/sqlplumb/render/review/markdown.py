"""A review as a comment on a pull request: GitHub-flavoured, folded, within GitHub's limit.

Whatever a schema says is escaped before it becomes Markdown: it makes no heading, no link, no
mention of anybody, and it ends no code block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sqlplumb.render.pages import fenced, render_page
from sqlplumb.render.paint import visible
from sqlplumb.render.picture import mermaid
from sqlplumb.render.review.page import Page, overview
from sqlplumb.render.review.statements import ChangedStatement

LIMIT = 65_000  # GitHub takes 65,536 characters


def markdown(pages: Sequence[Page], limit: int = LIMIT, templates: Path | None = None) -> str:
    """Leave out what does not fit, from the least important on, and say so."""
    text = ""
    for left_out in range(4):
        whole = [render_page("range.md", templates, whole=overview(pages))] * (len(pages) > 1)
        text = "\n".join([*whole, *(_written(page, left_out, templates) for page in pages)])
        if len(text) <= limit:
            return text
    note = "\n\nThe rest is too long for a comment: `sqlplumb review` shows it.\n"
    return text[: limit - len(note)].rpartition("\n")[0] + note


def _written(page: Page, left_out: int, templates: Path | None) -> str:
    """First the picture goes, then the statements that run, then the texts of what changes."""
    gone = ("the picture", "the statements", "the texts")[:left_out]
    shortened = replace(page, statements=()) if left_out > 1 else page
    picture = fenced("mermaid", mermaid(page.picture).rstrip("\n")) if page.picture else None
    return render_page(
        "review.md",
        templates,
        page=shortened,
        changes=[
            (change, fenced("diff", "\n".join(_diff(change))) if left_out < 3 else None)
            for change in page.changes
        ],
        statements=[
            (run, None if run.is_guard else fenced("sql", run.statements[0].sql))
            for run in shortened.runs
        ],
        steps=fenced("sh", "\n".join(_commented(page))),
        picture=picture if left_out < 1 else None,
        left_out=", ".join(gone),
    )


def _commented(page: Page) -> Iterator[str]:
    for step in page.next_steps:
        yield f"{visible(step.command)}  # {step.purpose}"


def _diff(change: ChangedStatement) -> Iterator[str]:
    for line in change.lines:
        current, desired = (
            None if side is None else _lines("".join(bit.text for bit in side))
            for side in (line.current, line.desired)
        )
        if line.kind == "same":
            yield f"  {current}"
            continue
        if current is not None:
            yield f"- {current}"
        if desired is not None:
            yield f"+ {desired}"


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.splitlines())
