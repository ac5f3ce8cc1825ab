"""`-- sqlplumb: ignore CODE reason`: what somebody has looked at and lets stand.

On the line of an object or above it, in SQL; anywhere in a revision, for all of it. The reason is
for whoever reads next, and is required.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlplumb.engines import Remark
from sqlplumb.lint.finding import Rule
from sqlplumb.places import Place

MARK = "sqlplumb:"
_IGNORE = re.compile(
    r"sqlplumb:\s*ignore\b\s*(?P<rules>[\w-]*(?:\s*,\s*[\w-]+)*)[\s:]*(?P<reason>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Ignore:
    """`rule` as it is written, by code or name; `line` is the line that it speaks of, and 0 the
    whole file. It is idle where its rule was asked, and had nothing to say here."""

    rule: str
    reason: str
    place: Place
    line: int = 0
    is_known: bool = True
    is_idle: bool = False


def ignores(remarks: Iterable[Remark], rules: Sequence[Rule]) -> Iterator[Ignore]:
    known = {word for rule in rules for word in (rule.code.lower(), rule.name)}
    for remark in remarks:
        if match := _IGNORE.match(remark.text):
            reason = " ".join(match["reason"].split())
            for rule in re.split(r"\s*,\s*", match["rules"]):
                yield Ignore(rule, reason, remark.place, remark.line, rule.lower() in known)
