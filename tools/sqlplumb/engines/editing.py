"""What an editor asks of an engine about the text of a schema, finished or half typed.

Owns the values and the protocol. Offsets count the characters of the text that was asked about.
Must never open a database or read a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from sqlplumb.schema import Ref
from sqlplumb.values import dataclass

Role = Literal["table", "column", "type", "name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One statement of a file with the comments that belong to it, from `start` to `end`.

    `ref` is what it makes; None where that cannot be told. No other statement may make anything of
    the same `key`. Its name stands at `name_start` up to `name_end`, and the statement begins at
    `begins`; these three count from the start of the piece.
    """

    text: str
    start: int
    begins: int
    ref: Ref | None
    key: tuple[str, str] = ("", "")
    name_start: int = 0
    name_end: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A name in a statement, what may stand there by its `role`, and what it means here.

    `ref` is the object, and None for what nothing is called. One that `defines` is the object's own
    name. `among` are the tables and views whose columns may stand here, by their folded names; for
    what `follows` a table or its alias and a dot, that one alone.
    """

    start: int
    end: int
    role: Role
    ref: Ref | None = None
    defines: bool = False
    among: tuple[str, ...] = ()
    follows: bool = False


# The columns of tables and views by their folded names, as their authors spell them; None where
# they are not known.
Columns = Mapping[str, Sequence[str] | None]


class Editing(Protocol):
    """How an engine reads text for an editor."""

    keywords: Sequence[str]
    types: Sequence[str]

    def pieces(self, text: str) -> Sequence[Piece]:
        """Cut a file into its statements, whatever they are."""

    def restart(self, text: str) -> int:
        """Return where in a broken statement another one seems to begin; 0 for nowhere."""

    def mentions(self, text: str, columns: Columns) -> Sequence[Mention]:
        """Return the names in a statement in their order, resolved as the engine would."""

    def outputs(self, text: str, columns: Columns) -> Sequence[Mention]:
        """Return the columns of a view, each where it gets its name."""

    def word_at(self, text: str, offset: int) -> tuple[int, int]:
        """Return where the name or the word that touches this offset begins and ends."""

    def fold(self, name: str) -> str:
        """Return a name as it compares."""

    def spelled(self, name: str) -> str:
        """Return a name as SQL must say it, in quotes only where it needs them."""
