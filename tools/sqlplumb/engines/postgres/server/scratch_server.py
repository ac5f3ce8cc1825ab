"""Databases of our own on a server, and roles that files name: made, copied, and dropped.

Whatever is made is named by a token of this process, which its connection says as well: what no
connection speaks of any more is left over from somebody who was killed, and the next one who
comes drops it. Without the right to make databases, an empty database takes what is loaded in a
transaction, which is rolled back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sqlplumb.engines.postgres.server.connect import Connection, connect, told
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.values import dataclass

_OURS = r"^sqlplumb_[0-9a-f]{12}_[0-9]+$"
_LEFT_OVER = f"""
    SELECT d.datname FROM pg_database d
    WHERE d.datname ~ '{_OURS}' AND d.datname <> current_database()
    AND d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    AND NOT EXISTS (
        SELECT FROM pg_stat_activity a WHERE a.application_name = left(d.datname, 21))
"""
_ROLES_LEFT_OVER = f"""
    SELECT r.rolname FROM pg_roles r JOIN pg_shdescription d ON d.objoid = r.oid
    WHERE d.classoid = 'pg_authid'::regclass AND d.description ~ '{_OURS.replace("_[0-9]+", "")}'
    AND NOT EXISTS (
        SELECT FROM pg_stat_activity a WHERE a.application_name = d.description)
"""
_RIGHTS = """
    SELECT rolsuper, rolsuper OR rolcreatedb, rolsuper OR rolcreaterole FROM pg_roles
    WHERE rolname = current_user
