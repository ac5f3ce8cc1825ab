"""What a database holds that is not ours: names that the settings ignore, by kind, and what is said
of objects that is not compared unless the settings ask for it.

Owns how a pattern is written and what it covers. What becomes of an object that is covered is
decided where a source is opened (`Source.leave_out`) and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from sqlplumb.errors import Problem, WrongInput, did_you_mean
from sqlplumb.values import dataclass

KINDS = ("table", "view", "index", "trigger")
# Of a server; a schema is ignored with all that is in it. The last ones are read by nobody.
KINDS_OF_SERVERS = (
    *("schema", "sequence", "function", "procedure", "type", "extension", "publication"),
    *("subscription", "event trigger", "foreign data wrapper", "server", "user mapping"),
    *("conversion", "access method", "transform", "text search parser", "text search template"),
    *("security label", "shell type"),
)
OWNERS, PRIVILEGES = "owners", "privileges"
_HEADS = {"virtual table": "table", "materialized view": "view", "aggregate": "function"}
_HEADS |= dict.fromkeys(("enum", "domain", "composite type", "range type", "base type"), "type")


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns as they are written, and Alembic's `own` table, which none of them covers; of
    what is not compared, the settings ask for what `is_compared`."""

    patterns: tuple[str, ...] = ()
    own: str = ""
    is_compared: frozenset[str] = frozenset()

    @property
    def without_patterns(self) -> Ignore:
        return replace(self, patterns=())

    def pattern_for(self, kind: str, name: str, namespace: str = "") -> str:
        """Return the pattern that covers an object by its own name, or by that of its schema; empty
        where none does. A function may be named with the types of its arguments, and without."""
        kind, name = _HEADS.get(kind, kind), name.lower()
        if kind == "table" and name == self.own:
            return ""
        names = {(kind, name), (kind, name.partition("(")[0]), ("schema", namespace.lower())}
        for pattern in self.patterns:
            of_kind, glob = _parts(pattern)
            if any(of_kind == each and fnmatchcase(one, glob.lower()) for each, one in names):
                return pattern
        return ""

    def idle(self, covered: Collection[tuple[str, str]]) -> tuple[str, ...]:
        """Return the patterns that cover none of these objects, each a kind and a name."""
        used = {self.pattern_for(kind, name) for kind, name in covered}
        return tuple(pattern for pattern in self.patterns if pattern not in used)


def read_ignore(
    patterns: Iterable[str], *, own: str, compared: Iterable[str] = (), file: str
) -> Ignore:
    """Check patterns as a person writes them, and what is `compared` besides; raise WrongInput for
    what means nothing."""
    for word in compared:
        if word not in (OWNERS, PRIVILEGES):
            advice = did_you_mean(word, (OWNERS, PRIVILEGES), f"{OWNERS} and {PRIVILEGES} can be")
            raise WrongInput(Problem(f"{file}: compare {word!r} means nothing", advice))
    written = tuple(dict.fromkeys(patterns))
    for pattern in written:
        kind, glob = _parts(pattern)
        if kind not in (known := (*KINDS, *KINDS_OF_SERVERS)):
            advice = did_you_mean(kind, known, f"what can be ignored is a {', a '.join(KINDS)}")
            message = f"{file}: ignore {pattern!r}: a {kind} cannot be ignored by itself"
            raise WrongInput(Problem(message, advice))
        if kind == "table" and not glob.strip("*?"):
            message = f"{file}: ignore {pattern!r} would leave nothing to look at"
            raise WrongInput(Problem(message, 'name what is not yours, as "celery_*"'))
    return Ignore(written, own, frozenset(compared))


def _parts(pattern: str) -> tuple[str, str]:
    """`view:tmp_*` is a kind and a glob; a glob alone is of tables."""
    kind, colon, glob = pattern.partition(":")
    return (kind.strip(), glob.strip()) if colon else ("table", pattern.strip())
