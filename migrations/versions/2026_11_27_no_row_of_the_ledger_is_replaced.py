"""No row of the ledger is replaced.

Ours. REPLACE passed by the rule that no row is deleted, in every client but our own.

- changes table credit_history: WITHOUT ROWID
- adds trigger credit_history_no_replace
- table credit_history is rebuilt: SQLite 3.40 cannot change a table in place

Revision ID: 7d41b6a9e350
Revises: 2c9f80d1b6e4
Create Date: 2026-11-27 20:33:06
"""

import sqlalchemy as sa
from alembic import op

revision = "7d41b6a9e350"
down_revision = "2c9f80d1b6e4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "the rows of credit_history were copied",
        "the former credit_history is gone",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # In SQL, for batch mode cannot say it: table of credit_history changes.
    op.execute("ALTER TABLE credit_history RENAME TO _plumb_credit_history")
    op.execute("""
CREATE TABLE credit_history (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    delta NUMERIC(18, 9) NOT NULL,  -- above zero bought, below zero used
    reason VARCHAR(128) NOT NULL,
    source VARCHAR(32) NOT NULL,
    external_id VARCHAR(256),
    api_key_id CHAR(36),  -- outlives the key it names: no foreign key
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT fk_credit_history_user FOREIGN KEY (user_id) REFERENCES user_account (id)
) WITHOUT ROWID""")
    op.execute("""
INSERT OR ABORT INTO credit_history (id, user_id, delta, reason,
    source, external_id, api_key_id, created_at)
SELECT id, user_id, delta, reason, source, external_id, api_key_id,
    created_at
FROM _plumb_credit_history""")
    ask(
        3,
        """(EXISTS (SELECT 1 FROM credit_history)
    OR NOT EXISTS (SELECT 1 FROM _plumb_credit_history))""",
    )
    op.execute("DROP TABLE _plumb_credit_history")
    ask(
        4,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_credit_history')",
    )

    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("""
CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id)""")

    op.execute("""
CREATE TRIGGER credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_replace BEFORE INSERT ON credit_history
WHEN EXISTS (SELECT 1 FROM credit_history WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    end(
        4,
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_api_key_id', 73),
    ('index', 'idx_credit_history_user_id', 79),
    ('table', 'credit_history', 505),
    ('trigger', 'credit_history_no_delete', 139),
    ('trigger', 'credit_history_no_replace', 201),
    ('trigger', 'credit_history_no_update', 139))) = 6""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "the rows of credit_history were copied",
        "the former credit_history is gone",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # In SQL, for batch mode cannot say it: table of credit_history changes.
    op.execute("ALTER TABLE credit_history RENAME TO _plumb_credit_history")
    op.execute("""
CREATE TABLE credit_history (
    id CHAR(36) NOT NULL PRIMARY KEY,
    user_id CHAR(36) NOT NULL,
    delta NUMERIC(18, 9) NOT NULL,
    reason VARCHAR(128) NOT NULL,
    source VARCHAR(32) NOT NULL,
    external_id VARCHAR(256),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    api_key_id CHAR(36),
    CONSTRAINT fk_credit_history_user FOREIGN KEY (user_id) REFERENCES user_account (id)
)""")
    op.execute("""
INSERT OR ABORT INTO credit_history (id, user_id, delta, reason,
    source, external_id, created_at, api_key_id)
SELECT id, user_id, delta, reason, source, external_id, created_at,
    api_key_id
FROM _plumb_credit_history""")
    ask(
        3,
        """(EXISTS (SELECT 1 FROM credit_history)
    OR NOT EXISTS (SELECT 1 FROM _plumb_credit_history))""",
    )
    op.execute("DROP TABLE _plumb_credit_history")
    ask(
        4,
        "NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = '_plumb_credit_history')",
    )

    op.execute("""
CREATE INDEX idx_credit_history_user_id ON credit_history (user_id, created_at)""")
    op.execute("""
CREATE INDEX idx_credit_history_api_key_id ON credit_history (api_key_id)""")

    op.execute("""
CREATE TRIGGER credit_history_no_update BEFORE UPDATE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    op.execute("""
CREATE TRIGGER credit_history_no_delete BEFORE DELETE ON credit_history
BEGIN
    SELECT RAISE(ABORT, 'credit_history is append-only');
END""")

    end(
        4,
        "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_credit_history_api_key_id', 73),
    ('index', 'idx_credit_history_user_id', 79),
    ('table', 'credit_history', 406),
    ('trigger', 'credit_history_no_delete', 139),
    ('trigger', 'credit_history_no_update', 139))) = 5""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def begin(start: object, *guards: str) -> None:
    """Do all of this revision or nothing, even in a client that goes on after an error:
    `ask` writes down each condition that holds, by its number, and `end` counts them."""
    begun = f"nothing has failed, and the version is {start or 'none'}"
    rules = ",\n    ".join(
        f"CONSTRAINT {_quoted(words)} CHECK (asked <> {number} OR holds)"
        for number, words in enumerate(("every step was done", begun, *guards))
    )
    columns = "asked INTEGER PRIMARY KEY, holds INTEGER NOT NULL, was, had_rows"
    _execute("SAVEPOINT plumb")
    _execute(f"CREATE TEMP TABLE _plumb_guard (\n    {columns},\n    {rules}\n)")
    ask(1, _begin_script(start) if op.get_context().as_sql else "1")


