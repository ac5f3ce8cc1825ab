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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import Any

from sqlplumb.commands.apply import apply, not_begun
from sqlplumb.commands.upgrade_job import ApplyOptions, HistoryCache, cache_of
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
    urls: Sequence[str], options: ApplyOptions, pace: Pace, *, executor: Executor | None = None
) -> Iterator[Receipt]:
    """Yield a receipt for each database that was begun, as it is done."""
    if len(urls) == 1 and not executor:
        yield apply(urls[0], options)
        return
    with nullcontext(executor) if executor else _executor(pace, len(urls)) as carrier:
        canaries, rest = urls[: pace.canary], urls[pace.canary :]
        one_by_one = replace(pace, jobs=1, stop_after=1)
        for receipt in _carry_out(canaries, options, one_by_one, executor=carrier):
            yield receipt
            if receipt.error:
                return
        yield from _carry_out(rest, options, pace, executor=carrier)


def _executor(pace: Pace, count: int) -> Executor:
    if min(pace.jobs, count) <= 1:
        return _InThisProcess()
    # A fork would copy the locks of threads that it leaves behind.
    return ProcessPoolExecutor(pace.jobs, get_context("spawn"), _begin_process)


def _begin_process() -> None:
    """Send to stderr what a project's own code prints, and end with whoever began this process.

    That one may be killed: what is not committed then, the database rolls back.
    """
    sys.stdout = sys.stderr
    parent = parent_process()
    if parent:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(parent: int) -> None:
    connection.wait([parent])
    os._exit(1)


class _InThisProcess(Executor):
    """Do the work at once, in this process."""

    def submit(self, work: Callable[..., Any], /, *values: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*values, **named))
        except Exception as error:
            done.set_exception(error)
        return done


def _carry_out(
    urls: Sequence[str], options: ApplyOptions, pace: Pace, *, executor: Executor
) -> Iterator[Receipt]:
    waiting = iter(urls)
    running: dict[Future[Receipt], str] = {}
    failed = 0
    options = replace(options, cache=HistoryCache())  # what was tried is full of modules
    while True:
        if not (pace.stop_after and failed >= pace.stop_after):
            for url in islice(waiting, max(1, pace.jobs) - len(running)):
                try:
                    running[executor.submit(_apply, url, options)] = url
                except BrokenExecutor:  # those that it has already are told below
                    waiting = iter(())
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            receipt = _receipt_of(future, running.pop(future))
            failed += bool(receipt.error)
            yield receipt


def _apply(url: str, options: ApplyOptions) -> Receipt:
    """Upgrade one database with what this process remembers of the history."""
    return apply(url, replace(options, cache=cache_of(options.settings)))


def _receipt_of(future: Future[Receipt], url: str) -> Receipt:
    """Return its receipt; whatever else ended it, the others go on."""
    try:
        return future.result()
    except Exception as error:
        advice = _AGAIN
        if isinstance(error, BrokenExecutor):
            advice = f"a process was ended that worked at it or beside it; {_AGAIN}"
        reason = f"{type(error).__name__}: {without_password(str(error))}".rstrip(": ")
        message = f"{without_password(url)}: it was not finished: {reason}"
        return not_begun(url, DatabaseFailed(Problem(message, advice)))


@contextmanager
def cluster(scheduler: str) -> Iterator[tuple[Executor, int]]:
    """Yield the executor of a Dask cluster, and how many workers it has.

    For more databases than one machine can reach. The workers have sqlplumb, the project and the
    databases under the same paths. One that is lost has its work done by another: what is done
    already is seen in the database.
    """
    try:
        from distributed import Client
    except ImportError as error:
        advice = "pip install 'sqlplumb[dask]'"
        raise WrongInput(
            Problem("--scheduler needs Dask, which is not installed", advice)
        ) from error
    try:
        client = Client(scheduler, timeout=_CLUSTER_WAIT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        advice = "is a scheduler there? It is written as tcp://host:8786"
        raise DatabaseFailed(Problem(f"{scheduler} cannot be reached: {error}", advice)) from error
    with client, client.get_executor(pure=False) as executor:  # type: ignore[no-untyped-call]
        workers = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
        if not workers:
            message = f"the cluster at {scheduler} has no workers"
            raise DatabaseFailed(Problem(message, f"`dask worker {scheduler}` starts one"))
        yield executor, workers
