"""C302: an ignore of a rule that finds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Ignore


def find(ignores: Sequence[Ignore]) -> Iterator[Found]:
    for ignore in ignores:
        if ignore.is_idle and ignore.reason:
            yield Found(None, f"{ignore.rule} finds nothing here to ignore", place=ignore.place)


RULE = Rule(
    code="C302",
    name="idle-ignore",
    severity="info",
    judges="comment",
    triggers="An ignore of a rule that finds nothing on the line it speaks of.",
    harms="It says of the schema what is no longer so, and would hide the next finding there.",
    instead="Take the comment away.",
    bad="""\
-- sqlplumb: ignore S101 a log, read from end to end
CREATE TABLE readings (id INTEGER PRIMARY KEY, value REAL);""",
    good="CREATE TABLE readings (id INTEGER PRIMARY KEY, value REAL);",
    find=find,
)
