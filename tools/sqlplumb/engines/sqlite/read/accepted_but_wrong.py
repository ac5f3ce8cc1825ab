"""What SQLite accepts in a CREATE and then does not do: bodies that name nothing, strings in
double quotes. Facts only; how grave they are is judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlplumb.engines.sqlite.parse.lexer import Token, fold, tokens, unquoted
from sqlplumb.engines.sqlite.parse.words import ROWID_NAMES
from sqlplumb.schema import Check, Column, Index, Object, Ref, Schema, Trigger, View

# What stands before a value. Behind anything else a word in quotes may be an alias.
_BEFORE_VALUE = frozenset("= == <> != < > <= >= ( , || + - * / %".split())
_BEFORE_VALUE_WORDS = frozenset(
    "AND OR NOT IS LIKE GLOB IN BETWEEN WHEN THEN ELSE SELECT WHERE VALUES CASE".split()
)


def strings_in_double_quotes(schema: Schema) -> Iterator[tuple[Ref, str]]:
    """Each `"x"` that is no name and so, to SQLite, a string."""
    columns = _columns(schema)
    everything: frozenset[str] | None = None
    for fact in schema.objects.values():
        if '"' not in fact.text:
            continue
        match fact:
            case Check(expression=said):
                yield from _strings(fact, said.text, columns[fact.ref.table])
            case Column(default=default, generated=generated):
                yield from _strings(fact, default.text if default else "", frozenset())
                computed = generated.text if generated else ""
                yield from _strings(fact, computed, columns[fact.ref.table])
            case Index():
                inside = fact.text[fact.text.find("(") :]
                yield from _strings(fact, inside, columns.get(fact.ref.table, frozenset()))
            case View() | Trigger():
                everything = everything or _everything(schema)
                yield from _strings_in_body(fact, everything)


def _columns(schema: Schema) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for ref in schema.objects:
        if ref.kind == "column":
            found.setdefault(ref.table, set(ROWID_NAMES)).add(ref.name)
    return {table: frozenset(names) for table, names in found.items()}


def _everything(schema: Schema) -> frozenset[str]:
    names = {ref.name for ref in schema.objects} | set(schema.units) | set(ROWID_NAMES)
    return frozenset(names | {"new", "old", "excluded"})


def _strings(fact: Object, text: str, names: frozenset[str]) -> Iterator[tuple[Ref, str]]:
    before = ""
    for token in tokens(text):
        if token.text[0] == '"' and before != "COLLATE" and _name(token) not in names:
            yield fact.ref, token.text
        before = token.upper


def _strings_in_body(fact: View | Trigger, names: frozenset[str]) -> Iterator[tuple[Ref, str]]:
    """Only where a value must stand: a body has names of its own that nobody else knows."""
    said = tokens(fact.body.text)
    own = {_name(token) for token in said if token.kind == "word" or token.text[0] in "[`"}
    own |= {_name(after) for token, after in pairwise(said) if _names(token)}
    for before, token, after in zip(said, said[1:], [*said[2:], None], strict=False):
        known = _name(token) in names or _name(token) in own
        if token.text[0] == '"' and not known and _is_value(before, after):
            yield fact.ref, token.text


def _names(token: Token) -> bool:
    """Is what follows an alias?"""
    return token.upper == "AS" or token.upper == ")" or token.kind in ("string", "number")


def _is_value(before: Token, after: Token | None) -> bool:
    begins = before.upper in _BEFORE_VALUE or before.upper in _BEFORE_VALUE_WORDS
    return begins and not (after and after.text in (".", "("))


def _name(token: Token) -> str:
    return fold(unquoted(token.text))
