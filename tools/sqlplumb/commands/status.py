"""Tell where the history, its schema and its databases stand, and what to do now.

Nothing is changed, and nobody waits. What a revision makes is taken from its proof where the words
are the same, and from the replays that are remembered; Alembic is imported where neither knows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, cached_property, partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from sqlplumb import limits
from sqlplumb.approvals import read_approvals
from sqlplumb.commands.accepting import compare_accepting
from sqlplumb.commands.databases import find_databases
from sqlplumb.commands.standing import count_drift
from sqlplumb.config import Settings
from sqlplumb.engines import EmptySource, LiveDatabase, Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.progress import each
from sqlplumb.proof.ledger import (
    LedgerEntry,
    entry_of_file,
    ledger_name,
    outdated,
    read_ledger,
)
from sqlplumb.sources import open_schema
from sqlplumb.sources.cut_history import advice_for_unknown
from sqlplumb.sources.database import from_environment, locate, project_engine, retry_if_changed
from sqlplumb.sources.history import open_history
from sqlplumb.sources.outline import OutlinedRevision, read_outline
from sqlplumb.sources.scripts import script_directory
from sqlplumb.status import (
    DatabaseStatus,
    HistoryStatus,
    RevisionStatus,
    SchemaStatus,
    Status,
)
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """The databases that are named, or that queries yield; or else those that are configured."""

    settings: Settings
    urls: tuple[str, ...] = ()
    queries: tuple[tuple[str, ...], ...] = ()


def status(options: StatusOptions) -> Iterator[Status]:
    """Yield the standing of the history, of its schema, and of each database, as each is known."""
    settings = options.settings
    urls = [*find_databases(options.urls, settings, options.queries)]
    if not (options.urls or options.queries or settings.databases):
        # Alembic's own URL says where a database would be, not that there is one.
        files = ((url, locate(url, Path(), settings).file) for url in urls)
        urls = [url for url, file in files if file is None or file.is_file()]
    if (options.urls or options.queries) and not urls:
        raise WrongInput(Problem("there is no database there", "name a URL, or a folder of them"))
    if not (settings.has_history or urls):
        advice = "run it where alembic.ini is, or name the URL of a database"
        raise WrongInput(Problem("there is no history here, and no database", advice))
    history = _History(settings) if settings.has_history else None
    if history:
        standing = history.status()
        yield standing
        if not standing.is_split:
            yield _schema_status(settings, history.scripts)
    with ExitStack() as stack:
        states = _States(settings, stack, history)
        for url in each(urls, "databases looked at"):
            try:
                look = partial(_database_status, url, history, states=states)
                with limits.piece():
                    found = retry_if_changed(look)
                yield found
            except PlumbError as error:
                yield DatabaseStatus(
                    database=without_password(url), state="unmeasured", error=error
                )


class _History:
    """The history in outline, and what is known of its proofs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.scripts = cache(partial(script_directory, settings))  # none, if all is remembered
        self.outline = read_outline(settings, self.scripts)
        self.proofs = read_ledger(Path(self.outline.folder, ledger_name(settings)))

    @cached_property
    def entries(self) -> Mapping[str, LedgerEntry]:
        """What each revision is now."""
        return {
            file.revision: entry_of_file(file.file, file.down, self.settings)
            for file in self.outline.revisions.values()
        }

    @cached_property
    def outdated(self) -> Mapping[str, str]:
        """Why what was proved is not so any more, by revision."""
        whys = {
            name: outdated(name, proof, self.entries.get(name))
            for name, proof in self.proofs.items()
        }
        return {name: why for name, why in whys.items() if why}

    def status(self) -> HistoryStatus:
        unproved = (
            self.revision_status(revision)
            for name, revision in self.outline.revisions.items()
            if name not in (*self.proofs, *self.settings.begins_at)
        )
        return HistoryStatus(
            folder=os.path.relpath(self.outline.folder),
            count=len(self.outline.revisions),
            heads=self.outline.heads,
            end=self.outline.end,
            unproved=tuple(unproved),
            outdated=tuple(self.outdated.values()),
        )

    def revision_status(self, revision: OutlinedRevision) -> RevisionStatus:
        name = revision.revision
        why = self.outdated.get(name, "") if name in self.proofs else "it was never proved"
        return RevisionStatus(
            revision=name,
            message=revision.message,
            file=os.path.relpath(revision.file),
            unproved=why,
        )

    def unapproved(self, pending: Sequence[RevisionStatus]) -> list[str]:
        """Return those that fewer approve than the settings ask for."""
        needed = self.settings.apply.approvals
        return [
            revision.revision
            for revision in pending
            if needed and len(read_approvals(Path(revision.file).read_bytes()).valid) < needed
        ]

    def wording(self, revision: str) -> str:
        """Return the wording of what a revision makes; nothing where no proof can tell."""
        needed = self.outline.ancestors((revision,))
        is_proved = needed <= self.proofs.keys() and needed.isdisjoint(self.outdated)
        return self.proofs[revision].makes if is_proved else ""


