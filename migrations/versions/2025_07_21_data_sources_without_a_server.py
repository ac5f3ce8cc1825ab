"""Data sources without a server, a port or a password.

ResinKit. The way back is refused while there is a NULL, by the column that has it, and then
nothing is changed: which host a file should have, nobody can say.

- changes column data_sources.host: NOT NULL
- changes column data_sources.port: NOT NULL
- changes column data_sources.encrypted_user: NOT NULL
- changes column data_sources.encrypted_password: NOT NULL
- table data_sources is rebuilt: SQLite 3.40 cannot change NOT NULL of a column in place

Revision ID: 7199cc0f9e6c
Revises: a261d8461fde
Create Date: 2025-07-21 09:36:58
"""

import sqlalchemy as sa
from alembic import op

revision = "7199cc0f9e6c"
down_revision = "a261d8461fde"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(down_revision, "the rows of data_sources were copied", "the former data_sources is gone")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE data_sources RENAME TO _plumb_data_sources")
    op.execute("""
CREATE TABLE data_sources (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    host TEXT,
    port INTEGER,
    "database" TEXT NOT NULL,         -- quoted: the word is a keyword
    encrypted_user TEXT,
    encrypted_password TEXT,
    query_timeout TEXT NOT NULL DEFAULT '30s',
    extra_params TEXT CONSTRAINT ck_data_sources_extra_params
        CHECK (extra_params IS NULL OR json_valid(extra_params)),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by TEXT NOT NULL
)""")
    op.execute("""
INSERT OR ABORT INTO data_sources (rowid, name, kind, host, port,
    database, encrypted_user, encrypted_password, query_timeout,
    extra_params, created_at, updated_at, created_by)
SELECT rowid, name, kind, host, port, database, encrypted_user,
    encrypted_password, query_timeout, extra_params, created_at,
    updated_at, created_by
FROM _plumb_data_sources""")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, (EXISTS (SELECT 1 FROM data_sources)
    OR NOT EXISTS (SELECT 1 FROM _plumb_data_sources))""")
    op.execute("DROP TABLE _plumb_data_sources")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_data_sources')""")

    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_data_sources_kind', 57),
    ('index', 'idx_data_sources_name', 57),
    ('table', 'data_sources', 573))) = 3""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(revision, "the rows of data_sources were copied", "the former data_sources is gone")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Rows may refuse: data_sources.host NOT NULL.
    # Rows may refuse: data_sources.port NOT NULL.
    # Rows may refuse: data_sources.encrypted_user NOT NULL.
    # Rows may refuse: data_sources.encrypted_password NOT NULL.
    op.execute("ALTER TABLE data_sources RENAME TO _plumb_data_sources")
    op.execute("""
CREATE TABLE data_sources (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    "database" TEXT NOT NULL,
    encrypted_user TEXT NOT NULL,
    encrypted_password TEXT NOT NULL,
    query_timeout TEXT DEFAULT '30s' NOT NULL,
    extra_params TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (name),
    CONSTRAINT ck_data_sources_extra_params CHECK (extra_params IS NULL OR json_valid(extra_params))
)""")
    op.execute("""
INSERT OR ABORT INTO data_sources (rowid, name, kind, host, port,
    database, encrypted_user, encrypted_password, query_timeout,
    extra_params, created_at, updated_at, created_by)
SELECT rowid, name, kind, host, port, database, encrypted_user,
    encrypted_password, query_timeout, extra_params, created_at,
    updated_at, created_by
FROM _plumb_data_sources""")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, (EXISTS (SELECT 1 FROM data_sources)
    OR NOT EXISTS (SELECT 1 FROM _plumb_data_sources))""")
    op.execute("DROP TABLE _plumb_data_sources")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_data_sources')""")

    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_data_sources_kind', 57),
    ('index', 'idx_data_sources_name', 57),
    ('table', 'data_sources', 577))) = 3""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def require_foreign_keys_off() -> None:
    """With foreign keys on, DROP TABLE deletes the rows that refer to the table.

    Inside a transaction nothing can turn them off: let env.py say PRAGMA foreign_keys = OFF before
    it begins one.
    """
    op.execute("PRAGMA foreign_keys = OFF")
    op.execute("""
CREATE TEMP TABLE _plumb_keys (
    foreign_keys CONSTRAINT foreign_keys_are_off CHECK (foreign_keys = 0)
)""")
    op.execute("""
INSERT INTO temp._plumb_keys
SELECT foreign_keys FROM pragma_foreign_keys""")
    op.execute("DROP TABLE temp._plumb_keys")


