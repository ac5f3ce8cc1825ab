"""A Dask cluster that carries a fleet, for more databases than one machine can reach.

Its workers have sqlplumb, the project and the databases under the same paths. One that is lost
has its work done by another: what is done already is seen in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from sqlplumb.errors import DatabaseFailed, Problem, WrongInput

_PATIENCE = "10s"


@contextmanager
def cluster(scheduler: str) -> Iterator[tuple[Executor, int]]:
    """Whoever works there, and how many they are."""
    try:
        from distributed import Client
    except ImportError as error:
        hint = "pip install 'sqlplumb[dask]'"
        raise WrongInput(Problem("--scheduler needs Dask, which is not installed", hint)) from error
    try:
        client = Client(scheduler, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        hint = "is a scheduler there? It is written as tcp://host:8786"
        raise DatabaseFailed(Problem(f"{scheduler} cannot be reached: {error}", hint)) from error
    with client, client.get_executor(pure=False) as crew:  # type: ignore[no-untyped-call]
        hands = sum(client.nthreads().values())  # type: ignore[no-untyped-call]
        if not hands:
            message = f"the cluster at {scheduler} has no workers"
            raise DatabaseFailed(Problem(message, f"`dask worker {scheduler}` starts one"))
        yield crew, hands
