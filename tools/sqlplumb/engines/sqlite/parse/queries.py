"""What a text of an application says before SQLite prepares it: its verb, its parameters, the
tables that it names, the conditions that it puts on one table.

Must never decide whether a query is right; SQLite does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.lexer import RESERVED, Token, fold, tokens, unquoted

VERBS = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"))
_BEFORE_TABLE = frozenset(("FROM", "JOIN", "INTO", "UPDATE", ","))
_BEFORE_STAR = frozenset(("SELECT", "DISTINCT", "ALL", "RETURNING", ",", "."))
_PARAMETERS = ("?", ":", "@", "$")
_BEHIND_WHERE = frozenset(("GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "RETURNING", ";"))
# With one of these between its verb and its WHERE, a query is not about the rows of one table.
_NOT_ONE_TABLE = frozenset(
    ("JOIN", ",", "(", "WITH", "UNION", "INTERSECT", "EXCEPT", "INDEXED", "NOT", "VALUES")
)
_NO_ALIAS = RESERVED | {
    *("inner", "left", "right", "full", "cross", "natural", "outer"),
    *("indexed", "window", "intersect", "except", "as"),
}
_COMPOUND = frozenset(("UNION", "INTERSECT", "EXCEPT"))
_BEFORE_VALUE = frozenset(("CASE", "WHEN", "THEN", "ELSE", "AND", "OR", "NOT", "IS", "LIKE", "IN"))
# What str.format, %, string.Template or a person's own replace() fill inside of quotes.
_HOLE = re.compile(r"\{[^{}]*\}|\?|%[(sdr]|\$[\w{]|(?<!\w):[A-Za-z_]|__\w+__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """The WHERE of a query over one table: where it begins and ends in the text, and what it joins
    by AND. A condition that holds a parameter, or a hole that the application fills, is left out:
    it only asks for fewer rows."""

    table: str
    alias: str
    start: int
    end: int
    conditions: tuple[tuple[Token, ...], ...]


def with_plain_parameters(query: str) -> tuple[str, int]:
    """Write every parameter as `?`, whatever its style, and count them."""
    words = tokens(query)
    spans = [
        (sign.start, behind.end if _is_name_of(behind, sign) else sign.end)
        for sign, behind in pairwise((*words, Token("op", "", len(query))))
        if sign.kind == "op" and sign.text in _PARAMETERS
    ]
    text = query
    for start, end in reversed(spans):
        text = f"{text[:start]}?{text[end:]}"
    return text, len(spans)


def _is_name_of(behind: Token, sign: Token) -> bool:
    """`?1`, `:name`, `@name` and `$1`: what stands right behind the sign is its name."""
    return behind.start == sign.end and behind.kind in ("number", "word")


def _without_main(words: Sequence[Token]) -> Sequence[Token]:
    """Leave out the `main.` of `FROM main.tasks`, where it says nothing."""
    left_out = {
        place
        for index, (before, name, dot) in enumerate(
            zip(words, words[1:], words[2:], strict=False), 1
        )
        if before.upper in _BEFORE_TABLE and dot.text == "." and fold(unquoted(name.text)) == "main"
        for place in (index, index + 1)
    }
    return [word for place, word in enumerate(words) if place not in left_out]


def tables_named(words: Sequence[Token]) -> frozenset[str]:
    """Return the names that stand where a statement names a table."""
    return frozenset(
        fold(unquoted(name.text))
        for before, name in pairwise(_without_main(words))
        if before.upper in _BEFORE_TABLE and name.kind in ("word", "quoted")
    )


def tables_by_alias(words: Sequence[Token]) -> dict[str, str]:
    """Return what each table of a query is called in it, as SQLite's plans call it."""
    tables: dict[str, str] = {}
    words = _without_main(words)
    for index, (before, name) in enumerate(pairwise(words)):
        if before.upper in _BEFORE_TABLE and name.kind in ("word", "quoted"):
            behind = [word for word in words[index + 2 : index + 4] if word.upper != "AS"]
            is_alias = behind and (
                behind[0].kind == "quoted"
                or (behind[0].kind == "word" and fold(behind[0].text) not in _NO_ALIAS)
            )
            alias = behind[0] if is_alias else name
            tables[fold(unquoted(alias.text))] = fold(unquoted(name.text))
    return tables


