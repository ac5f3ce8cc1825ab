"""Ask the server: what an expression is, which values satisfy a condition, which rows it takes.

Many questions go in one call; each is asked in a subtransaction of its own, so that what the server
refuses costs nothing but its answer. Must never make up a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakSet

import psycopg

from sqlplumb.engines.postgres.scratch.rows.shape import Connection

_MOST_SECONDS = 20  # of one call, for a function in a rule may never end
_SETTINGS = "SET timezone = 'UTC'; SET client_min_messages = error; SET jit = off"
_PREPARED = WeakSet[Connection]()  # connections that have the functions below
_ASK = """
    CREATE OR REPLACE FUNCTION pg_temp.sqlplumb_ask(queries text[])
    RETURNS TABLE (number integer, answer text[]) LANGUAGE plpgsql AS $$
    BEGIN
        FOR place IN 1 .. coalesce(array_length(queries, 1), 0) LOOP
            number := place;
            BEGIN
                FOR answer IN EXECUTE queries[place] LOOP
                    RETURN NEXT;
                END LOOP;
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        END LOOP;
    END $$
"""
_TRY = """
    CREATE OR REPLACE FUNCTION pg_temp.sqlplumb_try(statements text[], enough integer)
    RETURNS TABLE (taken integer, refused text) LANGUAGE plpgsql AS $$
    DECLARE
        changed bigint;
    BEGIN
        taken := 0;
        FOR number IN 1 .. coalesce(array_length(statements, 1), 0) LOOP
            EXIT WHEN taken >= enough;
            BEGIN
                EXECUTE statements[number];
                GET DIAGNOSTICS changed = ROW_COUNT;
                taken := taken + least(changed, 1);
            EXCEPTION WHEN OTHERS THEN
                refused := SQLERRM;
            END;
        END LOOP;
        RETURN NEXT;
    END $$
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """How many of some statements were taken, and what the server said of the last that was not."""

    taken: int
    refused: str = ""


class Asker:
    """Asks on one connection, which commits by itself."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.execute(f"SET statement_timeout = '{_MOST_SECONDS}s'; {_SETTINGS}".encode())
        if connection not in _PREPARED:
            connection.execute(f"{_ASK}; {_TRY}".encode())
            _PREPARED.add(connection)

    def ask(self, queries: Sequence[str]) -> list[list[list[str | None]]]:
        """Return the rows that answer each query, which yields arrays of texts; none of one that
        the server refuses."""
        answers: list[list[list[str | None]]] = [[] for _ in queries]
        if queries:
            query = "SELECT number, answer FROM pg_temp.sqlplumb_ask(%s)"
            try:
                found = self.connection.execute(query, (list(queries),)).fetchall()
            except psycopg.errors.QueryCanceled:
                return answers
            for number, answer in found:
                answers[number - 1].append(answer)
        return answers

    def run(self, statements: Sequence[str], enough: int) -> Tried:
        """Run these until `enough` of them were taken, each for itself."""
        if not statements:
            return Tried(0)
        query = "SELECT taken, refused FROM pg_temp.sqlplumb_try(%s, %s)"
        try:
            row = self.connection.execute(query, (list(statements), enough)).fetchone()
        except psycopg.Error as error:  # it took too long, or a constraint is looked at later
            return Tried(0, str(error.diag.message_primary or error))
        return Tried(row[0], row[1] or "") if row else Tried(0)
