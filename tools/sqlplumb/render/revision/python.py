"""Python source, laid out as ruff lays it out: literals, calls, and SQL inside `op.execute`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from sqlplumb.render.literals import literal

WIDTH = 88
INDENT = "    "

_BIND = re.compile(r"(?<![:\w]):(?=\w)")


def string(text: str) -> str:
    """In the quotes that need fewer escapes; what goes over lines between triple ones."""
    if "\n" in text.strip() and _is_plain(text) and '"' not in (text[0], text[-1]):
        return '"""' + text.replace("\\", "\\\\") + '"""'
    return literal(text)


def call(name: str, arguments: Sequence[str], indent: int = 1, behind: str = "") -> list[str]:
    """On one line, or with its arguments on one of their own, or with a line for each."""
    start, inner = INDENT * indent, INDENT * (indent + 1)
    single = not any("\n" in argument for argument in arguments)
    whole = f"{start}{name}({', '.join(arguments)}){behind}"
    if single and len(whole) <= WIDTH:
        return [whole]
    middle = f"{inner}{', '.join(arguments)}"
    if single and len(middle) <= WIDTH:
        return [f"{start}{name}(", middle, f"{start}){behind}"]
    lines = [f"{inner}{argument.lstrip()}," for argument in arguments]
    return [f"{start}{name}(", *lines, f"{start}){behind}"]


def nested(name: str, arguments: Sequence[str], indent: int) -> str:
    """A call as an argument of another, at this depth: a comma will stand behind it."""
    return "\n".join(call(name, arguments, indent, behind=",")).lstrip().removesuffix(",")


def execute(sql: str, indent: int = 1) -> list[str]:
    """One statement. SQLAlchemy would take `:word` for a parameter, so that is escaped."""
    start = INDENT * indent
    escaped = _BIND.sub(r"\\:", sql)
    if not _is_read_back(escaped, sql):
        said = nested("sa.DDL", [string(sql.replace("%", "%%"))], indent + 1)
        return call("op.execute", [said], indent)
    one_line = f"{start}op.execute({string(escaped)})"
    if "\n" not in escaped and len(one_line) <= WIDTH:
        return [one_line]
    if not _is_plain(escaped):
        return call("op.execute", [string(escaped)], indent)
    return [f"{start}op.execute({_long(escaped)})"]


def _long(text: str) -> str:
    """Between triple quotes, from a line of its own; what ends with a quote, to one."""
    ends = "\n" if text.endswith('"') else ""
    return '"""\n' + text.replace("\\", "\\\\") + ends + '"""'


def _is_plain(text: str) -> bool:
    """Can it stand between triple quotes as it is?"""
    printable = all(char.isprintable() or char in "\n\t" for char in text)
    return printable and '"""' not in text


def _is_read_back(escaped: str, sql: str) -> bool:
    """Does SQLAlchemy hand on to the database what was meant?"""
    if ":" not in sql and "\\" not in sql:
        return True
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import dialect

    return str(sa.text(escaped).compile(dialect=dialect())) == sql


def identifier(name: str) -> str:
    """A Python name that recalls this one."""
    said = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    said = f"_{said}" if said[0].isdigit() or keyword.iskeyword(said) else said
    return said if said.isidentifier() else "table"


def comment(text: str, indent: int = 1) -> list[str]:
    """Lines that can be nothing but comments, whatever the text holds."""
    import textwrap

    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    width = WIDTH - 4 * indent - 2
    lines = textwrap.wrap(words, width, break_long_words=True, break_on_hyphens=False)
    return [f"{INDENT * indent}# {line}" for line in lines]
