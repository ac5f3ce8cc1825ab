"""All that is known of one revision. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlplumb.changes.comparison import Comparison
from sqlplumb.engines import Effect, RefusedRows, Weight
from sqlplumb.lint import Finding
from sqlplumb.places import Place
from sqlplumb.proof import Counted, Proof
from sqlplumb.schema import Object, Ref
from sqlplumb.steps import Plan, RowCheck


@dataclass(frozen=True, slots=True)
class Refusing:
    """A rule that is to come, and the rows of the live database that break it."""

    row_check: RowCheck
    seen: RefusedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A database that the revision is to run on. `looks` are the rules that its rows were held
    against; `refusing` are those that some of them break, or where nobody could look. `counted`
    are the values that the revision changed in a copy of it. `drift` is
    what it is not, where the revision begins; `at` are the revisions that it names."""

    label: str
    waits: str
    weights: Mapping[str, Weight]
    row_checks: tuple[RowCheck, ...]
    refusing: tuple[Refusing, ...]
    drift: Comparison
    at: tuple[str, ...] = ()
    counted: Counted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """`plan` is what the revision amounts to, `back` the way back of it; `effects` are what its
    statements do. `places` is where schema.sql says what it makes; `written` are its author's words
    of what has a CREATE statement of its own, `written_before` those of what was there."""

    revision: str
    message: str
    file: str
    plan: Plan
    back: Plan
    near: tuple[Object, ...]
    effects: tuple[Effect, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]
    proof: Proof
    places: Mapping[Ref, Place]
    written_before: Mapping[Ref, str]
    written: Mapping[Ref, str]
    live: Live | None = None
