"""One database that is to be adopted, and the commands that are offered where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from shlex import quote

from sqlplumb.config import Settings
from sqlplumb.engines import Location, Progress, Source
from sqlplumb.errors import Problem, Refused
from sqlplumb.receipts import Adoption


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for; `revision` is the one that the database is said to be at. `whole`:
    all of the schemas is to be told, for a machine."""

    settings: Settings
    revision: str = ""
    wait: float = 30.0
    rehearse: bool = False
    whole: bool = False
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, slots=True)
class Case:
    """One database; `name` is what commands may call it, `label` what people may."""

    location: Location
    name: str
    wish: Wish

    @property
    def label(self) -> str:
        return self.location.label

    @property
    def table(self) -> str:
        return self.wish.settings.version_table


def unadopted(live: Source, table: str) -> None:
    """It has tables, and names no revision."""
    if at := live.at(table):
        message = f"{live.label}: it is adopted already: it is at {' and '.join(at)}"
        raise Refused(Problem(message, "`sqlplumb apply` brings it on from there"))
    if not live.texts.keys() - {table}:
        message = f"{live.label}: it is empty: there is nothing to adopt"
        raise Refused(Problem(message, "`sqlplumb apply` fills it from the first revision on"))


def refused(
    said: Adoption, message: str, hint: str = "", ways: Sequence[tuple[str, str]] = ()
) -> Adoption:
    problem = Problem(f"{said.database}: not adopted: {message}", hint)
    return replace(said, outcome="not adopted", problem=problem, ways=tuple(ways))


def stamping(case: Case, revision: str) -> tuple[str, str]:
    command = f"sqlplumb adopt {quote(case.name)} --as {revision}"
    return command, f"says that it is at {revision}"


def mending(case: Case, revision: str) -> tuple[tuple[str, str], ...]:
    url = quote(case.name)
    return (
        (
            f"sqlplumb adopt {url} --as {revision} --revise",
            f"writes a proved revision that leads to {revision} from what it is",
        ),
        (
            f"sqlplumb diff {url} history@{revision} --format sql",
            "the same as a script, for SQLite's own client",
        ),
    )
