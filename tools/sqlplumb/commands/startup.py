"""For applications: is my database what the history makes, and: make it so, before I start.

Both are safe where many processes start at once, and never write to stdout. The application may
have the database open already: no lock of its own is taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from logging import getLogger
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from sqlplumb import limits
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.commands.live import is_at_proved_end, open_recovered
from sqlplumb.config import Settings, Verify, find_settings, read_settings
from sqlplumb.engines import LiveDatabase, Patience, Source, engine
from sqlplumb.errors import DatabaseFailed, NotPlumb, Problem, WrongInput
from sqlplumb.receipts import Adoption, Receipt
from sqlplumb.render.words import with_unit, without_inline
from sqlplumb.sources import from_environment
from sqlplumb.sources.database import locate, retry_if_changed
from sqlplumb.sources.replay import Replay, open_replay

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sqlalchemy import Engine

    from sqlplumb.commands.upgrade_job import ApplyOptions

_LOG = getLogger("sqlplumb")
_PATIENT = 5.0  # seconds, for whoever lets nobody read


def adopt(url: str, *, revision: str = "", config: str | Path = "", wait: float = 60.0) -> Adoption:
    """Says of a database that names no revision at which it is, where it is plumb with that; with
    the end of the history, if none is named. Raises what stopped it. Once adopted, it is so."""
    from sqlplumb.commands.adopt import AdoptOptions
    from sqlplumb.commands.adopt import adopt as adopted

    settings = _settings(config)
    with limits.within(settings.timeout, each=True):
        done = adopted(url, AdoptOptions(settings=settings, revision=revision, wait=wait))
    if done.problem:
        raise NotPlumb(done.problem)
    if done.outcome == "drift":
        message = f"{done.database}: it is at {done.revision}, and is not what that makes"
        raise NotPlumb(Problem(message, "`sqlplumb adopt` shows what differs"))
    return done


def apply(
    url: str,
    *,
    config: str | Path = "",
    allow: Collection[str] = (),
    backup: str | Path = "",
    no_backup: bool = False,
    wait: float = 60.0,
    create: bool = True,
    verify: Verify | None = None,
    keep_backups: int | None = None,
) -> Receipt:
    """Brings the database to the end of the history; raises what stopped it. Nothing is done, and
    nobody waits, where nothing is pending."""
    from sqlplumb.commands.apply import apply as applied

    receipt = applied(
        url,
        _options(
            config,
            allow,
            backup,
            no_backup=no_backup,
            wait=wait,
            create=create,
            verify=verify,
            keep_backups=keep_backups,
        ),
    )
    if receipt.error:
        raise receipt.error
    return receipt


def apply_fleet(
    databases: Sequence[str],
    *,
    executor: Executor | None = None,
    jobs: int = 1,
    canary: int = 0,
    stop_after: int = 0,
    config: str | Path = "",
    allow: Collection[str] = (),
    backup: str | Path = "",
    no_backup: bool = False,
    wait: float = 60.0,
    verify: Verify | None = None,
    keep_backups: int | None = None,
) -> tuple[Receipt, ...]:
    """Each of them, `jobs` at a time, by processes or by whatever executor is handed over. Raises
    nothing: what stopped one stands in its receipt, and one receipt for all is written down."""
    from sqlplumb.commands.databases import databases as meant
    from sqlplumb.commands.fleet import Pace, fleet
    from sqlplumb.commands.receipt_files import write_fleet_receipt

    options = _options(
        config,
        allow,
        backup,
        no_backup=no_backup,
        wait=wait,
        create=False,
        verify=verify,
        keep_backups=keep_backups,
    )
    settings, pace = options.settings, Pace(jobs=jobs, canary=canary, stop_after=stop_after)
    receipts = tuple(fleet(meant(databases, settings), options, pace, executor))
    file, problems = write_fleet_receipt(receipts, options.backup_folder, settings.root)
    return tuple(
        replace(one, file=file or one.file, warnings=(*one.warnings, *problems)) for one in receipts
    )


def _options(
    config: str | Path, allow: Collection[str], backup: str | Path, **others: Any
) -> ApplyOptions:
    from sqlplumb.commands.apply import allowances
    from sqlplumb.commands.upgrade_job import ApplyOptions

    settings = _settings(config)
    return ApplyOptions(
        settings=settings,
        allow=allowances(allow, settings),
        backup=Path(backup) if backup else None,
        **others,
    )


def require_plumb(database: str | Engine, *, config: str | Path = "") -> None:
    """Raises NotPlumb unless it is at the end of the history, and is what the history makes. What
    a killed process left half written is rolled back, as the application itself would do next."""
    settings = _settings(config)

    def look() -> None:
        with limits.within(settings.timeout, each=True), _opened(database) as live:
            if not is_at_proved_end(live, settings):
                _look_closer(live, settings)

    retry_if_changed(look)


def _look_closer(live: LiveDatabase, settings: Settings) -> None:
    """At what the history itself makes, which takes a replay."""
    with open_replay(settings, "the history") as replay:
        head = replay.target("")
        versions = live.at(settings.version_table)
        if versions != ((head,) if head else ()):
            at = " and ".join(versions) or "no revision"
            message = f"{live.label}: it is at {at}, and the history ends at {head or 'none'}"
            raise NotPlumb(Problem(message, "run `sqlplumb apply` before this starts"))
        found = _held_against(live, head, replay, settings)
    if found.changes:
        message = f"{live.label}: it is not what the history makes: {_first(found)}"
        hint = f"`sqlplumb diff {quote(live.label)} history` shows what differs"
        raise NotPlumb(Problem(message, hint))


def _first(found: Comparison, most: int = 3) -> str:
    """What a log should hold; the rest is for whoever comes to look."""
    told = [with_unit(one, "the history") for one in without_inline(found.changes)]
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return f"{'; '.join(told[:most])}{more}"


def _held_against(live: Source, head: str, replay: Replay, settings: Settings) -> Comparison:
    if head:
        replay.reach((head,))
    desired = replay.source(f"history@{head}")
    return compare_sources(live, desired, settings.version_table)


def _settings(config: str | Path) -> Settings:
    return read_settings(Path(config)) if config else find_settings(Path.cwd())


def _opened(database: str | Engine) -> AbstractContextManager[LiveDatabase]:
    if isinstance(database, str):
        location = locate(from_environment(database), Path())
        return open_recovered(location, Patience(seconds=_PATIENT), _LOG.warning)
    return _borrowed(database)


@contextmanager
def _borrowed(database: Engine) -> Iterator[LiveDatabase]:
    """A connection out of the application's own pool, and back into it."""
    from sqlalchemy.exc import SQLAlchemyError

    label = database.url.render_as_string(hide_password=True)
    if database.dialect.is_async:
        hint = "hand over its .sync_engine from a thread, or the URL"
        raise WrongInput(Problem(f"{label} is an engine of asyncio", hint))
    known = engine(database.dialect.name)
    try:
        with database.connect() as bind:
            yield known.open_connection(label, bind.connection.driver_connection)
    except (database.dialect.loaded_dbapi.Error, SQLAlchemyError) as error:
        hint = "it is looked at as it opens in this application"
        raise DatabaseFailed(Problem(f"{label}: {_said(error)}", hint)) from error


def _said(error: Exception) -> str:
    """What the driver says, without SQLAlchemy's words around it."""
    return str(getattr(error, "orig", None) or error)
