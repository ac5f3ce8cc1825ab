"""One database as the command applies it: what may be, what went wrong, what is written down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from sqlplumb import limits
from sqlplumb.commands.applying.course import Wish
from sqlplumb.commands.applying.one import apply
from sqlplumb.commands.applying.written_down import prune, written_down
from sqlplumb.commands.lint import rules
from sqlplumb.commands.losses import leave
from sqlplumb.config import Settings
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem
from sqlplumb.hiding import without_password
from sqlplumb.receipts import Receipt, outcome_of


def may(written: Collection[str], settings: Settings) -> frozenset[str]:
    """Losses, rules by code or name, and `rows:TABLE` for what triggers may change."""
    names = {word.lower() for rule in rules(settings) for word in (rule.code, rule.name)}
    own = {one for one in written if one.lower() in names or one.startswith("rows:")}
    return frozenset((*own, *leave([one for one in written if one not in own]).named))


def applied(url: str, wish: Wish) -> Receipt:
    """Written down beside the backup, if anything was changed."""
    try:
        with limits.within(wish.settings.timeout, each=True):
            receipt = apply(url, wish)
    except PlumbError as error:
        return unreached(url, error)
    done = written_down(receipt, wish.backups)
    if done.outcome == "applied" and done.backup and (kept := wish.applying.keep_backups):
        prune(done.backup.path, done.path.name, kept)
    return done


def unreached(url: str, error: PlumbError) -> Receipt:
    """Where it did not even begin."""
    began = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Receipt(
        database=without_password(url),
        path=Path(),
        outcome=outcome_of(error),
        began=began,
        seconds=0.0,
        error=error,
    )


def faulty(url: str, error: BaseException, hint: str) -> Receipt:
    """Whatever else ended it, the others go on."""
    said = f"{type(error).__name__}: {without_password(str(error))}".rstrip(": ")
    message = f"{without_password(url)}: it was not finished: {said}"
    return unreached(url, DatabaseFailed(Problem(message, hint)))
