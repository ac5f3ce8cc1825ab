"""Commands that write files of the project, or a page about it: init, revise, review, tables.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from sqlplumb.cli.options import (
    Command,
    add_plan_options,
    add_rolling_option,
    add_swap_option,
    read_settings,
    terminal_width,
)

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console


def _init_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="source",
        default="",
        metavar="SOURCE",
        help="write schema.sql from this: a live database, a MetaData; default: the history, if"
        " there is one, or else an example",
    )
    parser.add_argument(
        "--base",
        default="",
        metavar="SOURCE",
        help="find by this database, or these models, what the first revision of the history"
        " finds that it did not make; write it to base.sql",
    )


def _init(arguments: Namespace, out: Console) -> int:
    from pathlib import Path

    from sqlplumb.commands.init import InitOptions, init
    from sqlplumb.render.paint import one_line

    config = getattr(arguments, "config", None)
    root = Path(config).resolve().parent if config else Path.cwd()
    name = getattr(arguments, "name", "")
    project = init(InitOptions(root=root, source=arguments.source, name=name, base=arguments.base))
    out.warnings(project.warnings)
    for file in project.files:
        if not (out.quiet and file.outcome == "kept"):
            reason = ": it is there already" if file.outcome == "kept" else ""
            out.answer(f"{file.outcome} {one_line(os.path.relpath(file.path))}{reason}")
    if not out.quiet:
        steps = (f"  {one_line(command)}" for command in project.next_commands)
        out.answer("\n".join(["next:", *steps]))
    return 0


def _revise_options(parser: ArgumentParser) -> None:
    parser.add_argument("-m", "--message", default="", help="what the revision is for")
    parser.add_argument(
        "--redo",
        action="store_true",
        help="write the last revision anew, which no configured database has; -m may be left out",
    )
    parser.add_argument(
        "--discard-edits",
        action="store_true",
        help="with --redo: even where a person has edited its file",
    )
    parser.add_argument("--style", choices=("batch", "sql", "ops"), help="default: as configured")
    parser.add_argument(
        "--head",
        default="",
        metavar="REV",
        help="the revision that it comes on, as LABEL@head where there are several; default: head",
    )
    parser.add_argument(
        "--branch-label",
        default="",
        metavar="LABEL",
        help="begin a branch of this name there, at --head REV or --head base",
    )
    parser.add_argument(
        "--depends-on",
        action="append",
        default=[],
        metavar="REV",
        help="a revision of another branch that must run before it; may be repeated",
    )
    parser.add_argument("--rev-id", default="", metavar="ID", help="instead of a random one")
    parser.add_argument(
        "--database", default="", metavar="URL", help="look at its rows before a rule is tightened"
    )
    add_plan_options(parser)
    add_swap_option(parser)
    add_rolling_option(parser)


def _revise(arguments: Namespace, out: Console) -> int:
    from sqlplumb.cli.console import tell_line
    from sqlplumb.commands.losses import allowance
    from sqlplumb.commands.revise import ReviseOptions, revise
    from sqlplumb.render.proofs import proof_report
    from sqlplumb.sources.history_lock import in_silence

    _refuse_odd(arguments)
    settings = read_settings(arguments)
    options = ReviseOptions(
        message=arguments.message,
        style=arguments.style or settings.style,
        allow=allowance(arguments.allow),
        head=arguments.head,
        branch_label=arguments.branch_label,
        depends_on=tuple(arguments.depends_on),
        rev_id=arguments.rev_id,
        version=arguments.target_version,
        instant=arguments.instant,
        database=arguments.database,
        swaps=arguments.swaps,
        redo=arguments.redo,
        discard_edits=arguments.discard_edits,
        rolling=arguments.rolling,
    )
    written = revise(options, settings, in_silence if out.quiet else tell_line)
    out.warnings(written.passed_over)
    if not written.files:
        out.answer("nothing to write: the history is plumb")
        if written.redo and not out.quiet:
            out.answer(
                f"  if a hint was changed: `sqlplumb revise --redo` writes {written.redo} anew,"
                " which no database has yet"
            )
    for path, proof in written.files:
        out.answer(f"wrote {os.path.relpath(path)}")
        out.answer(proof_report(proof))
    return 0


def _refuse_odd(arguments: Namespace) -> None:
    """Refuse options of `revise` that nobody heeds together, and a revision without a message."""
    from sqlplumb.errors import Problem, WrongInput

    if arguments.redo and arguments.branch_label:
        message = "--branch-label means nothing with --redo: a revision that begins one stays"
        raise WrongInput(Problem(message, "leave it out"))
    if arguments.discard_edits and not arguments.redo:
        message = "--discard-edits means nothing without --redo"
        raise WrongInput(Problem(message, "leave it out"))
    if not (arguments.message or arguments.redo):
        raise WrongInput(Problem("a revision needs a message", "-m 'what the revision is for'"))


def _review_options(parser: ArgumentParser) -> None:
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
    parser.add_argument(
        "--pending",
        default="",
        metavar="URL",
        help="all that this database has not yet, and what its rows say to it",
    )
    parser.add_argument(
        "--approve",
        default=None,
        metavar="NAME",
        help="write into the file of each revision that NAME approves it as it is; run nothing",
    )
    add_rolling_option(parser)


_REVIEW_FORMATS = {".md": "md", ".html": "html", ".htm": "html", ".json": "json"}


def _review(arguments: Namespace, out: Console) -> int:
    from datetime import UTC, datetime
    from pathlib import Path

    from sqlplumb import __version__
    from sqlplumb.commands.review import ReviewOptions, commit_of, review
    from sqlplumb.errors import Problem, WrongInput
    from sqlplumb.render import review as render
    from sqlplumb.render.pages import project_templates
    from sqlplumb.review import Origin

    if arguments.approve is not None:
        return _approve(arguments, out)
    if arguments.pending and (arguments.revisions or arguments.database):
        message = "--pending says which revisions, and which database: nothing else can be named"
        raise WrongInput(Problem(message, "leave out REV and --database"))
    settings = read_settings(arguments)
    templates = project_templates(settings)
    origin = Origin(
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        version=__version__,
        commit=commit_of(settings),
    )
    options = ReviewOptions(
        settings=settings,
        revisions=arguments.revisions,
        database=arguments.pending or arguments.database,
        pending=bool(arguments.pending),
        origin=origin,
    )
    pages = [render.page(done) for done in out.watched("running the revision", review(options))]
    suffix = Path(arguments.output).suffix.lower()
    match arguments.format or _REVIEW_FORMATS.get(suffix):
        case "md":
            text = render.markdown(pages, templates=templates)
        case "html":
            text = render.html(pages, templates)
        case "json":
            text = render.as_json(pages)
        case _:
            text = render.text(pages, terminal_width(100), bool(out.palette.end))
    out.write(text or "nothing is pending: there is no revision to review", arguments.output)
    return int(any(page.level == "stop" for page in pages))


def _approve(arguments: Namespace, out: Console) -> int:
    from datetime import datetime

    from sqlplumb.commands.approve import ApproveOptions, approve
    from sqlplumb.errors import Problem, WrongInput
    from sqlplumb.render.paint import one_line

    if arguments.pending or arguments.database or arguments.output or arguments.format:
        message = "--approve reviews nothing: it only writes who approves"
        raise WrongInput(Problem(message, "review it first; then name revisions and --approve"))
    options = ApproveOptions(
        settings=read_settings(arguments),
        name=arguments.approve,
        today=datetime.now().astimezone().date(),
        revisions=arguments.revisions,
    )
    for done in approve(options):
        out.warnings(done.warnings)
        verb = "had approved" if done.was_before else "approves"
        who = one_line(" ".join(arguments.approve.split()))
        out.answer(f"{who} {verb} {one_line(done.revision)}: {one_line(done.file)}")
        if not out.quiet:
            out.answer(f"  approved by {one_line(', '.join(done.names))}; sha256 {done.sha256}")
    return 0


def _tables_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the file is stale"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o", "--output", default="", metavar="FILE", help="instead of the module configured"
    )
    where.add_argument("--stdout", action="store_true", help="show it, and write nothing")
    parser.add_argument(
        "--replace", action="store_true", help="even where the file holds code of somebody else"
    )


def _tables(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.tables import TablesOptions, tables

    options = TablesOptions(
        settings=read_settings(arguments),
        output=arguments.output,
        check=arguments.check,
        show=arguments.stdout,
        replace=arguments.replace,
    )
    done = tables(options, out.warnings)
    if not (out.quiet and done.outcome in ("wrote", "unchanged")):
        out.answer(done.answer)
    return int(done.outcome == "stale")


INIT = Command(
    help="lay out schema.sql, migrations/ and the settings, or write them from a database",
    about="Lays out what a project needs and does not have: schema.sql, migrations/, alembic.ini"
    " and [tool.sqlplumb]. What is there is kept.",
    options=_init_options,
    run=_init,
)
REVISE = Command(
    help="write a proved Alembic revision from the history to schema.sql",
    about="Writes the revision that takes the history to schema.sql, and proves it.",
    options=_revise_options,
    run=_revise,
)
REVIEW = Command(
    help="what a DBA must know of a revision: terminal, Markdown, HTML, JSON",
    about="Tells all there is to know of a revision, or of a range: the verdict first.",
    options=_review_options,
    run=_review,
)
TABLES = Command(
    help="schema.sql as a module of SQLAlchemy Core, written or held against its file",
    about="Writes the module of tables that the settings name, once it is seen to make the same"
    " schema. What SQLAlchemy cannot say is told.",
    options=_tables_options,
    run=_tables,
)
