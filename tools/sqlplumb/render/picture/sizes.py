"""How wide a text is and how large a box, estimated so that no text leaves its box.

The fonts of whoever looks are not known: a sign is taken as wide as in the widest of the usual
monospaced fonts, and what lies beyond Latin is told its width, so that it keeps to it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlplumb.render.picture.values import Box, Row, cut

SIGN = 7.5  # of 12 pixels; bold is no wider
HEAD = 28.0
LINE = 18.0
PAD = 10.0
GAP = 14.0
STUB = 24.0  # beside a box, for the edges that are not drawn whole
LOOP = 26.0  # beside a box, for a table that refers to itself
_LONGEST = {"head": 48, "label": 48, "name": 36, "type": 28, "note": 48, "fact": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """`x` from the left of its box, `y` of its middle; `width` is what it may take."""

    x: float
    y: float
    text: str
    style: str
    width: float

    @property
    def is_told_its_width(self) -> bool:
        return not all(sign < "\u0250" or sign in "…→" for sign in self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a box: the row, the middle of it, and its texts."""

    row: Row
    y: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """A box with its texts, and how high in it each column lies."""

    box: Box
    width: float
    height: float
    head: tuple[Text, ...]
    lines: tuple[Line, ...]
    rule: float  # how high the line lies between the columns and other facts; 0: there is none

    def height_of(self, columns: tuple[str, ...]) -> float:
        """Return where an edge of these columns meets the box: at the first that is shown. What a
        view reads has a row as well."""
        rows = ((line.row.column or line.row.reads, line.y) for line in self.lines)
        spots = {name: y for name, y in rows if name}
        return next((spots[name] for name in columns if name in spots), HEAD / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tabs:
    """Where each column of text begins, the same in every line of a box."""

    keys: float
    name: float
    type: float
    notes: float


def width(text: str) -> float:
    signs = 0.0
    for sign in text:
        if sign < "\u0530":  # Latin, Greek, Cyrillic
            signs += 1
        else:
            is_wide = unicodedata.east_asian_width(sign) in "WF" or ord(sign) > 0xFFFF
            signs += 2 if is_wide else 1.5
    return SIGN * signs


def sized(box: Box) -> Sized:
    mark = f"{box.mark} " if box.mark else ""
    head = [_text(PAD, HEAD / 2, text=mark + cut(box.name, _LONGEST["head"]), style="name")]
    if box.label:
        left = PAD + head[0].width + GAP
        head.append(_text(left, HEAD / 2, text=cut(box.label, _LONGEST["label"]), style="label"))
    more = (Row(name=f"… {box.more} more"),) if box.more else ()
    rows = [*box.columns, *more, *box.facts]
    tabs = _tabs(box)
    lines = tuple(_line(row, HEAD + LINE * (at + 0.5) + 3, tabs) for at, row in enumerate(rows))
    texts = [*head, *(text for line in lines for text in line.texts)]
    above = len(box.columns) + len(more)
    return Sized(
        box=box,
        width=max(max(text.x + text.width for text in texts) + PAD, 90.0),
        height=HEAD + LINE * len(rows) + (6 if rows else 0),
        head=tuple(head),
        lines=lines,
        rule=HEAD + LINE * above + 3 if box.facts and above else 0,
    )


def _tabs(box: Box) -> _Tabs:
    marked = any(row.mark for row in (*box.columns, *box.facts))
    keys = PAD + (2 * SIGN if marked else 0)
    name = keys + max((width(_keys(row)) + SIGN for row in box.columns if row.keys), default=0)
    names = [width(cut(row.name, _LONGEST["name"])) for row in box.columns]
    types = [width(cut(row.type, _LONGEST["type"])) for row in box.columns]
    begins = name + max(names, default=0) + GAP
    notes = begins + (max(types) + GAP if any(types) else 0)
    return _Tabs(keys=keys, name=name, type=begins, notes=notes)


def _keys(row: Row) -> str:
    return " ".join(row.keys)


def _line(row: Row, y: float, tabs: _Tabs) -> Line:
    texts = [_text(PAD, y, text=row.mark, style="mark")]
    if row.column:
        texts += [
            _text(tabs.keys, y, text=_keys(row), style="key"),
            _text(tabs.name, y, text=cut(row.name, _LONGEST["name"]), style="column"),
            _text(tabs.type, y, text=cut(row.type, _LONGEST["type"]), style="type"),
            _text(tabs.notes, y, text=cut(", ".join(row.notes), _LONGEST["note"]), style="note"),
        ]
    else:
        texts.append(_text(tabs.keys, y, text=cut(row.name, _LONGEST["fact"]), style="fact"))
    return Line(row, y, tuple(text for text in texts if text.text))


def _text(x: float, y: float, text: str, style: str) -> Text:
    return Text(x=round(x, 1), y=y, text=text, style=style, width=round(width(text), 1))
