"""Write a picture as text that another program lays out: DOT for Graphviz, and Mermaid.

Mermaid has words for types and columns, and no other signs: what is no such word is written as one,
and its own spelling stands in the comment beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.render.picture.templates import rendered
from sqlplumb.render.picture.values import Box, Edge, Mark, Picture, Row, cut
from sqlplumb.render.picture.view import title

_COLOURS: dict[Mark, str] = {"": "#5f6b7c", "+": "#116329", "-": "#b3261e", "~": "#7a4b00"}
_PAPERS: dict[Mark, str] = {"": "#eef1f5", "+": "#dcf5e3", "-": "#fde4e1", "~": "#fdf0cf"}
_STYLES = {"table": "solid", "view": "dashed", "virtual table": "dotted", "missing": "dotted"}


@dataclass(frozen=True, slots=True)
class _Line:
    """Four cells, with a port for each side; or one that is as wide as they are."""

    cells: tuple[str, ...]
    paper: str
    ports: tuple[str, ...] = ("", "", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    id: str
    name: str
    label: str
    said: str
    lines: tuple[_Line, ...]
    colour: str
    paper: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrow:
    parent: str
    child: str
    said: str
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
    return rendered(
        "picture.dot.mako",
        "quoted",
        title=title(picture),
        nodes=[_node(box, ids[box.key]) for box in picture.boxes],
        arrows=[_arrow(edge, ids, rows) for edge in picture.edges],
    )


def _node(box: Box, name: str) -> _Node:
    return _Node(
        id=name,
        name=f"{box.mark} {box.name}".strip() if box.mark else box.name,
        label=box.label,
        said=box.said or box.name,
        lines=tuple(_lines(box)),
        colour=_COLOURS[box.mark],
        paper=_PAPERS[box.mark],
        style=_STYLES[box.kind],
    )


def _lines(box: Box) -> Iterator[_Line]:
    for at, row in enumerate(box.columns):
        if row.column:
            cells = (" ".join(row.keys), row.name, row.type, ", ".join(row.notes))
            yield _line(row, cells, (_port(at, "w"), "", "", _port(at, "e")))
        else:
            yield _line(row, (row.name,))
    if box.more:
        yield _Line((f"… {box.more} more",), "")
    for row in box.facts:
        yield _line(row, (row.name,))


def _line(row: Row, cells: tuple[str, ...], ports: tuple[str, ...] = ("",)) -> _Line:
    marked = (f"{row.mark} {cells[0]}".strip(), *cells[1:]) if row.mark else cells
    return _Line(marked, _PAPERS[row.mark] if row.mark else "", ports)


def _arrow(edge: Edge, ids: Mapping[str, str], rows: Mapping[tuple[str, str], int]) -> _Arrow:
    def end(key: str, columns: tuple[str, ...], side: str) -> str:
        at = next((rows[key, name] for name in columns if (key, name) in rows), None)
        return f"{ids[key]}:{_port(at, side)}:{side}"

    loops = edge.child == edge.parent
    return _Arrow(
        parent=end(edge.parent, edge.targets, "e"),
        child=end(edge.child, edge.columns, "e" if loops else "w"),
        said=edge.said,
        tail="teetee" if edge.required else "teeodot",
        head="teeodot" if edge.single else "crowodot",
        label=edge.mark,
        colour=_COLOURS[edge.mark],
        style="dashed" if edge.mark == "-" else "solid",
    )


def _port(row: int | None, side: str) -> str:
    if row is None:
        return "head"
    return f"p{row}" if side == "w" else f"q{row}"


_WORD = re.compile(r"(?!(?:PK|FK|UK)\b)[A-Z_][A-Z0-9_()]*\Z", re.IGNORECASE | re.ASCII)
_LONGEST = 160
_KEYS = {"UQ": "UK"}
_CLASSES: dict[Mark, str] = {"": "", "+": "created", "-": "dropped", "~": "altered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attribute:
    type: str
    name: str
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
    ends: str
    parent: str
    child: str
    label: str


def mermaid(picture: Picture) -> str:
    ids = {box.key: f"t{number}" for number, box in enumerate(picture.boxes, 1)}
    return rendered(
        "picture.mmd.mako",
        "worded",
        title=cut(title(picture), _LONGEST),
        entities=[_entity(box, ids[box.key]) for box in picture.boxes],
        relations=[_relation(edge, ids) for edge in picture.edges],
        is_difference=picture.is_difference,
    )


def _entity(box: Box, name: str) -> _Entity:
    shown = " ".join(
        part for part in (box.mark, box.name, f"({box.label})" * bool(box.label)) if part
    )
    return _Entity(
        id=name,
        name=cut(shown, _LONGEST),
        attributes=tuple(_attributes(box)),
        state=_CLASSES[box.mark],
    )


def _attributes(box: Box) -> Iterator[_Attribute]:
    for row in box.columns:
        yield _column(row) if row.column else _fact(row, "argument")
    if box.more:
        yield _Attribute(type="more", name="columns", keys="", comment=f"{box.more} more")
    for row in box.facts:
        yield _fact(row, "also")


def _column(row: Row) -> _Attribute:
    type_, name = _word(row.type or "untyped"), _word(row.name)
    spelled = [
        text for word, text in ((name, row.name), (type_, row.type)) if text not in ("", word)
    ]
    keys = ", ".join(_KEYS.get(key, key) for key in row.keys)
    return _Attribute(
        type=type_, name=name, keys=keys, comment=_comment(row.mark, [*spelled, *row.notes])
    )


def _fact(row: Row, kind: str) -> _Attribute:
    return _Attribute(type=kind, name="_", keys="", comment=_comment(row.mark, [row.name]))


def _comment(mark: Mark, parts: list[str]) -> str:
    said = ", ".join(parts)
    return cut(f"{mark} {said}".strip() if mark else said, _LONGEST)


def _word(text: str) -> str:
    if _WORD.match(text):
        return text
    return "_" + re.sub(r"[^A-Za-z0-9_()]", "_", text).strip("_")


def _relation(edge: Edge, ids: dict[str, str]) -> _Relation:
    ends = ("||" if edge.required else "|o") + "--" + ("o|" if edge.single else "o{")
    said = " ".join(part for part in (edge.mark, ", ".join(edge.columns), edge.actions) if part)
    return _Relation(
        ends=ends, parent=ids[edge.parent], child=ids[edge.child], label=cut(said, _LONGEST)
    )
