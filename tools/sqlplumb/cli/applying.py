"""The commands that change a live database: arguments to journeys, receipts to the console."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.cli.console import Console
from sqlplumb.config import Settings
from sqlplumb.render.paint import one_line

if TYPE_CHECKING:
    from sqlplumb.journeys.course import Wish
    from sqlplumb.receipts import Receipt


def run_apply(arguments: Namespace, settings: Settings, out: Console) -> int:
    """One database after another; of several the highest code counts."""
    from sqlplumb.journeys.applied import databases
    from sqlplumb.journeys.fleet import Pace, fleet
    from sqlplumb.render import receipt as words

    wish = _wish(arguments, settings, out)
    receipts = []
    urls = databases(arguments.urls, settings)
    pace = Pace(arguments.jobs, arguments.canary, arguments.stop_after)
    for receipt in fleet(urls, wish, pace):
        receipts.append(receipt)
        _tell(receipt, arguments, out)
    if arguments.format == "json":
        out.answer(words.as_json(receipts))
    elif len(urls) > 1:
        out.answer(words.summary(receipts, len(urls)))
    return max(one.exit_code for one in receipts)


def run_restore(arguments: Namespace, settings: Settings, out: Console) -> int:
    from sqlplumb.journeys.restore import restore

    for one in restore(Path(arguments.receipt), arguments.wait, settings.version_table):
        at = one_line(" and ".join(one.revisions)) or "base"
        out.answer(f"restored  {one_line(one.database)}: it is at {at}")
        if one.aside:
            out.answer(f"what was there until now is {one_line(str(one.aside))}")
    return 0


def _wish(arguments: Namespace, settings: Settings, out: Console) -> Wish:
    from sqlplumb.journeys.applied import may
    from sqlplumb.journeys.course import Wish, in_silence

    return Wish(
        settings,
        may(arguments.allow, settings),
        Path(arguments.backup) if arguments.backup else None,
        arguments.no_backup,
        arguments.wait,
        arguments.create,
        arguments.dry_run,
        tell=in_silence if out.quiet else _progress,
    )


def _progress(words: str) -> None:
    sys.stderr.write(f"{one_line(words)}\n")


def _tell(receipt: Receipt, arguments: Namespace, out: Console) -> None:
    from sqlplumb.render import receipt as words

    out.warnings(receipt.warnings)
    if receipt.error:
        out.problems(receipt.error)
    if arguments.format == "text" and not (out.quiet and receipt.outcome == "nothing to do"):
        out.answer(words.told(receipt, out.palette))
