"""Any source as the text of a schema file, read back and found to be the same before it is used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlplumb.changes import Change, Create
from sqlplumb.commands.leftovers import leftovers
from sqlplumb.commands.measure import measure, without
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources import from_environment, open_source
from sqlplumb.sources.database import looked_again, project_engine
from sqlplumb.sources.files import with_line_feeds

_NAME = "schema.sql"


@dataclass(frozen=True, slots=True)
class Described:
    """What a source says, and what of it settings may say: `files` of SQL need no other file. Where
    it is live, `url` is what may be written down of it: nothing that is secret; `at` are the
    revisions that it names."""

    text: str
    files: str = ""
    metadata: str = ""
    is_live: bool = False
    url: str = ""
    warnings: tuple[Problem, ...] = ()
    at: tuple[str, ...] = ()


def described(source: str, settings: Settings) -> Described:
    return looked_again(partial(_described, source, settings))


def _described(source: str, settings: Settings) -> Described:
    with open_source(source, settings, Path()) as opened:
        if not opened.texts.keys() - {settings.version_table}:
            message = f"{opened.label} holds nothing that could be written down"
            raise WrongInput(Problem(message, "without --from, init lays out an example"))
        if opened.files:
            return Described("", files=os.path.relpath(source, settings.root))
        if left := tuple(leftovers(opened)):
            raise Refused(left)
        said = project_engine(settings).laid_out(without(opened.read(), settings.version_table))
        text = with_line_feeds(said)
        _read_back(text, opened, settings)
        return Described(
            text,
            metadata=source if opened.spelled_in == "core" else "",
            is_live=isinstance(opened, LiveDatabase),
            url=_public(source) if isinstance(opened, LiveDatabase) else "",
            warnings=opened.passed_over,
            at=opened.at(settings.version_table),
        )


def _read_back(text: str, opened: Source, settings: Settings) -> None:
    schema = project_engine(settings).open_script(_NAME, {_NAME: text})
    schema.try_statements()
    found = measure(opened, schema, settings.version_table, whole=True)
    if not found.is_plumb(strict=True):
        wrong = [str(change.ref) for change in found.changes] or [str(n.ref) for n in found.notes]
        message = f"{opened.label}: written down, it would not be the same: {', '.join(wrong[:5])}"
        raise Refused(Problem(message, f"nothing was written. {_why(found.changes)}"))


def _why(changes: tuple[Change, ...]) -> str:
    facts = [one.current for one in changes if not isinstance(one, Create)]
    if any("\r" in fact.text for fact in facts):
        return "A string with a carriage return in it has no line of a file: say char(13) in SQL"
    return "Please report this schema"


def _public(source: str) -> str:
    written = from_environment(source)
    is_plain = written == source and without_password(written) == written
    return written if is_plain else ""
