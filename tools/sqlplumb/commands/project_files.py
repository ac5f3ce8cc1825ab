"""Write one file of a project: a new one, or a few lines in one that is there.

No other line of a file that is there may change.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlplumb.errors import Problem, WrongInput


@dataclass(frozen=True, slots=True)
class ProjectFile:
    path: Path
    outcome: Literal["wrote", "added to", "kept"]


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` is a new file; or it is to be `added` behind what the file holds; or it is all that
    the file holds once a line of it was `edited`."""

    path: Path
    text: str
    how: Literal["new", "added", "edited"] = "new"


def with_settings(file: Path, name: str, settings: Mapping[str, str]) -> Piece:
    """Put these below the title of the settings, a line each."""
    is_toml = file.suffix == ".toml"
    top = "tool.sqlplumb" if is_toml else "sqlplumb"
    form = '{} = "{}"' if is_toml else "{} = {}"
    added = [form.format(key, value) for key, value in settings.items()]
    lines = file.read_bytes().decode("utf-8").splitlines(keepends=True)
    for title in (f"[{top}.names.{name}]", f"[{top}]"):
        for place, written in enumerate(lines):
            if written.partition("#")[0].strip() == title:
                end = "\r\n" if written.endswith("\r\n") else "\n"
                lines[place] = "".join(f"{line}{end}" for line in (written.rstrip(), *added))
                return Piece(file, "".join(lines), "edited")
    message = f"{file.name} has no line [{top}] below which to write: {'; '.join(added)}"
    raise WrongInput(Problem(message, "write it there yourself"))


def refuse_no_toml(file: Path, section: str) -> None:
    """Raise WrongInput unless the file is still TOML with this section at its end."""
    try:
        tomllib.loads(_joined(file.read_bytes(), section).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{file.name} would be no TOML with a section more: {error}"
        written = section.replace("\n", "; ").rstrip("; ")
        raise WrongInput(Problem(message, f"write it there yourself: {written}")) from error


def git_file(file: Path, text: str) -> Piece:
    """Add to a file of git's what it does not say yet; its comments only where anything is added.
    The first word of a line is the pattern."""
    if not file.is_file():
        return Piece(file, text)
    present = file.read_text("utf-8", "replace").splitlines()
    said = {line.split()[0] for line in present if line.split()}
    lines = text.splitlines()
    missing = [line for line in lines if line[0] != "#" and line.split()[0] not in said]
    added = [line for line in lines if line[0] == "#" or line in missing]
    return Piece(file, "".join(f"{line}\n" for line in added) if missing else "", "added")


def write_piece(piece: Piece) -> ProjectFile:
    if piece.how == "edited":
        piece.path.write_bytes(piece.text.encode())
        return ProjectFile(piece.path, "added to")
    if piece.how == "added" and piece.text:
        present = piece.path.read_bytes()
        with piece.path.open("ab") as file:
            file.write(_joined(present, piece.text)[len(present) :])
        return ProjectFile(piece.path, "added to")
    if piece.how == "added" or piece.path.exists():
        return ProjectFile(piece.path, "kept")
    piece.path.parent.mkdir(parents=True, exist_ok=True)
    with piece.path.open("xb") as file:  # whoever was faster keeps what is his
        file.write(piece.text.encode())
    return ProjectFile(piece.path, "wrote")


def _joined(present: bytes, section: str) -> bytes:
    """Put it behind an empty line, with the ends of lines that the file has."""
    end = b"\r\n" if b"\r\n" in present else b"\n"
    gap = b"" if not present else end if present.endswith(b"\n") else end + end
    return present + gap + section.encode().replace(b"\n", end)