def has_star(words: Sequence[Token]) -> bool:
    """Does the result hold a `*` of columns? That of a subquery stays inside, as in `count(*)` and
    `EXISTS (SELECT * ...)`; in `a * b` it is a sign."""
    upper = outside_brackets(words)
    return any(
        sign == "*" and before.upper in _BEFORE_STAR
        for before, sign in zip(words, upper[1:], strict=False)
    )


def filled_without_columns(words: Sequence[Token]) -> frozenset[str]:
    """Return the tables that an INSERT fills by the order of their columns."""
    words = _without_main(words)
    upper = [word.upper for word in words]
    return frozenset(
        fold(unquoted(words[index + 1].text))
        for index, word in enumerate(upper[:-2])
        if word == "INTO" and upper[index + 2] in ("VALUES", "SELECT", "WITH")
    )


def read_filter(words: Sequence[Token]) -> Filter | None:
    """Return the WHERE of a query that reads or writes the rows of one table alone."""
    words = _without_main(words)
    upper = outside_brackets(words)
    if "WHERE" not in upper or _COMPOUND & set(upper):
        return None
    where = upper.index("WHERE")
    begins = next((n for n, word in enumerate(upper) if word in ("FROM", "UPDATE")), where)
    named = words[begins + 1 : where]
    if upper[begins] == "UPDATE":
        named = named[: upper[begins + 1 : where].index("SET")] if "SET" in upper else ()
    alias = _alias(named)
    if alias is None or (_NOT_ONE_TABLE & {word.upper for word in named}):
        return None
    ends = next((n for n in range(where, len(words)) if upper[n] in _BEHIND_WHERE), len(words))
    inside = words[where + 1 : ends]
    table = fold(unquoted(named[0].text))
    if not inside or _is_shadowed(table, words):
        return None
    return Filter(
        table=table,
        alias=alias,
        start=inside[0].start,
        end=inside[-1].end,
        conditions=tuple(
            condition
            for condition in conditions(inside)
            if not any(_is_filled(word) for word in condition)
        ),
    )


def _is_filled(word: Token) -> bool:
    return (word.kind == "op" and word.text in _PARAMETERS) or has_hole(word)


def has_hole(word: Token) -> bool:
    """May the application fill something into these quotes before SQLite sees them?"""
    return word.kind in ("string", "quoted") and bool(_HOLE.search(word.text))


def _is_shadowed(table: str, words: Sequence[Token]) -> bool:
    """Does a WITH make a table of this name? `FROM tasks AS t` looks like it, and is taken so."""
    return words[0].upper == "WITH" and any(
        fold(unquoted(name.text)) == table and behind.upper in ("AS", "(")
        for name, behind in pairwise(words)
    )


def _alias(named: Sequence[Token]) -> str | None:
    """`tasks`, `tasks t`, `tasks AS t`: what columns are qualified with; None for anything else."""
    names = [word for word in named if word.upper != "AS"]
    if not 1 <= len(names) <= 2 or any(word.kind not in ("word", "quoted") for word in names):
        return None
    return fold(unquoted(names[-1].text))


def outside_brackets(words: Sequence[Token]) -> list[str]:
    """Return each word in upper case; empty for those inside of brackets or of a CASE."""
    upper, opened = list[str](), list[str]()
    for before, word in pairwise((None, *words)):
        assert word is not None
        closes = {")": "(", "END": "CASE"}.get(word.upper, "")
        if closes and opened[-1:] == [closes] and not (closes == "CASE" and _expects_value(before)):
            opened.pop()
        upper.append("" if opened else word.upper)
        if word.upper in ("(", "CASE"):
            opened.append(word.upper)
    return upper


def _expects_value(word: Token | None) -> bool:
    """Behind this word, END is the name of a column."""
    is_sign = word is not None and word.kind == "op" and word.text != ")"
    return is_sign or (word is not None and word.upper in _BEFORE_VALUE)


def conditions(words: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """Split at each AND that joins conditions; a BETWEEN has an AND of its own. What an OR joins is
    one condition."""
    upper = outside_brackets(words)
    if "OR" in upper:
        yield tuple(words)
        return
    first, betweens = 0, 0
    for index, word in enumerate(upper):
        betweens += word == "BETWEEN"
        if word == "AND" and betweens:
            betweens -= 1
        elif word == "AND":
            yield tuple(words[first:index])
            first = index + 1
    yield tuple(words[first:])
