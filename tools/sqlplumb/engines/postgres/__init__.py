"""PostgreSQL, the beginning: live databases are read, their tables and columns alone.

What is not offered yet is refused by name. Must never hand out half of an answer: a database that
holds anything but tables and columns of ordinary kinds is refused with what it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sqlplumb.engines.location import Location
from sqlplumb.engines.source import LiveDatabase, RefusedRows, Weight
from sqlplumb.errors import DatabaseFailed, Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.schema import Column, Expr, Object, Ref, Schema, Table

if TYPE_CHECKING:
    from psycopg import Connection

    from sqlplumb.changes import Change, Rename
    from sqlplumb.config import Ignore
    from sqlplumb.engines import Engine, Snapshot
    from sqlplumb.findings import Rule
    from sqlplumb.steps import RowCheck

    Row = tuple[Any, ...]

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"
_COLUMNS = f"""
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid), a.attnum
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND {_OURS}
    ORDER BY 1, 2, a.attnum
"""
_UNREAD = f"""
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'i' THEN 'index' WHEN 'm' THEN 'view'
        WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence' ELSE 'object' END,
        n.nspname || '.' || c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind NOT IN ('r', 't', 'c') AND {_OURS}
    UNION ALL
    SELECT 'constraint', n.nspname || '.' || o.conname
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
    WHERE o.contype <> 'n' AND {_OURS}
    ORDER BY 2
"""
_LOCK_TIMEOUT = "5s"  # a drift check must not hang behind somebody's migration


class PostgreSQL:
    name = "postgresql"
    title = "PostgreSQL"
    main_schema = "public"
    session_settings: tuple[str, ...] = ("search_path", "session_replication_role")

    def locate(self, url: str, base: Path) -> Location:
        return Location(engine=self._door, url=url, label=without_password(url))

    def absolute(self, url: str, base: Path) -> str:
        return url

    def is_database(self, file: Path) -> bool:
        """A server keeps no database in one file."""
        return False

    @contextmanager
    def open_database(
        self, location: Location, wait: float | None = None
    ) -> Iterator[LiveDatabase]:
        """Open it in one read-only transaction, so that all is read as of one moment."""
        try:
            import psycopg
        except ImportError:
            message = f"{location.label}: the driver of PostgreSQL is not installed"
            raise WrongInput(Problem(message, "pip install 'psycopg[binary]'")) from None
        address = "postgresql:" + location.url.partition(":")[2]
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
                connection.execute("BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ")
                connection.execute("SET LOCAL search_path = ''")
                yield PostgresDatabase(self._door, location.label, connection)
        except psycopg.Error as error:
            said = without_password(str(error)).strip().partition("\n")[0]
            raise DatabaseFailed(
                Problem(f"{location.label}: {said}", "nothing was changed")
            ) from None

    def renames(self, current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
        return current, ()

    def settle(self, current: Schema, desired: Schema) -> tuple[Schema, Schema]:
        return current, desired

    def loses_data(self, change: Change) -> bool:
        """Until it is known better, whatever is dropped or changed may take values along."""
        return change.verb in ("drop", "alter")

    def rules(self) -> tuple[Rule, ...]:
        return ()

    @property
    def _door(self) -> Engine:
        found: Any = self  # it offers what it offers; __getattr__ refuses the rest with words
        return found  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        message = f"sqlplumb only compares PostgreSQL databases so far: no `{name}`"
        raise Refused(Problem(message, "name two databases: sqlplumb diff URL URL"))


class PostgresDatabase(LiveDatabase):
    """The tables of a database, read by its catalog in two queries."""

    def __init__(self, engine: Engine, label: str, connection: Connection[Row]) -> None:
        self.connection = connection
        self.rows: dict[str, list[Row]] = {}
        for row in connection.execute(_COLUMNS):
            self.rows.setdefault(_table(row).unit, []).append(row)
        texts = {unit: frozenset(map(repr, rows)) for unit, rows in self.rows.items()}
        super().__init__(engine=engine, label=label, texts=texts)
        self._refuse_unread()

    def _refuse_unread(self) -> None:
        unread = self.connection.execute(_UNREAD).fetchall()
        if unread:
            shown = ", ".join(f"{kind} {name}" for kind, name in unread[:5])
            message = f"{self.label} holds {len(unread)} objects that cannot be read yet: {shown}"
            raise Refused(Problem(message, "only tables and their columns can be compared so far"))

    def read_units(self, units: Collection[str]) -> Iterator[Object]:
        for unit in units:
            rows = self.rows[unit]
            table = _table(rows[0])
            yield Table(ref=table, text=f"CREATE TABLE {table}")
            yield from (_column(row) for row in rows if row[2] is not None)

    def hide(self, ignore: Ignore) -> Mapping[Ref, str]:
        gone = [unit for unit, rows in self.rows.items() if ignore.pattern_for("table", rows[0][1])]
        self.texts = {unit: text for unit, text in self.texts.items() if unit not in gone}
        return {_table(self.rows[unit][0]): "" for unit in gone}

    def read_ignored(self) -> Iterable[Object]:
        return self.read_units([ref.unit for ref in self.ignored])

    def unit_called(self, table: str) -> str:
        return next((unit for unit, rows in self.rows.items() if rows[0][1] == table), table)

    def count_refused(self, row_check: RowCheck, renames: Sequence[Rename] = ()) -> RefusedRows:
        return RefusedRows(0, why_not="the rows of PostgreSQL cannot be looked at yet")

    def weigh(self, table: str) -> Weight | None:
        return None

    def scanned(self, query: str) -> frozenset[str]:
        return frozenset()

    def revisions(self, version_table: str) -> tuple[str, ...] | None:
        row = next((rows[0] for rows in self.rows.values() if rows[0][1] == version_table), None)
        if row is None:
            return None
        from psycopg import sql

        table = sql.Identifier(row[0], version_table)
        query = sql.SQL("SELECT version_num FROM {} ORDER BY 1").format(table)
        return tuple(name for (name,) in self.connection.execute(query))

    def snapshot(self, most: int) -> Snapshot | None:
        return None

    def waits(self) -> str:
        return "what waits depends on the locks of each statement, which are not told yet"


def _table(row: Row) -> Ref:
    namespace, table = row[:2]
    return Ref("table", "", table, namespace=namespace, shown=table)


def _column(row: Row) -> Column:
    name, declared, not_null, default, position = row[2:]
    words = [name, declared, *(["NOT NULL"] if not_null else [])]
    words += [f"DEFAULT {default}"] if default else []
    return Column(
        ref=_table(row).column_ref(name, shown=name),
        text=" ".join(words),
        type=declared,
        not_null=not_null,
        default=Expr(default, default) if default else None,
        position=position,
    )
