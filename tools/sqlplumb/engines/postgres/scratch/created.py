"""Run the statements that create_all() would run on a database of their own, and keep what they
make: the same statements are run once by each version of the server.

Must never tell why a statement is refused: create_all() itself says that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from sqlplumb.engines.postgres.parse.heads import read_head
from sqlplumb.engines.postgres.read.catalog import Catalog, Rows, ask
from sqlplumb.engines.postgres.read.catalog_source import CatalogSource
from sqlplumb.engines.postgres.read.seals import Seal, read_seal
from sqlplumb.engines.postgres.scratch import kept
from sqlplumb.engines.postgres.scratch.ground import MADE_BEFORE, ground_of
from sqlplumb.engines.postgres.server.choose import SERVERS, ComparedWith
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.engines import Engine
    from sqlplumb.engines.postgres.server.connect import Connection
    from sqlplumb.schema import SpelledIn

_BATCH = 300  # statements in one transaction: many at once grow slow, one by one are slow
_UNNEEDED = "unneeded"  # beside the families of rows, where they are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The rows of the catalogs that statements made, and their seal where they stand on nothing;
    `unneeded` are units of their ground that nothing of theirs needs."""

    rows: Rows
    seal: Seal | None = None
    unneeded: frozenset[str] = frozenset()


class CreatedSource(CatalogSource):
    """What statements made. Nothing of its database is there any more."""

    def __init__(self, creator: Creator, label: str, *, spelled_in: SpelledIn, made: Made) -> None:
        self._target, self.made = creator.compared_with, made
        super().__init__(creator.engine, label, spelled_in)

    @property
    def target(self) -> ComparedWith | None:
        return self._target

    @cached_property
    def catalog(self) -> Catalog:
        catalog = Catalog(self.made.rows, compared=self._compared, is_made=True)
        catalog.forget(self.made.unneeded)
        return catalog

    def bears(self, seal: Seal, version_table: str) -> bool:
        own = None if self._hidden or self._compared else self.made.seal
        is_equal = own is not None and (own.columns, own.digests) == (seal.columns, seal.digests)
        return is_equal and version_table not in seal.units


@dataclass(frozen=True, slots=True, kw_only=True)
class Creator:
    """Makes what statements make, on the server of a scratch, which is chosen as the settings have
    `written` it, for what is `compared_with` it."""

    engine: Engine
    statements: Sequence[str]
    written: str
    compared_with: ComparedWith | None
    use_cache: bool

    def made(self, files: Mapping[str, str]) -> Made | None:
        """Return None where some statements are refused, though they stand on what the files of a
        schema say."""
        alone = self._kept_or_made([])
        if alone or not files:
            return alone
        ground = ground_of(files, self.statements)
        return self._kept_or_made(ground) if ground else None

    def _kept_or_made(self, ground: Sequence[str]) -> Made | None:
        if not self.use_cache:
            return self._make(ground)
        server = SERVERS.identity(self.written, self.compared_with)
        # A MetaData gives its indexes in another order each time.
        texts = {"metadata": repr(sorted(self.statements)), "ground": repr(ground)}
        key = kept.key_of(texts, server, rows_allowed=False)
        if rows := kept.load(key):
            return _read(rows, kept.load_seal(key))
        made = self._make(ground)
        kept.save(key, _written(made))
        if made and made.seal:
            kept.save_seal(key, made.seal)
        return made

    def _make(self, ground: Sequence[str]) -> Made | None:
        with SERVERS.choose(self.written, self.compared_with).database() as connection:
            if not _run(connection, self.statements, ground):
                return None
            connection.execute("SET search_path = ''; SET jit = off")
            rows = ask(connection)
            catalog = Catalog(rows)
            if ground:
                return Made(rows=rows, unneeded=_unneeded(catalog, ground))
            return Made(rows=rows, seal=read_seal(connection, catalog.units))


def _written(made: Made | None) -> Rows:
    """Return what is kept: of statements that are refused, that alone."""
    if made is None:
        return {_UNNEEDED: []}
    return {**made.rows, _UNNEEDED: [{"unit": unit} for unit in sorted(made.unneeded)]}


def _read(rows: Rows, seal: Seal | None) -> Made | None:
    unneeded = frozenset(row["unit"] for row in rows[_UNNEEDED])
    rows = {family: rows[family] for family in rows if family != _UNNEEDED}
    return Made(rows=rows, seal=seal, unneeded=unneeded) if rows else None


def _unneeded(catalog: Catalog, ground: Sequence[str]) -> frozenset[str]:
    """Return the units that the ground made and no table needs, nor anything else that it did not
    make."""
    laid = {head.name.name for head in map(read_head, ground) if head}
    is_laid = {
        unit: refs[0].kind in MADE_BEFORE and refs[0].name in laid
        for unit, refs in catalog.units.items()
    }
    needed = catalog.units_needed_by(unit for unit, is_of_it in is_laid.items() if not is_of_it)
    return frozenset(is_laid.keys() - needed)


def _run(connection: Connection, statements: Sequence[str], ground: Sequence[str]) -> bool:
    """Run all statements, and before them what they stand on; a function may stand on a type of
    theirs, and is tried again."""
    left = list(statements)
    while left:
        run_what_is_taken(connection, ground)
        refused = run_what_is_taken(connection, left)
        if len(refused) == len(left) or not ground:
            return not refused
        left = refused
    return True


def run_what_is_taken(connection: Connection, statements: Sequence[str]) -> list[str]:
    """Run statements; return those that the server refuses. What they set is set back."""
    refused: list[str] = []
    connection.execute("SET check_function_bodies = off")
    for start in range(0, len(statements), _BATCH):
        batch = statements[start : start + _BATCH]
        with suppress(psycopg.Error), connection.transaction():
            connection.execute("\n;".join(batch).encode())
            continue
        for statement in batch:
            try:
                with connection.transaction():
                    connection.execute(statement.encode())
            except psycopg.Error:
                refused.append(statement)
    connection.execute("RESET ALL")
    return refused
