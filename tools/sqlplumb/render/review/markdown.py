"""A review as a comment on a pull request: GitHub-flavoured, folded, within GitHub's limit.

Whatever a schema says is escaped before it becomes Markdown: it makes no heading, no link, no
mention of anybody, and it ends no code block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from sqlplumb.render.paint import render_template, visible
from sqlplumb.render.picture import mermaid
from sqlplumb.render.review.page import Page
from sqlplumb.render.review.statements import ChangedStatement

LIMIT = 65_000  # GitHub takes 65,536 characters
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_BEGINS = re.compile(r"^(\d*)([#+=.)\-])")  # a heading, a list
_LINKS = re.compile(r"@|#(?=\d)|:(?=//|[a-z0-9_+-]+:)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
_FENCES = re.compile("`{3,}")
_FILTERS = "from sqlplumb.render.review.markdown import md, summary"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, whose fence is longer than any that stands in it."""

    language: str
    text: str

    @property
    def fence(self) -> str:
        longest = max(map(len, _FENCES.findall(self.text)), default=2)
        return "`" * (longest + 1)


def md(text: object) -> str:
    """Escape text for Markdown, on one line, so that it begins nothing.

    What GitHub itself makes links of is broken by an empty comment, which nobody sees.
    """
    escaped = _SPECIAL.sub(r"\\\1", _line(text)).replace("&", "&amp;")
    escaped = escaped.replace("<", "&lt;").replace(">", "&gt;")
    begun = _BEGINS.sub(r"\1\\\2", escaped)
    return _LINKS.sub(r"\g<0><!-- -->", begun)


def summary(text: object) -> str:
    """Escape text for the line of a folded section, which is HTML: Markdown means nothing there."""
    return _LINKS.sub(r"\g<0><!-- -->", escape(_line(text)))


def _line(text: object) -> str:
    return " ".join(visible(str(text)).split())


def markdown(pages: Sequence[Page], limit: int = LIMIT) -> str:
    """Leave out what does not fit, from the least important on, and say so."""
    text = ""
    for left_out in range(4):
        text = "\n".join(_written(page, left_out) for page in pages)
        if len(text) <= limit:
            return text
    note = "\n\nThe rest is too long for a comment: `sqlplumb review` shows it.\n"
    return text[: limit - len(note)].rpartition("\n")[0] + note


def _written(page: Page, left_out: int) -> str:
    """First the picture goes, then the statements that run, then the texts of what changes."""
    gone = ("the picture", "the statements", "the texts")[:left_out]
    shortened = replace(page, statements=()) if left_out > 1 else page
    picture = Block("mermaid", mermaid(page.picture).rstrip("\n")) if page.picture else None
    return render_template(
        "review.md.mako",
        "md",
        _FILTERS,
        whole="###",
        part="####",  # in a template it would begin a comment
        page=shortened,
        changes=[
            (change, Block("diff", "\n".join(_diff(change))) if left_out < 3 else None)
            for change in page.changes
        ],
        statements=[
            (statement, Block("sql", _lines(statement.sql))) for statement in shortened.statements
        ],
        picture=picture if left_out < 1 else None,
        left_out=", ".join(gone),
    )


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
