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
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of accounts was left there before",
        "accounts was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP VIEW open_accounts")

    # Rows may refuse: accounts.check(balance) CHECK (balance >= 0).
    # A statement that mends them goes here, above this comment.
    before_batch(3, "accounts")
    with op.batch_alter_table(
        "accounts",
        copy_from=accounts_table(),
        recreate="always",
        table_args=[sa.CheckConstraint("balance >= 0")],
    ) as batch_op:
        pass
    after_batch(4, "accounts")

    op.execute("""
CREATE VIEW open_accounts AS
  SELECT id, owner, balance, balance / 100.0 AS amount
    FROM accounts WHERE closed_at IS NULL""")

    end(
        4,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('view', 'open_accounts', 125))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of accounts was left there before",
        "accounts was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("DROP VIEW open_accounts")

    before_batch(3, "accounts")
    with op.batch_alter_table(
        "accounts", copy_from=accounts_table(), recreate="always"
    ) as batch_op:
        # check(balance) goes: the table to copy from is without it.
        pass
    after_batch(4, "accounts")

    op.execute("""
CREATE VIEW open_accounts AS
  SELECT id, owner, balance FROM accounts WHERE closed_at IS NULL""")

    end(
        4,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('view', 'open_accounts', 94))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def accounts_table() -> sa.Table:
    return sa.Table(
        "accounts",
        sa.MetaData(),
        sa.Column("id", sa.INTEGER(), primary_key=True, nullable=True),
        sa.Column("owner", sa.TEXT(), nullable=False),
        sa.Column("balance", sa.INTEGER(), server_default=sa.text("0"), nullable=False),
        sa.Column("closed_at", sa.TEXT()),
    )


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
    failed = "type = 'table' AND name = " + _quoted(context.version_table, "'")
    sound = f"NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE {failed})"
    scripts = list(context.script.walk_revisions()) if context.script else []
    branches = any(script.is_branch_point or script.dependencies for script in scripts)
    if branches or sum(script.is_base for script in scripts) != 1:
        return sound
    version = f"group_concat(version_num) FROM main.{_quoted(context.version_table)}"
    expected = _quoted(start, "'") if start else "NULL"
    return f"{sound}\n    AND (SELECT {version}) IS {expected}"


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


def _quoted(value: object, mark: str = '"') -> str:
    return mark + str(value).replace(mark, mark * 2) + mark


def before_batch(number: int, table: str) -> None:
    """Write down the table's text and whether it has rows; no copy may be in the way."""
    said = f"{_no_copy(table)},\n    sql, EXISTS (SELECT 1 FROM {_quoted(table)})"
    row = f"SELECT {number}, {said}\nFROM {_stored(table)}"
    _execute(f"INSERT INTO temp._plumb_guard\n{row}")


def after_batch(number: int, table: str) -> None:
    """The table is another, has rows where it had some, and no copy is left."""
    same = f"EXISTS (SELECT 1 FROM {_quoted(table)}) = had_rows"
    anew = f"was <> (SELECT sql FROM {_stored(table)})\n    AND {_no_copy(table)}"
    before = f"FROM temp._plumb_guard WHERE asked = {number - 1}"
    ask(number, f"{same}\n    AND {anew}\n{before}")


def _stored(table: str) -> str:
    name = _quoted(table, "'")
    return f"main.sqlite_master WHERE type = 'table' AND name = {name} COLLATE NOCASE"


def _no_copy(table: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {_stored(f'_alembic_tmp_{table}'[:50])})"
