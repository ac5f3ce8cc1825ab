"""What rules read of traces: which tables wait, how many rows they hold, what a statement is about.

Locks, rewrites and scans are measured; only the purpose of a statement is read from its words.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.engines.statements import Ran, TableLock, Trace
from sqlplumb.errors import on_one_line

_SHOWN = 60


def words_of(statement: str) -> list[str]:
    return [token.upper for token in lex(statement)]


def has(words: list[str], *sought: str) -> bool:
    """Do these words stand there, one behind another?"""
    length = len(sought)
    return any(tuple(words[at : at + length]) == sought for at in range(len(words)))


def shown(trace: Trace) -> str:
    return on_one_line(trace.statement, _SHOWN)


def waiting(ran: Ran) -> Iterator[tuple[Trace, TableLock]]:
    """Yield each lock that lets somebody wait, and its statement."""
    for trace in ran.traces:
        yield from ((trace, lock) for lock in trace.locks if lock.blocks)


def is_small(table: str, ran: Ran) -> bool:
    """Is it known that a table holds few rows?"""
    rows = ran.rows(table)
    return rows is not None and rows < ran.large
