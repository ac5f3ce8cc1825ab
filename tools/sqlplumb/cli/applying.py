"""Commands that change live databases behind gates, and bring backups back: apply, restore.

Prints through the console alone, and leaves everything else to `commands`.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sqlplumb.cli.options import (
    Command,
    add_format_option,
    add_upgrade_options,
    add_wait_option,
    read_settings,
    whole_number,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sqlplumb.cli.console import Console
    from sqlplumb.commands.upgrade_job import ApplyOptions
    from sqlplumb.config import Settings
    from sqlplumb.receipts import Backup, Receipt, Restored

_PACE = {
    "jobs": "so many databases at once; default: 1",
    "canary": "so many first, one by one; all must do before others are begun",
    "stop-after": "begin nothing new after so many failures; default: never",
}


def _apply_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="sqlite:///path or folder, or @FILE of URLs; default: those configured,"
        " else sqlalchemy.url of Alembic",
    )
    add_upgrade_options(parser, dry_run="write nothing; show what would run")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--to", default="", metavar="REV", help="a revision, or +1; default: the end of the history"
    )
    where.add_argument(
        "--down", default="", metavar="REV", help="take back all behind REV, -1 or base"
    )
    parser.add_argument("--create", action="store_true", help="make the file if there is none")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="WHAT",
        help="destructive, drop:tasks.notes, a rule by its code, rows:TABLE",
    )
    parser.add_argument(
        "--query",
        nargs=2,
        action="append",
        default=[],
        metavar=("URL", "SQL"),
        help="the databases that this query yields there, as URLs in its first column",
    )
    parser.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="let a Dask cluster do the work"
    )
    for name, words in _PACE.items():
        parser.add_argument(f"--{name}", type=whole_number, default=0, metavar="N", help=words)


def apply_options(
    arguments: Namespace, settings: Settings, *, in_silence: bool, create: bool
) -> ApplyOptions:
    """Turn the options of every upgrade into the value that commands take."""
    from pathlib import Path

    from sqlplumb.cli.console import line_progress
    from sqlplumb.commands.apply import allowances
    from sqlplumb.commands.upgrade_job import ApplyOptions

    return ApplyOptions(
        settings=settings,
        allow=allowances(arguments.allow, settings),
        backup=Path(arguments.backup) if arguments.backup else None,
        no_backup=arguments.no_backup,
        wait=arguments.wait,
        to=getattr(arguments, "to", ""),
        down=getattr(arguments, "down", ""),
        create=create,
        dry_run=arguments.dry_run,
        verify=arguments.verify,
        keep=arguments.keep,
        progress=line_progress(in_silence),
    )


def _apply(arguments: Namespace, out: Console) -> int:
    """Of several databases the highest exit code counts."""
    from dataclasses import replace
    from functools import partial

    from sqlplumb.commands.backups import write_fleet_receipt
    from sqlplumb.commands.databases import databases
    from sqlplumb.commands.retention import retire
    from sqlplumb.errors import Problem, WrongInput

    if arguments.down and arguments.create:
        message = "--create means nothing with --down: a new file has nothing to take back"
        raise WrongInput(Problem(message, "leave one of them out"))
    settings = read_settings(arguments)
    templates = page_templates(arguments, settings)
    urls = databases(arguments.urls, settings, arguments.query)
    is_fleet = len(urls) > 1
    options = apply_options(
        arguments, settings, in_silence=is_fleet or out.quiet, create=arguments.create
    )
    receipts = []
    if not is_fleet and not arguments.scheduler:
        progress = out.stage(options.progress)
        options = replace(options, progress=progress)
    done = _carry_out(urls, options, arguments)
    doing = "applying" if is_fleet or arguments.scheduler else ""
    for receipt in out.watched(doing, done, count=is_fleet * len(urls)):
        receipts.append(receipt)
        _tell_receipt(receipt, arguments, out, is_fleet=is_fleet)
    exit_code = max(receipt.exit_code for receipt in receipts)
    file = None
    if is_fleet:
        file, problems = write_fleet_receipt(receipts, options.backup_folder, settings.root)
        out.warnings(problems)
        receipts = [replace(receipt, file=file or receipt.file) for receipt in receipts]
    retire(receipts, options.applying.keep)
    from sqlplumb.render import receipts as reports

    match arguments.format:
        case "json":
            out.answer(reports.receipts_as_json(receipts))
        case "md" | "html":
            from sqlplumb.render.receipt_pages import receipts_page

            page = partial(receipts_page, receipts, arguments.format, asked=len(urls), file=file)
            exit_code = max(exit_code, answer_page(out, page, templates))
        case _ if is_fleet:
            out.answer(reports.receipts_summary(receipts, len(urls), file))
    return exit_code


def page_templates(arguments: Namespace, settings: Settings) -> Path | None:
    """Find a project's templates before anything is changed; None where no page is asked for."""
    if arguments.format not in ("md", "html"):
        return None
    from sqlplumb.render.pages import project_templates

    return project_templates(settings)


