"""S210: a function with the rights of its owner that finds names where its caller says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.options import FunctionOptions
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for ref, fact in schema.objects.items():
        if isinstance(fact.options, FunctionOptions):
            words = [token.upper for token in lex(fact.options.definition)]
            if "DEFINER" in words and not _sets_path(words):
                message = f"{ref.kind} {ref} is SECURITY DEFINER and sets no search_path"
                yield Found(ref, message)


def _sets_path(words: list[str]) -> bool:
    """The server prints the options before the body; one in BEGIN ATOMIC is bound already."""
    return "SEARCH_PATH" in words or "ATOMIC" in words


RULE = Rule(
    code="S210",
    name="definer-without-search-path",
    severity="warning",
    engines=("postgresql",),
    triggers="A SECURITY DEFINER function without SET search_path.",
    harms=(
        "Names in it are looked up where the caller's search_path says: who may make a table or a"
        " function of that name anywhere runs it with the rights of the owner."
    ),
    instead="Say SET search_path = '' in the function, and write names in full.",
    bad="""\
CREATE TABLE logins (id bigint PRIMARY KEY);
CREATE FUNCTION logins_seen() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    AS 'SELECT count(*) FROM logins';""",
    good="""\
CREATE TABLE logins (id bigint PRIMARY KEY);
CREATE FUNCTION logins_seen() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS 'SELECT count(*) FROM public.logins';""",
    find=find,
)