def ask(number: int, condition: str) -> None:
    """Write down that this holds. Its constraint fails, in words, where it does not."""
    answer = f"(asked, holds)\nSELECT {number}, {condition}"
    _execute(f"INSERT INTO temp._plumb_guard {answer}")


def end(count: int, *conditions: str) -> None:
    """Undo everything unless `count` conditions are written down and these hold too."""
    counted = f"(SELECT count(*) FROM temp._plumb_guard) = {count}"
    verdict = "\n    AND ".join((counted, *conditions))
    _end_script(verdict) if op.get_context().as_sql else ask(0, verdict)
    _execute("DROP TABLE temp._plumb_guard")
    _execute("RELEASE plumb")


def _begin_script(start: object) -> str:
    """In a script, let each statement begin a transaction if an error has ended it. Return
    what must hold: none failed, the version is `start` (if no branches have their own)."""
    context = op.get_context()
    if context.version_table_schema:
        raise ValueError("a version table in a schema has no guard for its stamp")
    write = context.impl.static_output
    vars(context.impl)["static_output"] = lambda sql: write(f"SAVEPOINT step;\n{sql}")
    failed = f"type = 'table' AND name = {_text(context.version_table)}"
    sound = f"NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE {failed})"
    known = list(context.script.walk_revisions()) if context.script else []
    branches = any(one.is_branch_point or one.dependencies for one in known)
    if branches or sum(one.is_base for one in known) != 1:
        return sound
    version = f"group_concat(version_num) FROM main.{_quoted(context.version_table)}"
    return f"{sound}\n    AND (SELECT {version}) IS {_text(start) if start else 'NULL'}"


def _end_script(verdict: str) -> None:
    """In a script, a verdict of no rolls back, and the view with it. Then a table takes the
    stamp, and a row that refers to nothing makes every COMMIT fail from here on."""
    context = op.get_context()
    version = _quoted(context.version_table)
    holds = "(asked, holds NOT NULL CHECK (holds))"
    _execute(f"CREATE TEMP VIEW {version} AS SELECT 1 AS version_num")
    _execute(f"CREATE TEMP TABLE IF NOT EXISTS _plumb_guard {holds}")
    answer = f"(asked, holds)\nSELECT 0, {verdict}"
    _execute(f"INSERT OR ROLLBACK INTO temp._plumb_guard {answer}")
    del vars(context.impl)["static_output"]
    context.impl.static_output(f"""\
CREATE TEMP TABLE IF NOT EXISTS {version} AS SELECT 'undone' AS version_num;
DROP VIEW temp.{version};
-- Where all is well, this is in a transaction and changes nothing:
PRAGMA foreign_keys = ON;
SAVEPOINT undone;
CREATE TEMP TABLE IF NOT EXISTS _plumb_undone (
    was UNIQUE, row REFERENCES _plumb_undone (was) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO temp._plumb_undone (row) SELECT 1
WHERE NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE name = '_plumb_guard');""")


def _execute(sql: str) -> None:
    op.execute(sa.DDL(sql.replace("%", "%%")))  # type: ignore[no-untyped-call]


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
