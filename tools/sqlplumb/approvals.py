"""Approvals of a revision: a block of comments at the end of its file, and the hash of the rest.

The block is no part of what was proved or approved, so nothing may stand in it that Python could
read as more than a comment: whatever is not exactly of this form is hashed with the file, as text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256

from sqlplumb.values import dataclass

_HEAD = b"# Approvals, by `sqlplumb review --approve`. They hold until anything else here changes."
_BLOCK = b"\n" + _HEAD + b"\n"
_NAMED = re.compile(r"# approved by (?P<name>.+) on (?P<date>\d{4}-\d{2}-\d{2})")
_HASHED = re.compile(r"#   sha256 (?P<sha256>[0-9a-f]{64})")
_LONGEST = 80  # characters of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who approved the file of this hash, and on which day."""

    name: str
    date: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What stands in a file, and `sha256`, the hash of that file without the block."""

    sha256: str
    given: tuple[Approval, ...] = ()

    @property
    def valid(self) -> tuple[Approval, ...]:
        """Those of the file as it is now, one for each name."""
        fitting = (approval for approval in self.given if approval.sha256 == self.sha256)
        return tuple({same_name(approval.name): approval for approval in fitting}.values())

    @property
    def stale(self) -> tuple[Approval, ...]:
        """Those of a file that was changed since, by whoever has not approved it again."""
        names = {same_name(approval.name) for approval in self.valid}
        return tuple(approval for approval in self.given if same_name(approval.name) not in names)


def read_approvals(content: bytes) -> Approvals:
    rest, given = _split(content)
    return Approvals(sha256=sha256(rest).hexdigest(), given=given)


def without_approvals(content: bytes) -> bytes:
    """Return the file without the block, with the ends of lines that Python reads."""
    return _split(content)[0]


def with_approval(content: bytes, approval: Approval) -> bytes:
    """Add an approval; one of the same name goes. The ends of lines stay what they are."""
    rest, given = _split(content)
    others = [other for other in given if same_name(other.name) != same_name(approval.name)]
    lines = b"\n".join(line.encode() for written in (*others, approval) for line in _lines(written))
    text = b"%b\n%b%b\n" % (rest, _BLOCK, lines)
    return text.replace(b"\n", b"\r\n") if b"\r\n" in content else text


def same_name(name: str) -> str:
    """Two names that are equal in this are of one person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def name_fault(name: str) -> str:
    """Say why this can be no name in a comment; nothing where it can."""
    if not name.strip():
        return "a name is empty"
    if not name.isprintable():
        return f"a name holds a sign that cannot be printed: {name!a}"
    return f"a name is longer than {_LONGEST} characters" if len(name) > _LONGEST else ""


def _lines(approval: Approval) -> Iterator[str]:
    yield f"# approved by {approval.name} on {approval.date}"
    yield f"#   sha256 {approval.sha256}"


def _split(content: bytes) -> tuple[bytes, tuple[Approval, ...]]:
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # A name is never on one of the first two lines, where Python looks for an encoding.
    rest, head, block = content.rpartition(_BLOCK)
    approvals = _read(block) if head else None
    return (content, ()) if approvals is None else (rest.rstrip(b"\n") + b"\n", approvals)


def _read(block: bytes) -> tuple[Approval, ...] | None:
    """Return what the block says; None where any of it is something else."""
    try:
        lines = block.decode().rstrip("\n").split("\n")
    except UnicodeDecodeError:
        return None
    if len(lines) % 2:
        return None
    return _matched(zip(lines[::2], lines[1::2], strict=True))


def _matched(pairs: Iterable[tuple[str, str]]) -> tuple[Approval, ...] | None:
    found = []
    for first, second in pairs:
        named, hashed = _NAMED.fullmatch(first), _HASHED.fullmatch(second)
        if not (named and hashed) or name_fault(named["name"]):
            return None
        found.append(Approval(**named.groupdict(), **hashed.groupdict()))
    return tuple(found)
