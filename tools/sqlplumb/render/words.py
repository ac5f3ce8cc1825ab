"""The words that describe a change, the same in every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.comparison import (
    AcceptedDifference,
    Explanation,
    Note,
    Standing,
    describe_row,
)
from sqlplumb.changes.names import differing_fields
from sqlplumb.config import Accept
from sqlplumb.places import Place
from sqlplumb.render.paint import one_line
from sqlplumb.schema import Expr, Object, field_words, value_of


def headline(change: Change, desired: str) -> str:
    """`index idx_tasks_status: WHERE differs`."""
    ref = change.ref
    name = f"{ref.kind} {ref.shown}" if ref.shown else ref.display  # `check(status)` has no name
    match change:
        case Create():
            return f"{name} is missing"
        case Drop():
            return f"{name} is not in {desired}"
        case Alter():
            differ = "differs" if len(change.fields) == 1 else "differ"
            return f"{name}: {listed(change)} {differ}"
        case Rename():
            also = f", and its {listed(change)} changed" if change.fields else ""
            return f"{name} was called {change.current.ref.display}{also}"


def with_unit(change: Change, desired: str) -> str:
    """The headline with the name of its table: `tasks: column id is missing`."""
    unit = f"{change.ref.display_unit}: " if change.ref.table else ""
    return f"{unit}{headline(change, desired)}"


def deed(change: Change) -> str:
    """`adds check tasks.valid_priority`: what a plan does to an object."""
    what = f"{change.ref.kind} {change.ref}"
    match change:
        case Create():
            return f"adds {what}"
        case Drop():
            return f"drops {what}"
        case Alter():
            return f"changes {what}: {listed(change)}"
        case Rename():
            also = f", and changes its {listed(change)}" if change.fields else ""
            return f"renames {change.current.ref} to {what}{also}"


def aspect(change: Change) -> str:
    """`a check`, `NOT NULL and DEFAULT of a column`: what kind of thing changes."""
    kind = f"an {change.ref.kind}" if change.ref.kind == "index" else f"a {change.ref.kind}"
    if isinstance(change, Alter) and change.ref.kind == "column":
        return f"{listed(change)} of {kind}"
    return kind


def twins(changes: Sequence[Change]) -> dict[Change, str]:
    """Say of a change that the other side has the same by another name.

    It may be a rename; nobody knows.
    """
    by_table: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.ref.table and isinstance(change, Create | Drop):
            by_table.setdefault((change.ref.kind, change.ref.table), []).append(change)
    twin_words: dict[Change, str] = {}
    for group in by_table.values():
        for change, other in permutations(group, 2):
            facts = [fact for fact in (*sides(change), *sides(other)) if fact is not None]
            if change.verb != other.verb and not differing_fields(facts[0], facts[1]):
                twin_words[change] = f": the same is called {other.ref.display}"
    return twin_words


def noted(note: Note) -> str:
    """Say why a note was taken, in words that several notes can share."""
    match note.reason:
        case "column order":
            return "the same columns in another order"
        case "name":
            return "a name that only one side has"
        case "not in metadata":
            return "not held by the metadata, so not compared"
        case "stand-in":
            return "a Table here stands for it in queries"
        case "spelling":
            fields = listed(note.change) if isinstance(note.change, Alter) else ""
            return f"{fields} said in another way that means the same"


def explained(explanation: Explanation, current: str, desired: str) -> str:
    """Say how two spellings of a rule relate, with a row that shows it where there is one."""
    texts = f"`{explanation.current}` and `{explanation.desired}`"
    rows = counted(explanation.tried, "row")
    match explanation:
        case Explanation(verdict="equal", tried=0):
            sentence = (
                f"{texts} are the same: what is added, or joined, has one value in either way"
            )
        case Explanation(verdict="equal", is_value=True, tried=1):
            sentence = f"{texts} are the same value"
        case Explanation(verdict="equal", is_value=True):
            sentence = f"{texts} are the same value in each of {rows}, one of every kind"
        case Explanation(verdict="equal"):
            sentence = (
                f"{texts} are the same rule: each of {rows}, one of every kind, is taken by both"
            )
            sentence += " or by neither"
        case Explanation(is_value=True, only_current=row) if row is not None:
            sentence = f"{texts} are two values{_of_row(row)}"
        case Explanation(only_current=None, only_desired=None):
            sentence = f"{texts}: {_RELATIONS[explanation.verdict]}"
        case _:
            sides = (explanation.only_current, current), (explanation.only_desired, desired)
            shown = [
                f"{source} alone takes a row{_of_row(r)}" for r, source in sides if r is not None
            ]
            sentence = f"{texts}: {', and '.join(shown)}"
    return f"{explanation.ref}: {sentence}"


_RELATIONS = {
    "looser": "the second takes whatever the first takes",
    "stricter": "the first takes whatever the second takes",
    "unknown": "whether they mean the same is not known",
}


def consequence(explanation: Explanation) -> str:
    """Say what a changed rule means for rows: `check tasks.size tightened: a row with size = 5 was
    accepted and will be refused`. Nothing where that is not known."""
    gone, new = explanation.only_current, explanation.only_desired
    what = f"{explanation.ref.kind} {explanation.ref}"
    if explanation.verdict == "equal":
        return f"{what}: in other words the same, for every row that the table may hold"
    if explanation.is_value:
        return f"{what}: a row{_of_row(gone)} gets another value" if gone else ""
    is_index = explanation.ref.kind == "index"
    parts: list[str] = []
    if gone is not None:
        lost = "is no longer in it: queries for such rows lose it"
        verb = lost if is_index else "was accepted and will be refused"
        parts.append(f"a row{_of_row(gone, explanation.lost)} {verb}")
    if new is not None:
        verb = "is in it from now on" if is_index else "was refused and will be accepted"
        parts.append(f"a row{_of_row(new, explanation.gained)} {verb}")
    looser, stricter = ("widened", "narrowed") if is_index else ("loosened", "tightened")
    verbs = {"looser": f" {looser}", "stricter": f" {stricter}"}
    sentence = f"{what}{verbs.get(explanation.verdict, '')}"
    return f"{sentence}: {', and '.join(parts)}" if parts else ""


def _of_row(row: Mapping[str, str], values: tuple[str, ...] = ()) -> str:
    """` with state = 'new'`; of a rule that reads no column, nothing. A list may have more `values`
    than the one of this row."""
    if len(row) == 1 and len(values) > 1:
        row = {name: " or ".join(values) for name in row}
    return f" with {describe_row(row)}" if row else ""


def behind(standing: Standing) -> str:
    """`2 revisions behind: b, c; run `sqlplumb apply``."""
    count = counted(len(standing.pending), "revision")
    names = [one_line(name) for name in standing.pending]
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return f"{count} behind: {', '.join(shown)}; run `sqlplumb apply`"


def stands(standing: Standing) -> str:
    """Say at which revision a database claims to be, and how it differs from that."""
    at = f"it is at {one_line(' and '.join(standing.at))}" if standing.at else ""
    if standing.differences is None:
        return ", and ".join(filter(None, (at, one_line(standing.why))))
    differences = counted(standing.differences, "difference")
    late = counted(len(standing.pending), "revision")
    return f"{at}, {late} before the end, and has {differences} from what the history made there"


def accepted(difference: AcceptedDifference) -> str:
    accept = difference.accept
    until = f" until {accept.until}" if accept.until else ""
    return f"{accept.object} differs, which is accepted{until}: {accept.reason}"


def expired(accept: Accept) -> str:
    return f"{accept.object} was accepted until {accept.until}, which is past: {accept.reason}"


def listed(change: Alter | Rename) -> str:
    """List the fields that differ, as people write them."""
    return ", ".join(field_words(field, change.current, change.desired) for field in change.fields)


def place_of(change: Change) -> Place | None:
    """Return the place in the desired schema, or else that in the current one."""
    desired = None if isinstance(change, Drop) else change.desired.place
    current = None if isinstance(change, Create) else change.current.place
    return desired or current


def without_inline(changes: tuple[Change, ...]) -> list[Change]:
    """Leave out what comes or goes with a table, inside of its CREATE statement."""
    whole = {change.ref.unit for change in changes if is_whole(change)}
    return [change for change in changes if not (change.ref.inline and change.ref.unit in whole)]


def is_whole(change: Change) -> bool:
    """Return whether a table or a view comes or goes."""
    return not change.ref.table and isinstance(change, Create | Drop)


def along(changes: tuple[Change, ...]) -> str:
    """`, with 4 indexes and 1 trigger`."""
    plural = {"index": "indexes"}
    kinds = [change.ref.kind for change in changes]
    parts = [
        f"{kinds.count(kind)} {kind if kinds.count(kind) == 1 else plural.get(kind, f'{kind}s')}"
        for kind in dict.fromkeys(kinds)
    ]
    return f", with {' and '.join(parts)}" if parts else ""


def counted(number: int, noun: str, several: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"


def texts(change: Change) -> tuple[str | None, str | None]:
    """Return the text of each side, with what it does not say where both say the same."""
    current, desired = sides(change)
    if not (isinstance(change, Alter) and current and desired and current.text == desired.text):
        return current.text if current else None, desired.text if desired else None
    added = (
        "".join(f"\n{field_words(field, fact)}: {_shown(fact, field)}" for field in change.fields)
        for fact in (current, desired)
    )
    before, after = (fact.text + more for fact, more in zip((current, desired), added, strict=True))
    return before, after


def _shown(fact: Object, field: str) -> str:
    match value_of(fact, field):
        case None | "" | ():
            return "none"
        case tuple() as values:
            return ", ".join(map(str, values))
        case Expr() as expression:
            return expression.text
        case value:
            return str(value)


def sides(change: Change) -> tuple[Object | None, Object | None]:
    match change:
        case Create():
            return None, change.desired
        case Drop():
            return change.current, None
        case Alter() | Rename():
            return change.current, change.desired
