"""Report where a history, its schema and its databases stand, to people and to machines.

The form of the JSON is fixed: a change of it is a breaking change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.errors import PlumbError
from sqlplumb.render import words
from sqlplumb.render.comparisons import count_differences
from sqlplumb.render.json_text import json_text
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.words import counted
from sqlplumb.status import (
    DatabaseStatus,
    HistoryStatus,
    RevisionStatus,
    SchemaStatus,
    Status,
)

JSON_VERSION = 1
_MOST_NAMES = 6  # on one line
_MOST_LINES = 20


def status_report(status: Status, palette: Palette = PLAIN) -> str:
    """Report one of them; the first word is what it is, and the last what to do now."""
    match status:
        case HistoryStatus():
            return "\n".join(_history_lines(status, palette))
        case SchemaStatus():
            return "\n".join(_schema_lines(status, palette))
        case DatabaseStatus(error=None):
            return _database_line(status, palette)
        case DatabaseStatus():
            return f"{_painted(status.state, palette)}  {one_line(status.database)}"


def _history_lines(history: HistoryStatus, palette: Palette) -> Iterator[str]:
    revisions = counted(history.count, "revision")
    heads = ", ".join(history.heads) or "none"
    noun = "head" if len(history.heads) < 2 else f"{len(history.heads)} heads:"
    unproved = f"; {len(history.unproved)} never proved" if history.unproved else ""
    proved = "" if history.unproved or history.outdated else ", all proved"
    words_of_proofs = unproved if history.count else ""
    yield one_line(
        f"history  {history.folder}: {revisions}, {noun} {heads}"
        f"{words_of_proofs or (proved if history.count else '')}"
    )
    if history.is_split:
        yield (
            "  nothing is applied before they are one, by `alembic merge heads`, or are said to be"
            " meant: by labels of branches, or several_heads = true in the settings"
        )
    for why in history.outdated:
        yield f"  {palette.current}{one_line(why)}{palette.end}"
    if history.outdated:
        yield "  nothing is applied before `sqlplumb prove` is content"


def _schema_lines(schema: SchemaStatus, palette: Palette) -> Iterator[str]:
    source = one_line(schema.source)
    if schema.error or not schema.comparison:
        yield f"{_painted('unmeasured', palette)}  {source} against the history"
        return
    changes = words.without_inline(schema.comparison.changes)
    if not changes:
        yield f"schema  {source}: the history makes it"
        return
    differences = counted(count_differences(schema.comparison), "difference")
    yield (
        f"schema  {source}: the history does not make it yet, {differences}:"
        " `sqlplumb revise -m MESSAGE`"
    )
    for change in changes[:_MOST_NAMES]:
        yield f"  {one_line(words.deed(change))}"
    if len(changes) > _MOST_NAMES:
        yield f"  and {len(changes) - _MOST_NAMES} more: `sqlplumb diff history {source}`"


def _database_line(database: DatabaseStatus, palette: Palette) -> str:
    parts = [_stands(database)]
    if database.pending and database.state in ("behind", "drift"):
        parts.append(f"{len(database.pending)} behind: {_names(database.pending)}")
    parts += [database.to_do] if database.to_do else []
    verdict = _painted(database.state, palette)
    return f"{verdict}  {one_line(database.database)}: {one_line('; '.join(parts))}"


def _stands(database: DatabaseStatus) -> str:
    at = f"it is at {' and '.join(database.at)}" if database.at else "it is at base"
    match database.state:
        case "unversioned":
            return "it has tables and names no revision"
        case "drift" if database.at:
            differences = counted(database.differences or 0, "difference")
            return f"{at}, and has {differences} from what the history makes there"
        case "drift":
            return f"{counted(database.differences or 0, 'difference')} from schema.sql"
        case "plumb" if database.at:
            return f"{at}, the end of the history"
        case "plumb":
            return "it is what it should be"
    return at


def _names(pending: Sequence[RevisionStatus]) -> str:
    names = [revision.revision for revision in pending]
    shown = names if len(names) <= _MOST_NAMES else names[: _MOST_NAMES - 1]
    more = [f"{len(names) - len(shown)} more"] if len(names) > len(shown) else []
    return ", ".join([*shown, *more])


def _painted(state: str, palette: Palette) -> str:
    colour = palette.desired if state == "plumb" else palette.current
    return f"{colour}{state}{palette.end}"


def summary(statuses: Iterable[Status]) -> str:
    """List what is pending anywhere, with its message and its proof; and count the databases."""
    databases = [status for status in statuses if isinstance(status, DatabaseStatus)]
    pending = {
        revision.revision: revision for database in databases for revision in database.pending
    }
    lines = [f"pending  {counted(len(pending), 'revision')}:"] if pending else []
    for revision in [*pending.values()][:_MOST_LINES]:
        parts = filter(None, (revision.revision, revision.message, revision.unproved or "proved"))
        lines.append(f"  {one_line('  '.join(parts))}")
    if len(pending) > _MOST_LINES:
        lines.append(f"  and {len(pending) - _MOST_LINES} more: `sqlplumb log` lists them")
    if len(databases) > 1:
        states = [database.state for database in databases]
        counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
        lines.append(f"{len(databases)} databases: {', '.join(counts)}")
    return "\n".join(lines)


def as_json(statuses: Iterable[Status], exit_code: int) -> str:
    value: dict[str, object] = {"version": JSON_VERSION, "history": None, "schema": None}
    databases: list[dict[str, object]] = []
    for status in statuses:
        match status:
            case HistoryStatus():
                value["history"] = _history(status)
            case SchemaStatus():
                value["schema"] = _schema(status)
            case DatabaseStatus():
                databases.append(_database(status))
    value |= {"databases": databases, "exit_code": exit_code}
    return json_text(value)


def _history(history: HistoryStatus) -> dict[str, object]:
    return {
        "folder": history.folder,
        "revisions": history.count,
        "heads": list(history.heads),
        "end": list(history.end),
        "unproved": [_revision(revision) for revision in history.unproved],
        "outdated": list(history.outdated),
    }


def _schema(schema: SchemaStatus) -> dict[str, object]:
    changes = schema.comparison.changes if schema.comparison else ()
    return {
        "source": schema.source,
        "equal": bool(schema.comparison and not changes),
        "changes": [words.deed(change) for change in words.without_inline(changes)],
        "problems": _problems(schema.error),
    }


def _database(database: DatabaseStatus) -> dict[str, object]:
    return {
        "database": database.database,
        "state": database.state,
        "at": list(database.at),
        "pending": [_revision(revision) for revision in database.pending],
        "differences": database.differences,
        "to_do": database.to_do or None,
        "exit_code": database.exit_code,
        "problems": _problems(database.error),
    }


def _revision(revision: RevisionStatus) -> dict[str, object]:
    return {
        "revision": revision.revision,
        "message": revision.message,
        "file": revision.file,
        "proved": not revision.unproved,
        "why_not": revision.unproved or None,
    }


def _problems(error: PlumbError | None) -> list[dict[str, str]]:
    problems = error.problems if error else ()
    return [{"message": str(problem), "hint": problem.advice} for problem in problems]
