"""What a history has renamed, read from the statements that its revisions run.

Names that change places are the same before and after: only what was run tells that they did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import Source, Told
from sqlplumb.errors import PlumbError
from sqlplumb.schema import Ref

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from sqlplumb.engines import Traced

Renames = dict[tuple[str, str], str]  # by table (none: it is one) and name: the former name


def told_by_history(settings: Settings, revisions: Collection[str]) -> Told:
    """All that was renamed up to these revisions, each run once more for it."""
    from sqlplumb.sources.history import open_replay

    renames: Renames = {}
    with open_replay(settings) as replay:
        for one in _up_to(replay.scripts, revisions):
            said: list[str] = []
            replay.scratch.record(said)
            replay.upgrade(one)
            _follow(renames, replay.scratch.traced(said))
    found = {
        (Ref("column" if table else "table", table, name), former)
        for (table, name), former in renames.items()
    }
    return Told(frozenset(found), "all", "the history")


def _up_to(scripts: ScriptDirectory, revisions: Collection[str]) -> list[str]:
    """In the order in which they run."""
    found = scripts.iterate_revisions(tuple(revisions), "base") if revisions else ()
    return [one.revision for one in found][::-1]


def told_by_database(opened: Source, settings: Settings) -> Told:
    """A database that no history ever changed tells it by its texts alone. One at a revision is
    asked about in the history, where that is here."""
    from sqlplumb.sources.scripts import is_revision, script_directory

    known = opened.at(settings.version_table)
    if not known:
        return Told(knows="nothing" if settings.has_history else "texts", by=opened.label)
    try:
        scripts = script_directory(settings)
        if settings.has_history and all(is_revision(one, scripts) for one in known):
            return told_by_history(settings, known)
    except PlumbError:
        pass  # whoever needs the history will say what is wrong with it
    return Told(by=opened.label)


def _follow(renames: Renames, traced: Traced) -> None:
    """What moved takes its past along; a name that was left has none."""
    tables = dict(_moved({("", new): ("", old) for new, old in traced.tables.items()}))
    later = {old[1]: new[1] for new, old in tables.items()}
    past = {(later.get(table, table), name): said for (table, name), said in renames.items()}
    columns = dict(
        _moved({(table, new): (table, old) for (table, new), old in traced.columns.items()})
    )
    moved = tables | columns
    left = {*moved.values()}
    renames.clear()
    renames.update({key: said for key, said in past.items() if key not in left})
    renames.update({new: old[1] for new, old in moved.items()})


Name = tuple[str, str]


def _moved(origins: dict[Name, Name]) -> Iterator[tuple[Name, Name]]:
    """Without what stayed, and without the copies of what stayed."""
    for new, old in origins.items():
        if new != old and origins.get(old) != old:
            yield new, old
