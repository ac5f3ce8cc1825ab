"""Hints of files for PostgreSQL belong to what they stand above or beside."""

from __future__ import annotations

import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.engines import engine
from sqlplumb.engines.postgres.options import EnumOptions
from sqlplumb.engines.postgres.parse.hints import hints_around, rename_hint
from sqlplumb.engines.postgres.scratch import script_source
from sqlplumb.errors import WrongInput
from sqlplumb.schema import Schema

SQL = """\
CREATE TYPE mood AS ENUM (
    'sad',
    'fine' -- @renamed from='ok'
);
-- @renamed from=people
CREATE TABLE persons (
    id bigint PRIMARY KEY,
    -- @renamed from="Full Name"
    name text NOT NULL,
    age integer UNIQUE CHECK (age > 0), -- @backfill 1 + 2
    size integer
        CONSTRAINT positive CHECK (size > 0), -- @renamed from=size_of
    CONSTRAINT small CHECK (size < 10) -- @renamed from=tiny
);
CREATE INDEX by_name ON persons (name); -- @renamed from=idx
-- @renamed from=public_view
CREATE VIEW v AS SELECT 1 AS x;
-- @renamed from=notes
ALTER TABLE persons ADD COLUMN remarks text;
"""


def read(sql: str) -> tuple[script_source.ScriptSource, Schema]:
    a_server = server(MAJORS[0])
    with database(a_server) as scratch:
        source = script_source.open_script(
            engine("postgresql"), "a.sql", {"a.sql": sql}, scratch=scratch
        )
        return source, source.read()


def test_hints_belong_to_what_they_stand_beside() -> None:
    source, schema = read(SQL)
    said = {
        str(ref): (fact.renamed_from, fact.backfill)
        for ref, fact in schema.objects.items()
        if fact.renamed_from or fact.backfill
    }
    assert said == {
        "persons": ("people", ""),
        "persons.name": ("Full Name", ""),
        "persons.age": ("", "1 + 2"),
        "persons.positive": ("size_of", ""),
        "persons.small": ("tiny", ""),
        "by_name": ("idx", ""),
        "v": ("public_view", ""),
        "persons.remarks": ("notes", ""),
    }
    (mood,) = (fact for ref, fact in schema.objects.items() if ref.kind == "enum")
    assert isinstance(mood.options, EnumOptions)
    assert mood.options.renamed_labels == (("fine", "ok"),)
    assert source.hinted == {"persons", "v", "enum mood"}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE TABLE t (\n  a int -- @rename from=b\n);", "a.sql:2:9: there is no hint @rename"),
        ("CREATE TABLE t (\n  a int -- @renamed b\n);", "a.sql:2:9: `@renamed b`"),
        ("CREATE TABLE t (\n  a int -- @backfill\n);", "a.sql:2:9: @backfill says no value"),
        ("-- @backfill 1\nCREATE TABLE t (a int);", "speaks of what is no column"),
        ("CREATE TYPE t AS ENUM ('a' -- @backfill 1\n);", "speaks of what is no column"),
        ("-- @renamed from=x\nSELECT 1;\nCREATE TABLE t (a int);", "speaks of nothing"),
    ],
)
def test_hints_that_say_nothing(sql: str, said: str) -> None:
    with pytest.raises(WrongInput) as raised:
        read(sql)
    assert said in str(raised.value)


@pytest.mark.parametrize("former", ["tasks", "Full Name", 'a"b', "a -- b", "a\nb", "*/ x", ""])
def test_a_hint_that_is_written_is_read_back(former: str) -> None:
    comment = rename_hint(former)
    hints = hints_around(comment)
    assert not comment or (hints and hints.renamed_from == former)
    assert bool(comment) == (former not in ("", "a\nb", "*/ x") or bool(comment))
