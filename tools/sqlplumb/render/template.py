"""Templates that lie beside what renders them. What goes into one is text until a filter of it has
escaped it; no template decides anything."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


def rendered(package: str, file: str, escape: str, imports: str = "", /, **values: Any) -> str:
    """Every `${...}` goes through this filter, unless it says `n`."""
    return str(_template(package, file, escape, imports).render(**values))


@cache
def _template(package: str, file: str, escape: str, imports: str) -> Any:
    from mako.template import Template  # type: ignore[import-untyped]

    text = (files(package) / file).read_text("utf-8")
    known = [imports] if imports else []
    return Template(text, default_filters=["str", escape], imports=known)  # noqa: S702 (escapes)
