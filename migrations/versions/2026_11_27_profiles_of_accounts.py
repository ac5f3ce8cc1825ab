"""Profiles of accounts.

PlanExe: what a provider says of a person, which its models had since February 7, and what the
person set in the frontend, since the 18th.

- adds column user_account.given_name
- adds column user_account.family_name
- adds column user_account.locale
- adds column user_account.frontend_multi_user_config
- adds check user_account.ck_user_account_config

Revision ID: 2c9f80d1b6e4
Revises: 4a90e6d2f713
Create Date: 2026-11-27 20:32:42
"""

import sqlalchemy as sa
from alembic import op

revision = "2c9f80d1b6e4"
down_revision = "4a90e6d2f713"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin(down_revision)

    op.execute("PRAGMA legacy_alter_table = ON")

    op.execute("ALTER TABLE user_account ADD COLUMN given_name VARCHAR(128)")
    op.execute("ALTER TABLE user_account ADD COLUMN family_name VARCHAR(128)")
    op.execute("ALTER TABLE user_account ADD COLUMN locale VARCHAR(64)")
    op.execute("""
ALTER TABLE user_account ADD COLUMN frontend_multi_user_config JSON
    CONSTRAINT ck_user_account_config
        CHECK (frontend_multi_user_config IS NULL OR json_valid(frontend_multi_user_config))""")

    end(
        1,
        """(SELECT count(*) FROM pragma_table_xinfo('user_account')
    WHERE lower(name) IN (
    'given_name', 'family_name', 'locale', 'frontend_multi_user_config')) = 4""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "no copy of user_account was left there before",
        "user_account was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("PRAGMA legacy_alter_table = ON")

    # Loses column user_account.given_name and its values.
    # Loses column user_account.family_name and its values.
    # Loses column user_account.locale and its values.
    # Loses column user_account.frontend_multi_user_config and its values.
    before_batch(3, "user_account")
    with op.batch_alter_table(
        "user_account", copy_from=user_account_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_column("given_name")
        batch_op.drop_column("family_name")
        batch_op.drop_column("locale")
        batch_op.drop_column("frontend_multi_user_config")
        batch_op.drop_constraint(batch_op.f("ck_user_account_config"), type_="check")
    after_batch(4, "user_account")

    op.execute("CREATE INDEX idx_user_account_email ON user_account (email)")

    end(
        4,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_user_account_email', 59))) = 1""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'user_account'))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def user_account_after() -> sa.Table:
    return sa.Table(
        "user_account",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("id", sa.CHAR(36), primary_key=True, nullable=False),
        sa.Column(
            "created_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DATETIME(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("email", Spelled('VARCHAR(256) COLLATE "nocase"')),
        sa.Column("name", sa.VARCHAR(256)),
        sa.Column("given_name", sa.VARCHAR(128)),
        sa.Column("family_name", sa.VARCHAR(128)),
        sa.Column("locale", sa.VARCHAR(64)),
        sa.Column("avatar_url", sa.VARCHAR(512)),
        sa.Column("frontend_multi_user_config", sa.JSON()),
        sa.Column("is_admin", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column("free_plan_used", sa.BOOLEAN(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "credits_balance",
            Spelled("NUMERIC(18,9)"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("last_login_at", sa.DATETIME()),
        sa.CheckConstraint("length(id) = 36", name="ck_user_account_id"),
        sa.CheckConstraint(
            "frontend_multi_user_config IS NULL OR json_valid(frontend_multi_user_config)",
            name="ck_user_account_config",
        ),
        sa.CheckConstraint("is_admin IN (0, 1)", name="ck_user_account_admin"),
        sa.CheckConstraint("free_plan_used IN (0, 1)", name="ck_user_account_free_plan"),
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
    same = f"name = {_text(table)} COLLATE NOCASE"
    return f"main.sqlite_master WHERE type = 'table' AND {same}"


def _no_copy(table: str) -> str:
    copy = _text(f"_alembic_tmp_{table}"[:50])
    return f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {copy})"


class Spelled(sa.types.UserDefinedType[str]):
    """A column type exactly as it is declared."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **kw: object) -> str:
        return self.declared
