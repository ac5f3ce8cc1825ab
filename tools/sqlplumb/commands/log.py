"""What each revision of a history changed, as it is remembered; only new revisions run.

A log is remembered as replays are, by all that made it. How it is found out, `log_of_revisions`
knows; what is shown of it, `render`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlplumb import cache
from sqlplumb.config import Settings
from sqlplumb.log import Log, LoggedChange, LoggedRevision
from sqlplumb.schema import Ref
from sqlplumb.sources import replay_cache
from sqlplumb.sources.positions import last_of
from sqlplumb.sources.scripts import script_directory

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


def read_log(settings: Settings) -> Log:
    """Return the log of the whole history."""
    key = replay_cache.history_key(settings, f"log:{settings.ignore.patterns}")
    if key and (entry := cache.load(key)):
        return _from_facts(entry[0], settings)
    scripts = script_directory(settings)
    heads = last_of(scripts, scripts.get_heads())
    log = log_up_to(heads, scripts, settings)
    if key and replay_cache.are_closed(scripts, heads):
        cache.save(key, _as_facts(log, settings), b"")
    return log


def log_up_to(revisions: Collection[str], scripts: ScriptDirectory, settings: Settings) -> Log:
    """Return the log of these revisions and all before them. It goes on from what is remembered."""
    if not revisions:
        return Log(alive={})
    from sqlplumb.commands.log_of_revisions import log_of  # which what is remembered need not

    revisions = last_of(scripts, revisions)
    ahead = [*scripts.iterate_revisions(revisions, "base")][::-1]
    states = replay_cache.state_keys(scripts, revisions, settings)
    keys = {revision: _key(state, settings) for revision, state in states}
    known = cache.names() if settings.cache else frozenset[str]()
    behind = Log(alive={})
    for place in range(len(ahead), 0, -1):
        key = keys.get(ahead[place - 1].revision, "")
        if key in known and (entry := cache.load(key)):
            behind, ahead = _from_facts(entry[0], settings), ahead[place:]
            break
    log = log_of(ahead, scripts, behind=behind, settings=settings)
    if ahead and states and settings.cache and replay_cache.are_closed(scripts, revisions):
        cache.save(_key(states[-1][1], settings), _as_facts(log, settings), b"")
    return log


def _key(state: str, settings: Settings) -> str:
    """What the settings ignore is in no log."""
    return blake2b(f"log {state} {settings.ignore.patterns}".encode(), digest_size=20).hexdigest()


# --------------------------------------------------------------------- to be remembered


def _as_facts(log: Log, settings: Settings) -> Mapping[str, Any]:
    return {
        "alive": [[_of_ref(ref), life] for ref, life in log.alive.items()],
        "revisions": [
            [
                *(
                    logged.revision,
                    logged.message,
                    os.path.relpath(logged.file, settings.root),
                    logged.date,
                ),
                [_of_change(change) for change in logged.changes],
            ]
            for logged in log.revisions
        ],
    }


def _of_ref(ref: Ref) -> list[str]:
    fields = (ref.kind, ref.table, ref.name, ref.namespace, ref.shown, ref.shown_table, ref.about)
    return [*fields]


def _of_change(change: LoggedChange) -> list[Any]:
    lives = (change.life, change.table_life)
    told = (change.former, change.with_table, change.words, change.details)
    return [change.verb, _of_ref(change.ref), *lives, *told]


def _from_facts(facts: Mapping[str, Any], settings: Settings) -> Log:
    return Log(
        alive={_to_ref(ref): life for ref, life in facts["alive"]},
        revisions=tuple(
            LoggedRevision(
                revision=revision,
                message=message,
                file=str(settings.root / file),
                date=date,
                changes=tuple(map(_to_change, changes)),
            )
            for revision, message, file, date, changes in facts["revisions"]
        ),
    )


def _to_ref(fields: Sequence[str]) -> Ref:
    kind, table, name, namespace, shown, shown_table, about = fields
    return Ref(
        kind, table, name, namespace=namespace, shown=shown, shown_table=shown_table, about=about
    )


def _to_change(fields: Sequence[Any]) -> LoggedChange:
    verb, ref, life, table_life, former, with_table, told, details = fields
    return LoggedChange(
        verb=verb,
        ref=_to_ref(ref),
        life=life,
        table_life=table_life,
        former=former,
        with_table=with_table,
        words=told,
        details=tuple(details),
    )