def begin(start: object, *guards: str) -> None:
    """All of this revision is done or nothing, also as a script (`alembic upgrade --sql`)
    in a client that goes on after an error.

    What must hold is written down in a table beside the database, by number. In a script,
    the version must be `start`; each SAVEPOINT begins a transaction again if an error has
    ended it; and a view hides the version table until the verdict.
    """
    context = op.get_context()
    begun = f"nothing has failed, and the version is {start or 'none'}"
    words = ("every step was done", begun, *guards)
    rules = "".join(
        f",\n    CONSTRAINT {_quoted(said)} CHECK (asked <> {number} OR holds)"
        for number, said in enumerate(words)
    )
    _execute("SAVEPOINT plumb")
    _execute(
        "CREATE TEMP TABLE _plumb_guard (\n    asked INTEGER PRIMARY KEY,"
        f"\n    holds INTEGER NOT NULL,\n    was,\n    had_rows{rules}\n)"
    )
    _execute(
        "INSERT INTO temp._plumb_guard (asked, holds)"
        f"\nSELECT 1, NOT {_failed()}\n    AND {_is_at(start)}"
    )
    if context.as_sql:
        if context.version_table_schema:
            raise ValueError("a version table in a schema has no guard for its stamp")
        version = _quoted(context.version_table)
        _execute(f"CREATE TEMP VIEW {version} AS SELECT 1 AS version_num")
        write = context.impl.static_output
        context.impl.__dict__["static_output"] = lambda sql: write(f"SAVEPOINT step;\n{sql}")


def end(*conditions: str) -> None:
    """The verdict: everything that was written down, and this. It names nothing that may
    be missing, so it can always be asked.

    Where it rolls a script back, a table beside the database takes the stamp that follows,
    and a row that refers to nothing makes every COMMIT fail: no revision behind this one
    is committed.
    """
    context = op.get_context()
    verb = "INSERT OR ROLLBACK" if context.as_sql else "INSERT"
    listed = "\n    AND ".join(conditions)
    _execute("CREATE TEMP TABLE IF NOT EXISTS _plumb_guard (asked, holds NOT NULL CHECK (holds))")
    _execute(f"{verb} INTO temp._plumb_guard (asked, holds)\nSELECT 0, {listed}")
    if context.as_sql:
        del context.impl.__dict__["static_output"]
        version = _quoted(context.version_table)
        undone = "SELECT 'undone' AS version_num"
        _execute(f"CREATE TEMP TABLE IF NOT EXISTS {version} AS {undone}")
        _execute(f"DROP VIEW temp.{version}")  # fails where there is a table now
        _execute("PRAGMA foreign_keys = ON")  # changes nothing in a transaction
        _execute("SAVEPOINT undone")
        _execute(
            "CREATE TEMP TABLE IF NOT EXISTS _plumb_undone (was UNIQUE,"
            " row REFERENCES _plumb_undone (was) DEFERRABLE INITIALLY DEFERRED)"
        )
        _execute(f"INSERT INTO temp._plumb_undone (row) SELECT 1 WHERE {_failed()}")
    _execute("DROP TABLE temp._plumb_guard")
    _execute("RELEASE plumb")


def _is_at(start: object) -> str:
    """Alembic itself asks online. With branches there may be more versions than one."""
    context = op.get_context()
    if not (context.as_sql and context.script and len(context.script.get_bases()) == 1):
        return "1"
    revisions = context.script.walk_revisions()
    if any(one.is_branch_point or one.dependencies for one in revisions):
        return "1"
    version = _quoted(context.version_table)
    asked = f"SELECT group_concat(version_num) FROM main.{version}"
    return f"({asked}) IS {_literal(start) if start else 'NULL'}"


def _failed() -> str:
    name = _literal(op.get_context().version_table)
    where = f"WHERE type = 'table' AND name = {name}"
    return f"EXISTS (SELECT 1 FROM sqlite_temp_master {where})"


def _execute(sql: str) -> None:
    op.execute(sa.DDL(sql.replace("%", "%%")))  # type: ignore[no-untyped-call]


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
