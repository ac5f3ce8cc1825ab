"""`sqlplumb review`: a revision, for the person who must say yes."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings, write

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.render.review import Page

HELP = "what a DBA must know of a revision: terminal, Markdown, HTML, JSON"
ABOUT = "Tells all there is to know of a revision, or of a range: the verdict first."


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "revisions", nargs="?", default="", metavar="REV[:REV]", help="default: the last one"
    )
    parser.add_argument(
        "--format",
        choices=("text", "md", "html", "json"),
        help="default: what the name of FILE asks for, or text",
    )
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="instead of stdout")
    parser.add_argument(
        "--database", default="", metavar="URL", help="its rows, its sizes, and whether it drifted"
    )


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.review import ReviewOptions, review
    from sqlplumb.render.review import page

    chosen = ReviewOptions(
        settings=settings(arguments),
        revisions=arguments.revisions,
        database=arguments.database,
    )
    pages = [page(one) for one in out.watched("running the revision", review(chosen))]
    written = _reviewed(pages, arguments.format or _suffix(arguments.output), out)
    write(written, arguments.output, out)
    return int(any(one.level == "stop" for one in pages))


def _suffix(file: str) -> str:
    from pathlib import Path

    return {".md": "md", ".html": "html", ".htm": "html", ".json": "json"}.get(
        Path(file).suffix.lower(), "text"
    )


def _reviewed(pages: list[Page], form: str, out: Console) -> str:
    from sqlplumb.render import review

    match form:
        case "md":
            return review.markdown(pages)
        case "html":
            return review.html(pages)
        case "json":
            return review.as_json(pages)
    return review.text(pages, out.width, bool(out.palette.end))
