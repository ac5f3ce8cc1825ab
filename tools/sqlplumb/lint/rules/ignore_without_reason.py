"""C301: an ignore that gives no reason, or names no rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Ignore


def find(ignores: Sequence[Ignore]) -> Iterator[Found]:
    for ignore in ignores:
        if not ignore.rule:
            message = "this ignore does not name a rule"
            if ignore.near:
                message = f"`sqlplumb: {ignore.near}` means nothing: did you mean ignore?"
        elif not ignore.is_known:
            near = f": {ignore.near}" if ignore.near else ""
            message = f"there is no rule {ignore.rule}, so nothing is ignored{near}"
        elif not ignore.reason:
            message = f"this ignore of {ignore.rule} gives no reason, so it has no effect"
        else:
            continue
        yield Found(None, message, place=ignore.place)


RULE = Rule(
    code="C301",
    name="ignore-without-reason",
    severity="error",
    judges="comment",
    triggers="An ignore without a reason, or of a rule that does not exist.",
    harms=(
        "It ignores nothing. Nobody who reads it later could tell whether it still holds, or"
        " whether somebody only wanted to be done."
    ),
    instead="Write `-- sqlplumb: ignore CODE` and why, in the same comment.",
    bad="""\
CREATE TABLE readings (value REAL); -- sqlplumb: ignore S101""",
    good="""\
CREATE TABLE readings (value REAL); -- sqlplumb: ignore S101 a log, read from end to end""",
    find=find,
)
