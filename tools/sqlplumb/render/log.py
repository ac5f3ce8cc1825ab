"""Report what each revision changed, or what happened to one object, to people and to machines.

The last revision comes first. The form of the JSON is fixed: a change of it is a breaking change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from sqlplumb.log import Log, LoggedChange, LoggedRevision, ObjectLog
from sqlplumb.render.json_text import json_text
from sqlplumb.render.paint import PLAIN, Palette, one_line

JSON_VERSION = 1


def log_report(log: Log, palette: Palette = PLAIN) -> str:
    """List every change of the history, a line for each below its revision."""
    lines: list[str] = []
    for revision in reversed(log.revisions):
        lines.append(_head(revision, palette))
        changes = [change for change in revision.changes if not change.with_table]
        for change in changes:
            lines += _lines(change, palette)
        if not changes:
            lines.append(f"  {palette.faint}changes nothing in the schema{palette.end}")
    return "\n".join(lines)


def object_report(logs: Sequence[ObjectLog], palette: Palette = PLAIN) -> str:
    """List the changes of each object that had a name; the first line says what it is."""
    parts = []
    for log in logs:
        name, *former = map(one_line, log.names)
        once = f", once {', '.join(former)}" if former else ""
        gone = "" if log.is_there else ", which is gone"
        lines = [f"{palette.title}{log.kind} {name}{palette.end}{once}{gone}"]
        for revision, entries in groupby(log.entries, key=itemgetter(0)):
            lines.append(_head(revision, palette))
            for _, change in entries:
                lines += _lines(change, palette)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def short_line(revision: LoggedRevision, change: LoggedChange) -> str:
    """`9d3e77c1 2025-05-10 adds column tasks.priority`."""
    return " ".join(filter(None, (revision.revision, revision.date, change.words)))


def _head(revision: LoggedRevision, palette: Palette) -> str:
    name = f"{palette.current}{one_line(revision.revision)}{palette.end}"
    return "  ".join(filter(None, (name, revision.date, one_line(revision.message))))


def _lines(change: LoggedChange, palette: Palette) -> Iterator[str]:
    yield f"  {one_line(change.words)}"
    for detail in change.details:
        yield f"    {palette.faint}{one_line(detail)}{palette.end}"


def as_json(log: Log) -> str:
    revisions = [
        {
            **_revision(revision),
            "changes": [_change(change) for change in revision.changes if not change.with_table],
        }
        for revision in reversed(log.revisions)
    ]
    return _dumped({"version": JSON_VERSION, "revisions": revisions})


def objects_as_json(logs: Sequence[ObjectLog], written: str) -> str:
    objects = [
        {
            "kind": log.kind,
            "object": log.names[0],
            "former": list(log.names[1:]),
            "is_there": log.is_there,
            "changes": [
                {**_revision(revision), **_change(change)} for revision, change in log.entries
            ],
        }
        for log in logs
    ]
    return _dumped({"version": JSON_VERSION, "name": written, "objects": objects})


def _dumped(value: object) -> str:
    return json_text(value)


def _revision(revision: LoggedRevision) -> dict[str, object]:
    return {
        "revision": revision.revision,
        "message": revision.message,
        "date": revision.date or None,
        "file": os.path.relpath(revision.file),
    }


def _change(change: LoggedChange) -> dict[str, object]:
    return {
        "verb": change.verb,
        "kind": change.ref.kind,
        "object": change.ref.address,
        "former": change.former or None,
        "does": change.words,
        "details": list(change.details),
    }
