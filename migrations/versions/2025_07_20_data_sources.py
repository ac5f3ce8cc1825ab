"""SQL sources are data sources.

ResinKit made a table beside this one, copied, dropped, and left its indexes with the name of
neither. A rename takes the rows along, and what bore the former name is made anew with the new
one.

- renames sql_sources to table data_sources
- drops check data_sources.ck_sql_sources_extra_params
- drops index idx_sql_sources_name
- drops index idx_sql_sources_kind
- adds check data_sources.ck_data_sources_extra_params
- adds index idx_data_sources_name
- adds index idx_data_sources_kind
- table data_sources is rebuilt: SQLite 3.40 cannot change a check in place

Revision ID: a261d8461fde
Revises: b8c1bd22cb20
Create Date: 2025-07-20 16:17:44
"""

import sqlalchemy as sa
from alembic import op

revision = "a261d8461fde"
down_revision = "b8c1bd22cb20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        down_revision,
        "foreign keys are off: env.py turns them off before it begins",
        "sql_sources was renamed to data_sources",
        "no copy of data_sources was left there before",
        "data_sources was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("ALTER TABLE sql_sources RENAME TO data_sources")
    ask(
        3,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'data_sources')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'sql_sources')""",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(4, "data_sources")
    with op.batch_alter_table(
        "data_sources", copy_from=data_sources_before(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sql_sources_extra_params"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_data_sources_extra_params"),
            "extra_params IS NULL OR json_valid(extra_params)",
        )
    after_batch(5, "data_sources")

    # sqlplumb: ignore P210 an index is called after its table here, and these are small
    op.execute("CREATE INDEX idx_data_sources_name ON data_sources (name)")
    op.execute("CREATE INDEX idx_data_sources_kind ON data_sources (kind)")

    end(
        5,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_data_sources_kind', 57),
    ('index', 'idx_data_sources_name', 57))) = 2""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'data_sources'))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def downgrade() -> None:
    op.execute("PRAGMA foreign_keys = OFF")
    begin(
        revision,
        "foreign keys are off: env.py turns them off before it begins",
        "data_sources was renamed to sql_sources",
        "no copy of sql_sources was left there before",
        "sql_sources was made anew, with its rows",
    )
    ask(2, "(SELECT foreign_keys FROM pragma_foreign_keys) = 0")

    op.execute("ALTER TABLE data_sources RENAME TO sql_sources")
    ask(
        3,
        """EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'sql_sources')
    AND NOT EXISTS (SELECT 1 FROM main.sqlite_master
    WHERE type = 'table' AND lower(name) = 'data_sources')""",
    )

    op.execute("PRAGMA legacy_alter_table = ON")

    before_batch(4, "sql_sources")
    with op.batch_alter_table(
        "sql_sources", copy_from=sql_sources_after(), recreate="always"
    ) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_data_sources_extra_params"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_sql_sources_extra_params"),
            "extra_params IS NULL OR json_valid(extra_params)",
        )
    after_batch(5, "sql_sources")

    op.execute("CREATE INDEX idx_sql_sources_name ON sql_sources (name)")
    op.execute("CREATE INDEX idx_sql_sources_kind ON sql_sources (kind)")

    end(
        5,
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name), length(replace(sql, char(9), '    '))) IN (VALUES
    ('index', 'idx_sql_sources_kind', 55),
    ('index', 'idx_sql_sources_name', 55))) = 2""",
        """(SELECT count(*) FROM main.sqlite_master
    WHERE (type, lower(name)) IN (VALUES
    ('table', 'sql_sources'))) = 1""",
    )

    op.execute("PRAGMA legacy_alter_table = OFF")


def data_sources_before() -> sa.Table:
    return sa.Table(
        "data_sources",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("name", sa.TEXT(), primary_key=True, nullable=False),
        sa.Column("kind", sa.TEXT(), nullable=False),
        sa.Column("host", sa.TEXT(), nullable=False),
        sa.Column("port", sa.INTEGER(), nullable=False),
        sa.Column("database", sa.TEXT(), nullable=False),
        sa.Column("encrypted_user", sa.TEXT(), nullable=False),
        sa.Column("encrypted_password", sa.TEXT(), nullable=False),
        sa.Column("query_timeout", sa.TEXT(), server_default=sa.text("'30s'"), nullable=False),
        sa.Column("extra_params", sa.TEXT()),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("created_by", sa.TEXT(), nullable=False),
        sa.CheckConstraint(
            "extra_params IS NULL OR json_valid(extra_params)",
            name="ck_sql_sources_extra_params",
        ),
    )


def sql_sources_after() -> sa.Table:
    return sa.Table(
        "sql_sources",
        sa.MetaData(),
        sa.Column("rowid", sa.INTEGER(), system=True),
        sa.Column("name", sa.TEXT(), primary_key=True, nullable=False),
        sa.Column("kind", sa.TEXT(), nullable=False),
        sa.Column("host", sa.TEXT(), nullable=False),
        sa.Column("port", sa.INTEGER(), nullable=False),
        sa.Column("database", sa.TEXT(), nullable=False),
        sa.Column("encrypted_user", sa.TEXT(), nullable=False),
        sa.Column("encrypted_password", sa.TEXT(), nullable=False),
        sa.Column("query_timeout", sa.TEXT(), server_default=sa.text("'30s'"), nullable=False),
        sa.Column("extra_params", sa.TEXT()),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.TIMESTAMP(),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("created_by", sa.TEXT(), nullable=False),
        sa.CheckConstraint(
            "extra_params IS NULL OR json_valid(extra_params)",
            name="ck_data_sources_extra_params",
        ),
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
