"""`sqlplumb check`: schema.sql against every mirror."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import measuring, settings, tell

if TYPE_CHECKING:
    from sqlplumb.changes.comparison import Comparison, Unmeasured
    from sqlplumb.cli.console import Console

HELP = "schema.sql against every mirror: the drift check for CI"
ABOUT = "Holds schema.sql against every mirror configured, or the sources named."


def options(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="instead of those configured")
    measuring(parser, ("text", "json", "github"))
    parser.add_argument(
        "--explain",
        action="store_true",
        help="why two spellings are one, and a row that tells two rules apart",
    )


def run(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.check import CheckOptions, check

    whole = arguments.format == "json"
    chosen = CheckOptions(
        settings=settings(arguments),
        sources=tuple(arguments.sources),
        whole=whole,
        explain=arguments.explain,
    )
    outcomes = []
    for outcome in out.watched("reading", check(chosen)):
        outcomes.append(outcome)
        tell(outcome, arguments, out)
    if whole:
        from sqlplumb.render import comparisons

        out.answer(comparisons.several_as_json(outcomes, arguments.strict))
    return max(_exit_code(outcome, arguments.strict) for outcome in outcomes)


def _exit_code(outcome: Comparison | Unmeasured, strict: bool) -> int:
    from sqlplumb.changes.comparison import Unmeasured

    if isinstance(outcome, Unmeasured):
        return outcome.error.exit_code
    return int(not outcome.is_plumb(strict))
