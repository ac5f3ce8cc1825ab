"""A source whose units and facts a catalog has. Must never know how the rows of it came here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from sqlplumb.config import Ignore
from sqlplumb.engines import Engine
from sqlplumb.engines.postgres.read.addresses import namespace_of
from sqlplumb.engines.postgres.read.catalog import Catalog, ask
from sqlplumb.engines.postgres.read.seals import Seal, read_digests
from sqlplumb.engines.postgres.server.choose import ComparedWith
from sqlplumb.engines.source import Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref, SpelledIn

if TYPE_CHECKING:
    from psycopg import Connection

_SHOWN = 5
_HANGS_ON = ("index", "trigger")  # what can be ignored of a table that is ours


class CatalogSource(Source, ABC):
    """`texts` are those of its catalog, without what is ignored."""

    def __init__(self, engine: Engine, label: str, spelled_in: SpelledIn = "sql") -> None:
        self._hidden: Ignore | None = None
        self._ignored = Ignore()
        self._texts: Mapping[str, frozenset[str]] | None = None
        super().__init__(engine=engine, label=label, texts={}, spelled_in=spelled_in)
        self._texts = None

    @property
    def target(self) -> ComparedWith | None:
        """Return what the scratch of whatever is compared with it must be like."""
        return None

    @property
    @abstractmethod
    def catalog(self) -> Catalog:
        """Return all that it holds, which is read when it is first asked for."""

    @property
    def _compared(self) -> frozenset[str]:
        return self._ignored.is_compared

    def bears(self, seal: Seal, version_table: str) -> bool:
        """Can it be told without its catalog that this seal is its own?"""
        return False

    @property
    def texts(self) -> Mapping[str, frozenset[str]]:
        if self._texts is None:
            self._refuse_unread()
            self._texts = self.catalog.texts
        return self._texts

    @texts.setter
    def texts(self, texts: Mapping[str, frozenset[str]]) -> None:
        self._texts = texts

    def _refuse_unread(self) -> None:
        unread = [each for each in self.catalog.unread if not self._ignored.pattern_for(*each)]
        placed = {each: place for each in unread if (place := self.place_of_unread(*each))}
        problems = [_refused_at(*each, place) for each, place in placed.items()]
        problems += _refused_by_name(self.label, [each for each in unread if each not in placed])
        if problems:
            raise Refused(problems)

    def place_of_unread(self, kind: str, name: str) -> Place | None:
        """Return where a file makes what no fact is made of."""
        return None

    def leave_out(self, ignore: Ignore) -> None:
        self._ignored = ignore
        super().leave_out(ignore)

    def hide(self, ignore: Ignore) -> Mapping[Ref, str]:
        texts, ignored = dict(self.texts), dict[Ref, str]()
        self._hidden = ignore
        for unit, refs in self.catalog.units.items():
            places = ((ref, namespace_of(self.catalog.said(ref))) for ref in refs)
            covered = {ref for ref, at in places if ignore.pattern_for(ref.kind, ref.name, at)}
            if any(not ref.table for ref in covered):
                del texts[unit]
                ignored |= dict.fromkeys((ref for ref in refs if not ref.inline), "")
            elif gone := {ref for ref in covered if ref.kind in _HANGS_ON}:
                texts[unit] = self.catalog.text_without(unit, gone)
                ignored |= dict.fromkeys(gone, "")
        self._texts = texts
        return ignored

    def read_units(self, units: Collection[str]) -> Iterable[Object]:
        for fact in self.catalog.facts(units):
            if fact.ref not in self.ignored:
                yield fact

    def read_ignored(self) -> Iterable[Object]:
        units = dict.fromkeys(ref.unit for ref in self.ignored)
        for fact in self.catalog.facts(units):
            if fact.ref.unit not in self.texts or fact.ref in self.ignored:
                yield fact

    def units_with_bodies(self) -> frozenset[str]:
        return frozenset(self.texts)


class AskedSource(CatalogSource, ABC):
    """One of a database that is there to be asked."""

    is_made: ClassVar[bool]  # for us, on a scratch
    _catalog: Catalog | None = None

    @abstractmethod
    def asked(self) -> AbstractContextManager[Connection[Any]]:
        """Open a connection that reads, and names everything in full."""

    @property
    def catalog(self) -> Catalog:
        if self._catalog is None:
            with self.asked() as connection:
                rows = ask(connection)
            self._catalog = Catalog(rows, compared=self._compared, is_made=self.is_made)
        return self._catalog

    @property
    def may_bear(self) -> bool:
        """Would a seal say all that there is to tell of it?"""
        return not (self._catalog is not None or self._hidden or self._compared)

    def bears(self, seal: Seal, version_table: str) -> bool:
        if not self.may_bear:
            return False
        with self.asked() as connection:
            return read_digests(connection, seal.columns, but=version_table) == seal.digests


def _refused_by_name(label: str, unread: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    shown = ", ".join(f"{kind} {name}" for kind, name in unread[:_SHOWN])
    what = "an object" if len(unread) == 1 else f"{len(unread)} objects"
    message = f"{label} holds {what} of kinds that sqlplumb does not compare: {shown}"
    if unread:
        yield Problem(message, _advice(*unread[0]))


def _refused_at(kind: str, name: str, place: Place) -> Problem:
    message = f"{kind} {name} is of a kind that sqlplumb does not compare"
    return Problem(message, _advice(kind, name), place=place)


def _advice(kind: str, name: str) -> str:
    advice = "keep them in an extension, or let `ignore` in the settings name them, as"
    return f'{advice} "{kind}:{name}"'
