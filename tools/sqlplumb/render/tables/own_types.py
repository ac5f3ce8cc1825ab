"""The classes and functions that a generated module defines for itself, copied into it as they
stand here. Nothing here may need sqlplumb, or more than SQLAlchemy and the standard library.
"""

import json
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, Connection, DateTime, Dialect, Enum, MetaData, Table, TextClause, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, UserDefinedType


class Declared(UserDefinedType[Any]):
    """A type by the very words that schema.sql declares; values pass as they are."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_: Any) -> str:
        return self.words


class JSONText(TypeDecorator[Any]):
    """JSON as text, with its keys in order; None is NULL, and never JSON's own null.

    What is no JSON raises TypeError or ValueError before anything is stored. Where the declared
    type would make numbers of text, a number is stored as itself, so that no digit is lost.
    """

    impl = Declared
    cache_ok = True

    def __init__(self, words: str = "TEXT") -> None:
        super().__init__(words)
        self.is_text = any(word in words.upper() for word in ("TEXT", "CHAR", "CLOB"))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number and not self.is_text else text

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or isinstance(value, int | float) else json.loads(value)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC as CURRENT_TIMESTAMP writes it, read with its time zone.

    A fraction is written only if there is one: '12:00:05' sorts before '12:00:05.500000', and that
    before '12:00:06', so both forms are in order beside each other. What has no time zone is
    refused.
    """

    impl = Declared
    cache_ok = True

    def __init__(self, words: str = "DATETIME") -> None:
        super().__init__(words)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise TypeError(f"a datetime is stored here, not {value!r}")
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone: say which, as in datetime.now(UTC)")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is stored where a moment is expected, as text")
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class UTCTimestamp(TypeDecorator[datetime]):
    """A moment in UTC that is stored without its time zone, and read with it. What has none is
    refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise TypeError(f"a datetime is stored here, not {value!r}")
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone: say which, as in datetime.now(UTC)")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class UUIDText(TypeDecorator[uuid.UUID]):
    """A UUID in one form: 36 characters, lower case, with dashes. Any spelling of one is taken."""

    impl = Declared
    cache_ok = True

    def __init__(self, words: str = "CHAR(36)") -> None:
        super().__init__(words)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        return None if value is None else uuid.UUID(value)


class EnumText(Enum):
    """The members of an enumeration, stored by value; any other value raises LookupError."""

    cache_ok = True

    def __init__(self, *members: Any, words: str = "TEXT", **options: Any) -> None:
        self.words = words
        defaults = {"native_enum": False, "create_constraint": False, "validate_strings": True}
        super().__init__(*members, **{"values_callable": values_of, **defaults, **options})

    def copy(self, **_: Any) -> "EnumText":
        made = EnumText.__new__(EnumText)
        made.__dict__.update(self.__dict__)
        return made


@compiles(EnumText)
def words_of(type_: EnumText, _compiler: Any, **_: Any) -> str:
    return type_.words


def values_of(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


def after_create(statement: str) -> None:
    """Let metadata.create_all() end with what Core has no words for."""
    ddl: Any = DDL
    event.listen(metadata, "after_create", ddl(statement.replace("%", "%%")))


def before_drop(statement: str) -> None:
    """Let metadata.drop_all() begin with this."""
    ddl: Any = DDL
    event.listen(metadata, "before_drop", ddl(statement.replace("%", "%%")))


def made_in_sql(table: Table, *statements: str) -> None:
    """Core has no words for all of this table: once it is made, it is made anew by these."""
    ddl: Any = DDL
    name = table.name.replace('"', '""')
    for statement in (f'DROP TABLE "{name}"', *statements):
        event.listen(table, "after_create", ddl(statement.replace("%", "%%")))


def made_by(table: Table, *statements: str) -> None:
    """Core has no words for all of this table: once it is made, it is made anew by these."""
    ddl: Any = DDL
    for statement in statements:
        event.listen(table, "after_create", ddl(statement.replace("%", "%%")))


def after_table(table: Table, statement: str) -> None:
    """Let metadata.create_all() end with this, where it has made the table."""
    ddl: Any = DDL

    def run(_: Any, connection: Connection, tables: Any, **__: Any) -> None:
        if table in tables:
            connection.execute(ddl(statement.replace("%", "%%")))

    event.listen(metadata, "after_create", run)


def with_all_tables(moment: str, statement: str) -> None:
    """Run this where metadata.create_all() makes all tables: where some of them are there already,
    it is there as well."""
    ddl: Any = DDL

    def run(_: Any, connection: Connection, tables: Any, **__: Any) -> None:
        if len(tables) == len(metadata.tables):
            connection.execute(ddl(statement.replace("%", "%%")))

    event.listen(metadata, moment, run)


class ByDialect(TextClause):
    """SQL that each dialect has its own words for, or a default that one has none for."""

    inherit_cache = False

    def __init__(self, **said: Any) -> None:
        super().__init__("")
        self.said = said


@compiles(ByDialect)
def said_by(sql: ByDialect, compiler: Any, **options: Any) -> Any:
    said = sql.said.get(compiler.dialect.name)
    return None if said is None else compiler.process(said, **options)


def on(dialect: str, moment: str, statement: str, *, of: Any = None, whole: bool = False) -> None:
    """Run this on one dialect with create_all() or drop_all(): where it makes the table that the
    statement is `of`, or, of the `whole`, where it makes all tables; else always."""
    ddl: Any = DDL

    def run(_: Any, connection: Connection, tables: Any, **__: Any) -> None:
        has_all = len(tables) == len(metadata.tables)
        is_meant = of in tables if of is not None else has_all or not whole
        if is_meant and connection.dialect.name == dialect:
            connection.execute(ddl(statement.replace("%", "%%")))

    event.listen(metadata if of is None else of.metadata, moment, run)


def made_on(dialect: str, table: Table, *statements: str) -> None:
    """Core has no words for all of this table on this dialect: once it is made, it is made anew by
    these."""
    ddl: Any = DDL
    for statement in statements:
        made = ddl(statement.replace("%", "%%")).execute_if(dialect=dialect)
        event.listen(table, "after_create", made)


def only_on(dialect: str) -> MetaData:
    """Return a MetaData whose tables come and go with all others, on one dialect alone."""
    tables = MetaData()

    def create(_: Any, connection: Connection, checkfirst: Any = True, **__: Any) -> None:
        if connection.dialect.name == dialect:
            tables.create_all(connection, checkfirst=checkfirst)

    def drop(_: Any, connection: Connection, checkfirst: Any = True, **__: Any) -> None:
        if connection.dialect.name == dialect:
            tables.drop_all(connection, checkfirst=checkfirst)

    event.listen(metadata, "after_create", create)
    event.listen(metadata, "before_drop", drop)
    return tables


metadata = MetaData()
