"""`sqlplumb draw`: a source as a picture."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import settings, write

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console

HELP = "an entity-relationship diagram: SVG, Mermaid or DOT"
ABOUT = "Draws a source, or with --against what makes one source into the other."


def options(parser: ArgumentParser) -> None:
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
        "--depth", type=_count, default=1, metavar="N", help="keys away from it; default: 1"
    )
    parser.add_argument(
        "--format",
        choices=("svg", "mermaid", "dot"),
        help="default: what the name of FILE asks for, or svg",
    )
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="instead of stdout")


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.draw import DrawOptions, draw

    chosen = DrawOptions(
        source=arguments.source,
        against=arguments.against,
        focus=arguments.focus,
        depth=arguments.depth,
        format=arguments.format,
        file=arguments.output,
    )
    drawn = draw(chosen, settings(arguments))
    out.warnings(drawn.warnings)
    write(drawn.text.rstrip("\n"), arguments.output, out)
    return 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of foreign keys")
    return int(text)
