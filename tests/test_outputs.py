"""The page of outputs: what the commands print now, and all that they can print."""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from sqlplumb.cli.main import COMMANDS

DOCS = Path(__file__).parents[1] / "docs"
REFERENCE = DOCS / "reference"
RUN = re.compile(r"^<!-- run: sqlplumb (\S+)(.*) -->$", re.MULTILINE)
ENDINGS = {".md": "md", ".html": "html", ".svg": "svg", ".json": "json"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    command = [sys.executable, str(DOCS / "write_outputs.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def files(folder: Path) -> dict[str, str]:
    """The page and what was written into its folder; the project is what it is made from."""
    found = [folder / "outputs.md", *(folder / "outputs").rglob("*.*")]
    kept = [file for file in found if file.is_file() and "project" not in file.parts[-3:]]
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in kept}


def test_the_page_is_what_the_commands_say(made: Path) -> None:
    now, page = files(made), files(REFERENCE)
    assert now.keys() == page.keys(), "nox -s outputs writes it anew"
    for name, text in now.items():
        assert text == page[name], f"{name}: nox -s outputs writes it anew"


def test_nothing_of_this_machine_is_on_it(made: Path) -> None:
    words = (gettempdir(), sys.prefix, str(Path.home()), "Users")
    for name, text in files(made).items():
        assert not [word for word in words if word in text], name


def formats(name: str) -> Iterator[str]:
    """Each format of a command, and each shell, as its parser offers them."""
    parser = ArgumentParser()
    COMMANDS[name].options(parser)
    for action in parser._actions:
        if action.dest in ("format", "shell"):
            yield from action.choices or ()


def shown(name: str, options: str) -> set[str]:
    """The formats that a command line on the page asks for."""
    ending = re.search(r"-o \S+(\.\w+)", options)
    words = {word for word in options.split() if word in formats(name)}
    return words | ({ENDINGS[ending[1]]} if ending and ending[1] in ENDINGS else set()) or {"text"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_format_is_on_it(name: str) -> None:
    runs = [
        options
        for one, options in RUN.findall((REFERENCE / "outputs.md").read_text("utf-8"))
        if one == name
    ]
    assert runs
    seen = {word for options in runs for word in shown(name, options)}
    assert set(formats(name)) <= seen
