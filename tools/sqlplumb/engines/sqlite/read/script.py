"""Hand-written SQL into units, and every complaint about it at once.

A schema file is somebody else's input: it holds CREATE statements and nothing else. Each statement
that is refused, and each that SQLite itself will not have, becomes a problem with its line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field

from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.statements import (
    Chunk,
    Head,
    Statement,
    Unit,
    cut,
    plain_statement,
    read_head,
    statement,
    units,
)
from sqlplumb.engines.sqlite.read.error_location import explain, problem_at
from sqlplumb.engines.sqlite.read.memory import Failure, Rejected, build, reject
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.places import Place, PlaceFinder, place_finder
from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What has been gathered so far, file after file."""

    files: Mapping[str, str]
    rows_allowed: bool = False
    seen: dict[tuple[str, str], Statement] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    passed_over: list[Problem] = field(default_factory=list)

    def refuse(self, place: Place | None, message: str, advice: str) -> None:
        self.problems.append(problem_at(self.files, place, message, advice=advice))

    def take(self, chunk: Chunk, places: PlaceFinder) -> None:
        if plain := plain_statement(chunk, places):
            self.add(plain)
            return
        head = read_head(chunk.text)
        if self.rows_allowed and is_rows(chunk.text):
            message = "these rows are not compared: a schema holds none"
            self.passed_over.append(Problem(message, place=places(chunk.start)))
        elif refused := refusal(chunk.text, head):
            self.refuse(places(chunk.start), *refused)
        elif head is None:
            message = reject(chunk.text) or "not a statement that sqlplumb knows"
            unknown = Statement(
                kind="table",
                name="",
                table="",
                text=chunk.text,
                places=places,
                start=chunk.start,
            )
            self.problems.append(explain(Failure(unknown, message), self.files))
        else:
            self.add(statement(chunk, head, places))

    def add(self, new: Statement) -> None:
        known = self.seen.setdefault(new.key, new)
        if known is not new and not (new.lenient and known.text == new.text):
            message = f"{new.kind} {new.name} is already defined at {known.place}"
            self.refuse(new.place, message, "keep one of the two")

    def units(self) -> dict[str, Unit]:
        """Return the units but those whose table is missing; an index must follow its table."""
        by_name = units(self.seen.values())
        for unit in by_name.values():
            owner = None if unit[0].is_dependent else unit[0]
            for dependent in unit[1 if owner else 0 :]:
                if owner is None:
                    message = f"is on {dependent.table}, which is not in this schema"
                    advice = "create the table first"
                elif dependent.is_before(owner):
                    message = f"stands before its {owner.kind} {owner.name}"
                    advice = f"move it below {owner.place}"
                else:
                    continue
                message = f"{dependent.kind} {dependent.name} {message}"
                self.refuse(dependent.place, message, advice)
        return {name: unit for name, unit in by_name.items() if not unit[0].is_dependent}


@dataclass(frozen=True, slots=True)
class Script:
    """The units by name, and the rows that stood among them and are no schema."""

    units: dict[str, Unit]
    passed_over: tuple[Problem, ...]


def read_script(files: Mapping[str, str], rows_allowed: bool = False) -> Script:
    """Raises WrongInput with all that is wrong in these files."""
    draft = _Draft(files=files, rows_allowed=rows_allowed)
    for file, text in files.items():
        places = place_finder(file, text)
        for chunk in cut(text):
            draft.take(chunk, places)
    by_name = draft.units()
    if draft.problems:
        raise WrongInput(_in_order([*draft.problems, *complaints(by_name, files)]))
    return Script(by_name, tuple(draft.passed_over))


def read_creates(statements: Iterable[str]) -> dict[str, Unit] | None:
    """Return the units of statements that no file holds; None where one of them is no CREATE that a
    schema may hold, or makes what another makes, or stands on a table that none of them makes."""
    seen: dict[tuple[str, str], Statement] = {}
    for text in map(str.strip, statements):
        chunk = Chunk(text, start=0)
        new = plain_statement(chunk)
        if new is None:
            head = read_head(text)
            if head is None or refusal(text, head):
                return None
            new = statement(chunk, head)
        if new.key in seen:
            return None
        seen[new.key] = new
    by_name = units(seen.values())
    return None if any(unit[0].is_dependent for unit in by_name.values()) else by_name


def prove(by_name: Mapping[str, Unit], files: Mapping[str, str], but: Collection[str] = ()) -> None:
    """Try these units, but for those that are about to be read: to read them is to try them.
    Raises WrongInput with all that SQLite says against any of them."""
    try:
        for connection, _ in build([name for name in by_name if name not in but], by_name):
            connection.close()
    except Rejected as rejected:
        raise WrongInput(complaints(by_name, files)) from rejected


def complaints(by_name: Mapping[str, Unit], files: Mapping[str, str]) -> list[Problem]:
    """What SQLite says against these units."""
    try:
        for connection, _ in build(by_name, by_name):
            connection.close()
    except Rejected as rejected:
        return _in_order(explain(failure, files) for failure in rejected.failures)
    return []


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    places = [(problem.place or Place("", 0), problem) for problem in problems]
    places.sort(key=lambda pair: (pair[0].file, pair[0].line, pair[0].column))
    return [problem for _, problem in places]


_ROWS = "rows belong in a migration; schema.sql says what the database is, not what is in it"
_SESSION = "leave it out; sqlplumb opens and closes its own connections and transactions"
_STATE = "write the object as it shall be; sqlplumb finds the change"

_ADVICE = {
    **dict.fromkeys(("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "WITH", "VALUES"), _ROWS),
    **dict.fromkeys(("PRAGMA", "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT"), _SESSION),
    **dict.fromkeys(("RELEASE", "VACUUM", "ANALYZE", "REINDEX", "EXPLAIN"), _SESSION),
    **dict.fromkeys(("ATTACH", "DETACH"), "a schema is one database; leave it out"),
    **dict.fromkeys(("ALTER", "DROP"), _STATE),
}
_VERB = re.compile(r"[A-Za-z]*")


def refusal(text: str, head: Head | None) -> tuple[str, str] | None:
    """Return a message and advice, or None where the statement may stay."""
    if head:
        name = head.name
        if head.temporary:
            return (f"{name} is temporary: it is no part of the schema", "leave TEMP out")
        if head.schema and fold(unquoted(head.schema)) != "main":
            return (f"{name} would be made in another database, {head.schema}", "name it alone")
        if fold(name).startswith("sqlite_"):
            return (f"{name} is SQLite's own: it makes it when it needs it", "leave it out")
        if head.from_query:
            return (f"{name} takes its columns from a query, not from this file", "write them out")
        return None
    if text.startswith("."):
        return ("a dot-command belongs to the sqlite3 shell, not to a schema", "leave it out")
    word = verb(text)
    if word in _ADVICE:
        return (f"{word} is not allowed here: a schema holds CREATE statements only", _ADVICE[word])
    return None


def is_rows(text: str) -> bool:
    """An INSERT: what a person keeps beside a schema, and what never changes one."""
    return verb(text) == "INSERT"


def verb(text: str) -> str:
    """The word that a statement begins with, if it is one of SQL's."""
    match = _VERB.match(text)
    behind = text[match.end() : match.end() + 1] if match else ""
    is_longer = behind.isalnum() or behind in ("_", "$") or not behind.isascii()
    return match.group().upper() if match and not (behind and is_longer) else ""
