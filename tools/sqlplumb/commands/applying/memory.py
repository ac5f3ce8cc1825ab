"""What one process knows of a history already, when it brings many databases to its end.

Nothing about a database is remembered, and nothing about a history that was touched meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlplumb.commands.applying.coming import Coming
from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from sqlplumb.engines import Snapshot
    from sqlplumb.sources.alembic_config import ProjectConfig


@dataclass(slots=True)
class Memory:
    """Revisions that were tried, by id and bytes; scratches, by how they were made."""

    tried: dict[str, Coming] = field(default_factory=dict)
    snapshots: dict[tuple[str, ...], Snapshot] = field(default_factory=dict)
    config: ProjectConfig | None = None
    scripts: ScriptDirectory | None = None


_KNOWN: dict[tuple[object, ...], Memory] = {}


def memory_of(settings: Settings) -> Memory:
    folder = plain_location(settings)
    if folder is None:
        return Memory()
    files = sorted((folder / "versions").glob("*.py"))
    stamps = tuple((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files)
    key = (repr(settings), stamps)
    if key not in _KNOWN:
        _KNOWN.clear()  # the last one is what counts
    return _KNOWN.setdefault(key, Memory())
