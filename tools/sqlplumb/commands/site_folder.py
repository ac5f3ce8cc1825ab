"""The folder of a site: written anew, and never over what somebody else put there.

A file beside the pages lists what was written, so that the pages of dropped tables go, and nothing
else does.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlplumb.errors import Problem, WrongInput

MARKER = ".sqlplumb-site"
_HEAD = "# sqlplumb docs wrote these files, and removes those that it writes no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanges:
    """Files by their names in the folder: those whose text differs, and those that go."""

    written: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted((*self.written, *self.removed)))

    def __bool__(self) -> bool:
        return bool(self.names)


def changes_of(folder: Path, files: Mapping[str, str]) -> SiteChanges:
    """Return what makes the folder into this site; refuse a folder of somebody else."""
    known = _known(folder)
    for name in {*files, *known}:
        path = folder / name
        if not path.parent.resolve().is_relative_to(folder.resolve()):
            message = f"{path.parent} leads out of {folder}"
            raise WrongInput(Problem(message, "remove the link, or name another folder"))
        if name in files and name not in known and os.path.lexists(path):
            message = f"{path} is there, and sqlplumb did not write it"
            raise WrongInput(Problem(message, "move it away, or name another folder"))
    differing = [name for name, text in files.items() if _bytes_in(folder / name) != _bytes(text)]
    gone = [name for name in known if name not in files and os.path.lexists(folder / name)]
    return SiteChanges(written=tuple(differing), removed=tuple(gone))


def write_site(folder: Path, files: Mapping[str, str], changes: SiteChanges) -> None:
    """Make these changes. Whatever was begun is listed, should this not come to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / MARKER, _listed({*files, *_known(folder)}))
    for name in changes.written:
        (folder / name).parent.mkdir(exist_ok=True)
        _write(folder / name, files[name])
    for name in changes.removed:
        (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # it is not empty, or it is the folder itself
            if (folder / name).parent != folder:
                (folder / name).parent.rmdir()
    _write(folder / MARKER, _listed(files))


def _known(folder: Path) -> tuple[str, ...]:
    """Return the files that were written here before."""
    if not folder.exists():
        return ()
    if not folder.is_dir():
        raise WrongInput(Problem(f"{folder} is no folder", "name an empty one, or a new one"))
    marker = folder / MARKER
    if not marker.is_file():
        if any(folder.iterdir()):
            message = f"{folder} is not empty, and sqlplumb did not write what it holds"
            raise WrongInput(Problem(message, "name an empty folder, or a new one"))
        return ()
    head, *names = marker.read_text("utf-8", "replace").splitlines() or [""]
    if head != _HEAD or any(_leads_out(name) for name in names):
        message = f"{marker} is not as sqlplumb wrote it"
        raise WrongInput(Problem(message, "remove the folder, or name another one"))
    return tuple(names)


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return not name or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name


def _listed(names: Collection[str]) -> str:
    return "\n".join((_HEAD, *sorted(names))) + "\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _bytes_in(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _write(path: Path, text: str) -> None:
    """Write beside it and put that in its place: a link goes, and what it leads to stays."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with draft.open("xb") as file:
        file.write(_bytes(text))
    draft.replace(path)
