"""What a database holds that is not ours: names that the settings ignore, by kind.

Owns how a pattern is written and what it covers. What becomes of an object that is covered is
decided where a source is opened (`Source.leave_out`) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from sqlplumb.errors import Problem, WrongInput, did_you_mean
from sqlplumb.values import dataclass

KINDS = ("table", "view", "index", "trigger")
_HEADS = {"virtual table": "table"}


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns as they are written, and Alembic's `own` table, which none of them covers."""

    patterns: tuple[str, ...] = ()
    own: str = ""

    def pattern_for(self, kind: str, name: str) -> str:
        """Return the pattern that covers an object by its own name; empty where none does."""
        kind, name = _HEADS.get(kind, kind), name.lower()
        if kind == "table" and name == self.own:
            return ""
        for pattern in self.patterns:
            of_kind, glob = _parts(pattern)
            if of_kind == kind and fnmatchcase(name, glob.lower()):
                return pattern
        return ""

    def idle(self, covered: Collection[tuple[str, str]]) -> tuple[str, ...]:
        """Return the patterns that cover none of these objects, each a kind and a name."""
        used = {self.pattern_for(kind, name) for kind, name in covered}
        return tuple(pattern for pattern in self.patterns if pattern not in used)


def read_ignore(patterns: Iterable[str], *, own: str, file: str) -> Ignore:
    """Check patterns as a person writes them; raise WrongInput for one that means nothing."""
    written = tuple(dict.fromkeys(patterns))
    for pattern in written:
        kind, glob = _parts(pattern)
        if kind not in KINDS:
            advice = did_you_mean(kind, KINDS, f"what can be ignored is a {', a '.join(KINDS)}")
            message = f"{file}: ignore {pattern!r}: a {kind} cannot be ignored by itself"
            raise WrongInput(Problem(message, advice))
        if kind == "table" and not glob.strip("*?"):
            message = f"{file}: ignore {pattern!r} would leave nothing to look at"
            raise WrongInput(Problem(message, 'name what is not yours, as "celery_*"'))
    return Ignore(written, own)


def _parts(pattern: str) -> tuple[str, str]:
    """`view:tmp_*` is a kind and a glob; a glob alone is of tables."""
    kind, colon, glob = pattern.partition(":")
    return (kind.strip(), glob.strip()) if colon else ("table", pattern.strip())
