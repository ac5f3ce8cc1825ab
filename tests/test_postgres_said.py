"""Statements of plans that an operation of Alembic says, and those that stay SQL."""

from __future__ import annotations

import pytest

from sqlplumb.engines.postgres.alembic.said import said
from sqlplumb.python_layout import flat

SAID = {
    'ALTER TABLE public.t DROP COLUMN "Old"': 'op.drop_column("t", "Old")',
    "ALTER TABLE app.t RENAME COLUMN a TO b": (
        'op.alter_column("t", "a", new_column_name="b", schema="app")'
    ),
    "ALTER TABLE public.t ADD COLUMN at timestamp with time zone DEFAULT now() NOT NULL": (
        'op.add_column("t", sa.Column("at", sa.DateTime(timezone=True),'
        ' server_default=sa.text("now()"), nullable=False))'
    ),
    "ALTER TABLE public.t ALTER COLUMN a TYPE character varying(40)": (
        'op.alter_column("t", "a", type_=sa.String(40))'
    ),
    "ALTER TABLE public.t ADD CONSTRAINT c CHECK ((a > 0)) NOT VALID": (
        'op.create_check_constraint(op.f("c"), "t", sa.text("(a > 0)"), postgresql_not_valid=True)'
    ),
    "ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES a.u(id) ON DELETE CASCADE": (
        'op.create_foreign_key(op.f("f"), "t", "u", ["a"], ["id"], ondelete="CASCADE",'
        ' referent_schema="a")'
    ),
    "CREATE UNIQUE INDEX CONCURRENTLY i ON public.t USING btree (a, lower(b)) WHERE (a > 0)": (
        'op.create_index(op.f("i"), "t", ["a", sa.text("lower(b)")], unique=True,'
        ' postgresql_where=sa.text("(a > 0)"), postgresql_concurrently=True)'
    ),
    "COMMENT ON TABLE public.t IS 'it''s'": 'op.create_table_comment("t", "it\'s")',
    # The rules of a table have names, so they may come in any order.
    "CREATE TABLE public.t (id bigint NOT NULL, j jsonb,"
    " CONSTRAINT c CHECK ((id > 0)), CONSTRAINT k PRIMARY KEY (id))": (
        'op.create_table("t", sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),'
        ' sa.Column("j", postgresql.JSONB), sa.CheckConstraint(sa.text("(id > 0)"),'
        ' name=op.f("c")), sa.PrimaryKeyConstraint("id", name=op.f("k")))'
    ),
}


@pytest.mark.parametrize("statement", SAID)
def test_an_operation_makes_the_very_statement(statement: str) -> None:
    found = said(statement)
    assert found
    assert flat(found) == SAID[statement]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE ONLY public.t ALTER COLUMN a DROP DEFAULT",
        "ALTER TABLE public.t ALTER COLUMN a TYPE bigint USING (a)::bigint",
        'ALTER TABLE public.t ADD COLUMN a text COLLATE "C"',
        "ALTER TABLE public.t ADD COLUMN a integer GENERATED ALWAYS AS ((b * 2)) STORED",
        "ALTER TABLE public.t ADD COLUMN a mood",
        "ALTER TABLE public.t ADD CONSTRAINT c CHECK ((a > 0)) NO INHERIT",
        "ALTER TABLE public.t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a)",
        "ALTER TABLE public.t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE",
        "ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.u(id) MATCH FULL",
        "ALTER TABLE public.t DROP CONSTRAINT a, ADD CONSTRAINT a CHECK ((b > 0))",
        "CREATE INDEX i ON public.t USING btree (a) INCLUDE (b)",
        "CREATE INDEX i ON ONLY public.t USING btree (a)",
        "CREATE UNIQUE INDEX i ON public.t USING btree (a) NULLS NOT DISTINCT",
        "CREATE TABLE public.t (a text, CONSTRAINT e EXCLUDE USING gist (a WITH =))",
        "CREATE TABLE public.t (a text) PARTITION BY LIST (a)",
        "CREATE UNLOGGED TABLE public.t (a text)",
        "DROP TABLE public.t, public.u",
        "ALTER TABLE public.t ADD COLUMN a text DEFAULT '50% :a'::text",
    ],
)
def test_what_no_operation_says_stays_sql(statement: str) -> None:
    assert said(statement) is None
