"""What an expression sees: the tables of its query, those of the queries around it, and the names
that they have there.

Owns how a name is looked up. Which clause stands where, `queries` and `names` know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlplumb.engines.editing import Columns, Mention, Role
from sqlplumb.engines.sqlite.editing.pieces import KEYWORDS
from sqlplumb.engines.sqlite.parse.lexer import (
    NO_NAME,
    ROWID_NAMES,
    Token,
    fold,
    tokens,
    unquoted,
)
from sqlplumb.schema import Ref

# Columns may be called so; where none is, it is the keyword.
_MAYBE_KEYWORDS = frozenset(word.lower() for word in KEYWORDS) | frozenset(ROWID_NAMES)
_BEHIND = ("",) * 8  # whoever looks some words ahead finds nothing there
_UNITS = ("sqlite_master", "sqlite_schema", "sqlite_sequence")


@dataclass(frozen=True, slots=True)
class Seen:
    """A table in a scope: its folded name, empty for a subquery, and its columns, if known."""

    unit: str
    columns: frozenset[str] | None


@dataclass(slots=True, kw_only=True)
class Frame:
    """What one query adds to what is seen. `named` holds tables by what they are called there,
    `made` the tables of its WITH, and `aliases` the columns of its result that got a name. Columns
    of a frame that is `qualified` need the name of their table before them."""

    named: dict[str, Seen] = field(default_factory=dict)
    made: dict[str, Seen] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    qualified: bool = False


Frames = tuple[Frame, ...]  # the innermost first


class Words:
    """The tokens of a statement, and the names that were found among them."""

    def __init__(self, text: str, columns: Columns) -> None:
        self.tokens = tokens(text)
        self.upper = [*(token.upper for token in self.tokens), *_BEHIND]
        self.columns = columns
        self.found: list[Mention] = []
        self.closing = _closing(self.tokens)

    # ------------------------------------------------------------------------ what stands where

    def is_name(self, at: int) -> bool:
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        return token.kind == "quoted" or (token.kind == "word" and fold(token.text) not in NO_NAME)

    def name(self, at: int) -> str:
        return fold(unquoted(self.tokens[at].text))

    def outside(self, at: int, end: int) -> Iterator[int]:
        """Yield each place that no bracket encloses; of a bracket, where it opens."""
        while at < end:
            yield at
            at = self.closing.get(at, at) + 1

    def first(self, at: int, end: int, *words: str) -> int:
        """Return where the first of these words stands outside of brackets, or else the end."""
        return next((place for place in self.outside(at, end) if self.upper[place] in words), end)

    def split(self, at: int, end: int, *words: str) -> list[tuple[int, int]]:
        """Return what stands between these words, outside of brackets."""
        cuts = [place for place in self.outside(at, end) if self.upper[place] in words]
        return list(zip([at, *(cut + 1 for cut in cuts)], [*cuts, end], strict=True))

    def is_operand_end(self, at: int) -> bool:
        """Is this the end of a value? Then a name behind it is an alias."""
        if at < 0:
            return False
        token, word = self.tokens[at], self.upper[at]
        is_value = token.kind in ("string", "number", "blob", "quoted")
        return (
            is_value or word in (")", "END", "NULL") or (token.kind == "word" and self._plain(at))
        )

    def _plain(self, at: int) -> bool:
        return fold(self.tokens[at].text) not in NO_NAME | _MAYBE_KEYWORDS

    # ----------------------------------------------------------------------------- what is found

    def mention(
        self,
        at: int,
        role: Role,
        *,
        ref: Ref | None = None,
        defines: bool = False,
        among: tuple[str, ...] = (),
        follows: bool = False,
    ) -> None:
        token = self.tokens[at]
        mention = Mention(
            start=token.start,
            end=token.end,
            role=role,
            ref=ref,
            defines=defines,
            among=among,
            follows=follows,
        )
        self.found.append(mention)

    def table(self, at: int, frames: Frames = ()) -> Seen:
        """Note the table that is named here."""
        name = self.name(at)
        for frame in frames:
            if name in frame.made:
                return frame.made[name]
        if name not in _UNITS:
            ref = Ref("table", "", name, shown=unquoted(self.tokens[at].text))
            self.mention(at, "table", ref=ref if name in self.columns else None)
        return self.seen(name)

    def seen(self, unit: str) -> Seen:
        columns = self.columns.get(unit)
        return Seen(unit, None if columns is None else frozenset(map(fold, columns)))

    def column_of(self, at: int, seen: Seen, *, follows: bool = False) -> None:
        """Note a column that can only be one of this table."""
        name = self.name(at)
        if seen.columns is not None and name in seen.columns:
            if seen.unit:
                ref = Ref("column", seen.unit, name)
                self.mention(at, "column", ref=ref, among=(seen.unit,), follows=follows)
        elif seen.columns is not None and name not in ROWID_NAMES and seen.unit:
            self.mention(at, "column", among=(seen.unit,), follows=follows)

    def columns_in(self, at: int, seen: Seen) -> None:
        """Note the columns in the brackets that open here, each at the beginning of its term."""
        for begins, ends in self.split(at + 1, self.closing[at], ","):
            if begins < ends and self.is_name(begins):
                self.column_of(begins, seen)

    def bare(self, at: int, frames: Frames) -> None:
        """Note a name that no table stands before; the query around it sees less than itself."""
        name, token = self.name(at), self.tokens[at]
        is_all_known = True
        for frame in frames:
            for seen in frame.named.values() if not frame.qualified else ():
                if seen.columns is not None and name in seen.columns:
                    self.column_of(at, seen)
                    return
                is_all_known &= seen.columns is not None
            if name in frame.aliases:
                return
        is_string = token.text[0] == '"'
        if is_all_known and not is_string and name not in _MAYBE_KEYWORDS:
            self.mention(at, "column", among=units_in(frames))

    def qualified(self, at: int, frames: Frames) -> int:
        """Note `t.a` or `main.t.a`; return where it ends."""
        if self.upper[at + 3] == "." and self.is_name(at + 2):
            at += 2
        seen = next((f.named[self.name(at)] for f in frames if self.name(at) in f.named), None)
        if seen is None:
            return at + 2
        if seen.unit and self.name(at) not in ("new", "old", "excluded"):
            self.mention(at, "name", ref=Ref("table", "", seen.unit))
        if self.is_name(at + 2):
            self.column_of(at + 2, seen, follows=True)
        return at + 2


def units_in(frames: Frames) -> tuple[str, ...]:
    """Return the tables whose columns may stand here alone."""
    seen = (one for frame in frames if not frame.qualified for one in frame.named.values())
    return tuple(dict.fromkeys(one.unit for one in seen if one.unit))


def _closing(words: list[Token]) -> dict[int, int]:
    """Where each bracket that opens is closed; at the end, if nothing closes it."""
    opened: list[int] = []
    closing: dict[int, int] = {}
    for at, token in enumerate(words):
        if token.text == "(":
            opened.append(at)
        elif token.text == ")" and opened:
            closing[opened.pop()] = at
    return closing | dict.fromkeys(opened, len(words))
