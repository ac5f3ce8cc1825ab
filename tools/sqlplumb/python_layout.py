"""Python source laid out as ruff leaves it: literals, calls, comments, texts over several lines.

Owns lines and literals. What a call is for must never be known here: not SQL, not SQLAlchemy, not
Alembic.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

INDENT = "    "
WIDTH = 100

# What ruff has against lines of somebody's text, which stay as the author wrote them.
_HABITS = {
    "E501": lambda line: len(line.expandtabs(4)) > WIDTH,
    "W291": lambda line: line != line.rstrip() and line.strip(),
    "W293": lambda line: line != line.rstrip() and not line.strip(),
}
_TO_TOOLS = r"(type:|fmt:|ruff:|isort:|mypy:|pyright:|pragma:|noqa|flake8[:-]|pylint:)"


def literal(text: str) -> str:
    """In the quotes that need fewer escapes, on one line."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_character(one, quote) for one in text) + quote


def _character(one: str, quote: str) -> str:
    if one in (quote, "\\"):
        return "\\" + one
    return one if one.isprintable() else repr(one)[1:-1]


def string(text: str) -> str:
    """A literal, or what goes over lines between triple quotes."""
    if "\n" in text.strip() and can_be_tripled(text) and '"' not in (text[0], text[-1]):
        return '"""' + text.replace("\\", "\\\\") + '"""'
    return literal(text)


def can_be_tripled(text: str) -> bool:
    """Can it stand between triple quotes as it is?"""
    return all(char.isprintable() or char in "\n\t" for char in text) and '"""' not in text


def tripled(text: str, ends: str) -> str:
    """Between triple quotes, from a line of its own; `ends` is what stands behind it."""
    return '"""\n' + text.replace("\\", "\\\\") + ends + '"""'


def identifier(name: str) -> str:
    """A Python name that recalls this one."""
    said = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    said = f"_{said}" if said[0].isdigit() or keyword.iskeyword(said) else said
    return said if said.isidentifier() else "table"


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


def lines(
    node: Argument, depth: int, *, prefix: str = "", suffix: str = "", width: int = WIDTH
) -> Iterator[str]:
    """At this depth, between `prefix` and `suffix`."""
    start = INDENT * depth
    whole = f"{start}{prefix}{flat(node)}{suffix}"
    if isinstance(node, Named):
        named = f"{prefix}{node.name}="
        yield from lines(node.value, depth, prefix=named, suffix=suffix, width=width)
    elif _fits(whole, width) or isinstance(node, Code):
        yield whole
    elif isinstance(node, Words):
        room = width - len(start) - len(prefix) - len(suffix) - 2
        *first, last = (literal(piece) for piece in _cut(node.text, room))
        pieces = [*first, last + suffix]
        yield start + prefix + pieces[0]
        yield from (start + piece for piece in pieces[1:])
    else:
        yield f"{start}{prefix}{node.name}("
        yield from _arguments(node, depth + 1, width)
        yield f"{start}){suffix}"


def _arguments(node: Call, depth: int, width: int) -> Iterator[str]:
    """On one line if they have room there, or else with a line for each."""
    together = INDENT * depth + ", ".join(map(flat, node.arguments))
    if _fits(together, width):
        yield together
        return
    alone = len(node.arguments) == 1 and isinstance(node.arguments[0], Words)
    for argument in node.arguments:
        yield from lines(argument, depth, suffix="" if alone else ",", width=width)


def _fits(line: str, width: int) -> bool:
    return "\n" not in line and len(line) <= width


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


def block(name: str, *texts: str, first: str = "") -> list[str]:
    """A call whose texts stand between triple quotes, each from a line of its own. Words of the
    author that are longer than a line stay so, and ruff is told."""
    if not any(map(_is_block, texts)):
        words = (Words(text) for text in texts)
        return list(lines(call(name, Code(first) if first else None, *words), 0))
    said = [_in_block(text) for text in texts]
    alone = not first and len(said) == 1
    written = said[0] if alone else "".join(f"\n{INDENT}{one}," for one in (first, *said)) + "\n"
    found = f"{name}({written})".split("\n")
    bad = [code for code, is_so in _HABITS.items() if any(map(is_so, found))]
    if bad:
        found[-1] += f"  # noqa: {', '.join(bad)}"
    return found


def _is_block(text: str) -> bool:
    return "\n" in text and can_be_tripled(text)


def _in_block(text: str) -> str:
    if not _is_block(text):
        return literal(text)
    return tripled(text, "" if text.endswith("\n") else "\n")


def comment(text: str, depth: int = 0, width: int = WIDTH) -> list[str]:
    """Lines that can be nothing but comments, whatever the text holds."""
    start = INDENT * depth + "# "
    said = plain(text)
    if len(start + said) <= width:
        return [(start + said).rstrip()]
    wrapped = textwrap.wrap(said, width - len(start), break_on_hyphens=False)
    return [start + line for line in wrapped]


def plain(text: str) -> str:
    """On one line, and with no word for the tools that read Python's comments."""
    said = "".join(char if char.isprintable() else " " for char in text).strip()
    said = re.sub(rf"#(?=\s*{_TO_TOOLS})", "|", said, flags=re.IGNORECASE)
    return re.sub(rf"\A(?={_TO_TOOLS})", "| ", said, flags=re.IGNORECASE)


def docstring(text: str) -> str:
    """Inside triple quotes, where nothing may end them and no backslash may mean more."""
    said = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return said.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').rstrip('"')
