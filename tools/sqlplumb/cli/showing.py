"""Commands that show a schema to people: draw, docs.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.options import Command, read_settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console


def _draw_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source", nargs="?", default="", metavar="SOURCE", help="default: the schema configured"
    )
    parser.add_argument(
        "--against", default="", metavar="CURRENT", help="draw the difference from this source"
    )
    parser.add_argument(
        "--focus", default="", metavar="TABLE", help="only it and what it is tied to"
    )
    parser.add_argument(
        "--depth", type=_depth, default=1, metavar="N", help="keys away from it; default: 1"
    )
    parser.add_argument(
        "--format",
        choices=("svg", "mermaid", "dot"),
        help="default: what the name of FILE asks for, or svg",
    )
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="instead of stdout")


def _depth(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of foreign keys")
    return int(text)


def _draw(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.draw import DrawOptions, draw

    options = DrawOptions(
        source=arguments.source,
        against=arguments.against,
        focus=arguments.focus,
        depth=arguments.depth,
        format=arguments.format,
        file=arguments.output,
    )
    drawn = draw(options, read_settings(arguments))
    out.warnings(drawn.warnings)
    out.write(drawn.text.rstrip("\n"), arguments.output)
    return 0


def _docs_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source",
        nargs="?",
        default="",
        metavar="SOURCE",
        help="default: the schema configured, with its history and its queries",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FOLDER",
        help="a new or empty folder, or one that this command wrote",
    )
    parser.add_argument(
        "--title", default="", metavar="WORDS", help="default: the name of the schema"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the pages are stale"
    )


def _docs(arguments: Namespace, out: Console) -> int:
    from pathlib import Path

    from sqlplumb.commands.docs import DocsOptions, docs
    from sqlplumb.render.paint import one_line
    from sqlplumb.render.words import counted

    options = DocsOptions(
        settings=read_settings(arguments),
        folder=Path(arguments.output),
        source=arguments.source,
        title=arguments.title,
        check=arguments.check,
    )
    (done,) = out.watched("making the pages", (docs(one) for one in [options]))
    out.warnings(done.warnings)
    if options.check:
        out.answer("\n".join(f"stale  {one_line(name)}" for name in done.changes.names))
        return int(bool(done.changes))
    if not out.quiet:
        first = one_line(os.path.join(arguments.output, "index.html"))  # noqa: PTH118 (as written)
        outcome = "wrote" if done.changes else "unchanged"
        out.answer(f"{outcome} {counted(done.pages, 'page')}: {first}")
    return 0


DRAW = Command(
    help="an entity-relationship diagram: SVG, Mermaid or DOT",
    about="Draws a source, or with --against what makes one source into the other.",
    options=_draw_options,
    run=_draw,
)
DOCS = Command(
    help="a small site of the schema: a page for each table, with rules, log and pictures",
    about="Writes HTML pages of the schema: columns, rules in words, comments, what refers to each"
    " table, which revisions and queries touch it, and pictures. They need no server.",
    options=_docs_options,
    run=_docs,
)
