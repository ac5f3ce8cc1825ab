"""What each revision of a history changed: values, and which of them are about one object.

An object keeps its life whatever it is called: a column that is renamed, in a table that is
renamed, is the same one. How it comes to be known is not told here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Literal

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import is_url, without_password
from sqlplumb.schema import Ref
from sqlplumb.values import dataclass

LogVerb = Literal["create", "drop", "alter", "rename", "rows"]
NO_LIFE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """One change of one object, or rows of a table that were written.

    `life` is the number of the object, `table_life` that of its table. `ref` is what it is called
    afterwards, or was before it went, and `former` how people wrote it before it was renamed.
    `with_table`: it came or went inside of the statement of its table. `words` say what a review
    says, and `details` what it means.
    """

    verb: LogVerb
    ref: Ref
    life: int
    table_life: int = NO_LIFE
    former: str = ""
    with_table: bool = False
    words: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRevision:
    """`date` is what its file says, as text; empty where it says none."""

    revision: str
    message: str
    file: str
    date: str
    changes: tuple[LoggedChange, ...]


Entry = tuple[LoggedRevision, LoggedChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLog:
    """The life of one object, the last revision first; `names` are all that it had, the last one
    first. It `is_there` at the end."""

    kind: str
    names: tuple[str, ...]
    is_there: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Revisions in the order of running; `alive` are the objects at the end, with their lives."""

    revisions: tuple[LoggedRevision, ...] = ()
    alive: Mapping[Ref, int]

    def of_name(self, written: str) -> tuple[ObjectLog, ...]:
        """Return the lives of all that ever had this name, the latest first; what is there still
        comes before what went."""
        index = _Index(self)
        lives = index.find(_parts(written))
        if not lives:
            shown = without_password(written)
            message = f"no revision made anything that is called {shown}"
            raise WrongInput(Problem(message, _advice(written, index)))
        logs = [index.object_log(life) for life in sorted(lives, reverse=True)]
        return tuple(sorted(logs, key=lambda log: not log.is_there))

    def of_object(self, ref: Ref) -> tuple[Entry, ...]:
        """Return the changes of an object that is there at the end, the last revision first."""
        life = self.alive.get(ref)
        return () if life is None else _Index(self).object_log(life).entries


_FORMS = (
    "a table is written `tasks`, a column or a constraint `tasks.priority`, an index by its name"
)


def _advice(written: str, index: _Index) -> str:
    if is_url(written):
        return f"where a database is: `sqlplumb status {without_password(written)}`"
    close = get_close_matches(written.lower(), index.names(), 3)
    return f"did you mean {' or '.join(close)}?" if close else _FORMS


class _Index:
    """The changes of a log, by the objects that they are about."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.ends = {life: ref for ref, life in log.alive.items()}
        self.entries: dict[int, list[Entry]] = {}
        self.of_table: dict[int, list[Entry]] = {}
        for revision in log.revisions:
            for change in revision.changes:
                entry = (revision, change)
                self.entries.setdefault(change.life, []).append(entry)
                if change.table_life != NO_LIFE and not change.with_table:
                    self.of_table.setdefault(change.table_life, []).append(entry)

    def find(self, parts: Collection[str]) -> set[int]:
        """Return the lives that ever had this name; with a dot before it, in a table that ever had
        that one. A column alone is no name."""
        *tables, name = parts
        found: set[int] = set()
        for life in self.entries:
            ref = self.entries[life][0][1].ref
            if name not in self._own_names(life):
                continue
            if not tables:
                found |= {life} if ref.kind != "column" else set()
            elif ref.table and tables[-1] in self._own_names(self._table_life(life)):
                found.add(life)
        whole = {life for life in found if not self.entries[life][0][1].ref.table}
        return whole or found

    def _table_life(self, life: int) -> int:
        return self.entries[life][0][1].table_life

    def _own_names(self, life: int) -> set[str]:
        """Return the names that it had, without that of its table, as they compare."""
        end = self.ends.get(life)
        names = {end.name.lower(), end.display.lower()} if end else set[str]()
        for _, change in self.entries.get(life, ()):
            former = _parts(change.former)[-1:] if change.verb == "rename" else []
            names |= {change.ref.name.lower(), change.ref.display.lower(), *former}
        return names

    def names(self) -> set[str]:
        """Return every name that is known, as people write it."""
        refs = {change.ref for of_life in self.entries.values() for _, change in of_life}
        return {str(ref).lower() for ref in (*refs, *self.log.alive)}

    def object_log(self, life: int) -> ObjectLog:
        own = self.entries.get(life, [])
        of_table = self.of_table.get(life, [])
        places = {revision.revision: place for place, revision in enumerate(self.log.revisions)}
        entries = sorted((*own, *of_table), key=lambda entry: -places[entry[0].revision])
        end = self.ends.get(life)
        names = [str(end)] if end else []
        for _, change in reversed(own):
            names += [str(change.ref), change.former] if change.verb != "rows" else []
        return ObjectLog(
            kind=own[0][1].ref.kind if own else "",
            names=tuple(dict.fromkeys(filter(None, names))),
            is_there=end is not None,
            entries=tuple(entries),
        )


def _parts(written: str) -> list[str]:
    """Split `tasks."a.b"` where a dot stands outside of quotes; names compare in lower case."""
    parts, is_quoted = [""], False
    for letter in written:
        if letter == '"':
            is_quoted = not is_quoted
        elif letter == "." and not is_quoted:
            parts.append("")
        else:
            parts[-1] += letter.lower()
    return parts
