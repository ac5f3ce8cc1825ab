"""Where in a statement SQLite stumbled. Its messages name a word, not a place; this finds it.

For a syntax error SQLite itself is asked again, with the text cut short behind each candidate. For
other messages the word they name is looked up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.lexer import Token, fold, in_quotes, tokens, unquoted
from sqlplumb.engines.sqlite.parse.statements import Statement, Unit
from sqlplumb.engines.sqlite.read.memory import Failure, reject
from sqlplumb.errors import Problem
from sqlplumb.places import Place

_NEAR = r'(?s)near "(?P<word>.*)": syntax error'
_UNRECOGNIZED = r'(?s)unrecognized token: "(?P<word>.*)"'
_BACKFILL = r"@backfill\b[ \t]*(?P<value>[^\n]*[^\s*/])"
_OWN = "_plumb_"  # before the name of a table that is made anew
_NAMES = r'"([^"]+)"|\[([^\]]+)\]|: (?:main\.)?([^\s:]+)$'

_ADVICE = (
    ("incomplete input", "a bracket or a quote is still open, or END; is missing"),
    (
        r"no such (?:module|tokenizer)",
        "this SQLite was built without it, and nothing can stand in for it; what it makes can be"
        " left out: ignore in [tool.sqlplumb]",
    ),
    (
        r"no such function: (.+)",
        "this SQLite has no such function; if the application brings it along, add"
        ' functions = ["{}"] to [tool.sqlplumb]',
    ),
    (
        r"no such collation sequence: (.+)",
        "built in are BINARY, NOCASE and RTRIM; if the application brings it along, add"
        ' collations = ["{}"] to [tool.sqlplumb]',
    ),
    ("parser stack overflow", "SQLite itself gives up at about a hundred nested brackets"),
)


def explain(failure: Failure, files: Mapping[str, str]) -> Problem:
    """Say what SQLite said, at the place in these files where it stumbled."""
    place = failure.statement.place_at(_offset(failure))
    return problem_at(files, place, failure.message, advice=advice_for(failure.message))


def advice_for(message: str) -> str:
    """Say what to do about what SQLite says; empty where its own words are enough."""
    for words, advice in _ADVICE:
        if found := re.search(words, message):
            return advice.format(*found.groups())
    return ""


def place_of_sql(by_name: Mapping[str, Unit], sql: str) -> Place | None:
    """Where a schema says what this SQL does: the line of a hint whose words it holds, else that
    of the last object that it names."""
    words = {fold(unquoted(token.text)).removeprefix(_OWN) for token in tokens(sql)}
    named = [
        statement
        for unit in by_name.values()
        for statement in unit
        if fold(statement.name) in words
    ]
    one_line = " ".join(sql.split())
    for statement in named:
        for hint in re.finditer(_BACKFILL, statement.text):
            if " ".join(hint["value"].split()) in one_line:
                return statement.place_at(hint.start())
    return named[-1].place if named else None


def problem_at(
    files: Mapping[str, str], place: Place | None, message: str, *, advice: str = ""
) -> Problem:
    """Return a problem that shows the line it is about."""
    if place is None:
        return Problem(message, advice)
    lines = _lines(files.get(place.file, ""))
    excerpt = lines[place.line - 1].rstrip("\r") if place.line <= len(lines) else ""
    return Problem(message, advice, place=place, excerpt=excerpt)


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def _offset(failure: Failure) -> int:
    text, message = failure.statement.text, failure.message
    if near := re.search(_NEAR, message):
        return _syntax_error(text, near["word"], _stand_in(failure.statement))
    if unknown := re.search(_UNRECOGNIZED, message):
        return max(text.find(unknown["word"]), 0)
    if "incomplete input" in message:
        return len(text)
    named = [name for groups in re.findall(_NAMES, message) for name in groups if name]
    matches = _tokens_named(text, named)
    if not matches:
        return 0
    return matches[-1].start if "duplicate" in message else matches[0].start


def _stand_in(statement: Statement) -> str:
    """What an index or a trigger needs before SQLite reads on: something called like its table."""
    if not statement.is_dependent:
        return ""
    name = in_quotes(statement.table)
    is_view = any(token.upper == "INSTEAD" for token in tokens(statement.text))
    return f"CREATE VIEW {name} AS SELECT 1" if is_view else f"CREATE TABLE {name} (a)"


def _syntax_error(text: str, word: str, before: str) -> int:
    """The first place of the word behind which SQLite complains; it does behind every later one."""
    ends = [token.end for token in tokens(text) if token.text == word]
    number = bisect_left(ends, True, key=lambda end: _complains(text[:end], word, before))
    return ends[number] - len(word) if number < len(ends) else max(text.find(word), 0)


def _complains(sql: str, word: str, before: str) -> bool:
    return (reject(sql, before) or "").startswith(f'near "{word}"')


def _tokens_named(text: str, names: list[str]) -> list[Token]:
    """Where the most telling of the names stands: the last that occurs behind the head."""
    words = tokens(text)[3:]
    for name in reversed(names):
        matches = [token for token in words if fold(unquoted(token.text)) == fold(name)]
        if matches:
            return matches
    return []
