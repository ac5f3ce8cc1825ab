"""What a CREATE statement says, part by part, each with its words as the author wrote them.

Owns the shapes only. What two parts mean when compared is decided in `read/facts`, not here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from sqlplumb.engines.sqlite.parse.lexer import (
    NO_NAME,
    REMEMBERED,
    Tokens,
    fold,
    in_quotes,
    tokens,
    unquoted,
)
from sqlplumb.values import dataclass

Deferrable = Literal["", "deferrable", "deferred"]


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end`, as offsets in the text of the statement."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Expression:
    """The words of an expression, without the brackets around it."""

    text: str

    @property
    def tokens(self) -> Tokens:
        return tuple(tokens(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Expression):
    """One term of a key or an index: its expression, its collation, its direction."""

    collation: str = ""
    descending: bool = False
    is_name: bool = True  # or whatever else is one word

    @property
    def name(self) -> str:
        """The column, of a term that is one: each term of a key is."""
        return unquoted(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull:
    """NOT NULL in the definition of a column."""

    name: str = ""  # of the CONSTRAINT before it
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """DEFAULT: the words of a value, or of an expression in brackets."""

    name: str = ""
    text: str
    bracketed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Collate:
    """COLLATE in the definition of a column."""

    collation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """GENERATED ALWAYS AS, or AS alone."""

    expression: Expression
    stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What may stand in a column's definition and on its own. `words` shows it to people: in a
    column all of the column, or it would say little."""

    name: str = ""
    start: int
    words: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyClause(Rule):
    """PRIMARY KEY or UNIQUE; in a column's definition `terms` is that column."""

    primary: bool
    terms: tuple[Term, ...]
    in_column: bool = False
    on_conflict: str = ""
    autoincrement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckClause(Rule):
    """CHECK, in a column or on its own."""

    expression: Expression
    on_conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class References(Rule):
    """REFERENCES in a column, or FOREIGN KEY on its own."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    match: str = ""
    deferrable: Deferrable = ""


AnyRule = KeyClause | CheckClause | References


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBody:
    """All that stands behind the name of a column. Said twice, the last one counts. Places are
    counted from where the body begins."""

    type: str
    not_null: NotNull | None
    default: Default | None
    collate: Collate | None
    generated: Generated | None
    rules: tuple[AnyRule, ...]
    end: int


class ColumnDef(NamedTuple):  # of which there are many
    """The definition of a column, and its place in the statement."""

    name: str
    body: ColumnBody
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableText:
    """`names` are the columns, folded; `rules` are those of the columns, then those that stand on
    their own, which begin at `constraint_starts`."""

    columns: tuple[ColumnDef, ...]
    names: frozenset[str]
    rules: tuple[AnyRule, ...]
    constraint_starts: tuple[int, ...]
    strict: bool
    without_rowid: bool


@dataclass(frozen=True, slots=True)
class IndexText:
    """CREATE INDEX."""

    terms: tuple[Term, ...]
    unique: bool
    predicate: Expression | None


@dataclass(frozen=True, slots=True)
class VirtualText:
    """CREATE VIRTUAL TABLE."""

    module: str
    arguments: tuple[Tokens, ...]


_AROUND_BRACKETS = re.compile(r" *([(),]) *")
_QUOTES = frozenset("'\"`[")
_SPACES = " \t\n\v\f\r"
_BLANKS = re.compile(r"\s+")
_PLAIN_TYPE = re.compile(r"(?:[^\W\d]\w*(?: \w+)*)?(?:\([-+\w, .]*\))?")
_RULES = (
    ("int", "integer"),
    ("char", "text"),
    ("clob", "text"),
    ("text", "text"),
    ("blob", "blob"),
    ("real", "real"),
    ("floa", "real"),
    ("doub", "real"),
)


@lru_cache(maxsize=REMEMBERED)
def affinity(declared: str) -> str:
    if not declared:
        return "blob"
    folded = declared.lower()
    return next((meaning for part, meaning in _RULES if part in folded), "numeric")


def without_generated(text: str) -> str:
    """SQLite takes ALWAYS off the end of a type of 16 bytes or more, and then GENERATED, whether or
    not an AS follows. It looks at letters alone: of a longer word, or a comment, the end goes."""
    if fold(text[-6:]) != "always" or len(text.encode("utf-8", "surrogatepass")) < 16:
        return text
    type_name = text[:-6].rstrip(_SPACES)
    if fold(type_name[-9:]) == "generated":
        type_name = type_name[:-9].rstrip(_SPACES)
    return type_name


@lru_cache(maxsize=REMEMBERED)
def declared_type_of(text: str) -> str:
    """As written, but for case and blanks. A type that begins with a quote ends with it, save that
    where no other quote opens in it, only the first and the last sign are left out: so SQLite has
    it, and `[a] b` is `a] `."""
    if text[:1] in _QUOTES:
        is_one = text[0] == "[" and _QUOTES.isdisjoint(text[1:-1])
        return quoted_type(text[1:-1] if is_one else unquoted(tokens(text)[0].text))
    words = " ".join(fold(unquoted(token.text)) for token in tokens(text))
    return _AROUND_BRACKETS.sub(r"\1", words).replace("+ ", "+").replace("- ", "-")


def quoted_type(text: str) -> str:
    """What stands in the quotes is one name, whatever it would mean outside."""
    return _AROUND_BRACKETS.sub(r"\1", _BLANKS.sub(" ", fold(text)))


def spelled_type(declared: str) -> str:
    """A declared type as a CREATE must say it, in quotes where it would be read as more."""
    is_plain = _PLAIN_TYPE.fullmatch(declared) and without_generated(declared) == declared
    is_name = not NO_NAME.intersection(declared.split())
    return declared if is_plain and is_name else in_quotes(declared)
