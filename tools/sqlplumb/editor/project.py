"""Which project a file belongs to, and the files of its schema as they are now: open ones as the
editor holds them, others as they stand on the disk.

The settings of a project are read, and nothing of it is run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlplumb import stand_ins
from sqlplumb.config import Settings, find_settings, read_settings
from sqlplumb.editor.reader import SchemaReader
from sqlplumb.editor.reading import Reading
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.files import read_files


class Project:
    """One schema, its reader, and what is known of it. Files are called by their whole paths."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reader = SchemaReader(project_engine(settings))
        self.problems: tuple[Problem, ...] = ()
        self.stored: dict[str, str] = {}
        self.read_disk()

    @property
    def key(self) -> tuple[Path, str]:
        return self.settings.root, self.settings.name

    def read_disk(self) -> None:
        """Find the files of the schema again. What cannot be read now is told, and what was read
        before stays."""
        try:
            found = read_files(self.settings.schema, self.settings.root)
        except (PlumbError, OSError) as error:
            told = error.problems if isinstance(error, PlumbError) else (Problem(str(error)),)
            self.problems = tuple(told)
            return
        self.problems = ()
        self.stored = {str(path_of(self.settings.root / name)): found[name] for name in found}

    def holds(self, path: Path) -> bool:
        """Is this a file of the schema, or will it be one when it is saved?"""
        written = [self.settings.root / name for name in self.settings.schema]
        is_new = path.suffix.lower() == ".sql" and any(
            file == path or (file.is_dir() and file in path.parents) for file in written
        )
        return str(path) in self.stored or is_new

    def read(self, opened: Mapping[str, str]) -> Reading:
        """Read the schema, with the texts of these files in place of those on the disk."""
        mine = {file: text for file, text in opened.items() if self.holds(Path(file))}
        names = sorted({*self.stored, *mine})
        with self.standing_in():
            return self.reader.read(
                {name: mine.get(name, self.stored.get(name, "")) for name in names}
            )

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        with stand_ins.standing_in(self.settings.stand_ins):
            yield


def path_of(path: Path) -> Path:
    """Return one spelling of a path; what is a link stays one, as it is open by that name."""
    return Path(os.path.normpath(path.absolute()))


def settings_for(path: Path, name: str = "", config: str = "") -> Settings:
    """Return the settings that a file falls under: of several databases in one project, those of
    the one whose schema it is. Raises WrongInput where they cannot be read."""
    if config:
        return read_settings(Path(config), name)
    settings = find_settings(path.parent, name)
    for name in settings.names:
        of_name = find_settings(path.parent, name)
        if any((of_name.root / written).absolute() == path for written in of_name.schema):
            return of_name
    return settings
