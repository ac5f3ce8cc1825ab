"""Files of PostgreSQL are cut as psql cuts them, whatever stands in quotes, comments and bodies."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlplumb.engines.postgres.parse.lexer import comments, folded, lex
from sqlplumb.engines.postgres.parse.statements import cut

PIECES = [
    "SELECT 1",
    "SELECT ';', 'it''s;', E'\\';', U&'\\0041;', $$;$$, $a$ $$ ; $a$, a$b$c",
    'SELECT "a;b", "a"";"',
    "SELECT 1 /* ; /* ; */ ; */ + 1 -- ; '\n + 1",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT ')')",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
    "CREATE OR REPLACE PROCEDURE f() LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
    "CREATE FUNCTION g() RETURNS int AS $x$ begin; $y$ end; $x$ LANGUAGE plpgsql",
    'CREATE TABLE t ("end" int, begin_at int DEFAULT (1))',
    "DO $do$ BEGIN EXECUTE 'x;'; END $do$",
]
between = st.sampled_from([";", "; ", ";\n", "; -- beside ; '\n", ";\n/* above ; */\n", ";;\n\n"])


@given(st.lists(st.tuples(st.sampled_from(PIECES), between), max_size=6))
def test_pieces_are_what_was_joined(drawn: list[tuple[str, str]]) -> None:
    text = "".join(piece + end for piece, end in drawn)
    pieces = list(cut(text))
    assert [piece.text for piece in pieces] == [piece for piece, _ in drawn]
    assert all(text[one.start : one.end] == one.text for one in pieces)


@given(st.text("ab;'\"$/*-\\()\n eE1.:", max_size=40))
def test_nothing_is_lost(text: str) -> None:
    """Whatever is written: tokens and comments never overlap, and pieces are in their order."""
    spans = [(one.start, one.end) for one in lex(text)]
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(text[one.start : one.end] == one.text for one in lex(text))
    ends = [0]
    for piece in cut(text):
        assert piece.start >= ends[-1]
        assert text[piece.start : piece.end] == piece.text
        ends.append(piece.end)
    assert all(text[start : start + 2] in ("--", "/*") for start, _ in comments(text))


def test_lines_of_psql_and_rows_are_pieces_of_their_own() -> None:
    text = "\\restrict x\nCOPY t (a) FROM stdin;\n1;'\n\\.\nSELECT 1;\n\\unrestrict x\n"
    found = [(piece.kind, piece.text) for piece in cut(text)]
    assert found == [
        ("psql", "\\restrict x"),
        ("sql", "COPY t (a) FROM stdin"),
        ("rows", "1;'\n\\."),
        ("sql", "SELECT 1"),
        ("psql", "\\unrestrict x"),
    ]


def test_comments_above_and_beside() -> None:
    (piece,) = cut("-- above\nSELECT 1; -- beside\n-- below\n")
    assert (piece.above, piece.beside) == ("-- above\n", " -- beside")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Tasks", "tasks"),
        ('"Tasks"', "Tasks"),
        ('"a""b"', 'a"b'),
        ('U&"d\\0061t"', "dat"),
        ("ÄB", "Äb"),
        ("x" * 70, "x" * 63),
    ],
)
def test_names_are_folded_as_the_server_does(written: str, name: str) -> None:
    assert folded(written) == name
