"""The templates of pictures. What goes into one is text until its filter has escaped it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

_ESCAPES = "from sqlplumb.render.picture.escapes import celled, quoted, worded"


def rendered(file: str, escape: str, /, **values: Any) -> str:
    """Every `${...}` goes through this filter, unless it says `n`."""
    return str(_template(file, escape).render(**values))


@cache
def _template(file: str, escape: str) -> Any:
    from mako.template import Template  # type: ignore[import-untyped]

    text = (files("sqlplumb.render.picture.templates") / file).read_text("utf-8")
    return Template(text, default_filters=["str", escape], imports=[_ESCAPES])  # noqa: S702 (escapes)
