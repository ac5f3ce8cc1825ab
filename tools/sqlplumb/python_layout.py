"""Python source laid out as ruff leaves it: literals, calls, comments, texts over several lines.

Owns lines and literals. What a call is for must never be known here: not SQL, not SQLAlchemy, not
Alembic.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
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
    """Write a text on one line, in the quotes that need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    written = ""
    for char in text:
        if char in (quote, "\\"):
            written += "\\" + char
        else:
            written += char if char.isprintable() else repr(char)[1:-1]
    return quote + written + quote


def string(text: str) -> str:
    """Write a text as a literal, or over several lines between triple quotes."""
    if "\n" in text.strip() and can_be_tripled(text) and '"' not in (text[0], text[-1]):
        return '"""' + text.replace("\\", "\\\\") + '"""'
    return literal(text)


def can_be_tripled(text: str) -> bool:
    """Return whether a text can stand between triple quotes as it is."""
    return all(char.isprintable() or char in "\n\t" for char in text) and '"""' not in text


def tripled(text: str, ends: str) -> str:
    """Write a text between triple quotes, from a line of its own; `ends` follows the text."""
    return '"""\n' + text.replace("\\", "\\\\") + ends + '"""'


def identifier(name: str) -> str:
    """Return a Python name that recalls this one."""
    word = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    word = f"_{word}" if word[0].isdigit() or keyword.iskeyword(word) else word
    return word if word.isidentifier() else "table"


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
class Listing:
    """A list of values."""

    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A keyword argument."""

    name: str
    value: Code | Words | Call | Listing


Argument = Code | Words | Call | Listing | Named


def call(name: str, *arguments: Argument | None) -> Call:
    """Return a call with these arguments, without those that are None."""
    return call_with(name, arguments)


def call_with(name: str, arguments: Iterable[Argument | None]) -> Call:
    """Return a call with a list of arguments, without those that are None."""
    return Call(name, tuple(argument for argument in arguments if argument is not None))


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
        case Listing():
            return f"[{', '.join(map(flat, node.arguments))}]"


def lines(
    node: Argument, depth: int, *, prefix: str = "", suffix: str = "", width: int = WIDTH
) -> Iterator[str]:
    """Lay out a node at this depth, between `prefix` and `suffix`."""
    start = INDENT * depth
    line = f"{start}{prefix}{flat(node)}{suffix}"
    if isinstance(node, Named):
        named = f"{prefix}{node.name}="
        yield from lines(node.value, depth, prefix=named, suffix=suffix, width=width)
    elif _fits(line, width) or isinstance(node, Code):
        yield line
    elif isinstance(node, Words):
        room = width - len(start) - len(prefix) - len(suffix) - 2
        *first, last = (literal(piece) for piece in _cut(node.text, room))
        pieces = [*first, last + suffix]
        yield start + prefix + pieces[0]
        yield from (start + piece for piece in pieces[1:])
    else:
        opens, closes = (f"{node.name}(", ")") if isinstance(node, Call) else ("[", "]")
        yield f"{start}{prefix}{opens}"
        together = start + INDENT + ", ".join(map(flat, node.arguments))
        if _fits(together, width):
            yield together
        else:
            is_alone = len(node.arguments) == 1 and isinstance(node.arguments[0], Words)
            comma = "" if is_alone else ","
            for argument in node.arguments:
                yield from lines(argument, depth + 1, suffix=comma, width=width)
        yield f"{start}{closes}{suffix}"


def _fits(line: str, width: int) -> bool:
    return "\n" not in line and len(line) <= width


def _cut(text: str, room: int) -> Iterator[str]:
    """Cut after blanks; a word that has no room on a line of its own is cut anywhere."""
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


def block(name: str, *texts: str, first: Sequence[str] = (), last: Sequence[str] = ()) -> list[str]:
    """Write a call whose texts stand between triple quotes, each from a line of its own, with other
    arguments before and behind them.

    Lines of the author that are too long for ruff stay so, and ruff is told.
    """
    if not any("\n" in text and can_be_tripled(text) for text in texts):
        words = (Words(text) for text in texts)
        return list(lines(call(name, *map(Code, first), *words, *map(Code, last)), 0))
    arguments = [f"{INDENT}{argument}," for argument in first]
    for text in texts:
        if "\n" in text and can_be_tripled(text):
            written = tripled(text, "" if text.endswith("\n") else "\n")
            arguments.append(f"{INDENT}{written},{_allowed(written)}")
        else:
            arguments += lines(Words(text), 1, suffix=",")
    arguments += [f"{INDENT}{argument}," for argument in last]
    if len(arguments) == 1:
        return f"{name}({written}){_allowed(written)}".split("\n")
    return "\n".join([f"{name}(", *arguments, ")"]).split("\n")


def _allowed(written: str) -> str:
    """Let ruff pass over what the author's lines are to it; it looks where their text ends."""
    found = written.split("\n")
    codes = [code for code, is_bad in _HABITS.items() if any(map(is_bad, found))]
    return f"  # noqa: {', '.join(codes)}" if codes else ""


def comment(text: str, depth: int = 0, width: int = WIDTH) -> list[str]:
    """Return lines that can be nothing but comments, whatever the text holds."""
    start, text = INDENT * depth + "# ", plain(text)
    if len(start + text) <= width:
        return [(start + text).rstrip()]
    wrapped = textwrap.wrap(text, width - len(start), break_on_hyphens=False)
    return [start + line for line in wrapped]


def plain(text: str) -> str:
    """Return a text on one line, with no word for the tools that read Python's comments."""
    line = "".join(char if char.isprintable() else " " for char in text).strip()
    line = re.sub(rf"#(?=\s*{_TO_TOOLS})", "|", line, flags=re.IGNORECASE)
    return re.sub(rf"\A(?={_TO_TOOLS})", "| ", line, flags=re.IGNORECASE)


def docstring(text: str) -> str:
    """Escape a text for triple quotes, where nothing may end them."""
    shown = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').rstrip('"')
