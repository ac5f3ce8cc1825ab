"""What a statement makes, by its kind and name, and where in it its parts begin.

Only its head is read, and of a table the first words of each part. Must never say what a part is
worth: the server prints that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from sqlplumb.engines.postgres.parse.lexer import Token, folded, lex

_BEFORE_KIND = frozenset(
    """
    OR REPLACE GLOBAL LOCAL TEMP TEMPORARY UNLOGGED UNIQUE RECURSIVE CONSTRAINT TRUSTED PROCEDURAL
    DEFAULT
    """.split()
)
# The longest come first: FOREIGN TABLE is a table, FOREIGN DATA WRAPPER is not.
KINDS: dict[tuple[str, ...], str] = {
    ("FOREIGN", "DATA", "WRAPPER"): "foreign data wrapper",
    ("TEXT", "SEARCH", "CONFIGURATION"): "text search configuration",
    ("TEXT", "SEARCH", "DICTIONARY"): "text search dictionary",
    ("FOREIGN", "TABLE"): "table",
    ("MATERIALIZED", "VIEW"): "materialized view",
    ("EVENT", "TRIGGER"): "event trigger",
    ("OPERATOR", "CLASS"): "operator class",
    ("OPERATOR", "FAMILY"): "operator family",
    ("USER", "MAPPING"): "user mapping",
    **{
        (word.upper(),): word
        for word in (
            *("table", "view", "sequence", "index", "domain", "function", "procedure"),
            *("aggregate", "trigger", "policy", "rule", "schema", "extension", "statistics"),
            *("publication", "subscription", "collation", "server", "language", "operator"),
        )
    },
    ("TYPE",): "type",
}
_ON_A_TABLE = ("index", "trigger", "policy", "rule")
_RULES = {
    "PRIMARY": "primary key",
    "UNIQUE": "unique",
    "CHECK": "check",
    "FOREIGN": "foreign key",
    "REFERENCES": "foreign key",
    "EXCLUDE": "exclusion",
}
_OPENS, _CLOSES = frozenset("(["), frozenset(")]")
_TIMES = ("TIMESTAMP", "TIMESTAMPTZ", "DATE", "TIME", "TIMETZ")
_LONGEST_HEAD = 80  # tokens


class Name(NamedTuple):
    """A name of one or two words; the schema is empty where none is written."""

    schema: str
    name: str


class Head(NamedTuple):
    """`verb` is CREATE or ALTER. An index, a trigger, a policy or a rule is `on` a table."""

    verb: str
    kind: str
    name: Name
    start: int
    on: Name | None = None


class Part(NamedTuple):
    """A column (kind "column"), a rule, or a label of an enum ("label"), and where it begins. A
    rule that has no name has that of its `column`, or none."""

    kind: str
    name: str
    start: int
    column: str = ""
    default: str = ""  # of a column, where a string is all of it


def read_head(text: str) -> Head | None:
    """Return None for what makes and alters nothing by a name of its own."""
    tokens = list(islice(lex(text), _LONGEST_HEAD))
    verb = tokens[0].upper if tokens else ""
    if verb not in ("CREATE", "ALTER"):
        return None
    at = 1
    while at < len(tokens) and tokens[at].upper in _BEFORE_KIND:
        at += 1
    words = tuple(token.upper for token in tokens[at : at + 3])
    length = next((size for size in (3, 2, 1) if words[:size] in KINDS), 0)
    if not length:
        return None
    kind, at = KINDS[words[:length]], at + length
    at = _behind_words(tokens, at, ("CONCURRENTLY", "IF", "NOT", "EXISTS", "ONLY"))
    if at >= len(tokens) or not tokens[at].is_name:
        return None
    start = tokens[at].start
    if kind == "index" and tokens[at].upper == "ON":  # the server chooses its name
        on = read_name(tokens, at + 1)[0]
        return Head(verb, kind, Name("", ""), start=start, on=on)
    if kind == "schema" and tokens[at].upper == "AUTHORIZATION":
        at += 1
    name, behind = read_name(tokens, at)
    if kind == "type":
        kind = _kind_of_type(tokens, behind)
    table = _table_of(tokens, behind, kind) if kind in _ON_A_TABLE else None
    return Head(verb, kind, name, start=start, on=table)


def _behind_words(tokens: Sequence[Token], at: int, words: Sequence[str]) -> int:
    while at < len(tokens) and tokens[at].upper in words:
        at += 1
    return at


def read_name(tokens: Sequence[Token], at: int) -> tuple[Name, int]:
    """Return the name that begins here, and where it ends."""
    at = _behind_words(tokens, at, ("ONLY",))
    first = folded(tokens[at].text) if at < len(tokens) else ""
    if [token.text for token in tokens[at + 1 : at + 2]] == ["."] and len(tokens) > at + 2:
        return Name(first, folded(tokens[at + 2].text)), at + 3
    return Name("", first), at + 1


def _kind_of_type(tokens: Sequence[Token], at: int) -> str:
    words = [token.upper or token.text for token in tokens[at : at + 2]]
    kinds = {"ENUM": "enum", "RANGE": "range type", "(": "composite type"}
    return kinds.get(words[1], "base type") if words[:1] == ["AS"] and words[1:] else "base type"


def _table_of(tokens: Sequence[Token], at: int, kind: str) -> Name | None:
    """The name behind ON; of a rule that behind TO."""
    word = "TO" if kind == "rule" else "ON"
    places = [number for number, token in enumerate(tokens[at:], at) if token.upper == word]
    return read_name(tokens, places[0] + 1)[0] if places else None


# --------------------------------------------------------------------- parts


def parts(text: str, head: Head) -> Iterator[Part]:
    """Yield what stands in the brackets of a CREATE TABLE or an enum, or behind each ADD of an
    ALTER TABLE."""
    tokens = [token for token in lex(text) if token.start >= head.start]
    _, at = read_name(tokens, 0)
    if head.kind == "enum":
        labels = (token for token in tokens[at:] if token.kind == "string")
        yield from (Part("label", _string(token.text), token.start) for token in labels)
    elif head.kind == "table" and head.verb == "CREATE":
        for element in elements(tokens, at, depth=1):
            yield from _parts_of(element)
    elif head.kind == "table":
        for element in elements(tokens, at, depth=0):
            words = [token.upper for token in element[:5]]
            if words[:1] == ["ADD"]:
                first = _behind_words(element, 1, ("COLUMN", "IF", "NOT", "EXISTS"))
                yield from _parts_of(element[first:])


def _string(text: str) -> str:
    return text[text.index("'") + 1 : -1].replace("''", "'") if "'" in text else text


def elements(tokens: Sequence[Token], at: int, depth: int) -> Iterator[list[Token]]:
    """Yield what commas part from each other, inside of so many brackets."""
    level, element = 0, list[Token]()
    for token in tokens[at:]:
        level -= token.text in _CLOSES
        if level < depth and element and depth:
            break
        if level == depth and token.text == ",":
            yield element
            element = []
        elif level >= depth:
            element.append(token)
        level += token.text in _OPENS
    if element:
        yield element


def _parts_of(element: Sequence[Token]) -> Iterator[Part]:
    """A column and the rules in it, or one rule of the table."""
    if not element:
        return
    words = [token.upper for token in element]
    if words[0] == "CONSTRAINT" or (words[0] in _RULES and _is_rule(element)):
        yield from _rules(element, column="")
    elif words[0] != "LIKE" and element[0].is_name:
        column = element[0].name
        yield Part("column", column, element[0].start, default=_default_string(element))
        yield from _rules(element[1:], column)


def _default_string(element: Sequence[Token]) -> str:
    """Return the string behind DEFAULT, or behind the type of a time there, without its quotes."""
    words = [token.upper for token in element]
    if "DEFAULT" not in words:
        return ""
    at = _behind_words(element, words.index("DEFAULT") + 1, _TIMES)
    is_string = at < len(element) and element[at].kind == "string"
    return _string(element[at].text) if is_string else ""


def _is_rule(element: Sequence[Token]) -> bool:
    """A column may be called `unique` in quotes alone, but FOREIGN and PRIMARY have a KEY."""
    return element[0].upper not in ("PRIMARY", "FOREIGN") or element[1].upper == "KEY"


def _rules(tokens: Sequence[Token], column: str) -> Iterator[Part]:
    level, name, start = 0, "", -1
    for number, token in enumerate(tokens):
        level -= token.text in _CLOSES
        word = token.upper
        if not level and word == "CONSTRAINT" and len(tokens) > number + 1:
            name, start = tokens[number + 1].name, token.start
        elif not level and word in ("NOT", "NULL", "DEFAULT", "GENERATED", "COLLATE"):
            name, start = "", -1
        elif not level and word in _RULES:
            begins = token.start if start < 0 else start
            yield Part(_RULES[word], name, begins, column=column)
            name, start = "", -1
            if not column:
                return
        level += token.text in _OPENS
