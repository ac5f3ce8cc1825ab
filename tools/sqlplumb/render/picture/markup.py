"""Write a picture as text that another program lays out: DOT for Graphviz, and Mermaid.

Mermaid has words for types and columns, and no other signs: what is no such word is written as one,
and its own spelling stands in the comment beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from sqlplumb.render.pages import render_page
from sqlplumb.render.picture.values import Box, Edge, Mark, Picture, Row, cut
from sqlplumb.render.picture.view import title

_COLOURS: dict[Mark, str] = {"": "#5f6b7c", "+": "#116329", "-": "#b3261e", "~": "#7a4b00"}
_PAPERS: dict[Mark, str] = {"": "#eef1f5", "+": "#dcf5e3", "-": "#fde4e1", "~": "#fdf0cf"}
_STYLES = {"table": "solid", "view": "dashed", "virtual table": "dotted", "missing": "dotted"}


@dataclass(frozen=True, slots=True)
class _Line:
    """Four cells with their ports, or one that is as wide as they are."""

    cells: tuple[tuple[str, str], ...]
    paper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    id: str
    name: str
    label: str
    tooltip: str
    lines: tuple[_Line, ...]
    colour: str
    paper: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrow:
    parent: str
    child: str
    tooltip: str
    tail: str
    head: str
    label: str
    colour: str
    style: str


def dot(picture: Picture) -> str:
    ids = {box.key: f"t{number}" for number, box in enumerate(picture.boxes, 1)}
    rows = {
        (box.key, row.column): at for box in picture.boxes for at, row in enumerate(box.columns)
    }
    nodes = [
        _Node(
            id=ids[box.key],
            name=f"{box.mark} {box.name}" if box.mark else box.name,
            label=box.label,
            tooltip=box.tooltip or box.name,
            lines=tuple(_lines(box)),
            colour=_COLOURS[box.mark],
            paper=_PAPERS[box.mark],
            style=_STYLES[box.kind],
        )
        for box in picture.boxes
    ]
    arrows = [_arrow(edge, ids, rows) for edge in picture.edges]
    return render_page("picture.dot", title=title(picture), nodes=nodes, arrows=arrows)


def _lines(box: Box) -> Iterator[_Line]:
    for at, row in enumerate(box.columns):
        if row.column:
            cells = (" ".join(row.keys), row.name, row.type, ", ".join(row.notes))
            yield _line(row, cells, (_port(at, "w"), "", "", _port(at, "e")))
        else:
            yield _line(row, (row.name,))
    if box.more:
        yield _Line(((f"… {box.more} more", ""),), "")
    for row in box.facts:
        yield _line(row, (row.name,))


def _line(row: Row, cells: tuple[str, ...], ports: tuple[str, ...] = ("",)) -> _Line:
    marked = (f"{row.mark} {cells[0]}".strip(), *cells[1:]) if row.mark else cells
    pairs = tuple(zip(marked, ports, strict=True))
    return _Line(pairs, _PAPERS[row.mark] if row.mark else "")


def _arrow(edge: Edge, ids: Mapping[str, str], rows: Mapping[tuple[str, str], int]) -> _Arrow:
    # A table that refers to itself: the arrow goes out and in again on the same side.
    child_side = "e" if edge.child == edge.parent else "w"
    ends = []
    for key, columns, side in (
        (edge.parent, edge.targets, "e"),
        (edge.child, edge.columns, child_side),
    ):
        row = next((rows[key, name] for name in columns if (key, name) in rows), None)
        ends.append(f"{ids[key]}:{'head' if row is None else _port(row, side)}:{side}")
    return _Arrow(
        parent=ends[0],
        child=ends[1],
        tooltip=edge.tooltip,
        tail="none" if edge.reads else "teetee" if edge.required else "teeodot",
        head="vee" if edge.reads else "teeodot" if edge.single else "crowodot",
        label=edge.mark,
        colour=_COLOURS[edge.mark],
        style="dashed" if edge.mark == "-" or edge.reads else "solid",
    )


def _port(row: int, side: str) -> str:
    return f"p{row}" if side == "w" else f"q{row}"


_WORD = re.compile(r"(?!(?:PK|FK|UK)\b)[A-Z_][A-Z0-9_()]*\Z", re.IGNORECASE | re.ASCII)
_LONGEST = 160
_KEYS = {"UQ": "UK"}
_ENDS = {  # by whether a child must have a parent, and whether a parent has one child at most
    (True, True): Markup("||--o|"),
    (True, False): Markup("||--o{"),
    (False, True): Markup("|o--o|"),
    (False, False): Markup("|o--o{"),
}
_READS = Markup("||..o{")
_NO_NAME = Markup("_")
_CLASSES: dict[Mark, str] = {"": "", "+": "created", "-": "dropped", "~": "altered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attribute:
    type: Markup
    name: Markup
    keys: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entity:
    id: str
    name: str
    attributes: tuple[_Attribute, ...]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    ends: Markup
    parent: str
    child: str
    label: str


def mermaid(picture: Picture) -> str:
    ids = {box.key: f"t{number}" for number, box in enumerate(picture.boxes, 1)}
    entities = []
    for box in picture.boxes:
        label = f"({box.label})" if box.label else ""
        entities.append(
            _Entity(
                id=ids[box.key],
                name=_spaced(box.mark, box.name, label),
                attributes=tuple(_attributes(box)),
                state=_CLASSES[box.mark],
            )
        )
    relations = [
        _Relation(
            ends=_READS if edge.reads else _ENDS[edge.required, edge.single],
            parent=ids[edge.parent],
            child=ids[edge.child],
            label="reads"
            if edge.reads
            else _spaced(edge.mark, ", ".join(edge.columns), edge.actions),
        )
        for edge in picture.edges
    ]
    return render_page(
        "picture.mmd",
        title=cut(title(picture), _LONGEST),
        entities=entities,
        relations=relations,
        is_difference=picture.is_difference,
    )


def _attributes(box: Box) -> Iterator[_Attribute]:
    for row in box.columns:
        if not row.column:
            kind = Markup("view") if row.reads else Markup("argument")
            yield _Attribute(type=kind, name=_NO_NAME, keys="", comment=_spaced(row.mark, row.name))
            continue
        type_, name = _word(row.type or "untyped"), _word(row.name)
        spelled = [text for word, text in ((name, row.name), (type_, row.type)) if text != word]
        comment = ", ".join([*filter(None, spelled), *row.notes])
        keys = ", ".join(_KEYS.get(key, key) for key in row.keys)
        yield _Attribute(type=type_, name=name, keys=keys, comment=_spaced(row.mark, comment))
    if box.more:
        yield _Attribute(
            type=Markup("more"), name=Markup("columns"), keys="", comment=f"{box.more} more"
        )
    for row in box.facts:
        yield _Attribute(
            type=Markup("also"), name=_NO_NAME, keys="", comment=_spaced(row.mark, row.name)
        )


def _spaced(*parts: str) -> str:
    return cut(" ".join(filter(None, parts)), _LONGEST)


def _word(text: str) -> Markup:
    """Return the text if Mermaid takes it for a word, or else a word that recalls it."""
    word = text if _WORD.match(text) else "_" + re.sub(r"[^A-Za-z0-9_()]", "_", text).strip("_")
    return Markup(word)  # noqa: S704 (a word of Mermaid)
