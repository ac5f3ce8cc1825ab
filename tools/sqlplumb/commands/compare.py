"""Any source against any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes.measure import Measure
from sqlplumb.commands.measure import measure
from sqlplumb.config import Settings
from sqlplumb.sources import open_source
from sqlplumb.sources.database import looked_again

if TYPE_CHECKING:
    from sqlplumb.commands.swaps import Swaps


def compare(
    current: str, desired: str, settings: Settings, whole: bool = False, swaps: Swaps = ""
) -> Measure:
    def look() -> Measure:
        with (
            open_source(current, settings, Path()) as one,
            open_source(desired, settings, Path()) as other,
        ):
            return measure(one, other, settings.version_table, whole, frozenset(), swaps)

    return looked_again(look)
