"""Python source laid out as ruff leaves it at 100 columns: calls, and long texts in pieces.

Owns lines and literals. What a call is for is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.render.revision.python import string

WIDTH = 100
INDENT = "    "

_PART = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\s+|[^\s'"`\[]+|.""", re.S)


@dataclass(frozen=True, slots=True)
class Code:
    """A name, a number, a literal: never broken."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A text in Python: what is too long for a line goes over several, cut at its blanks."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A keyword argument."""

    name: str
    value: Code | Words | Call


Argument = Code | Words | Call | Named


def call(name: str, *arguments: Argument | None) -> Call:
    """Of these arguments, those that there are."""
    return Call(name, tuple(one for one in arguments if one is not None))


def flat(node: Argument) -> str:
    match node:
        case Code():
            return node.text
        case Words():
            return string(node.text)
        case Named():
            return f"{node.name}={flat(node.value)}"
        case Call():
            return f"{node.name}({', '.join(map(flat, node.arguments))})"


def lines(node: Argument, depth: int, prefix: str = "", suffix: str = "") -> Iterator[str]:
    """At this depth, between `prefix` and `suffix`."""
    start = INDENT * depth
    whole = f"{start}{prefix}{flat(node)}{suffix}"
    if isinstance(node, Named):
        yield from lines(node.value, depth, f"{prefix}{node.name}=", suffix)
    elif fits(whole) or isinstance(node, Code):
        yield whole
    elif isinstance(node, Words):
        yield from _pieces(node.text, start, prefix, suffix)
    else:
        yield f"{start}{prefix}{node.name}("
        yield from _arguments(node, depth + 1)
        yield f"{start}){suffix}"


def _arguments(node: Call, depth: int) -> Iterator[str]:
    """On one line if they have room there, or else with a line for each."""
    together = INDENT * depth + ", ".join(map(flat, node.arguments))
    if fits(together):
        yield together
        return
    alone = len(node.arguments) == 1 and isinstance(node.arguments[0], Words)
    for argument in node.arguments:
        yield from lines(argument, depth, suffix="" if alone else ",")


def _pieces(text: str, start: str, prefix: str, suffix: str) -> Iterator[str]:
    room = WIDTH - len(start) - len(prefix) - len(suffix) - 2
    cut = list(_cut(text, room))
    for number, piece in enumerate(cut):
        last = number == len(cut) - 1
        yield f"{start}{prefix if not number else ''}{string(piece)}{suffix if last else ''}"


def _cut(text: str, room: int) -> Iterator[str]:
    """Behind blanks; a word that has no room on a line of its own is cut anywhere."""
    line = ""
    for word in re.findall(r"\S*\s*", text):
        if line and len(string(line + word)) - 2 > room:
            yield line
            line = ""
        line += word
        while len(string(line)) - 2 > room:
            yield line[: room // 2]
            line = line[room // 2 :]
    if line:
        yield line


def fits(line: str) -> bool:
    return "\n" not in line and len(line) <= WIDTH


def one_line(sql: str) -> str:
    """SQL without line breaks that mean nothing; where a comment may end with one, as it is."""
    if "--" in sql or "/*" in sql:
        return sql
    if not re.search(r"\s\s|[^\S ]", sql):
        return sql
    return "".join(" " if part.isspace() else part for part in _parts(sql)).strip()


def _parts(sql: str) -> Iterator[str]:
    """Without what stands alone inside a bracket."""
    parts = _PART.findall(sql)
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else ""
        behind = parts[number + 1] if number + 1 < len(parts) else ""
        if not (part.isspace() and (before.endswith("(") or behind.startswith(")"))):
            yield part


def block(name: str, *statements: str, first: str = "") -> list[str]:
    """A call whose texts stand between triple quotes, each from a line of its own."""
    said = [_quoted(statement) for statement in statements]
    if not first and len(said) == 1:
        return f"{name}({said[0]})".split("\n")
    inner = "".join(f"{INDENT}{one},\n" for one in (first, *said))
    return f"{name}(\n{inner})".split("\n")


def _quoted(text: str) -> str:
    printable = all(char.isprintable() or char == "\n" for char in text)
    if "\n" not in text or not printable or '"""' in text:
        return string(text)
    ends = "\n" if not text.endswith("\n") else ""
    return '"""\n' + text.replace("\\", "\\\\") + ends + '"""'


def comment(text: str, depth: int = 0) -> list[str]:
    """Lines that can be nothing but comments, whatever the text holds."""
    import textwrap

    start = INDENT * depth + "# "
    said = plain(text)
    if len(start + said) <= WIDTH:
        return [(start + said).rstrip()]
    wrapped = textwrap.wrap(said, WIDTH - len(start), break_on_hyphens=False)
    return [start + line for line in wrapped]


def plain(text: str) -> str:
    """On one line, and with no word for the tools that read Python's comments."""
    said = "".join(char if char.isprintable() else " " for char in text).strip()
    return re.sub(
        r"^(?=(type|fmt|ruff|isort|mypy|pragma|noqa|pyright|flake8)\b\s*(:|$))", "| ", said
    )
