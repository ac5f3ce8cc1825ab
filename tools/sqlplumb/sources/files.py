"""Read files of hand-written SQL, as they are.

A file is called what the person called it. Must never know what SQL means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.places import place_finder


def read_files(written: Sequence[str], base: Path) -> dict[str, str]:
    """Return the text of each file, by the name it is to be called."""
    return {
        name: _read_text(name, path) for pattern in written for name, path in _files(pattern, base)
    }


def _files(written: str, base: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder, of a pattern, or this file: the name and the path of each."""
    path = base / written
    if path.is_dir():
        inside = sorted(
            file for file in path.rglob("*") if file.suffix.lower() == ".sql" and file.is_file()
        )
        if not inside:
            raise WrongInput(Problem(f"{written} holds no .sql file", "name the right folder"))
        yield from ((str(Path(written) / file.relative_to(path)), file) for file in inside)
    elif has_magic(written) and not path.exists():
        names = sorted(glob(written, root_dir=base, recursive=True))  # noqa: PTH207
        if not names:
            raise WrongInput(Problem(f"no file is like {written}", "look at the pattern"))
        yield from ((name, base / name) for name in names)
    elif path.is_file():
        yield written, path
    else:
        advice = "`sqlplumb init` begins one; or say in [tool.sqlplumb] which file holds the schema"
        raise WrongInput(Problem(f"{written} does not exist in {base.resolve()}", advice))


def with_line_feeds(text: str) -> str:
    """Git ends lines in two ways, in strings too: a checkout on another system says the same. SQL
    that means a carriage return says char(13). One alone ends no line."""
    return text.replace("\r\n", "\n")


def _read_text(name: str, path: Path) -> str:
    data = path.read_bytes()
    try:
        text = with_line_feeds(data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = place_finder(name, before)(len(before))
        problem = Problem(f"{name} is not UTF-8: {error.reason}", "save it as UTF-8", place=place)
        raise WrongInput(problem) from error
    if "\0" in text:
        place = place_finder(name, text)(text.index("\0"))
        message = "a NUL character, which no SQL text holds"
        raise WrongInput(Problem(message, "remove it", place=place))
    return text
