"""What a schema file may not hold, why, and what to write instead. One table of words."""

from __future__ import annotations

import re

from sqlplumb.engines.sqlite.parse.heads import takes_columns_from_query
from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted

_ROWS = "rows belong in a migration; schema.sql says what the database is, not what is in it"
_SESSION = "leave it out; sqlplumb opens and closes its own connections and transactions"
_STATE = "write the object as it shall be; sqlplumb finds the change"

_HINTS = {
    **dict.fromkeys(("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "WITH", "VALUES"), _ROWS),
    **dict.fromkeys(("PRAGMA", "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT"), _SESSION),
    **dict.fromkeys(("RELEASE", "VACUUM", "ANALYZE", "REINDEX", "EXPLAIN"), _SESSION),
    **dict.fromkeys(("ATTACH", "DETACH"), "a schema is one database; leave it out"),
    **dict.fromkeys(("ALTER", "DROP"), _STATE),
}
_VERB = re.compile(r"[A-Za-z]*")


def refusal(text: str, head: re.Match[str] | None) -> tuple[str, str] | None:
    """A message and a hint, or None where the statement may stay."""
    if text.startswith("."):
        return ("a dot-command belongs to the sqlite3 shell, not to a schema", "leave it out")
    word = verb(text)
    if word in _HINTS:
        return (f"{word} is not allowed here: a schema holds CREATE statements only", _HINTS[word])
    return _refused_head(head) if head else None


def is_rows(text: str) -> bool:
    """An INSERT: what a person keeps beside a schema, and what never changes one."""
    return verb(text) == "INSERT"


def verb(text: str) -> str:
    """The word that a statement begins with, if it is one of SQL's."""
    match = _VERB.match(text)
    behind = text[match.end() : match.end() + 1] if match else ""
    is_longer = behind.isalnum() or behind in ("_", "$") or not behind.isascii()
    return match.group().upper() if match and not (behind and is_longer) else ""


def _refused_head(head: re.Match[str]) -> tuple[str, str] | None:
    name = unquoted(head["name"])
    if head["temp"]:
        return (f"{name} is temporary: it is no part of the schema", "leave TEMP out")
    if head["schema"] and fold(unquoted(head["schema"])) != "main":
        return (f"{name} would be made in another database, {head['schema']}", "name it alone")
    if fold(name).startswith("sqlite_"):
        return (f"{name} is SQLite's own: it makes it when it needs it", "leave it out")
    if takes_columns_from_query(head):
        return (f"{name} takes its columns from a query, not from this file", "write them out")
    return None
