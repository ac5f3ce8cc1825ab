"""A picture in words, for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.render.picture.values import Mark, Picture
from sqlplumb.render.words import counted

_DEEDS: dict[Mark, str] = {"": "", "+": " is created", "-": " is dropped", "~": " is altered"}


def title(picture: Picture) -> str:
    """`schema.sql: 14 tables, 2 views`."""
    kinds = [box.kind for box in picture.boxes]
    parts = [counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds) if kind != "missing"]
    said = ", ".join(parts) or "nothing in it"
    whole = picture.desired
    if picture.is_difference:
        whole = f"what makes {picture.current} into {picture.desired}"
    focus = next((box.name for box in picture.boxes if box.key == picture.focus), "")
    return f"{whole}{f' around {focus}' if focus else ''}: {said}"


def description(picture: Picture) -> str:
    return "\n".join(_sentences(picture))


def _sentences(picture: Picture) -> Iterator[str]:
    names = {box.key: box.name for box in picture.boxes}
    for box in picture.boxes:
        parents = [names[edge.parent] for edge in picture.edges if edge.child == box.key]
        refers = f" refers to {', '.join(dict.fromkeys(parents))}" if parents else ""
        deed = _DEEDS[box.mark]
        said = f"{deed}, and" if deed and refers else deed
        yield f"{box.kind} {box.name}{said}{refers}."
