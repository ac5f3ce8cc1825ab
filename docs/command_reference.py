"""A directive for Sphinx, `commands`: every command and its options, from the parser itself.

Owns how a parser becomes a page. What a command says of itself stands with the command.
"""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from sqlplumb.cli.main import COMMANDS, options_everywhere
from sqlplumb.cli.options import Command

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Commands(SphinxDirective):
    """Write a section for each command."""

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(page()), allow_section_headings=True)


def page() -> Iterator[str]:
    """Yield the page in Markdown."""
    for name, command in COMMANDS.items():
        yield from _command(name, command)
    yield from ["## Before or after any command", ""]
    yield from _options(options_everywhere())


def _command(name: str, command: Command) -> Iterator[str]:
    parser = ArgumentParser(prog=f"sqlplumb {name}", add_help=False)
    command.options(parser)
    usage = parser.format_usage().removeprefix("usage: ").rstrip()
    yield from [
        f"## {name}",
        "",
        f"*{command.help}*",
        "",
        command.about,
        "",
        "```text",
        usage,
        "```",
        "",
    ]
    yield from _options(parser)


def _options(parser: ArgumentParser) -> Iterator[str]:
    actions = [action for action in parser._actions if action.help and action.help != SUPPRESS]
    if actions:
        yield from ["| | |", "| --- | --- |"]
        yield from (f"| {_written(action)} | {_help(action)} |" for action in actions)
        yield ""


def _written(action: Action) -> str:
    value = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return f"`{value}`".replace("|", "\\|")
    takes = "" if action.nargs == 0 else f" {value}"
    return f"`{', '.join(action.option_strings)}{takes}`".replace("|", "\\|")


def _help(action: Action) -> str:
    words = (action.help or "").replace("%%", "%")
    return words.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
