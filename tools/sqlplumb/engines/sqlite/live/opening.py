"""Whatever holds a schema, as an open source: files, a live database, somebody's connection.

The reader is imported when something must be read: where all texts are the same, nothing must.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from sqlplumb import limits
from sqlplumb.engines.opened import Opened, Remark
from sqlplumb.engines.sqlite.live.database import image, look_at, open_live, versions, waits, weigh
from sqlplumb.engines.sqlite.parse.statements import Statement, Unit, quoted_in_bodies, units
from sqlplumb.engines.sqlite.read.catalog import list_statements
from sqlplumb.engines.sqlite.read.error_location import place_of_sql
from sqlplumb.engines.sqlite.read.memory import Rejected, build
from sqlplumb.engines.sqlite.read.script import explained, prove, read_script
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.schema import Object, SpelledIn


def open_script(label: str, files: Mapping[str, str], rows_allowed: bool = False) -> Opened:
    script = read_script(files, rows_allowed)
    limits.current().places.append(partial(place_of_sql, script.units))
    quoted = quoted_in_bodies(script.units.values())
    names = _names(script.units, quoted)

    def read(wanted: Collection[str]) -> Iterator[Object]:
        from sqlplumb.engines.sqlite.read.schema import read_units

        try:
            for connection, held in build(wanted, script.units):
                with closing(connection):
                    chosen = {name: script.units[name] for name in held}
                    yield from read_units(connection, chosen, names())
        except Rejected as rejected:
            raise WrongInput(explained(rejected, files)) from rejected

    return Opened(
        label,
        _texts(script.units),
        read,
        prove=partial(prove, script.units, files),
        files=frozenset(files),
        hinted=frozenset(name for name, unit in script.units.items() if any(map(_is_hinted, unit))),
        quotes_in_bodies=quoted,
        passed_over=script.passed_over,
        remarks=partial(_remarks, files),
    )


def _is_hinted(statement: Statement) -> bool:
    return "@renamed" in statement.comments or "@renamed" in statement.text


def _remarks(files: Mapping[str, str], mark: str) -> Iterable[Remark]:
    from sqlplumb.engines.sqlite.read.remarks import remarks

    return remarks(files, mark)


@contextmanager
def open_database(label: str, path: Path, wait: float | None = None) -> Iterator[Opened]:
    with open_live(path, label, wait) as live:
        found = opened_live(live.connection, label)
        live.check()
        assert found.look and found.weigh and found.versions and found.image
        yield replace(
            found,
            look=live.checked(found.look),
            weigh=live.checked(found.weigh),
            versions=live.checked(found.versions),
            image=live.checked(found.image),
        )


def opened_live(connection: sqlite3.Connection, label: str) -> Opened:
    """A database with rows that count."""
    return replace(
        opened(connection, label, "sql"),
        look=partial(look_at, connection),
        weigh=partial(weigh, connection),
        versions=partial(versions, connection),
        image=partial(image, connection),
        waits=waits(connection),
    )


def open_connection(label: str, connection: object) -> Opened:
    if not isinstance(connection, sqlite3.Connection):
        kind = type(connection).__name__
        raise WrongInput(Problem(f"{label} is open by a {kind}", "use SQLAlchemy's pysqlite"))
    return replace(opened(connection, label, "sql"), versions=partial(versions, connection))


def opened(connection: sqlite3.Connection, label: str, spelled_in: SpelledIn) -> Opened:
    """A database that already holds the schema."""
    found = units(list_statements(connection))
    quoted = quoted_in_bodies(found.values())
    names = _names(found, quoted)

    def read(wanted: Collection[str]) -> Iterable[Object]:
        from sqlplumb.engines.sqlite.read.schema import read_units

        return read_units(connection, {name: found[name] for name in wanted}, names())

    return Opened(label, _texts(found), read, spelled_in=spelled_in, quotes_in_bodies=quoted)


def _texts(found: Mapping[str, Unit]) -> dict[str, frozenset[str]]:
    return {name: frozenset(one.text for one in unit) for name, unit in found.items()}


def _names(found: Mapping[str, Unit], quoted: bool) -> Callable[[], frozenset[str]]:
    """All the names of a schema, gathered only where a body says something in double quotes."""

    @cache
    def names() -> frozenset[str]:
        from sqlplumb.engines.sqlite.read.schema import all_names

        return all_names(found.values()) if quoted else frozenset()

    return names
