"""Commands that tell where things stand and how they came to be, and change nothing: status, log,
lsp.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.options import Command, add_format_option, read_settings

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console


def _status_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="sqlite:///path or folder, or @FILE of URLs; default: those configured,"
        " else sqlalchemy.url of Alembic",
    )
    parser.add_argument(
        "--query",
        nargs=2,
        action="append",
        default=[],
        metavar=("URL", "SQL"),
        help="the databases that this query yields there, as URLs in its first column",
    )
    add_format_option(parser, "json")


def _status(arguments: Namespace, out: Console) -> int:
    """Of everything that stands somewhere the highest exit code counts."""
    from sqlplumb.commands.status import StatusOptions, status
    from sqlplumb.render import status as reports

    options = StatusOptions(
        settings=read_settings(arguments),
        urls=tuple(arguments.urls),
        queries=tuple(map(tuple, arguments.query)),
    )
    statuses = []
    for of_database in out.watched("looking", status(options)):
        statuses.append(of_database)
        out.warnings(getattr(of_database, "warnings", ()))
        if error := getattr(of_database, "error", None):
            out.problems(error)
        if arguments.format == "text" and not (out.quiet and not of_database.exit_code):
            out.answer(reports.status_report(of_database, out.palette))
    exit_code = max(of_database.exit_code for of_database in statuses)
    if arguments.format == "json":
        out.answer(reports.as_json(statuses, exit_code))
    elif not (out.quiet and not exit_code):
        out.answer(reports.summary(statuses))
    return exit_code


def _log_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "object",
        nargs="?",
        default="",
        metavar="OBJECT",
        help="tasks, tasks.priority, tasks.valid_priority, idx_tasks_status; default: all of it",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _log(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.log import read_log
    from sqlplumb.render import log as reports

    settings, is_json = read_settings(arguments), arguments.format == "json"
    (log,) = out.watched("reading the history", (read_log(each) for each in [settings]))
    if not arguments.object:
        out.answer(reports.as_json(log) if is_json else reports.log_report(log, out.palette))
        return 0
    lives = log.of_name(arguments.object)
    if is_json:
        out.answer(reports.objects_as_json(lives, arguments.object))
    else:
        out.answer(reports.object_report(lives, out.palette))
    return 0


def _lsp_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--compare",
        choices=("open", "save", "never"),
        default="save",
        help="when to compare with the models and the history, which runs the project's code;"
        " default: save",
    )
    parser.add_argument("--stdio", action="store_true", help="what it does anyway")


def _lsp(arguments: Namespace, out: Console) -> int:
    import sys
    from importlib.util import find_spec

    from sqlplumb.errors import Problem, WrongInput

    if find_spec("pygls") is None:
        message = "the language server needs pygls, which is not installed here"
        raise WrongInput(Problem(message, "pip install 'sqlplumb[lsp]'"))
    from sqlplumb.editor.server import serve

    serve(
        sys.stdin.buffer,
        out.answers.buffer,
        compare=arguments.compare,
        name=getattr(arguments, "name", ""),
        config=getattr(arguments, "config", ""),
    )
    return 0


STATUS = Command(
    help="where the history, its proofs, the schema and each database stand",
    about="Tells of each database at which revision it is, which it lacks, whether it drifted, and"
    " what to do now; of the history, what is proved, and what schema.sql is ahead of it.",
    options=_status_options,
    run=_status,
)
LOG = Command(
    help="which revision made, changed or renamed a table, a column, a rule, an index",
    about="Tells what each revision changed, the last one first; of one OBJECT, all that happened"
    " to it under any name that it had.",
    options=_log_options,
    run=_log,
)
LSP = Command(
    help="answer an editor about schema.sql: what is wrong, where names come from, quick fixes",
    about="A language server on stdin and stdout, which an editor starts. It never runs the"
    " project's code when a file is opened, unless --compare open says so.",
    options=_lsp_options,
    run=_lsp,
)
