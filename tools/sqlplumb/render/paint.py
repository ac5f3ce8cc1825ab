"""The few colours of a report, or none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """What to write before a word of each sort, and `end` behind it."""

    current: str = ""
    desired: str = ""
    title: str = ""
    faint: str = ""
    end: str = ""


def visible(text: str) -> str:
    """Somebody's text for a terminal: what would steer it is shown and does nothing."""
    return "".join(
        _shown(char) if ord(char) < 32 or 127 <= ord(char) < 160 else char for char in text
    )


def _shown(char: str) -> str:
    return char if char in "\n\t" else repr(char)[1:-1]


PLAIN = Palette()
COLOURED = Palette(
    current="\x1b[31m", desired="\x1b[32m", title="\x1b[1m", faint="\x1b[2m", end="\x1b[0m"
)