"""
_HELD = """
    SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
        + (SELECT count(*) FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public'))
"""
_SUBSCRIPTIONS = """
    SELECT subname FROM pg_subscription
    WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_WITHOUT_SUBSCRIPTION = (
    "ALTER SUBSCRIPTION {} DISABLE",
    "ALTER SUBSCRIPTION {} SET (slot_name = NONE)",
    "DROP SUBSCRIPTION {}",
)
_TRIES = 6  # to copy what somebody is just leaving: the server waits some seconds each time
_LIKE = """
    SELECT pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider::text
    FROM pg_database WHERE datname = %s
"""


@dataclass(frozen=True, slots=True)
class Rights:
    superuser: bool
    make_databases: bool
    make_roles: bool


class ScratchServer:
    """A server that may be used up. `label` is what people read of it; the database that its
    `conninfo` names is only asked, unless it is the scratch itself."""

    def __init__(
        self, conninfo: str, label: str, *, roles_allowed: bool, is_ours: bool = False
    ) -> None:
        self.is_ours = is_ours  # started here, and gone with us
        self.label, self.token = label, f"sqlplumb_{secrets.token_hex(6)}"
        self.conninfo = make_conninfo(conninfo, application_name=self.token)
        self._databases: list[str] = []
        self._roles: list[str] = []
        self._made = 0
        with told(label):
            self._connection = connect(self.conninfo)
            row = self._connection.execute(_RIGHTS).fetchone()
        superuser, databases, roles = row or (False, False, False)
        self.rights = Rights(superuser, make_databases=databases, make_roles=roles)
        self.roles_allowed = roles_allowed and self.rights.make_roles
        self.version = self._connection.info.server_version
        self._sweep()

    @property
    def major(self) -> int:
        return self.version // 10000

    def _sweep(self) -> None:
        with suppress(psycopg.Error):  # what cannot be dropped is no affair of this command
            for (name,) in self._connection.execute(_LEFT_OVER).fetchall():
                self._drop_database(name)
            if self.rights.make_roles:
                for (name,) in self._connection.execute(_ROLES_LEFT_OVER).fetchall():
                    self._drop_role(name)

    # ----------------------------------------------------------------- databases

    def create(self, template: str = "template0", *, like: str = "") -> str:
        """Make a database, with the encoding and the collation of the one that it is to be `like`,
        and return its name."""
        name = f"{self.token}_{self._made}"
        self._made += 1
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with told(self.label):
            self._databases.append(name)
            words = sql.SQL("{} {}").format(words, self._locale(like))
            for _ in range(_TRIES - 1):
                with suppress(psycopg.errors.ObjectInUse):
                    self._connection.execute(words)
                    return name
            self._connection.execute(words)
        return name

    def _locale(self, like: str) -> sql.Composable:
        row = self._connection.execute(_LIKE, (like,)).fetchone() if like else None
        if row is None or row[3] != "c":
            return sql.SQL("")
        words = sql.SQL("ENCODING {} LC_COLLATE {} LC_CTYPE {}")
        return words.format(*map(sql.Literal, row[:3]))

    def copy(self, source: str) -> str:
        """Return the name of a copy of a database of ours, which nobody may be using."""
        return self.create(source)

    def connect(self, name: str) -> Connection:
        """Open a connection to a database of ours."""
        with told(self.label):
            return connect(make_conninfo(self.conninfo, dbname=name))

    def url(self, name: str) -> str:
        """Return the address of a database of ours, for libpq and for whoever reads that."""
        return make_conninfo(self.conninfo, dbname=name)

    def drop(self, name: str) -> None:
        with told(self.label):
            self._drop_database(name)
        self._databases.remove(name)

    def _drop_database(self, name: str) -> None:
        words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        try:
            self._connection.execute(words)
        except psycopg.errors.ObjectInUse:
            self._drop_subscriptions(name)
            self._connection.execute(words)

    def _drop_subscriptions(self, name: str) -> None:
        """A database is not dropped while it has one; what it speaks to is left alone."""
        with closing(self.connect(name)) as connection:
            for (subscription,) in connection.execute(_SUBSCRIPTIONS).fetchall():
                for words in _WITHOUT_SUBSCRIPTION:
                    connection.execute(sql.SQL(words).format(sql.Identifier(subscription)))

    @contextmanager
    def database(self, like: str = "") -> Iterator[Connection]:
        """Yield a connection to an empty database, which is gone afterwards. It commits by itself,
        unless there is no right to make one: then it is in a transaction."""
        if not self.rights.make_databases:
            with self._rolled_back() as connection:
                yield connection
            return
        name = self.create(like=like)
        try:
            with closing(self.connect(name)) as connection:
                yield connection
        finally:
            self.drop(name)

    @contextmanager
    def _rolled_back(self) -> Iterator[Connection]:
        with told(self.label):
            connection = connect(self.conninfo)
            held = connection.execute(_HELD).fetchone()
        with closing(connection):
            if held and held[0]:
                user = conninfo_to_dict(self.conninfo).get("user") or "its role"
                message = f"{self.label}: {user} may make no database there, and it is not empty"
                advice = "name an empty database as the scratch, or a role with CREATEDB"
                raise WrongInput(Problem(message, advice))
            connection.execute("BEGIN")
            yield connection
            connection.execute("ROLLBACK")

    # ----------------------------------------------------------------- roles

    def make_role(self, name: str) -> bool:
        """Make a role that a file names, if that is allowed here; tell whether it is there now."""
        if not self.roles_allowed:
            return False
        role = sql.Identifier(name)
        try:
            self._connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        except psycopg.errors.DuplicateObject:
            return True
        except psycopg.Error:
            return False
        self._roles.append(name)
        with suppress(psycopg.Error):
            note = sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(self.token))
            self._connection.execute(note)
        return True

    def _drop_role(self, name: str) -> None:
        """One that somebody else's database has come to name stays."""
        with suppress(psycopg.Error):
            self._connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))

    def close(self) -> None:
        """Drop what was made."""
        with suppress(psycopg.Error):
            for name in self._databases:
                self._drop_database(name)
            for role in self._roles:
                self._drop_role(role)
        self._databases, self._roles = [], []
        self._connection.close()
