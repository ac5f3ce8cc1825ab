"""Write any source down as the text of a schema.sql, and read it back before it is believed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlplumb.changes import Create
from sqlplumb.commands.comparing import compare_sources, without
from sqlplumb.config import Settings
from sqlplumb.engines import Engine, LiveDatabase, Source
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources import open_source
from sqlplumb.sources.database import from_environment, retry_if_changed, visible_revisions
from sqlplumb.sources.files import with_line_feeds

_NAME = "schema.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a source says, and what of it settings may say: `files` of SQL need no other file. Where
    it is live, `url` is what may be written down of it: nothing that is secret; `at` are the
    revisions that it names."""

    text: str
    files: str = ""
    metadata: str = ""
    live_engine: Engine | None = None
    url: str = ""
    warnings: tuple[Problem, ...] = ()
    at: tuple[str, ...] = ()


def describe(source: str, settings: Settings) -> Described:
    """Write any source down as a schema.sql, and read it back before it is believed."""
    return retry_if_changed(partial(_describe, source, settings))


def _describe(source: str, settings: Settings) -> Described:
    table = settings.version_table
    with open_source(source, settings, Path()) as opened:
        if not opened.texts.keys() - {table}:
            message = f"{opened.label} holds nothing that could be written down"
            raise WrongInput(Problem(message, "without --from, init lays out an example"))
        if opened.files:
            return Described(text="", files=os.path.relpath(source, settings.root))
        is_live = isinstance(opened, LiveDatabase)
        if isinstance(opened, LiveDatabase) and (leftovers := tuple(opened.leftovers())):
            raise Refused(leftovers)
        layout = opened.engine.laid_out(without(opened.read(), table))
        text = with_line_feeds(layout)
        _read_back(text, opened, settings)
        is_public = from_environment(source) == source and without_password(source) == source
        return Described(
            text=text,
            metadata=source if opened.spelled_in == "core" else "",
            live_engine=opened.engine if is_live else None,
            url=source if is_live and is_public else "",
            warnings=opened.passed_over,
            at=visible_revisions(opened, settings),
        )


def _read_back(text: str, source: Source, settings: Settings) -> None:
    """Raise Refused unless this text makes the same schema."""
    scratch = from_environment(settings.scratch)
    schema = source.engine.open_script(_NAME, {_NAME: text}, scratch=scratch)
    schema.prepare(source)
    schema.try_statements()
    comparison = compare_sources(source, schema, settings.version_table, whole=True)
    if not (comparison.changes or comparison.notes):
        return
    refs = [str(change.ref) for change in comparison.changes]
    refs = refs or [str(note.ref) for note in comparison.notes]
    message = f"{source.label}: written down, it would not be the same: {', '.join(refs[:5])}"
    facts = [change.current for change in comparison.changes if not isinstance(change, Create)]
    advice = "Please report this schema"
    if any("\r" in fact.text for fact in facts):
        advice = "A string with a carriage return in it has no line of a file: say char(13) in SQL"
    raise Refused(Problem(message, f"nothing was written. {advice}"))
