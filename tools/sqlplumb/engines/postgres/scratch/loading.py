"""Load statements into an empty database, and tell what the server says at the place in the file.

Some hundred statements are sent at once: one transaction for all of them grows slow, one for each
is slow. What the server refuses is sent again one by one, for then it is known which statement it
is; and some are only refused in company. Must never read a schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors

from sqlplumb import limits
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.postgres.scratch.allowed import Statement, line_of
from sqlplumb.engines.postgres.server.connect import Connection
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import DatabaseFailed, Problem, WrongInput

_BATCH = 300  # statements
_BATCH_BYTES = 200_000
_BEFORE_ROLE = frozenset(("TO", "FROM", "AUTHORIZATION", "ROLE", "USER", "BY", ",", "GROUP"))
_NAMES_A_ROLE = (errors.UndefinedObject, errors.InvalidParameterValue)


class Loader:
    """Loads files into the database behind a connection, which is empty."""

    def __init__(
        self, server: ScratchServer, connection: Connection, files: Mapping[str, str]
    ) -> None:
        self.server, self.connection, self.files = server, connection, files
        self.in_transaction = (
            connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
        )

    def load(self, statements: Sequence[Statement], roles: Sequence[str] = ()) -> None:
        """Raises WrongInput for the first statement that the server refuses."""
        for role in roles:
            self.server.make_role(role)
        for batch in _batches(statements):
            try:
                with self._all_or_nothing():
                    self.connection.execute(_joined(batch))
            except psycopg.Error as error:
                _raise_if_gone(self.server, error)
                self._load_one_by_one(batch)
        self.connection.execute("RESET SESSION AUTHORIZATION; RESET ALL")

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Undo a string of statements of which one was refused."""
        if self.in_transaction:
            self.connection.execute("SAVEPOINT sqlplumb_load")
        try:
            yield
        except psycopg.Error:
            if self.in_transaction:
                self.connection.execute("ROLLBACK TO SAVEPOINT sqlplumb_load")
            elif self.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self.connection.execute("ROLLBACK")  # of a BEGIN in the file
            raise
        if self.in_transaction:
            self.connection.execute("RELEASE SAVEPOINT sqlplumb_load")

    def _load_one_by_one(self, batch: Sequence[Statement]) -> None:
        for statement in batch:
            limits.current().doing = statement.text
            try:
                self._run(statement)
            except psycopg.Error as error:
                _raise_if_gone(self.server, error)
                raise WrongInput(self._explain(statement, error)) from None

    def _run(self, statement: Statement) -> None:
        """Run one statement; make the roles that it names, where that is allowed."""
        missing = ""
        while True:
            try:
                with self._all_or_nothing():
                    self.connection.execute(_sent(statement))
                return
            except _NAMES_A_ROLE as error:
                if _verb(statement) == "SET" and isinstance(error, errors.UndefinedObject):
                    return  # a parameter that a dump of a newer version sets
                role = _role_missing(statement, error)
                if not role or role == missing or not self.server.make_role(role):
                    raise
                missing = role

    def _explain(self, statement: Statement, error: psycopg.Error) -> Problem:
        said = error.diag
        message = (said.message_primary or str(error)).partition("\n")[0]
        offset = statement.piece.start
        if said.statement_position:
            offset += min(int(said.statement_position) - 1, len(statement.text))
        text = self.files[statement.file]
        advice = self._advice(statement, error) or said.message_hint or said.message_detail or ""
        place, excerpt = statement.places(offset), line_of(text, offset)
        return Problem(message, advice.replace("\n", " "), place=place, excerpt=excerpt)

    def _advice(self, statement: Statement, error: psycopg.Error) -> str:
        words = [token.upper for token in lex(statement.text)][:2]
        is_lacking = isinstance(error, errors.FeatureNotSupported | errors.UndefinedFile)
        if words == ["CREATE", "EXTENSION"] and is_lacking:
            return (
                f"{self.server.label} does not have it: name one that has, as"
                ' --scratch URL or scratch = "env:..." in [tool.sqlplumb]'
            )
        if _role_missing(statement, error):
            return (
                f"roles belong to a whole server, and none is made on {self.server.label}: make it"
                " there, or leave --scratch out"
            )
        if isinstance(error, errors.ActiveSqlTransaction) and self.in_transaction:
            return f"{self.server.label} has no right to make a database: give it CREATEDB"
        return ""


def _raise_if_gone(server: ScratchServer, error: psycopg.Error) -> None:
    """What is no answer to a statement is a failure of the server."""
    if isinstance(error, psycopg.OperationalError) and not error.sqlstate:
        message = f"{server.label} is gone: {str(error).strip()}".partition("\n")[0]
        raise DatabaseFailed(Problem(message, "nothing of yours was changed")) from None


def _sent(statement: Statement) -> bytes:
    return statement.text.encode()


def _joined(batch: Sequence[Statement]) -> bytes:
    """A comment at the end of a statement would swallow the semicolon."""
    return "\n;".join(statement.text for statement in batch).encode()


def _batches(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    """A BEGIN and what follows to its COMMIT stays together."""
    batch: list[Statement] = []
    size, is_open = 0, False
    for statement in statements:
        verb = _verb(statement)
        begins = verb in ("BEGIN", "START")
        if batch and not is_open and (begins or len(batch) >= _BATCH or size >= _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(statement)
        size += len(statement.text)
        is_open = begins or (is_open and verb not in ("COMMIT", "END"))
        if verb in ("COMMIT", "END"):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _verb(statement: Statement) -> str:
    first = next(lex(statement.text), None)
    return first.upper if first else ""


def _role_missing(statement: Statement, error: psycopg.Error) -> str:
    """Return the role that the server does not know, and that the statement names where a role
    stands."""
    if not isinstance(error, _NAMES_A_ROLE):
        return ""
    said, before = error.diag.message_primary or "", ""
    for token in lex(statement.text):
        if token.is_name and before in _BEFORE_ROLE and f'"{token.name}"' in said:
            return token.name
        before = token.upper or token.text
    return ""
