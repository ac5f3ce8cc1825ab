"""What an engine is asked about two rules, and what it answers. Values and one protocol.

Which rows must be tried so that none is forgotten, only the engine knows: its types, its
collations, its order of values. `understanding` knows which literals a rule compares with what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

# What an expression is for: a CHECK refuses where it is false, a filter takes where it is true, a
# value is stored or compared.
Purpose = Literal["check", "filter", "value"]
Row = Mapping[str, str]  # columns and their values, as literals of SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How expressions use one column, or one value that stands for a call.

    `literals` are what it is compared with, `partners` the columns that it is compared with;
    `is_truth` says that it stands where true or false is asked for, `is_inside` that calls read it,
    and `is_computed` that it is the value of a call, which has no declared type.
    """

    literals: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    is_truth: bool = False
    is_inside: bool = False
    is_computed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Two expressions in canonical text over the columns in `uses`, and what holds anyway. For an
    `example` not every kind of row is needed."""

    current: str
    desired: str
    purpose: Purpose
    uses: Mapping[str, Use]
    given: tuple[str, ...] = ()
    example: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A row that only one of the two takes, for either; of two values, one where they differ.

    `tried` rows were looked at. `is_whole` says that they are of every kind, as far as the uses
    tell; without it, a row that is not found may still be there.
    """

    tried: int = 1
    only_current: Row | None = None
    only_desired: Row | None = None
    is_whole: bool = False


class Evaluator(Protocol):
    """The columns of one table, with the types and collations that they have on both sides."""

    @property
    def kinds(self) -> Mapping[str, str]:
        """Of each column, what it shares with those that it is compared with as they are."""

    @property
    def generated(self) -> frozenset[str]:
        """The columns that are made of others, in one way on both sides: no row may hold whatever
        a rule asks of them."""

    def ask(self, question: Question) -> Answer | None:
        """Try both expressions over rows of every kind; None if the engine refuses one."""
