"""Whether a database is, in the very words, what the proofs say that the history ends with.

Nothing is replayed and no revision imported, so that it costs next to nothing; whatever is not
plainly so is somebody else's to look at more closely.
"""

from __future__ import annotations

from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location
from sqlplumb.engines import Source
from sqlplumb.proof.kept import proved_end


def is_at_proved_end(live: Source, settings: Settings) -> bool:
    folder = plain_location(settings)
    end = proved_end(folder) if folder else None
    if end is None:
        return False
    head, makes = end
    is_there = live.at(settings.version_table) == (head,)
    words = live.engine.wording
    return is_there and words(live.texts, settings.version_table) == makes
