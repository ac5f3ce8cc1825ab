"""A picture as a Mermaid `erDiagram`, for pages that draw such text themselves.

Mermaid has words for types and columns, and no other signs: what is no such word is written as one,
and its own spelling stands in the comment beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.render.picture.templates import rendered
from sqlplumb.render.picture.values import Box, Edge, Mark, Picture, Row, cut
from sqlplumb.render.picture.view import title

_WORD = re.compile(r"(?!(?:PK|FK|UK)\b)[A-Z_][A-Z0-9_()]*\Z", re.IGNORECASE | re.ASCII)
_LONGEST = 160
_KEYS = {"UQ": "UK"}
_CLASSES: dict[Mark, str] = {"": "", "+": "created", "-": "dropped", "~": "altered"}


@dataclass(frozen=True, slots=True)
class _Attribute:
    type: str
    name: str
    keys: str
    comment: str


@dataclass(frozen=True, slots=True)
class _Entity:
    id: str
    name: str
    attributes: tuple[_Attribute, ...]
    state: str


@dataclass(frozen=True, slots=True)
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
    return _Entity(name, cut(shown, _LONGEST), tuple(_attributes(box)), _CLASSES[box.mark])


def _attributes(box: Box) -> Iterator[_Attribute]:
    for row in box.columns:
        yield _column(row) if row.column else _fact(row, "argument")
    if box.more:
        yield _Attribute("more", "columns", "", f"{box.more} more")
    for row in box.facts:
        yield _fact(row, "also")


def _column(row: Row) -> _Attribute:
    type_, name = _word(row.type or "untyped"), _word(row.name)
    spelled = [
        text for word, text in ((name, row.name), (type_, row.type)) if text not in ("", word)
    ]
    keys = ", ".join(_KEYS.get(key, key) for key in row.keys)
    return _Attribute(type_, name, keys, _comment(row.mark, [*spelled, *row.notes]))


def _fact(row: Row, kind: str) -> _Attribute:
    return _Attribute(kind, "_", "", _comment(row.mark, [row.name]))


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
    return _Relation(ends, ids[edge.parent], ids[edge.child], cut(said, _LONGEST))
