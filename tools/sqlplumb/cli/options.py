"""The command line: what may be said, and what each word means."""

from __future__ import annotations

from argparse import (
    SUPPRESS,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Sequence
from typing import Any

from sqlplumb.cli import applying_options

_ABOUT = """\
schema.sql is the plumb line: models, migration history and live databases
are measured against it."""

_SOURCES = """\
A SOURCE is
  schema.sql, 'sql/*.sql', a folder   hand-written SQL
  package.module:attribute            a SQLAlchemy MetaData, Core or ORM
  history, history@REV                the Alembic history, replayed on a scratch
  sqlite:///path                      a live database, opened read-only
  env:NAME                            whatever that environment variable names
  empty                               a schema with nothing in it

exit codes
  0 nothing differs   1 something differs, or is found   2 the input is wrong
  3 refused           4 a database failed"""


def parse(argv: Sequence[str]) -> Namespace:
    return _parser().parse_args(argv)


def _parser() -> ArgumentParser:
    shared: dict[str, Any] = {
        "epilog": _SOURCES,
        "formatter_class": RawDescriptionHelpFormatter,
        "parents": [_shared()],
    }
    parser = ArgumentParser(prog="sqlplumb", description=_ABOUT, **shared)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = commands.add_parser(
        "check",
        help="schema.sql against every mirror: the drift check for CI",
        description="Holds schema.sql against every mirror configured, or the sources named.",
        **shared,
    )
    check.add_argument("sources", nargs="*", metavar="SOURCE", help="instead of those configured")
    _measuring(check, ("text", "json", "github"))
    diff = commands.add_parser(
        "diff",
        help="the difference between any two sources",
        description="What must change in CURRENT to make it DESIRED.",
        **shared,
    )
    diff.add_argument("current", metavar="CURRENT")
    diff.add_argument("desired", metavar="DESIRED")
    _measuring(diff, ("text", "json", "sql"))
    _planning(diff)
    revise = commands.add_parser(
        "revise",
        help="write a proved Alembic revision from the history to schema.sql",
        description="Writes the revision that takes the history to schema.sql, and proves it.",
        **shared,
    )
    _revising(revise)
    prove = commands.add_parser(
        "prove",
        help="run the history's revisions on scratch databases with rows",
        description="Every revision up, down and up again, with rows; the end against schema.sql.",
        **shared,
    )
    prove.add_argument("revisions", nargs="?", default="", metavar="REV[:REV]")
    apply = commands.add_parser(
        "apply",
        help="upgrade live databases behind gates",
        description=(
            "Brings each database to the end of the history: locked, backed up, one transaction for"
            " each revision, compared before it is committed."
        ),
        **shared,
    )
    applying_options.applying(apply)
    restore = commands.add_parser(
        "restore",
        help="bring a backup back that a receipt names",
        description="Puts the backup in the place of the database, which is set aside.",
        **shared,
    )
    applying_options.restoring(restore)
    draw = commands.add_parser(
        "draw",
        help="an entity-relationship diagram: SVG, Mermaid or DOT",
        description="Draws a source, or with --against what makes one source into the other.",
        **shared,
    )
    _drawing(draw)
    review = commands.add_parser(
        "review",
        help="what a DBA must know of a revision: terminal, Markdown, HTML, JSON",
        description="Tells all there is to know of a revision, or of a range: the verdict first.",
        **shared,
    )
    _reviewing(review)
    lint = commands.add_parser(
        "lint",
        help="rules against schema.sql, the plan to it, or revisions",
        description=(
            "Judges sources, or revisions by what they do. Without any: schema.sql, and the plan"
            " to it from the history."
        ),
        **shared,
    )
    _linting(lint)
    return parser


def _drawing(parser: ArgumentParser) -> None:
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


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of foreign keys")
    return int(text)


def _reviewing(parser: ArgumentParser) -> None:
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


def _linting(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="*", metavar="SOURCE|REV[:REV]")
    parser.add_argument(
        "--format",
        choices=("text", "json", "github", "sarif"),
        default="text",
        help="default: text",
    )
    parser.add_argument(
        "--explain", default="", metavar="CODE", help="all there is to say of a rule"
    )
    parser.add_argument(
        "--against", default="", metavar="CURRENT", help="judge the plan from there as well"
    )
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="look at its rows: how many, which are refused",
    )


def _revising(parser: ArgumentParser) -> None:
    parser.add_argument("-m", "--message", required=True, help="what the revision is for")
    parser.add_argument("--style", choices=("batch", "sql"), help="default: as configured")
    parser.add_argument("--head", default="", metavar="REV", help="where it goes; default: head")
    parser.add_argument("--rev-id", default="", metavar="ID", help="instead of a random one")
    parser.add_argument(
        "--database", default="", metavar="URL", help="look at its rows before a rule is tightened"
    )
    _planning(parser)


def _measuring(parser: ArgumentParser, formats: tuple[str, ...]) -> None:
    parser.add_argument("--format", choices=formats, default="text", help="default: text")
    parser.add_argument("--strict", action="store_true", help="let what is only noted fail too")


def _planning(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="WHAT",
        help="what may be lost: destructive (all), or drop:tasks.notes",
    )

    parser.add_argument(
        "--target-version", default="", metavar="V", help="of the engine; default: the one in use"
    )
    parser.add_argument(
        "--instant",
        action="store_true",
        help="change a CHECK, NOT NULL or foreign key without a rebuild, in the stored schema",
    )


def _shared() -> ArgumentParser:
    """Options that may stand before or after the command."""
    shared = ArgumentParser(add_help=False, argument_default=SUPPRESS)
    options = shared.add_argument_group("everywhere")
    options.add_argument("--config", metavar="FILE", help="a pyproject.toml or an alembic.ini")
    options.add_argument("--quiet", action="store_true", help="say only what differs")
    options.add_argument("--verbose", action="store_true", help="tracebacks, should one occur")
    options.add_argument("--no-color", action="store_true", help="as NO_COLOR=1 does")
    options.add_argument("--version", action="version", version=_version())
    return shared


def _version() -> str:
    from sqlplumb import __version__

    return f"sqlplumb {__version__}"
