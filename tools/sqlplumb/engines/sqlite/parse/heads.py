"""The head of a CREATE statement: what it makes, under which name, and its own words from there on.

One pattern, possessive throughout: what is a comment is never looked into for something else.
"""

from __future__ import annotations

import re

from sqlplumb.engines.sqlite.parse.lexer import GAP, NAME, WORD_ENDS, tokens, unquoted
from sqlplumb.engines.sqlite.parse.statements import Statement, StatementKind
from sqlplumb.places import Place

# Between two words something must stand; before a quoted name nothing need.
_APART = rf"{WORD_ENDS}(?:{GAP})++"
_BEFORE_NAME = rf"{WORD_ENDS}(?:(?:{GAP})++|(?=[\"'\[`]))"
_AROUND = rf"(?:{GAP})*+"
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII

_HEAD = re.compile(
    rf"""CREATE{_APART}(?P<temp>TEMP(?:ORARY)?{_APART})?
    (?P<kind>TABLE|VIEW|TRIGGER|VIRTUAL{_APART}TABLE|UNIQUE{_APART}INDEX|INDEX){_BEFORE_NAME}
    (?P<lenient>IF{_APART}NOT{_APART}EXISTS{_BEFORE_NAME})?
    (?:(?P<schema>{NAME}){_AROUND}\.{_AROUND})?(?P<tail>(?P<name>{NAME}).*)""",
    _FLAGS,
)
_INDEX_ON = re.compile(rf"{NAME}{_AROUND}ON{_BEFORE_NAME}(?P<table>{NAME})", _FLAGS)
_AS = re.compile(rf"{NAME}{_AROUND}AS{WORD_ENDS}", _FLAGS)

_KINDS: dict[str, StatementKind] = {
    "table": "table",
    "view": "view",
    "trigger": "trigger",
    "virtual table": "virtual table",
    "index": "index",
    "unique index": "index",
}


def read_head(sql: str) -> re.Match[str] | None:
    return _HEAD.match(sql)


def statement(head: re.Match[str], place: Place | None, comments: str = "") -> Statement:
    words = head["kind"].lower()
    if words not in _KINDS:  # more than one blank between its two words
        words = " ".join(token.text for token in tokens(words))
    kind = _KINDS[words]
    tail = head["tail"].rstrip(" \t\n\f\r;")
    start = f"CREATE {words.upper()} "
    return Statement(
        kind=kind,
        name=unquoted(head["name"]),
        table=_table_of(tail) if kind in ("index", "trigger") else "",
        text=start + tail,
        place=place,
        head=len(start),
        lenient=bool(head["lenient"]),
        comments=comments,
    )


def takes_columns_from_query(head: re.Match[str]) -> bool:
    return head["kind"].upper() == "TABLE" and _AS.match(head["tail"]) is not None


def _table_of(tail: str) -> str:
    """The name behind the first bare ON: nothing that comes before it can hold another."""
    if match := _INDEX_ON.match(tail):
        return unquoted(match["table"])
    words = tokens(tail)
    on = next((index for index, word in enumerate(words) if word.upper == "ON"), len(words))
    qualified = [word.text for word in words[on + 2 : on + 3]] == ["."]
    name = on + 3 if qualified else on + 1
    return unquoted(words[name].text) if name < len(words) else ""
