"""The values of linting: a rule, what its function yields, and a finding with its severity.

A rule says what happened and what follows from it; the settings decide how grave that is. Must
never know a file, a screen or a format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from sqlplumb.config import Severity
from sqlplumb.places import Place
from sqlplumb.schema import Ref

Judges = Literal["schema", "plan", "revision", "comment", "query"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule's function yields.

    What is left out is taken from the rule, and the place from the object itself. `hint` is the
    comment that says what is meant, on the line of the object.
    """

    ref: Ref | None
    message: str
    instead: str = ""
    _: KW_ONLY
    place: Place | None = None
    severity: Severity | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: what triggers it, the harm that does, what to do instead, and two examples.

    `find` takes a Schema, an Outlook, a sequence of ignores or a QueryOutlook, as `judges` says. A
    rule for revisions is applied only where a revision was run. A rule with `engines` is applied
    to schemas of these engines only. One that is `off_with_models` is applied to none of a project
    that has models of SQLAlchemy, for that reason, unless the settings give it a severity. One that
    judges `by_table` looks at nothing but the table: what it said counts until that table changes.
    """

    code: str
    name: str
    severity: Severity
    triggers: str
    harms: str
    instead: str
    bad: str
    good: str
    find: Callable[[Any], Iterable[Found]]
    judges: Judges = "schema"
    engines: tuple[str, ...] = ()
    off_with_models: str = ""
    by_table: bool = False

    @property
    def labels(self) -> tuple[str, str]:
        """The words that settings and comments name the rule by, in lower case."""
        return (self.code.lower(), self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, where, and what to do instead; `reason` says why a comment ignores it, and a
    `hint` is a comment that would say what is meant."""

    code: str
    name: str
    severity: Severity
    message: str
    instead: str
    ref: Ref | None = None
    place: Place | None = None
    reason: str = ""
    hint: str = ""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sort by place; findings without a place come last."""
        place = self.place or Place("\uffff", 0)
        return (place.file, place.line, place.column, self.code, self.message)
