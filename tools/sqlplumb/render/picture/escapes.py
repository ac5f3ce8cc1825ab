"""How a text is written in Mermaid and in DOT so that it stays a text. SVG's escapes are Mako's."""

from __future__ import annotations

import re

_NO_MERMAID = re.compile(r"""[#;"'`<>&\\%{}\[\]()|~:*_\n\r\t]""")


def quoted(text: str) -> str:
    """For DOT, between double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def worded(text: str) -> str:
    """For Mermaid, between double quotes: it knows signs by their number."""
    return _NO_MERMAID.sub(lambda match: f"#{ord(match[0])};", text)