def _schema_status(settings: Settings, scripts: Callable[[], ScriptDirectory]) -> SchemaStatus:
    try:
        schema = open_schema(settings)
        with limits.piece(), open_history("", settings, scripts) as history:
            comparison = compare_accepting(history, schema, settings)
        return SchemaStatus(source=schema.label, comparison=comparison)
    except PlumbError as error:
        return SchemaStatus(source=" ".join(settings.schema), error=error)


class _States:
    """What the history makes of the revisions that databases name, each made once."""

    def __init__(self, settings: Settings, stack: ExitStack, history: _History | None) -> None:
        self.settings = settings
        self._scripts = history.scripts if history else None
        self._stack = stack
        self._sources: dict[tuple[str, ...], Source] = {}

    def at(self, revisions: tuple[str, ...]) -> Source:
        if revisions not in self._sources:
            self._sources[revisions] = self._open(revisions)
        return self._sources[revisions]

    def _open(self, revisions: tuple[str, ...]) -> Source:
        if not (revisions or self.settings.base):
            return EmptySource(project_engine(self.settings))
        written = ",".join(sorted(revisions)) or "base"
        return self._stack.enter_context(open_history(written, self.settings, self._scripts))


def _database_status(url: str, history: _History | None, *, states: _States) -> DatabaseStatus:
    settings = states.settings
    with locate(from_environment(url), Path(), settings).open() as live:
        status = partial(
            DatabaseStatus, database=live.label, warnings=(*live.passed_over, *live.leftovers())
        )
        name = quote(url if url.startswith("env:") else live.label)
        if history is None:
            return _without_history(live, settings, name=name, status=status)
        at = live.at(settings.version_table)
        if unknown := [revision for revision in at if revision not in history.outline.revisions]:
            to_do = f"the history does not know {' and '.join(unknown)}: "
            return status(state="unknown", at=at, to_do=to_do + advice_for_unknown(settings))
        is_new = not (at or live.texts.keys() - {settings.version_table})
        differences = 0 if is_new else _count_drift(live, at, history, states=states)
        if not (at or is_new) and (differences or not settings.begins_unmarked):
            adopt = f"`sqlplumb adopt {name}` says what it is, and stamps it"
            if not live.engine.applies:
                adopt = (
                    f"where `sqlplumb diff {name} history@REV` finds nothing, `alembic stamp REV`"
                    " says that it is there"
                )
            return status(state="unversioned", to_do=adopt)
        pending = tuple(
            map(history.revision_status, history.outline.pending(at or settings.begins_at))
        )
        if differences:
            shown = f"history@{','.join(at) or 'base'}"
            to_do = f"`sqlplumb diff {name} {shown}` shows what somebody changed by hand"
            return status(
                state="drift", at=at, pending=pending, differences=differences, to_do=to_do
            )
        if not pending:
            return status(state="plumb", at=at, differences=0)
        to_do = _way_on(name, history, pending, upgrading=live.engine.upgrading)
        return status(state="behind", at=at, pending=pending, differences=0, to_do=to_do)


def _count_drift(
    live: LiveDatabase, at: tuple[str, ...], history: _History, *, states: _States
) -> int:
    """Count the differences from what the history makes there. Its proof tells the words of that,
    and nothing is replayed for a database that has the very same."""
    table = states.settings.version_table
    wording = history.wording(at[0]) if len(at) == 1 else ""
    if wording and live.engine.wording(live.texts, table) == wording:
        return 0
    return count_drift(live, states.at(at), states.settings)


def _way_on(
    name: str, history: _History, pending: tuple[RevisionStatus, ...], *, upgrading: str
) -> str:
    if not history.outline.end:
        upgrade = upgrading.partition(" {")[0]
        return f"`alembic merge heads` joins the heads; then `sqlplumb prove` and `{upgrade}`"
    is_proved = not (history.outdated or any(revision.unproved for revision in pending))
    commands = [] if is_proved else ["`sqlplumb prove`"]
    if waiting := history.unapproved(pending):
        revisions = waiting[0] if len(waiting) == 1 else f"{waiting[0]}:{waiting[-1]}"
        commands.append(f"`sqlplumb review {revisions} --approve NAME`")
    return ", then ".join((*commands, f"`{upgrading.format(url=name)}`"))


def _without_history(
    live: LiveDatabase,
    settings: Settings,
    *,
    name: str,
    status: Callable[..., DatabaseStatus],
) -> DatabaseStatus:
    """Hold it against schema.sql, which is all there is."""
    count = count_drift(live, open_schema(settings), settings)
    to_do = f"`sqlplumb check {name}` shows what differs" if count else ""
    return status(state="drift" if count else "plumb", differences=count, to_do=to_do)
