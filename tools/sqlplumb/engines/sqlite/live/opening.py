"""Whatever holds a schema, as an open source: files, a live database, somebody's connection.

The reader is imported when something must be read: where all texts are the same, nothing must.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from sqlplumb import limits
from sqlplumb.engines.location import Location
from sqlplumb.engines.source import LiveDatabase, RefusedRows, Remark, Source, Weight
from sqlplumb.engines.sqlite.live import database
from sqlplumb.engines.sqlite.parse.statements import Unit, has_body, quoted_in_bodies, units
from sqlplumb.engines.sqlite.read.catalog import list_statements
from sqlplumb.engines.sqlite.read.error_location import place_of_sql
from sqlplumb.engines.sqlite.read.memory import Rejected, SQLiteSnapshot, build
from sqlplumb.engines.sqlite.read.script import (
    Script,
    complaints,
    prove,
    read_creates,
    read_script,
)
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref, SpelledIn

if TYPE_CHECKING:
    from sqlplumb.changes import Rename
    from sqlplumb.config import Ignore
    from sqlplumb.engines import Engine
    from sqlplumb.steps import RowCheck

T = TypeVar("T")

_BATCH_COPY = "_alembic_tmp_"  # how Alembic's batch mode calls the copy of a table
_AIOSQLITE = "sqlalchemy.dialects.sqlite.aiosqlite"


class _UnitsSource(Source, ABC):
    """A source whose units are known, each with its statements."""

    def __init__(
        self,
        engine: Engine,
        *,
        label: str,
        units: Mapping[str, Unit],
        spelled_in: SpelledIn = "sql",
    ) -> None:
        super().__init__(
            engine=engine,
            label=label,
            texts=_texts(units),
            spelled_in=spelled_in,
            quotes_in_bodies=quoted_in_bodies(units.values()),
        )
        self.units = units

    def hide(self, ignore: Ignore) -> Mapping[Ref, str]:
        """`units` stays whole: a body may speak of what is ignored, and what hangs on a table of
        ours is held against all that SQLite says of that table."""
        ignored, ours = dict[Ref, str](), dict[str, Unit]()
        for name, unit in self.units.items():
            covered = [each for each in unit if ignore.pattern_for(each.kind, each.name)]
            gone = unit if unit[0] in covered else tuple(covered)
            ignored |= {each.ref: each.text for each in gone}
            if kept := tuple(each for each in unit if each not in gone):
                ours[name] = kept
        self.texts, self.hinted = _texts(ours), self.hinted.intersection(ours)
        return ignored

    def read_units(self, units: Collection[str]) -> Iterable[Object]:
        facts = self.facts(units)
        return facts if not self.ignored else (f for f in facts if not self._is_ignored(f.ref))

    def read_ignored(self) -> Iterable[Object]:
        units = dict.fromkeys(ref.unit for ref in self.ignored)
        return (fact for fact in self.facts(units) if self._is_ignored(fact.ref))

    def place_of(self, ref: Ref) -> Place | None:
        unit = self.units.get(ref.unit, ())
        return next((statement.place for statement in unit if statement.ref == ref), None)

    def _is_ignored(self, ref: Ref) -> bool:
        return ref.unit not in self.texts or ref in self.ignored

    @abstractmethod
    def facts(self, units: Collection[str]) -> Iterable[Object]:
        """Return all facts of these units."""

    @cached_property
    def _names(self) -> frozenset[str]:
        """All the names of the schema, gathered only where a body has words in double quotes."""
        if not self.quotes_in_bodies:
            return frozenset()
        from sqlplumb.engines.sqlite.read.schema import all_names

        return all_names(self.units.values())

    def units_with_bodies(self) -> frozenset[str]:
        return frozenset(name for name, unit in self.units.items() if has_body(unit))


def _texts(units: Mapping[str, Unit]) -> dict[str, frozenset[str]]:
    return {name: frozenset([statement.text for statement in unit]) for name, unit in units.items()}


class ScriptSource(_UnitsSource):
    """Hand-written SQL; a scratch is built for the units that are read."""

    is_tried = False

    def __init__(
        self, engine: Engine, *, label: str, contents: Mapping[str, str], script: Script
    ) -> None:
        super().__init__(engine, label=label, units=script.units)
        self.files = frozenset(contents)
        if any("@renamed" in text for text in contents.values()):  # most files have no hints
            self.hinted = frozenset(
                name
                for name, unit in script.units.items()
                if any(
                    "@renamed" in statement.comments or "@renamed" in statement.text
                    for statement in unit
                )
            )
        self.passed_over = script.passed_over
        self.contents = contents

    def facts(self, units: Collection[str]) -> Iterator[Object]:
        from sqlplumb.engines.sqlite.read.schema import read_units

        try:
            for connection, held in build(units, self.units):
                with closing(connection):
                    chosen = {name: self.units[name] for name in held}
                    yield from read_units(connection, chosen, self._names)
        except Rejected as rejected:
            raise WrongInput(complaints(self.units, self.contents)) from rejected

    def try_statements(self, but: Collection[str] = ()) -> None:
        prove(self.units, self.contents, but)

    def remarks(self, mark: str) -> Iterable[Remark]:
        from sqlplumb.engines.sqlite.read.hints import remarks

        return remarks(self.contents, mark)


class CreatedSource(_UnitsSource):
    """CREATE statements that somebody else wrote, in as many scratch databases as is fast."""

    def __init__(
        self,
        engine: Engine,
        *,
        label: str,
        spelled_in: SpelledIn,
        units: Mapping[str, Unit],
        databases: Sequence[tuple[sqlite3.Connection, Sequence[str]]],
    ) -> None:
        super().__init__(engine, label=label, units=units, spelled_in=spelled_in)
        self.databases = databases

    @classmethod
    def build(
        cls, engine: Engine, statements: Iterable[str], *, label: str, spelled_in: SpelledIn
    ) -> CreatedSource | None:
        """Return None for what is not CREATE alone, and for what SQLite refuses."""
        by_name = read_creates(statements)
        if by_name is None:
            return None
        try:
            databases = list(build(by_name, by_name))
        except Rejected:
            return None
        return cls(engine, label=label, spelled_in=spelled_in, units=by_name, databases=databases)

    def close(self) -> None:
        for connection, _ in self.databases:
            connection.close()

    def facts(self, units: Collection[str]) -> Iterator[Object]:
        from sqlplumb.engines.sqlite.read.schema import read_units

        wanted = frozenset(units)
        for connection, held in self.databases:
            chosen = {name: self.units[name] for name in held if name in wanted}
            yield from read_units(connection, chosen, self._names)


class ConnectionSource(_UnitsSource):
    """A database that somebody else has opened, and closes."""

    def __init__(
        self,
        engine: Engine,
        *,
        label: str,
        connection: sqlite3.Connection,
        spelled_in: SpelledIn = "sql",
    ) -> None:
        by_name = units(list_statements(connection))
        super().__init__(engine, label=label, units=by_name, spelled_in=spelled_in)
        self.connection = connection

    def facts(self, units: Collection[str]) -> Iterable[Object]:
        from sqlplumb.engines.sqlite.read.schema import read_units

        chosen = {name: self.units[name] for name in units}
        return read_units(self.connection, chosen, self._names)


class SQLiteDatabase(ConnectionSource, LiveDatabase):
    """A database with rows that count. What is read from its file later than the schema must be
    of the same moment; `live` knows whether it is."""

    def __init__(
        self,
        engine: Engine,
        *,
        label: str,
        connection: sqlite3.Connection,
        live: database.Live | None = None,
    ) -> None:
        super().__init__(engine, label=label, connection=connection)
        self.live = live

    def count_refused(self, row_check: RowCheck, renames: Sequence[Rename] = ()) -> RefusedRows:
        return self._of_one_moment(database.count_refused(self.connection, row_check, renames))

    def weigh(self, table: str) -> Weight | None:
        return self._of_one_moment(database.weigh(self.connection, table))

    def scanned(self, query: str) -> frozenset[str]:
        from sqlplumb.engines.sqlite.live.scans import scanned

        return self._of_one_moment(scanned(self.connection, query))

    def revisions(self, version_table: str) -> tuple[str, ...] | None:
        if self.version_schema not in ("", self.engine.main_schema):
            message = (
                f"{self.label}: env.py keeps {version_table} in {self.version_schema}, which is"
            )
            message += " another file that it attaches: nobody sees here what has run"
            advice = "leave version_table_schema out of env.py, and `sqlplumb adopt` finds out and"
            advice += " writes it down here; or let `alembic upgrade` apply what sqlplumb checks,"
            raise WrongInput(Problem(message, f"{advice} writes and proves"))
        return self._of_one_moment(database.versions(self.connection, version_table))

    def snapshot(self, most: int) -> SQLiteSnapshot | None:
        return self._of_one_moment(database.snapshot(self.connection, most))

    def waits(self) -> str:
        return database.waits(self.connection)

    def leftovers(self) -> Iterator[Problem]:
        for copy in sorted(self.texts):
            if not copy.startswith(_BATCH_COPY):
                continue
            table = copy.removeprefix(_BATCH_COPY)
            copied, present = self.weigh(copy), self.weigh(table)
            message = f"{self.label}: {copy} was left behind by a batch migration that did not end"
            if present:
                message += f": it has {copied and copied.rows} rows, and {table} has {present.rows}"
                advice = f"look whether {table} has all its rows, then DROP TABLE {copy}"
            else:
                message += f", and {table} is gone"
                advice = (
                    f"it holds all that is left of {table}: ALTER TABLE {copy} RENAME TO {table}"
                )
            yield Problem(message, advice)

    def _of_one_moment(self, result: T) -> T:
        if self.live:
            self.live.check()
        return result


def open_script(
    engine: Engine, label: str, files: Mapping[str, str], *, rows_allowed: bool = False
) -> Source:
    script = read_script(files, rows_allowed)
    limits.current().places.append(partial(place_of_sql, script.units))
    return ScriptSource(engine, label=label, contents=files, script=script)


@contextmanager
def open_database(location: Location, wait: float | None = None) -> Iterator[LiveDatabase]:
    engine, label = location.engine, location.label
    with database.open_live(location.path, label, wait) as live:
        opened = SQLiteDatabase(engine, label=label, connection=live.connection, live=live)
        live.check()
        yield opened


def open_connection(engine: Engine, label: str, connection: object) -> LiveDatabase:
    if type(connection).__module__ == _AIOSQLITE:
        from sqlplumb.engines.sqlite.live.async_connection import of_another_thread

        connection = of_another_thread(connection)
    elif not isinstance(connection, sqlite3.Connection):
        kind = type(connection).__name__
        advice = "use SQLAlchemy's pysqlite, or aiosqlite"
        raise WrongInput(Problem(f"{label} is open by a {kind}", advice))
    return SQLiteDatabase(engine, label=label, connection=connection)