def answer_page(out: Console, page: Callable[..., str], templates: Path | None) -> int:
    """Answer with a page, and return the exit code of that.

    Where a template of the project fails, answer with ours: what was done must be told.
    """
    from sqlplumb.errors import PlumbError

    try:
        out.answer(page(templates=templates))
    except PlumbError as error:
        out.problems(error)
        out.answer(page(templates=None))
        return error.exit_code
    return 0


def _carry_out(
    urls: Sequence[str], options: ApplyOptions, arguments: Namespace
) -> Iterator[Receipt]:
    """Yield a receipt for each database, upgraded here or by a cluster."""
    from dataclasses import replace

    from sqlplumb.commands.fleet import Pace, cluster, fleet

    pace = Pace(jobs=arguments.jobs, canary=arguments.canary, stop_after=arguments.stop_after)
    if not arguments.scheduler:
        yield from fleet(urls, options, pace)
        return
    with cluster(arguments.scheduler) as (executor, workers):
        pace = replace(pace, jobs=pace.jobs or workers)
        yield from fleet(urls, options, pace, executor=executor)


def _tell_receipt(receipt: Receipt, arguments: Namespace, out: Console, *, is_fleet: bool) -> None:
    """Tell one line for each database of a fleet; the receipt holds the rest."""
    from sqlplumb.render import receipts as reports

    out.warnings(receipt.warnings)
    if receipt.error:
        out.problems(receipt.error)
    if arguments.format != "text" or (out.quiet and receipt.outcome == "nothing to do"):
        return
    if is_fleet and out.quiet and not receipt.error:
        return
    if receipt.outcome == "rehearsed" or not (is_fleet or out.quiet):
        out.answer(reports.receipt_report(receipt, out.palette))
    else:
        out.answer(reports.receipt_verdict(receipt))


def _restore_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "which",
        nargs="?",
        default="",
        metavar="WHICH",
        help="newest; the revision to be at again, or its beginning; a .backup; or the"
        " .receipt.json that apply or adopt wrote, and all that it names; default: list them",
    )
    parser.add_argument(
        "--database", default="", metavar="URL", help="whose; default: those configured"
    )
    parser.add_argument(
        "--backup", default="", metavar="DIR", help="where they lie; default: beside the database"
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        choices=("elsewhere", "no-database"),
        metavar="WHAT",
        help="elsewhere: the receipt may name files of other folders and names; no-database:"
        " what is replaced may be none",
    )
    add_format_option(parser, "json")
    add_wait_option(parser)


def _restore(arguments: Namespace, out: Console) -> int:
    from sqlplumb.commands.kept_backups import folder_of, is_receipt, kept_backups
    from sqlplumb.render import backups as reports

    settings, which, is_json = read_settings(arguments), arguments.which, arguments.format == "json"
    kept = None
    if not is_receipt(which):
        folder = arguments.backup or folder_of(which)
        kept = kept_backups(settings, database=arguments.database, folder=folder)
    if kept is not None and not which:
        text = (
            reports.backups_as_json(kept) if is_json else reports.backups_report(kept, out.palette)
        )
        out.answer(text)
        return 0
    done = []
    for restored in _bring_back(arguments, settings, out, kept=kept):
        done.append(restored)
        if not is_json:
            out.answer(reports.restored_report(restored))
    if is_json:
        out.answer(reports.restored_as_json(done))
    return 0


def _bring_back(
    arguments: Namespace, settings: Settings, out: Console, *, kept: Sequence[Backup] | None
) -> Iterator[Restored]:
    """Restore the one of these backups that is meant, or else all that the receipt names."""
    from pathlib import Path

    from sqlplumb.commands.backups import RestoreOptions, restore, restore_backups
    from sqlplumb.commands.kept_backups import meant_backup
    from sqlplumb.engines import Progress

    options = RestoreOptions(
        settings=settings,
        wait=arguments.wait,
        allow=arguments.allow,
        progress=out.stage(Progress()),
    )
    if kept is None:
        yield from out.watched("", restore(Path(arguments.which), options))
        return
    backup = meant_backup(arguments.which, kept)
    yield from out.watched("", restore_backups([backup], options))


APPLY = Command(
    help="upgrade live databases behind gates",
    about="Brings each database to the end of the history: locked, backed up, one transaction for"
    " each revision, compared before it is committed.",
    options=_apply_options,
    run=_apply,
)
RESTORE = Command(
    help="list the backups, or bring one back",
    about="Puts a backup in the place of the database, which is set aside. Without WHICH, lists"
    " what there is to bring back.",
    options=_restore_options,
    run=_restore,
)
