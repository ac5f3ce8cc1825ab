"""Many databases in one call: a few first, then several at a time, and an end where too much fails.

What is done is known from the databases themselves: a second call does what the first one did not.
Alembic knows one working folder for each process, so that several at a time are several processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace

from sqlplumb.journeys.applied import applied
from sqlplumb.journeys.course import Wish
from sqlplumb.receipts import Receipt

_MOST = 16  # databases that a process takes at once; each revision is tried once for them


@dataclass(frozen=True, slots=True)
class Pace:
    """`canary` databases come first, alone, and all must do; `stop_after` so many that failed
    nothing new is begun. 0: never."""

    jobs: int = 1
    canary: int = 0
    stop_after: int = 0


def fleet(urls: Sequence[str], wish: Wish, pace: Pace) -> Iterator[Receipt]:
    """A receipt for each database that was begun, as it is done."""
    first, rest = urls[: pace.canary], urls[pace.canary :]
    for receipt in _one_by_one(first, wish, 1):
        yield receipt
        if receipt.error:
            return
    if pace.jobs <= 1 or len(rest) <= 1:
        yield from _one_by_one(rest, wish, pace.stop_after)
    else:
        yield from _at_once(rest, wish, pace)


def _one_by_one(urls: Sequence[str], wish: Wish, stop_after: int) -> Iterator[Receipt]:
    failed = 0
    for url in urls:
        receipt = applied(url, wish)
        failed += bool(receipt.error)
        yield receipt
        if stop_after and failed >= stop_after:
            return


def _at_once(urls: Sequence[str], wish: Wish, pace: Pace) -> Iterator[Receipt]:
    size = 1 if pace.stop_after else max(1, min(_MOST, len(urls) // (4 * pace.jobs)))
    batches = (urls[at : at + size] for at in range(0, len(urls), size))
    alone = replace(wish, memory={})  # what was tried is full of modules, which cannot travel
    running: set[Future[list[Receipt]]] = set()
    failed = 0
    with ProcessPoolExecutor(pace.jobs) as pool:
        while True:
            going = not (pace.stop_after and failed >= pace.stop_after)
            while going and len(running) < pace.jobs and (batch := next(batches, None)):
                running.add(pool.submit(_batch, batch, alone))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for receipt in (one for future in done for one in future.result()):
                failed += bool(receipt.error)
                yield receipt


def _batch(urls: Sequence[str], wish: Wish) -> list[Receipt]:
    return [applied(url, wish) for url in urls]
