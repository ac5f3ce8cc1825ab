"""For applications: require that a database is what the history makes, or make it so, at the start.
For their tests: a new one.

The former are safe where many processes start at once, and never write to stdout. The application
may have the database open already: no lock of its own is taken away. A command that changes a
database is imported when it is called: `require_plumb` needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal

from sqlplumb import limits
from sqlplumb.commands.accepting import compare_accepting
from sqlplumb.commands.logger import (
    log_problems,
    log_receipt,
    log_warning,
    logged_progress,
)
from sqlplumb.commands.standing import is_at_proved_end, open_recovered
from sqlplumb.config import Settings, Verify, find_settings, read_settings
from sqlplumb.engines import LiveDatabase, Patience, Scratch, engine
from sqlplumb.errors import DatabaseFailed, NotPlumb, Problem, WrongInput
from sqlplumb.receipts import Adoption, Receipt
from sqlplumb.render.words import with_unit, without_inline
from sqlplumb.sources import open_schema
from sqlplumb.sources.database import from_environment, locate, open_scratch, retry_if_changed
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.stand_ins import standing_in

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sqlalchemy import Engine

    from sqlplumb.commands.upgrade_job import ApplyOptions

_PATIENT = 5.0  # seconds, for whoever lets nobody read
_MOST = 3  # differences that a message names


def adopt(
    url: str, *, revision: str = "", config: str | Path = "", name: str = "", wait: float = 60.0
) -> Adoption:
    """Say of a database that names no revision at which it is, where it is plumb with that; with
    the end of the history, if none is named. Raises what stopped it. Once adopted, it is so."""
    from sqlplumb.commands import adopt as command

    settings = _settings(config, name)
    options = command.AdoptOptions(
        settings=settings, revision=revision, wait=wait, progress=logged_progress()
    )
    with standing_in(settings.stand_ins), limits.within(settings.timeout, each=True):
        adoption = command.adopt(url, options)
    log_problems(adoption.warnings)
    if adoption.problem:
        raise NotPlumb(adoption.problem)
    if adoption.outcome == "drift":
        message = f"{adoption.database}: it is at {adoption.revision}, and is not what that makes"
        raise NotPlumb(Problem(message, "`sqlplumb adopt` shows what differs"))
    return adoption


def apply(
    url: str,
    *,
    config: str | Path = "",
    name: str = "",
    to: str = "",
    down: str = "",
    allow: Collection[str] = (),
    backup: str | Path = "",
    no_backup: bool = False,
    wait: float = 60.0,
    create: bool = True,
    verify: Verify | None = None,
    keep: int | None = None,
) -> Receipt:
    """Bring the database to the end of the history, or `to` a revision; or take back what is behind
    the one that `down` names. Raises what stopped it. Nothing is done, and nobody waits, where
    nothing is pending."""
    from sqlplumb.commands import apply as command
    from sqlplumb.commands.retention import retire

    options = _options(
        _settings(config, name),
        allow,
        backup,
        to=to,
        down=down,
        no_backup=no_backup,
        wait=wait,
        create=create and not down,
        verify=verify,
        keep=keep,
    )
    receipt = command.apply(url, replace(options, progress=logged_progress()))
    if receipt.error:
        log_problems(receipt.warnings)
        raise receipt.error
    log_receipt(receipt)
    retire([receipt], options.applying.keep)
    return receipt


def apply_fleet(
    databases: Sequence[str],
    *,
    executor: Executor | None = None,
    jobs: int = 1,
    canary: int = 0,
    stop_after: int = 0,
    config: str | Path = "",
    name: str = "",
    to: str = "",
    down: str = "",
    allow: Collection[str] = (),
    backup: str | Path = "",
    no_backup: bool = False,
    wait: float = 60.0,
    verify: Verify | None = None,
    keep: int | None = None,
) -> tuple[Receipt, ...]:
    """Do with each of them what `apply` does with one, `jobs` at a time, by processes or by the
    executor that is handed over.

    Raises nothing: what stopped one stands in its receipt, and one receipt for all is written down.
    """
    from sqlplumb.commands import databases as named
    from sqlplumb.commands.backups import write_fleet_receipt
    from sqlplumb.commands.fleet import Pace, fleet
    from sqlplumb.commands.retention import retire

    options = _options(
        _settings(config, name),
        allow,
        backup,
        to=to,
        down=down,
        no_backup=no_backup,
        wait=wait,
        create=False,
        verify=verify,
        keep=keep,
    )
    settings, pace = options.settings, Pace(jobs=jobs, canary=canary, stop_after=stop_after)
    urls = named.databases(databases, settings)
    receipts = tuple(fleet(urls, options, pace, executor=executor))
    file, problems = write_fleet_receipt(receipts, options.backup_folder, settings.root)
    receipts = tuple(
        replace(receipt, file=file or receipt.file, warnings=(*receipt.warnings, *problems))
        for receipt in receipts
    )
    retire(receipts, options.applying.keep)
    for receipt in receipts:
        log_receipt(receipt)
    return receipts


def _options(
    settings: Settings, allow: Collection[str], backup: str | Path, **others: Any
) -> ApplyOptions:
    from sqlplumb.commands.apply import allowances
    from sqlplumb.commands.upgrade_job import ApplyOptions

    if others["to"] and others["down"]:
        message = "`to` and `down` are two directions: a call goes one of them"
        raise WrongInput(Problem(message, "leave one of them out"))
    return ApplyOptions(
        settings=settings,
        allow=allowances(allow, settings),
        backup=Path(backup) if backup else None,
        **others,
    )


def _settings(config: str | Path, name: str) -> Settings:
    return read_settings(Path(config), name) if config else find_settings(Path.cwd(), name)


def require_plumb(database: str | Engine, *, config: str | Path = "", name: str = "") -> None:
    """Raise NotPlumb unless it is at the end of the history, and is what the history makes. What
    a killed process left half written is rolled back, as the application itself would do next."""
    settings = _settings(config, name)

    def look() -> None:
        with limits.within(settings.timeout, each=True), _open(database, settings) as live:
            if not is_at_proved_end(live, settings):
                _require_replayed(live, settings)

    with standing_in(settings.stand_ins):
        retry_if_changed(look)


def _require_replayed(live: LiveDatabase, settings: Settings) -> None:
    """Compare the database with what the history itself makes, which takes a replay."""
    with open_replay(settings, "the history") as replay:
        end = replay.target("")
        versions = live.at(settings.version_table)
        if {*versions} != {*end}:
            at, head = (" and ".join(names) for names in (versions or ["no revision"], end))
            message = f"{live.label}: it is at {at}, and the history ends at {head or 'none'}"
            advice = "run `sqlplumb apply` before this starts"
            if not versions and live.texts.keys() - {settings.version_table}:
                advice = f"`sqlplumb adopt {quote(live.label)}` finds out as which revision it is"
            raise NotPlumb(Problem(message, advice))
        replay.reach(end)
        desired = replay.source(f"history@{','.join(end)}")
        comparison = compare_accepting(live, desired, settings)
    if comparison.changes:
        # A log should hold the first; the rest is for whoever comes to look.
        words = [with_unit(change, "the history") for change in without_inline(comparison.changes)]
        more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
        shown = f"{'; '.join(words[:_MOST])}{more}"
        message = f"{live.label}: it is not what the history makes: {shown}"
        advice = f"`sqlplumb diff {quote(live.label)} history` shows what differs"
        raise NotPlumb(Problem(message, advice))


def _open(database: str | Engine, settings: Settings) -> AbstractContextManager[LiveDatabase]:
    if isinstance(database, str):
        location = locate(from_environment(database), Path(), settings)
        return open_recovered(location, Patience(seconds=_PATIENT), log_warning)
    return _borrowed(database, settings)


@contextmanager
def _borrowed(database: Engine, settings: Settings) -> Iterator[LiveDatabase]:
    """Take a connection out of the application's own pool, and give it back."""
    from sqlalchemy.exc import SQLAlchemyError

    label = database.url.render_as_string(hide_password=True)
    if database.dialect.is_async:
        advice = "hand over its .sync_engine from a thread, or the URL"
        raise WrongInput(Problem(f"{label} is an engine of asyncio", advice))
    known = engine(database.dialect.name)
    try:
        with database.connect() as bind:
            live = known.open_connection(label, bind.connection.driver_connection)
            live.leave_out(settings.ignore)
            yield live
    except (database.dialect.loaded_dbapi.Error, SQLAlchemyError) as error:
        advice = "it is looked at as it opens in this application"
        reason = getattr(error, "orig", None) or error  # without SQLAlchemy's words around it
        raise DatabaseFailed(Problem(f"{label}: {reason}", advice)) from error


MadeFrom = Literal["", "history", "schema"]


def template(settings: Settings, made_from: MadeFrom = "") -> bytes:
    """Make a new database: migrated where there is a history, else created from schema.sql."""
    with standing_in(settings.stand_ins), limits.within(settings.timeout):
        return _template(settings, made_from)


def _template(settings: Settings, made_from: MadeFrom) -> bytes:
    if made_from != "schema" and settings.has_history:
        with open_replay(settings, "the history") as replay:
            end = replay.target("")
            if end or made_from == "history":
                replay.reach(end)
                return _file(replay.scratch)
    schema = open_schema(settings)
    schema.try_statements()  # tells what is wrong with file and line
    with open_scratch(settings) as scratch:
        for file in sorted(schema.files):
            scratch.run(Path(file).read_text("utf-8"))
        return _file(scratch)


def _file(scratch: Scratch) -> bytes:
    file = scratch.snapshot().as_file()
    if file is None:
        message = "a new database is made as a file, which this engine does not have"
        raise WrongInput(Problem(message, "make it by `alembic upgrade head`"))
    return file
