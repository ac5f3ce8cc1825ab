"""Files as a source: loaded into a scratch database, and read as the server prints them.

Nothing is loaded before something is asked for, since the scratch is one of the version of what
the files are compared with, and an unchanged file is read from the cache.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sqlplumb import limits
from sqlplumb.config import OWNERS
from sqlplumb.engines.hints import remarks_of
from sqlplumb.engines.postgres.options import ColumnOptions
from sqlplumb.engines.postgres.parse.lexer import comments, gap_end
from sqlplumb.engines.postgres.read.catalog import Catalog, Rows, ask
from sqlplumb.engines.postgres.read.catalog_source import CatalogSource
from sqlplumb.engines.postgres.read.seals import read_seal
from sqlplumb.engines.postgres.scratch import kept
from sqlplumb.engines.postgres.scratch.allowed import Allowed, read_files
from sqlplumb.engines.postgres.scratch.file_hints import FileHints
from sqlplumb.engines.postgres.scratch.loading import Loader
from sqlplumb.engines.postgres.scratch.places import Places
from sqlplumb.engines.postgres.scratch.printed_again import printed_alike, worded_differently
from sqlplumb.engines.postgres.server.choose import SERVERS, ComparedWith
from sqlplumb.engines.postgres.server.connect import Connection
from sqlplumb.engines.source import Remark, Source
from sqlplumb.errors import WrongInput
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref

if TYPE_CHECKING:
    from sqlplumb.config import Ignore
    from sqlplumb.engines import Engine


class ScriptSource(CatalogSource):
    """Hand-written SQL, or a dump. `scratch` is where it is loaded, as the settings write it."""

    def __init__(
        self,
        engine: Engine,
        label: str,
        files: Mapping[str, str],
        *,
        rows_allowed: bool,
        scratch: str,
        use_cache: bool,
    ) -> None:
        self.contents, self.rows_allowed = files, rows_allowed
        self.scratch, self.use_cache = scratch, use_cache
        self._target: ComparedWith | None = None
        self.other: CatalogSource | None = None
        self._catalog: Catalog | None = None
        self._ignore: Ignore | None = None
        super().__init__(engine, label)
        self.files = frozenset(files)
        limits.current().places.append(partial(self._place_of_sql))

    @property
    def is_empty(self) -> bool:
        return all(gap_end(text, 0) == len(text) for text in self.contents.values())

    def prepare(self, other: Source) -> None:
        """Read it again, if the scratch of what it is now compared with is another one."""
        if not isinstance(other, CatalogSource) or other is self.other:
            return
        self._target = other.target or self._target
        # Of two files one keeps its own words.
        is_second = isinstance(other, ScriptSource) and other.other is self
        self.other = None if is_second else other
        self._catalog, self._texts, self.passed_over = None, None, ()

    @cached_property
    def allowed(self) -> Allowed:
        allowed = read_files(self.contents, self.rows_allowed)
        if allowed.refused:
            raise WrongInput(allowed.refused)
        return allowed

    @property
    def catalog(self) -> Catalog:
        if self._catalog is None:
            self._catalog = Catalog(self._rows(), compared=self._compared, is_made=True)
            if self.other and OWNERS in self._compared:
                self._catalog.take_owners(self.other.catalog)
            if self.other:
                self._word_as(self.other.catalog)
            self.passed_over = tuple(self.allowed.passed_over)
            if ignore := self._ignore:
                self._ignore = None  # which asks for this catalog
                super().leave_out(ignore)
                self._ignore = ignore
        return self._catalog

    @property
    def _key(self) -> str:
        server = SERVERS.identity(self.scratch, self._target)
        return kept.key_of(self.contents, server, self.rows_allowed)

    def _rows(self) -> Rows:
        if self.use_cache and (rows := kept.load(self._key)):
            return rows
        with self._loaded() as connection:
            connection.execute("SET search_path = ''; SET jit = off")
            rows = ask(connection)
            if self.use_cache:
                kept.save(self._key, rows)
                # Of a file with hints, or with what is passed over, there is more to tell.
                if not (rows["unread"] or self.allowed.passed_over or self._may_hint):
                    kept.save_seal(self._key, read_seal(connection, Catalog(rows).units))
        return rows

    def units_if_alike(self, other: Source, version_table: str) -> Collection[str] | None:
        if (
            self._ignore
            or self._compared
            or not (self.use_cache and isinstance(other, CatalogSource))
        ):
            return None
        seal = kept.load_seal(self._key)
        if seal is None or version_table in seal.units or not other.bears(seal, version_table):
            return None
        return seal.units

    @contextmanager
    def _loaded(self) -> Iterator[Connection]:
        """Yield a connection to a database that holds what the files make."""
        server = SERVERS.choose(self.scratch, self._target)
        with server.database() as connection:
            Loader(server, connection, self.contents).load(
                self.allowed.statements, self.allowed.roles
            )
            yield connection

    def _word_as(self, other: Catalog) -> None:
        """Say what the other one says in other words, and means by it what the files do, in its."""
        assert self._catalog
        refs = worded_differently(self._catalog, other)
        if not refs:
            return
        pairs = [(ref, self._catalog.said(ref), other.said(ref)) for ref in refs]
        key = kept.key_of({"pairs": repr(pairs)}, self._key, self.rows_allowed)
        known = kept.load(key) if self.use_cache else None
        if known is None:
            with self._loaded() as connection:
                alike = set(printed_alike(connection, self._catalog, other, refs=refs))
            known = {"alike": [{"is": ref in alike} for ref in refs]}
            if self.use_cache:
                kept.save(key, known)
        same = (ref for ref, row in zip(refs, known["alike"], strict=True) if row["is"])
        self._catalog.say_as(other, same)

    # ----------------------------------------------------------------- places

    @cached_property
    def places(self) -> Places:
        return Places(self.allowed.statements)

    def place_of(self, ref: Ref) -> Place | None:
        return self.places.of(ref)

    def place_of_unread(self, kind: str, name: str) -> Place | None:
        return self.places.of_refused(kind, name)

    @cached_property
    def _may_hint(self) -> bool:
        return any("@" in text for text in self.contents.values())

    @cached_property
    def _hints(self) -> FileHints | None:
        if not self._may_hint:
            return None
        return FileHints(self.places, self.contents) or None

    @property
    def hinted(self) -> frozenset[str]:
        """The units that say what something of them was called."""
        if self._hints is None:
            return frozenset()
        units = self.catalog.units.items()
        hinted = {unit for unit, refs in units if any(map(self._hints.renames, refs))}
        return frozenset(hinted & self.texts.keys())

    @hinted.setter
    def hinted(self, units: frozenset[str]) -> None:
        return  # the files alone say them

    def read_units(self, units: Collection[str]) -> Iterable[Object]:
        for fact in super().read_units(units):
            place = self.places.of(fact.ref)
            placed = replace(fact, place=place) if place else fact
            written = self.places.default_string(fact.ref)
            if written and isinstance(fact.options, ColumnOptions):
                placed = replace(placed, options=replace(fact.options, written_default=written))
            yield self._hints.given(placed) if self._hints else placed

    def _place_of_sql(self, doing: str) -> Place | None:
        """Return the place of the statement that was running when the time was over."""
        statements = self.allowed.statements if "allowed" in vars(self) else ()
        return next((one.places(one.piece.start) for one in statements if one.text == doing), None)

    def remarks(self, mark: str) -> Iterable[Remark]:
        for file, text in self.contents.items():
            marked = ((start, end) for start, end in comments(text) if mark in text[start:end])
            yield from remarks_of(file, text, comments=marked, code_behind=partial(gap_end, text))

    # ----------------------------------------------------------------- what is ignored

    def leave_out(self, ignore: Ignore) -> None:
        """What the settings ignore is known by the heads of statements, before they are run."""
        self._ignored = ignore
        if ignore.patterns:
            self._ignore = ignore
            self.ignored = {
                ref: statement.text
                for ref, statement in self.places.refs()
                if ignore.pattern_for(ref.kind, ref.name, ref.namespace)
            }


def open_script(
    engine: Engine,
    label: str,
    files: Mapping[str, str],
    *,
    rows_allowed: bool = False,
    scratch: str = "",
    use_cache: bool = True,
) -> ScriptSource:
    return ScriptSource(
        engine,
        label,
        files,
        rows_allowed=rows_allowed,
        scratch=scratch,
        use_cache=use_cache,
    )
