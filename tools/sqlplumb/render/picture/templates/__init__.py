"""The templates of pictures. What goes into one is text until its filter has escaped it."""

from __future__ import annotations

from typing import Any

from sqlplumb.render import template

_ESCAPES = "from sqlplumb.render.picture.escapes import celled, quoted, worded"


def rendered(file: str, escape: str, /, **values: Any) -> str:
    return template.rendered(__name__, file, escape, _ESCAPES, **values)
