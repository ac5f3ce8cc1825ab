"""A history in outline: its revisions in the order of running, and what each must find.

As long as no file of it changes, the outline is remembered, and Alembic is not imported. Must never
know what a revision does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb import cache
from sqlplumb.config import Settings
from sqlplumb.sources import replay_cache
from sqlplumb.sources.positions import ends, has_an_end
from sqlplumb.sources.scripts import down_revisions, needed_revisions, script_directory
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlinedRevision:
    """`down` are the revisions to which its downgrade leads, `needs` those that must have run."""

    revision: str
    message: str
    file: str
    down: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """`revisions` stand in the order of running; `folder` is where env.py lies. It ends at `end`;
    that is nothing where nobody said that its heads are meant."""

    folder: str
    heads: tuple[str, ...]
    end: tuple[str, ...]
    revisions: Mapping[str, OutlinedRevision]

    def ancestors(self, at: Iterable[str]) -> frozenset[str]:
        """Return these revisions, and all that must have run before them."""
        needed: set[str] = set()
        waiting = [*at]
        while waiting:
            revision = waiting.pop()
            if revision not in needed:
                needed.add(revision)
                waiting += self.revisions[revision].needs
        return frozenset(needed)

    def pending(self, at: Iterable[str]) -> tuple[OutlinedRevision, ...]:
        """Return what has not run where these have, in the order of running."""
        done = self.ancestors(at)
        return tuple(
            outlined for outlined in self.revisions.values() if outlined.revision not in done
        )


def read_outline(
    settings: Settings, scripts: Callable[[], ScriptDirectory] | None = None
) -> Outline:
    """Return what is remembered, or else what these scripts are, or those of the project."""
    # What a MetaData names is no part of an outline, and what a history finds neither.
    key = replay_cache.history_key(replace(settings, metadata="", base=""), "outline:")
    if key and (entry := cache.load(key)):
        return _from_facts(entry[0])
    found = scripts() if scripts else script_directory(settings)
    outline = _outlined(found, settings)
    if key and replay_cache.are_closed(found, outline.heads):
        cache.save(key, _as_facts(outline), b"")
    return outline


def _outlined(scripts: ScriptDirectory, settings: Settings) -> Outline:
    walked = [*scripts.walk_revisions()][::-1]
    return Outline(
        folder=str(Path(scripts.dir)),
        heads=tuple(sorted(scripts.get_heads())),
        end=ends(scripts, settings) if has_an_end(scripts, settings) else (),
        revisions={script.revision: _revision(script, scripts) for script in walked},
    )


def _revision(script: Script, scripts: ScriptDirectory) -> OutlinedRevision:
    """A dependency may be written as the label of a branch."""
    needs = [scripts.get_revision(written) for written in needed_revisions(script)]
    return OutlinedRevision(
        revision=script.revision,
        message=script.doc,
        file=script.path,
        down=down_revisions(script),
        needs=tuple(needed.revision for needed in needs if needed),
    )


def _as_facts(outline: Outline) -> Mapping[str, Any]:
    revisions = [
        (outlined.revision, outlined.message, outlined.file, outlined.down, outlined.needs)
        for outlined in outline.revisions.values()
    ]
    ends = {"heads": outline.heads, "end": outline.end}
    return {"folder": outline.folder, **ends, "revisions": revisions}


def _from_facts(facts: Mapping[str, Any]) -> Outline:
    revisions = (
        OutlinedRevision(
            revision=revision, message=message, file=file, down=tuple(down), needs=tuple(needs)
        )
        for revision, message, file, down, needs in facts["revisions"]
    )
    return Outline(
        folder=facts["folder"],
        heads=tuple(facts["heads"]),
        end=tuple(facts["end"]),
        revisions={outlined.revision: outlined for outlined in revisions},
    )
