"""`sqlplumb diff`: any source against any other."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import measuring, planning, settings, swapping, tell

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.config import Settings

HELP = "the difference between any two sources"
ABOUT = "What must change in CURRENT to make it DESIRED."


def options(parser: ArgumentParser) -> None:
    parser.add_argument("current", metavar="CURRENT")
    parser.add_argument("desired", metavar="DESIRED")
    measuring(parser, ("text", "json", "sql"))
    planning(parser)
    swapping(parser)


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.comparing import compare

    found = settings(arguments)
    whole = arguments.format == "json"
    if arguments.format == "sql":
        return _script(arguments, found, out)
    comparison = compare(arguments.current, arguments.desired, found, whole, arguments.swaps)
    tell(comparison, arguments, out)
    if whole:
        from sqlplumb.render import comparisons

        out.answer(comparisons.as_json(comparison, arguments.strict))
    return int(not comparison.is_plumb(arguments.strict))


def _script(arguments: Namespace, chosen: Settings, out: Console) -> int:
    from sqlplumb.commands.losses import leave
    from sqlplumb.commands.script import ScriptOptions, script

    options = ScriptOptions(
        current=arguments.current,
        desired=arguments.desired,
        allow=leave(arguments.allow),
        version=arguments.target_version,
        instant=arguments.instant,
        swaps=arguments.swaps,
    )
    found = script(options, chosen)
    out.warnings(found.warnings)
    out.answer(found.text.rstrip("\n"))
    return int(bool(found.text))
