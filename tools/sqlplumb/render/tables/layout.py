"""Python source laid out as ruff leaves it at 100 columns: calls, and long texts in pieces.

Owns lines and literals. What a call is for is not known here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.render.literals import literal

# What ruff has against lines of SQL, which stay as the author wrote them.
_HABITS = {
    "E501": lambda line: len(line.expandtabs(4)) > WIDTH,
    "W291": lambda line: line != line.rstrip() and line.strip(),
    "W293": lambda line: line != line.rstrip() and not line.strip(),
}


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
            return literal(node.text)
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
        yield f"{start}{prefix if not number else ''}{literal(piece)}{suffix if last else ''}"


def _cut(text: str, room: int) -> Iterator[str]:
    """Behind blanks; a word that has no room on a line of its own is cut anywhere."""
    line = ""
    for word in re.findall(r"\S*\s*", text):
        if line and len(literal(line + word)) - 2 > room:
            yield line
            line = ""
        line += word
        while len(literal(line)) - 2 > room:
            yield line[: room // 2]
            line = line[room // 2 :]
    if line:
        yield line


def fits(line: str) -> bool:
    return "\n" not in line and len(line) <= WIDTH


def block(name: str, *statements: str, first: str = "") -> list[str]:
    """A call whose texts stand between triple quotes, each from a line of its own. Words of the
    author that are longer than a line stay so, and ruff is told."""
    if not any(map(_is_block, statements)):
        texts = (Words(statement) for statement in statements)
        return list(lines(call(name, Code(first) if first else None, *texts), 0))
    said = [_quoted(statement) for statement in statements]
    alone = not first and len(said) == 1
    written = said[0] if alone else "".join(f"\n{INDENT}{one}," for one in (first, *said)) + "\n"
    found = f"{name}({written})".split("\n")
    bad = [code for code, is_so in _HABITS.items() if any(map(is_so, found))]
    if bad:
        found[-1] += f"  # noqa: {', '.join(bad)}"
    return found


def _is_block(text: str) -> bool:
    printable = all(char.isprintable() or char in "\n\t" for char in text)
    return "\n" in text and printable and '"""' not in text


def _quoted(text: str) -> str:
    if not _is_block(text):
        return literal(text)
    ends = "\n" if not text.endswith("\n") else ""
    return '"""\n' + text.replace("\\", "\\\\") + ends + '"""'


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
