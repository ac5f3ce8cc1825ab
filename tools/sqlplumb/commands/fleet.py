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
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Any

from sqlplumb.commands.apply import apply, not_begun
from sqlplumb.commands.pending import HistoryCache, cache_of
from sqlplumb.commands.upgrade_job import ApplyOptions
from sqlplumb.errors import DatabaseFailed, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.receipts import Receipt

_CLUSTER_WAIT = "10s"
_AGAIN = "look at this database and run it again: it goes on from where it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`canary` databases come first, one by one, and all must do; `stop_after` so many that failed
    nothing new is begun. 0: never."""

    jobs: int = 1
    canary: int = 0
    stop_after: int = 0


def fleet(
    urls: Sequence[str], options: ApplyOptions, pace: Pace, executor: Executor | None = None
) -> Iterator[Receipt]:
    """A receipt for each database that was begun, as it is done."""
    if len(urls) == 1 and not executor:
        yield apply(urls[0], options)
        return
    with _crew(pace, len(urls), executor) as crew:
        first, rest = urls[: pace.canary], urls[pace.canary :]
        for receipt in _worked(first, options, crew, replace(pace, jobs=1, stop_after=1)):
            yield receipt
            if receipt.error:
                return
        yield from _worked(rest, options, crew, pace)


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


def _worked(
    urls: Sequence[str], options: ApplyOptions, crew: Executor, pace: Pace
) -> Iterator[Receipt]:
    ahead = iter(urls)
    running: dict[Future[Receipt], str] = {}
    failed, light = 0, replace(options, cache=HistoryCache())  # what was tried is full of modules
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
        return _faulty(url, error, f"a process was ended that worked at it or beside it; {_AGAIN}")
    except Exception as error:
        return _faulty(url, error, _AGAIN)


def _one(url: str, options: ApplyOptions) -> Receipt:
    """Each process remembers the history."""
    return apply(url, replace(options, cache=cache_of(options.settings)))


def _faulty(url: str, error: BaseException, hint: str) -> Receipt:
    """Whatever else ended it, the others go on."""
    said = f"{type(error).__name__}: {without_password(str(error))}".rstrip(": ")
    message = f"{without_password(url)}: it was not finished: {said}"
    return not_begun(url, DatabaseFailed(Problem(message, hint)))


@contextmanager
def cluster(scheduler: str) -> Iterator[tuple[Executor, int]]:
    """A Dask cluster that carries a fleet, for more databases than one machine can reach: whoever
    works there, and how many they are. Its workers have sqlplumb, the project and the databases
    under the same paths. One that is lost has its work done by another: what is done already is
    seen in the database."""
    try:
        from distributed import Client
    except ImportError as error:
        hint = "pip install 'sqlplumb[dask]'"
        raise WrongInput(Problem("--scheduler needs Dask, which is not installed", hint)) from error
    try:
        client = Client(scheduler, timeout=_CLUSTER_WAIT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        hint = "is a scheduler there? It is written as tcp://host:8786"
        raise DatabaseFailed(Problem(f"{scheduler} cannot be reached: {error}", hint)) from error
    with client, client.get_executor(pure=False) as crew:  # type: ignore[no-untyped-call]
        hands = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
        if not hands:
            message = f"the cluster at {scheduler} has no workers"
            raise DatabaseFailed(Problem(message, f"`dask worker {scheduler}` starts one"))
        yield crew, hands
