"""Texts in Python: SQL on one line, comments that can be nothing else."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

WIDTH = 100
INDENT = "    "

_TO_TOOLS = r"(type:|fmt:|ruff:|isort:|mypy:|pyright:|pragma:|noqa|flake8[:-]|pylint:)"

_PART = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\s+|[^\s'"`\[]+|.""", re.S)


def one_line(sql: str) -> str:
    """SQL without line breaks that mean nothing; where a comment may end with one, as it is."""
    if "--" in sql or "/*" in sql:
        return unix(sql)
    if not re.search(r"\s\s|[^\S ]", sql):
        return sql
    return "".join(" " if part.isspace() else part for part in _parts(sql)).strip()


def unix(sql: str) -> str:
    """With the ends of lines that every checkout has; inside quotes they are the author's."""
    if "\r" not in sql:
        return sql
    parts = _PART.findall(sql)
    return "".join(one if one[0] in "'\"`[" else one.replace("\r\n", "\n") for one in parts)


def _parts(sql: str) -> Iterator[str]:
    """Without what stands alone inside a bracket."""
    parts = _PART.findall(sql)
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else ""
        behind = parts[number + 1] if number + 1 < len(parts) else ""
        if not (part.isspace() and (before.endswith("(") or behind.startswith(")"))):
            yield part


def comment(text: str, depth: int = 0) -> list[str]:
    """Lines that can be nothing but comments, whatever the text holds."""
    start = INDENT * depth + "# "
    said = plain(text)
    if len(start + said) <= WIDTH:
        return [(start + said).rstrip()]
    wrapped = textwrap.wrap(said, WIDTH - len(start), break_on_hyphens=False)
    return [start + line for line in wrapped]


def plain(text: str) -> str:
    """On one line, and with no word for the tools that read Python's comments."""
    said = "".join(char if char.isprintable() else " " for char in text).strip()
    said = re.sub(rf"#(?=\s*{_TO_TOOLS})", "|", said, flags=re.IGNORECASE)
    return re.sub(rf"\A(?={_TO_TOOLS})", "| ", said, flags=re.IGNORECASE)
