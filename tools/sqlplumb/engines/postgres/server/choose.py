"""Which server takes the scratch of a comparison: the one that is named, the target's own where it
is on this machine, or one that is started here. Each is opened once and closed when we end.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Sequence
from contextlib import closing, suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sqlplumb.engines.postgres.server.connect import Connection, connect, conninfo_of, is_local
from sqlplumb.engines.postgres.server.embedded import EmbeddedServer
from sqlplumb.engines.postgres.server.programs import find_programs
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.values import dataclass

TARGET = "target"  # as `scratch` is written


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """The live database on the other side: what opens it, and its version as libpq says it."""

    conninfo: str
    label: str
    version: int

    @property
    def major(self) -> int:
        return self.version // 10000

    @property
    def server(self) -> str:
        """Where it is, whatever the database is called."""
        known = conninfo_to_dict(self.conninfo)
        return repr([known.get(name) for name in ("host", "hostaddr", "port", "user")])


class Servers:
    """The servers that are open in this process."""

    def __init__(self) -> None:
        self._open: dict[object, ScratchServer] = {}
        self._embedded: list[EmbeddedServer] = []
        self.target: ComparedWith | None = None  # the live database that is open
        self._latest: tuple[str, ComparedWith | None] = ("", None)
        atexit.register(self.close)

    def choose(self, written: str, target: ComparedWith | None) -> ScratchServer:
        """Return the server for a scratch, as the settings have `written` it."""
        self._latest = written, target
        if written and written != TARGET:
            server = self._named(written)
            _refuse_other_major(server, target)
            return server
        if target and (written == TARGET or is_local(target.conninfo)):
            with suppress(PlumbError):  # it takes no more connections, or the like
                server = self._of_target(target)
                if server.rights.make_databases:
                    return server
            if written == TARGET:
                message = f"{target.label}: its role may make no databases there"
                advice = "grant it CREATEDB, or name another server: --scratch URL"
                raise WrongInput(Problem(message, advice))
        return self.embedded(target.major if target else 0)

    def identity(self, written: str, target: ComparedWith | None) -> str:
        """Return what tells the server of a scratch apart, for what is remembered of it; none is
        started for that."""
        self._latest = written, target
        if written and written != TARGET:
            server = self.choose(written, target)
            return f"{server.version} {server.label}"
        if target and (written == TARGET or is_local(target.conninfo)):
            return f"{target.version} {target.server}"
        programs = find_programs(target.major if target else 0)
        return f"{programs.version} {programs.folder}"

    def version(self, written: str, target: ComparedWith | None) -> tuple[int, ...]:
        """Return the version of the server of a scratch, as (15, 18); none is started for that."""
        said = self.identity(written, target).partition(" ")[0]
        numbers = [int(number) for number in re.findall(r"\d+", said)]
        is_of_libpq = len(numbers) == 1 and numbers[0] >= 10000  # 150018
        return divmod(numbers[0], 10000) if is_of_libpq else (numbers[0], *numbers[1:2])

    def latest(self) -> ScratchServer:
        """Return the server of what was read last, whether it had to be started for that or not."""
        return self.choose(*self._latest)

    def _named(self, url: str) -> ScratchServer:
        conninfo, label = conninfo_of(url), without_password(url)
        local = is_local(conninfo)
        return self._once(conninfo, lambda: ScratchServer(conninfo, label, roles_allowed=local))

    def _of_target(self, target: ComparedWith) -> ScratchServer:
        local = is_local(target.conninfo)
        return self._once(
            target.conninfo,
            lambda: ScratchServer(target.conninfo, target.label, roles_allowed=local),
        )

    def embedded(self, major: int = 0) -> ScratchServer:
        """Return a server that is started here, of this major version; of any, of the first that
        is found."""
        programs = find_programs(major)

        def start() -> ScratchServer:
            embedded = EmbeddedServer(programs)
            self._embedded.append(embedded)
            label = f"the scratch server, PostgreSQL {programs.version}"
            return ScratchServer(embedded.conninfo, label, roles_allowed=True, is_ours=True)

        return self._once(programs, start)

    def _once(self, key: object, start: Callable[[], ScratchServer]) -> ScratchServer:
        if key not in self._open:
            self._open[key] = start()
        return self._open[key]

    def close(self) -> None:
        """Drop everything that was made, and end what was started."""
        for server in self._open.values():
            if not self._is_ours(server):  # what is started here goes as a whole
                server.close()
        for embedded in self._embedded:
            embedded.stop()
        self._open, self._embedded = {}, []

    def _is_ours(self, server: ScratchServer) -> bool:
        return any(str(each.folder) in server.conninfo for each in self._embedded)


def _refuse_other_major(server: ScratchServer, target: ComparedWith | None) -> None:
    """What is the same reads differently where another version prints it."""
    if target and server.major != target.major:
        message = f"{target.label} is PostgreSQL {target.major}, and the scratch {server.label}"
        message += f" is {server.major}: two versions print one schema in two ways"
        raise WrongInput(Problem(message, f"name a scratch of PostgreSQL {target.major}"))


SERVERS = Servers()


def compared_with(connection: Connection, url: str) -> ComparedWith:
    """Return what a scratch must know of the database behind an open connection."""
    label = without_password(url)
    return ComparedWith(conninfo_of(url), label, connection.info.server_version)


def first_that_answers(urls: Sequence[str]) -> ComparedWith | None:
    """Return the first of these databases that can be opened; whoever needs one will be told why it
    cannot."""
    for url in urls:
        if url.startswith("postgresql"):
            with suppress(PlumbError, psycopg.Error), closing(connect(conninfo_of(url))) as opened:
                return compared_with(opened, url)
    return None
