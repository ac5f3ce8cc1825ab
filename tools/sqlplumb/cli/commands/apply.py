"""`sqlplumb apply`: live databases brought to the end of the history, behind gates."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlplumb.cli.shared import apply_options, settings, upgrading, whole

if TYPE_CHECKING:
    from pathlib import Path

    from sqlplumb.cli.console import Console
    from sqlplumb.commands.upgrade_job import ApplyOptions
    from sqlplumb.receipts import Receipt

HELP = "upgrade live databases behind gates"
ABOUT = (
    "Brings each database to the end of the history: locked, backed up, one transaction for"
    " each revision, compared before it is committed."
)

_PACE = {
    "jobs": "so many databases at once; default: 1",
    "canary": "so many first, one by one; all must do before others are begun",
    "stop-after": "begin nothing new after so many failures; default: never",
}


def options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "urls",
        nargs="*",
        metavar="URL",
        help="sqlite:///path or folder, or @FILE of URLs; default: those configured,"
        " else sqlalchemy.url of Alembic",
    )
    upgrading(parser, dry_run="write nothing; show what would run")
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
        parser.add_argument(f"--{name}", type=whole, default=0, metavar="N", help=words)


def run(arguments: Namespace, out: Console) -> int:
    """Of several the highest code counts."""
    from dataclasses import replace

    from sqlplumb.commands.databases import databases

    chosen = settings(arguments)
    urls = databases(arguments.urls, chosen, arguments.query)
    many = len(urls) > 1
    applying = apply_options(
        arguments, chosen, in_silence=many or out.quiet, create=arguments.create
    )
    receipts, stage = [], None
    if not many and not arguments.scheduler:
        progress, stage = out.stage(applying.progress)
        applying = replace(applying, progress=progress)
    found = _carried(urls, applying, arguments)
    for receipt in out.watched("applying", found, many * len(urls), stage):
        receipts.append(receipt)
        _tell(receipt, arguments, out, many)
    file = _written_for_all(receipts, applying, out) if many else None
    _conclude(receipts, len(urls), file, arguments, out)
    return max(one.exit_code for one in receipts)


def _carried(
    urls: Sequence[str], applying: ApplyOptions, arguments: Namespace
) -> Iterator[Receipt]:
    from sqlplumb.commands.fleet import Pace, fleet

    pace = Pace(jobs=arguments.jobs, canary=arguments.canary, stop_after=arguments.stop_after)
    if not arguments.scheduler:
        yield from fleet(urls, applying, pace)
        return
    from dataclasses import replace

    from sqlplumb.commands.fleet import cluster

    with cluster(arguments.scheduler) as (crew, hands):
        yield from fleet(urls, applying, replace(pace, jobs=pace.jobs or hands), crew)


def _tell(receipt: Receipt, arguments: Namespace, out: Console, many: bool) -> None:
    """Of many, one line for each; the receipt holds the rest."""
    from sqlplumb.render import receipts as reports

    out.warnings(receipt.warnings)
    if receipt.error:
        out.problems(receipt.error)
    if arguments.format == "json" or (out.quiet and receipt.outcome == "nothing to do"):
        return
    if many and out.quiet and not receipt.error:
        return
    if receipt.outcome == "rehearsed" or not (many or out.quiet):
        out.answer(reports.receipt_report(receipt, out.palette))
    else:
        out.answer(reports.receipt_verdict(receipt))


def _written_for_all(
    receipts: Sequence[Receipt], applying: ApplyOptions, out: Console
) -> Path | None:
    from sqlplumb.commands.receipt_files import write_fleet_receipt

    file, problems = write_fleet_receipt(receipts, applying.backup_folder, applying.settings.root)
    out.warnings(problems)
    return file


def _conclude(
    receipts: Sequence[Receipt], asked: int, file: Path | None, arguments: Namespace, out: Console
) -> None:
    from dataclasses import replace

    from sqlplumb.render import receipts as reports

    if arguments.format == "json":
        out.answer(
            reports.receipts_as_json([replace(one, file=file or one.file) for one in receipts])
        )
    elif asked > 1:
        out.answer(reports.receipts_summary(receipts, asked, file))
