"""The comments of a file, each with the line that it speaks of. What they say is not read here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlplumb.engines.source import Remark
from sqlplumb.engines.sqlite.parse.lexer import GAP, NAME
from sqlplumb.places import place_finder

_PIECE = re.compile(rf"{NAME}|(?P<gap>{GAP})|.", re.DOTALL)
_GAPS = re.compile(rf"(?:{GAP})*+", re.DOTALL)


def remarks(files: Mapping[str, str], mark: str) -> Iterator[Remark]:
    """The comments that hold this mark: on a line of their own they speak of what follows."""
    for file, text in files.items():
        if mark not in text:
            continue
        place = place_finder(file, text)
        for match in _PIECE.finditer(text):
            if match["gap"] and mark in match.group():
                yield Remark(_inside(match.group()), place(match.start()), _line(text, match))


def _line(text: str, match: re.Match[str]) -> int:
    beside = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
    gaps = _GAPS.match(text, match.end())
    spot = match.start() if beside or gaps is None else gaps.end()
    return text.count("\n", 0, spot) + 1


def _inside(comment: str) -> str:
    return comment.removeprefix("--").removeprefix("/*").removesuffix("*/").strip()
