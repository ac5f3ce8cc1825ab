"""Say which backups there are, and what came of one that was brought back, in text and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from shlex import quote

from sqlplumb.receipts import Backup, Restored
from sqlplumb.render.json_text import json_text
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.receipts import JSON_VERSION


def backups_report(backups: Sequence[Backup], palette: Palette = PLAIN) -> str:
    """List the backups of each database, the newest first, with what brings each back."""
    if not backups:
        return "no backup was found"
    lines = list[str]()
    for label in dict.fromkeys(backup.label for backup in backups):
        lines.append(f"{palette.title}{one_line(label)}{palette.end}")
        for backup in backups:
            if backup.label == label:
                count = sum(other.file == backup.file for other in backups)
                lines += _lines(backup, count)
    return "\n".join(lines)


def _lines(backup: Backup, count: int) -> Iterator[str]:
    at = " and ".join(backup.revisions) or "base"
    named = zip(backup.ran, backup.messages, strict=True)
    ran = ", ".join(f"{name} ({text})" if text else name for name, text in named) or "anything"
    verb = "was taken back" if backup.down else "ran"
    when = backup.began.replace("T", " ")[:19]
    yield f"  {one_line(when)} UTC  at {one_line(at)}, before {one_line(ran)} {verb}"
    if backup.is_there:
        others = f"  # all {count} that it names" if count > 1 else ""
        yield f"      sqlplumb restore {one_line(quote(os.path.relpath(backup.file)))}{others}"
    else:
        yield f"      {one_line(str(backup.copy.path))} is gone"


def backups_as_json(backups: Sequence[Backup]) -> str:
    value = {
        "version": JSON_VERSION,
        "backups": [
            {
                "database": backup.label,
                "path": str(backup.path),
                "began": backup.began,
                "revisions": list(backup.revisions),
                "ran": list(backup.ran),
                "direction": "down" if backup.down else "up",
                "backup": str(backup.copy.path),
                "bytes": backup.copy.bytes,
                "is_there": backup.is_there,
                "receipt": str(backup.file),
            }
            for backup in backups
        ],
    }
    return json_text(value)


def restored_report(done: Restored) -> str:
    at = one_line(" and ".join(done.revisions)) or "base"
    lines = [f"restored  {one_line(done.database)}: it is at {at}"]
    if done.aside:
        lines.append(f"what was there until now is {one_line(str(done.aside))}")
    return "\n".join(lines)


def restored_as_json(restored: Sequence[Restored]) -> str:
    value = {
        "version": JSON_VERSION,
        "restored": [
            {
                "database": done.database,
                "revisions": list(done.revisions),
                "backup": str(done.backup),
                "set_aside": str(done.aside) if done.aside else None,
            }
            for done in restored
        ],
    }
    return json_text(value)
