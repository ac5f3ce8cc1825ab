"""Many databases in one call: a few first, then several at a time, and an end where too much fails.

What is done is known from the databases themselves: a second call does what the first one did not.
Whatever is an executor can carry it; Alembic does one thing at a time in a process, so processes
carry more than threads do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Any

from sqlplumb.commands.applying.applied import applied, faulty
from sqlplumb.commands.applying.course import Wish
from sqlplumb.commands.applying.memory import Memory, memory_of
from sqlplumb.receipts import Receipt

_AGAIN = "look at this database and run it again: it goes on from where it is"


@dataclass(frozen=True, slots=True)
class Pace:
    """`canary` databases come first, one by one, and all must do; `stop_after` so many that failed
    nothing new is begun. 0: never."""

    jobs: int = 1
    canary: int = 0
    stop_after: int = 0


def fleet(
    urls: Sequence[str], wish: Wish, pace: Pace, executor: Executor | None = None
) -> Iterator[Receipt]:
    """A receipt for each database that was begun, as it is done."""
    if len(urls) == 1 and not executor:
        yield applied(urls[0], wish)
        return
    with _crew(pace, len(urls), executor) as crew:
        first, rest = urls[: pace.canary], urls[pace.canary :]
        for receipt in _worked(first, wish, crew, replace(pace, jobs=1, stop_after=1)):
            yield receipt
            if receipt.error:
                return
        yield from _worked(rest, wish, crew, pace)


def _crew(pace: Pace, count: int, executor: Executor | None) -> AbstractContextManager[Executor]:
    if executor:
        return nullcontext(executor)
    if min(pace.jobs, count) <= 1:
        return _Here()
    # A fork would copy the locks of threads that it leaves behind.
    return ProcessPoolExecutor(pace.jobs, get_context("spawn"), _begin)


def _begin() -> None:
    """In a process of ours: what a project's own code prints is no answer. And it ends with whoever
    began it, who may be killed: what is not committed then, SQLite rolls back."""
    sys.stdout = sys.stderr
    parent = parent_process()
    if parent:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(parent: int) -> None:
    connection.wait([parent])
    os._exit(1)


class _Here(Executor):
    """Nobody else: at once, in this process."""

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*words, **named))
        except Exception as error:
            done.set_exception(error)
        return done


def _worked(urls: Sequence[str], wish: Wish, crew: Executor, pace: Pace) -> Iterator[Receipt]:
    ahead = iter(urls)
    running: dict[Future[Receipt], str] = {}
    failed, light = 0, replace(wish, memory=Memory())  # what was tried is full of modules
    while True:
        if not (pace.stop_after and failed >= pace.stop_after):
            for url in islice(ahead, max(1, pace.jobs) - len(running)):
                try:
                    running[crew.submit(_one, url, light)] = url
                except BrokenExecutor:  # those that it has already are told below
                    ahead = iter(())
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            receipt = _ended(future, running.pop(future))
            failed += bool(receipt.error)
            yield receipt


def _ended(future: Future[Receipt], url: str) -> Receipt:
    try:
        return future.result()
    except BrokenExecutor as error:
        return faulty(url, error, f"a process was ended that worked at it or beside it; {_AGAIN}")
    except Exception as error:
        return faulty(url, error, _AGAIN)


def _one(url: str, wish: Wish) -> Receipt:
    """Each process remembers the history."""
    return applied(url, replace(wish, memory=memory_of(wish.settings)))
