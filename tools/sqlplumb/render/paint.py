"""Show somebody's text: what would steer a terminal, or the log of a CI, is only shown."""

from __future__ import annotations

import re

from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The control codes to write before text of each sort, and `end` after it."""

    current: str = ""
    desired: str = ""
    title: str = ""
    faint: str = ""
    end: str = ""


_STEERS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
# `##[group]`, `##vso[...]`, `##teamcity[...]` are commands wherever they stand, `::group::` is one
# where a line begins with it.
_COMMANDS = re.compile(r"#(?=#\w*\[)|(?<![^\n])(?P<margin>[ \t]*):(?=:)")


def visible(text: str) -> str:
    """Show by its name what would steer a terminal, turn the direction of text round, or be a
    command of the log that a CI keeps."""
    if not text.isprintable():
        text = re.sub(_STEERS, lambda match: _name(match[0]), text)
    return _COMMANDS.sub(_as_text, text) if "##" in text or "::" in text else text


def _as_text(command: re.Match[str]) -> str:
    return f"{command['margin'] or ''}\\x{ord(command[0][-1]):02x}"


def one_line(text: str) -> str:
    """Return a name or a label on one line, so that it cannot begin a line of its own."""
    return visible(text).replace("\n", _name("\n"))


def _name(sign: str) -> str:
    """Return the picture of a control character, `␛`, or the number of one that has none,
    `<U+202E>`."""
    code = ord(sign)
    if code == _DELETE:
        return chr(_PICTURES + 0x21)
    return chr(_PICTURES + code) if code < ord(" ") else f"<U+{code:04X}>"


_PICTURES, _DELETE = 0x2400, 0x7F


PLAIN = Palette()
COLOURED = Palette(
    current="\x1b[31m", desired="\x1b[32m", title="\x1b[1m", faint="\x1b[2m", end="\x1b[0m"
)
