"""views and triggers

- changes view open_accounts: body
- adds check accounts.check(balance)
- table accounts is rebuilt: SQLite 3.40 cannot change a check in place

Revision ID: second
Revises: first
"""

import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    require_foreign_keys_off()

    begin(
        down_revision, "the rows of accounts were copied", "the former accounts is gone"
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP VIEW open_accounts")

    # Rows may refuse: accounts.check(balance) CHECK (balance >= 0).
    # In SQL, for batch mode cannot say it: accounts.check(balance) comes without a
    # name, which a naming convention would give it.
    op.execute("ALTER TABLE accounts RENAME TO _plumb_accounts")
    op.execute("""
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  balance INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0), -- in cents, never overdrawn
  closed_at TEXT
)""")
    op.execute("""
INSERT OR ABORT INTO accounts (id, owner, balance, closed_at)
SELECT id, owner, balance, closed_at
FROM _plumb_accounts""")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, (EXISTS (SELECT 1 FROM accounts)
    OR NOT EXISTS (SELECT 1 FROM _plumb_accounts))""")
    op.execute("DROP TABLE _plumb_accounts")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_accounts')""")

    op.execute("""
CREATE VIEW open_accounts AS
  SELECT id, owner, balance, balance / 100.0 AS amount
    FROM accounts WHERE closed_at IS NULL""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('table', 'accounts', 179),
    ('view', 'open_accounts', 125))) = 2""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    require_foreign_keys_off()

    begin(revision, "the rows of accounts were copied", "the former accounts is gone")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP VIEW open_accounts")

    # In SQL, for batch mode cannot say it: accounts.check(balance) has no name by which
    # it could be dropped.
    op.execute("ALTER TABLE accounts RENAME TO _plumb_accounts")
    op.execute("""
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  balance INTEGER NOT NULL DEFAULT 0, -- in cents
  closed_at TEXT
)""")
    op.execute("""
INSERT OR ABORT INTO accounts (id, owner, balance, closed_at)
SELECT id, owner, balance, closed_at
FROM _plumb_accounts""")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 2, (EXISTS (SELECT 1 FROM accounts)
    OR NOT EXISTS (SELECT 1 FROM _plumb_accounts))""")
    op.execute("DROP TABLE _plumb_accounts")
    op.execute("""
INSERT INTO temp._plumb_guard (asked, holds)
SELECT 3, NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_accounts')""")

    op.execute("""
CREATE VIEW open_accounts AS
  SELECT id, owner, balance FROM accounts WHERE closed_at IS NULL""")

    end(
        "(SELECT count(*) FROM temp._plumb_guard) = 3",
        "(SELECT foreign_keys FROM pragma_foreign_keys) = 0",
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('table', 'accounts', 141),
    ('view', 'open_accounts', 94))) = 2""",
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
        context.impl.__dict__["static_output"] = lambda sql: write(
            f"SAVEPOINT step;\n{sql}"
        )


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
    _execute(
        "CREATE TEMP TABLE IF NOT EXISTS _plumb_guard"
        " (asked, holds NOT NULL CHECK (holds))"
    )
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
