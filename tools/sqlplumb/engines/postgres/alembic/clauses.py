"""The clauses of what the server prints of a key, an exclusion or an index, cut by its tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.engines.postgres.names import quoted
from sqlplumb.engines.postgres.parse.lexer import Token, folded, lex
from sqlplumb.schema import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKey:
    """A term as it is printed; `name` is the column that it is, perhaps with an operator class."""

    text: str
    name: str = ""
    ops: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexClauses:
    keys: tuple[IndexKey, ...]
    behind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyClauses:
    """`behind`: what none of the fields says."""

    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    deferrable: bool = False
    deferred: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionClauses:
    method: str
    elements: tuple[tuple[str, str], ...]
    where: str = ""
    deferrable: bool = False
    deferred: bool = False
    behind: str = ""


def closing(text: str, start: int) -> int:
    """Return where the bracket that opens at `start` is closed."""
    depth = 0
    for token in lex(text, start):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0:
            return token.start
    return len(text)


def first_bracket(text: str) -> int:
    return next((token.start for token in lex(text) if token.text == "("), -1)


def at_commas(text: str) -> Iterator[str]:
    """Yield the items of a list."""
    depth, begun = 0, 0
    for token in lex(text):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.text == "," and not depth:
            yield text[begun : token.start].strip()
            begun = token.end
    yield text[begun:].strip()


def in_brackets(text: str) -> tuple[str, str]:
    """Return what the first brackets hold, and what follows them."""
    start = first_bracket(text)
    end = closing(text, start)
    return text[start + 1 : end], text[end + 1 :].strip()


def index_clauses(index: Index) -> IndexClauses:
    definition = index.options.word("definition")
    listed, behind = in_brackets(definition)
    keys = at_commas(listed)
    return IndexClauses(keys=tuple(map(_index_key, keys)), behind=behind)


def _index_key(text: str) -> IndexKey:
    tokens: list[Token] = list(lex(text))
    if not tokens or not tokens[0].is_name or any(token.kind == "sign" for token in tokens):
        return IndexKey(text=text)
    if len(tokens) == 1:
        return IndexKey(text=text, name=folded(text))
    words = {token.upper for token in tokens[1:]}
    if len(tokens) == 2 and not words & {"DESC", "ASC", "COLLATE", "NULLS"}:
        return IndexKey(text=text, name=tokens[0].name, ops=tokens[1].text)
    return IndexKey(text=text)


def key_clauses(definition: str) -> KeyClauses:
    """Cut `UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) DEFERRABLE INITIALLY DEFERRED`."""
    head = definition[: first_bracket(definition)]
    listed, behind = in_brackets(definition)
    include: tuple[str, ...] = ()
    if behind.startswith("INCLUDE"):
        names, behind = in_brackets(behind)
        include = tuple(folded(name) for name in at_commas(names))
    deferrable, deferred, behind = _deferred(behind)
    overlaps = "WITHOUT OVERLAPS" if "WITHOUT OVERLAPS" in listed else ""
    return KeyClauses(
        include=include,
        nulls_not_distinct="NULLS NOT DISTINCT" in head,
        deferrable=deferrable,
        deferred=deferred,
        behind=behind or overlaps,
    )


def exclusion_clauses(definition: str) -> ExclusionClauses:
    """Cut `EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (active)`."""
    method = definition[: first_bracket(definition)].split()[-1]
    listed, behind = in_brackets(definition)
    pairs = [item.rpartition(" WITH ") for item in at_commas(listed)]
    where = ""
    if behind.startswith("WHERE"):
        where, behind = in_brackets(behind)
    deferrable, deferred, behind = _deferred(behind)
    return ExclusionClauses(
        method=method,
        elements=tuple((term, operator) for term, _, operator in pairs),
        where=where,
        deferrable=deferrable,
        deferred=deferred,
        behind=behind,
    )


def _deferred(behind: str) -> tuple[bool, bool, str]:
    deferrable = behind.startswith("DEFERRABLE")
    behind = behind.removeprefix("DEFERRABLE").strip()
    deferred = behind.startswith("INITIALLY DEFERRED")
    return deferrable, deferred, behind.removeprefix("INITIALLY DEFERRED").strip()


def names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))
