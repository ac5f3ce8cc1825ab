"""Find out what revisions changed: run each, compare what it finds with what it leaves, and follow
every object through its renames.

What a log is remembered by, `log` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.log import NO_LIFE, Log, LoggedChange, LoggedRevision
from sqlplumb.progress import counted
from sqlplumb.proof import DoneSource
from sqlplumb.render import words
from sqlplumb.render.review.statements import body_changes_of
from sqlplumb.schema import Ref
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.scripts import needed_revisions

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_DATE = re.compile(r"^Create Date: *(\d{4}-\d\d-\d\d)", re.MULTILINE)
_FILLS = {"INSERT", "REPLACE"}
_WRITES = {"UPDATE", "DELETE", *_FILLS}


def log_of(
    ahead: Sequence[Script], scripts: ScriptDirectory, *, behind: Log, settings: Settings
) -> Log:
    """Return the log that is known, and behind it that of these revisions."""
    builder = _Builder(behind)
    with counted(len(ahead), "revisions compared") as moved:
        compared = enumerate(_compared([*ahead], scripts, settings), 1)
        for number, (script, comparison, rows) in compared:
            builder.add(script, comparison, rows)
            moved(number)
    return builder.log


Rows = Sequence[tuple[str, str]]  # the table that a statement wrote rows of, and that in words


def _compared(
    ahead: list[Script], scripts: ScriptDirectory, settings: Settings
) -> Iterator[tuple[Script, Comparison, Rows]]:
    """Run each revision, and compare what it found with what it left. As long as each needs the
    one before it alone, two scratches do for them."""
    while ahead:
        with (
            open_replay(settings, "history", scripts) as base,
            open_replay(settings, "history", scripts) as done,
        ):
            current = needed_revisions(ahead[0])
            for replay in (base, done) if current else ():
                replay.reach(current)
            while ahead and needed_revisions(ahead[0]) == current:
                script, statements = ahead.pop(0), list[str]()
                done.scratch.record(statements)
                done.upgrade(script.revision)
                done.scratch.record(None)
                before = base.source()
                after = DoneSource(before, done, tuple(statements))
                comparison = compare_sources(before, after, settings.version_table, swaps="do")
                yield script, comparison, _rows_written(statements, settings)
                base.upgrade(script.revision)
                current = (script.revision,)


def _rows_written(statements: Sequence[str], settings: Settings) -> Rows:
    spoken = project_engine(settings)
    rows = []
    for effect in spoken.effects(statements):
        verb = spoken.verb_and_names(effect.statement)[0]
        table = effect.on if verb in _FILLS else effect.table
        if effect.work == "rows" and verb in _WRITES and table != settings.version_table:
            rows.append((table, effect.words))
    return rows


class _Builder:
    """Gives each object its number, and follows it through renames."""

    def __init__(self, log: Log) -> None:
        self.revisions = [*log.revisions]
        self.alive = dict(log.alive)
        lives = [change.life for logged in log.revisions for change in logged.changes]
        self.count = max((*lives, *self.alive.values(), NO_LIFE)) + 1

    @property
    def log(self) -> Log:
        return Log(revisions=tuple(self.revisions), alive=self.alive)

    def add(self, script: Script, comparison: Comparison, rows: Rows) -> None:
        before = dict(self.alive)
        lives = self._lives(comparison)
        shown = {id(change) for change in words.without_inline(comparison.changes)}
        changes = [
            self._logged(change, lives[change.ref], comparison, with_table=id(change) not in shown)
            for change in comparison.changes
        ]
        for table, told in dict.fromkeys(rows):
            ref = Ref("table", "", table)
            life = before.get(ref, self.alive.get(ref, NO_LIFE))
            if life != NO_LIFE:
                changes.append(LoggedChange(verb="rows", ref=ref, life=life, words=told))
        date = _DATE.search(script.longdoc or "")
        self.revisions.append(
            LoggedRevision(
                revision=script.revision,
                message=script.doc,
                file=script.path,
                date=date[1] if date else "",
                changes=tuple(changes),
            )
        )

    def _lives(self, comparison: Comparison) -> Mapping[Ref, int]:
        """Bring what is alive to where the revision leads; return the life of each change."""
        changes = comparison.changes
        tables = {
            change.current.ref.name: change.ref
            for change in changes
            if isinstance(change, Rename) and not change.ref.table
        }
        moved = {_moved(ref, tables): life for ref, life in self.alive.items()}
        gone: dict[Ref, int] = {}
        taken: dict[Ref, int] = {}
        for change in changes:
            match change:
                case Drop():
                    gone[change.ref] = self._take(moved, _moved(change.ref, tables))
                case Rename() | Alter():
                    taken[change.ref] = self._take(moved, _moved(change.current.ref, tables))
                case Create():
                    pass
        for change in changes:
            if isinstance(change, Create):
                taken[change.ref] = self._new()
        self._follow_unnamed(moved, comparison)
        self.alive = {**moved, **taken}
        return {**gone, **taken}

    def _take(self, moved: dict[Ref, int], ref: Ref) -> int:
        life = moved.pop(ref, NO_LIFE)
        return self._new() if life == NO_LIFE else life

    def _new(self) -> int:
        self.count += 1
        return self.count - 1

    def _follow_unnamed(self, moved: dict[Ref, int], comparison: Comparison) -> None:
        """A constraint without a name is called by its columns: where one of those is renamed, it
        has another address, and is no change."""
        known = comparison.desired.objects
        units = {ref.unit for ref in known}
        made = {change.ref for change in comparison.changes}
        lost = [ref for ref in moved if ref.unit in units and ref not in known]
        for ref in known:
            if ref in moved or ref in made:
                continue
            former = [gone for gone in lost if (gone.kind, gone.table) == (ref.kind, ref.table)]
            if former:
                lost.remove(former[0])
                moved[ref] = moved.pop(former[0])

    def _logged(
        self, change: Change, life: int, comparison: Comparison, *, with_table: bool
    ) -> LoggedChange:
        ref = change.ref
        table = ref.table_ref if ref.table else None
        also = ", with its table" if with_table else ""
        return LoggedChange(
            verb=change.verb,
            ref=ref,
            life=life,
            table_life=self.alive.get(table, NO_LIFE) if table else NO_LIFE,
            former=str(change.current.ref) if isinstance(change, Rename) else "",
            with_table=with_table,
            words=words.deed(change) + also,
            details=tuple(
                body_changes_of([change], comparison.current, comparison.desired)
                if isinstance(change, Alter)
                else ()
            ),
        )


def _moved(ref: Ref, tables: Mapping[str, Ref]) -> Ref:
    """Return the address under the names that tables have afterwards."""
    table = tables.get(ref.table) if ref.table else None
    return replace(ref, table=table.name, shown_table=table.shown) if table else ref
