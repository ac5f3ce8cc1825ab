"""The logger `sqlplumb`, for applications that embed us: what a command would tell on a terminal.

It has no handler of its own, so that nothing is shown unless the application wants it. Commands
never log: they return what they have to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from logging import NullHandler, getLogger
from typing import TYPE_CHECKING

from sqlplumb.engines import Progress
from sqlplumb.render.paint import one_line

if TYPE_CHECKING:
    from sqlplumb.errors import Problem
    from sqlplumb.receipts import Receipt

LOG = getLogger("sqlplumb")
LOG.addHandler(NullHandler())


def log_stage(words: str) -> None:
    LOG.info("%s", one_line(words))


def log_warning(words: str) -> None:
    LOG.warning("%s", one_line(words))


def logged_progress() -> Progress:
    """Log each stage of long work as it begins."""
    return Progress(tell=log_stage)


def log_problems(problems: Iterable[Problem]) -> None:
    """Log what is no error: what was passed over, recovered, or could not be asked."""
    for problem in problems:
        log_warning("; ".join(filter(None, (str(problem), problem.advice))))


def log_receipt(receipt: Receipt) -> None:
    """Log what came of one database. An error is for whoever gets it raised, or reads the receipt
    of a fleet."""
    from sqlplumb.render.receipts import receipt_verdict

    log_problems(receipt.warnings)
    if receipt.error:
        for problem in receipt.error.problems:
            LOG.error("%s", one_line(str(problem)))
    log_stage(receipt_verdict(receipt))
