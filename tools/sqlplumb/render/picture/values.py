"""What a picture says, before anybody decides how it looks: boxes with rows, and edges.

Values only. No file format, no size and no place on a page is known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sqlplumb.render.paint import one_line, visible

Mark = Literal["", "+", "-", "~"]  # what a difference does to it
BoxKind = Literal["table", "view", "virtual table", "missing"]


@dataclass(frozen=True, slots=True)
class Row:
    """A column, or another fact of a table. `said` is the author's own text, and what changed."""

    name: str
    type: str = ""
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mark: Mark = ""
    said: str = ""
    column: str = ""  # its name as edges call it; empty where it is no column


@dataclass(frozen=True, slots=True)
class Box:
    """A table, a view, a virtual table, or a table that is referred to and is not there."""

    key: str
    kind: BoxKind
    name: str
    label: str = ""
    columns: tuple[Row, ...] = ()
    facts: tuple[Row, ...] = ()
    more: int = 0  # columns that are left out
    mark: Mark = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A foreign key. `required`: each child has a parent. `single`: each parent has one child at
    most."""

    child: str
    parent: str
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    required: bool = False
    single: bool = False
    actions: str = ""
    mark: Mark = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Of one source, or of the difference of two: then `current` is said too. `focus` is the key of
    the box that it is about."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    desired: str
    current: str = ""
    is_difference: bool = False
    focus: str = ""


# No XML can hold these, not even by number.
_NOWHERE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def line(text: str) -> str:
    """A name, or a text that stands on one line."""
    return _legal(one_line(text))


def several_lines(text: str) -> str:
    return _legal(visible(text.replace("\r\n", "\n")))


def in_one_line(text: str) -> str:
    """A text whose blanks and ends of lines are only layout."""
    return line(" ".join(text.split()))


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _legal(text: str) -> str:
    return _NOWHERE.sub(lambda match: repr(match[0])[1:-1], text)
