"""The templates of pictures. What goes into one is text until its filter has escaped it.

SVG's escapes are Mako's; those of Mermaid and DOT are here.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from sqlplumb.render.paint import render_template

_ESCAPES = "from sqlplumb.render.picture.templates import celled, quoted, worded"
# A line that is not inside a word is Markdown for bold, as a star is.
_STEERS_MERMAID = re.compile(r"""[#;"`<>&\\%{}*\n\r\t]|(?<![^\W_])_|_(?![^\W_])""")


def rendered(file: str, filtered: str, /, **values: Any) -> str:
    return render_template(__name__, file, filtered, _ESCAPES, **values)


def quoted(text: str) -> str:
    """For DOT, between double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def celled(text: str) -> str:
    """For a cell of a DOT table: it is XML, and yet a backslash means something there."""
    return escape(text.replace("\\", "\\\\"))


def worded(text: str) -> str:
    """For Mermaid, between double quotes: it knows signs by their number."""
    return _STEERS_MERMAID.sub(lambda match: f"#{ord(match[0])};", text)
