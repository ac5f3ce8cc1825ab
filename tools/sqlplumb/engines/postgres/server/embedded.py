"""A server of our own: on a socket in a private folder, as nobody where we are root, for as long as
this process lives.

A shell stands beside each server and reads from us: when we end, however that happens, it ends the
server and removes the folder. Where the shell was killed as well, the next server's start does so.
Owns processes and folders; must never know what databases are for.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import psycopg

from sqlplumb import cache
from sqlplumb.engines.postgres.server.connect import conninfo_of
from sqlplumb.engines.postgres.server.programs import Programs
from sqlplumb.errors import DatabaseFailed, Problem

SUPERUSER = "postgres"
_PREFIX = "sqlplumb-pg-"
_NOBODY = 65534
_PATIENCE = 60.0  # seconds until a server is ready, on a machine that is busy
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "40",
    "max_locks_per_transaction": "1024",
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}
# The server's first line comes from the shell itself; what ends the reading is our end.
_WATCH = """
"$@" </dev/null >log 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
cd / && rm -rf "$0"
"""


class EmbeddedServer:
    """A server that runs until `stop`, or until this process is gone."""

    def __init__(self, programs: Programs) -> None:
        _sweep()
        self.programs = programs
        self.folder, self._alive = _private_folder()
        try:
            _lay_out(programs, self.folder)
            self._watch = self._start()
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def conninfo(self) -> str:
        """Where a superuser enters."""
        return conninfo_of(f"postgresql://{SUPERUSER}@/template1", host=str(self.folder))

    def _start(self) -> subprocess.Popen[bytes]:
        programs = _reachable(self.programs, self.folder)
        options = [word for pair in _SETTINGS.items() for word in ("-c", "=".join(pair))]
        command = [programs.path("postgres"), "-D", "data", "-k", str(self.folder), *options]
        return subprocess.Popen(  # noqa: S603 (our own words, no shell reads them)
            ["/bin/sh", "-c", _WATCH, str(self.folder), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            pass_fds=[self._alive],
            start_new_session=True,  # an interrupt from the keyboard is for us
            **_as_nobody(),
        )

    def _wait_until_ready(self) -> None:
        state, log = self.folder / "data" / "postmaster.pid", self.folder / "log"
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            lines = state.read_text().splitlines() if state.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
            if log.exists() and (said := log.read_text("utf-8", "replace").strip()):
                raise _failed(said.partition("\n")[0])
            time.sleep(0.01)
        raise _failed(f"it was not ready after {_PATIENCE:g} s")

    def stop(self) -> None:
        """End the server and remove its folder; once more does nothing."""
        if watch := getattr(self, "_watch", None):
            assert watch.stdin
            watch.stdin.close()
            watch.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.close(self._alive)
            self._alive = -1


def _failed(said: str) -> DatabaseFailed:
    message = f"the scratch server of PostgreSQL does not start: {said}"
    return DatabaseFailed(Problem(message, "name another one: --scratch URL"))


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to be run by root."""
    if os.geteuid():
        return {}
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _place() -> Path:
    """Return the folder of temporary files; as root, one from which nobody may remove his own."""
    own = Path(tempfile.gettempdir())
    if os.geteuid() or (_is_open(own / "x") and own.stat().st_mode & stat.S_IWOTH):
        return own
    return next((place for place in map(Path, ("/tmp", "/var/tmp")) if place.is_dir()), own)  # noqa: S108 (each makes a private folder in it)


def _private_folder() -> tuple[Path, int]:
    """Return a new folder, and a lock on it that lives as long as we and the shell do."""
    place = Path(tempfile.mkdtemp(prefix="sqlplumb-new-", dir=_place()))
    alive = os.open(place / "alive", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(alive, fcntl.LOCK_EX)
    if not os.geteuid():
        os.chown(place, _NOBODY, _NOBODY)
    folder = place.with_name(place.name.replace("sqlplumb-new-", _PREFIX))
    place.rename(folder)  # from here on others may look whether we live
    return folder, alive


def _sweep() -> None:
    """Remove what is left of servers whose owners, and their shells, were killed."""
    for folder in _place().glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.stat().st_uid not in {os.geteuid(), _NOBODY if not os.geteuid() else -1}:
                continue
            with _lock(folder / "alive"):
                _end_server(folder)
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    """Raise OSError where somebody else holds it."""
    handle = os.open(file, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _end_server(folder: Path) -> None:
    """End the server of this folder, if one answers there: a number alone may be anybody's."""
    with suppress(OSError, ValueError, psycopg.Error):
        pid = int((folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        address = conninfo_of(f"postgresql://{SUPERUSER}@/template1", host=str(folder))
        with psycopg.connect(address):
            os.kill(pid, signal.SIGQUIT)
        while (folder / "data" / "postmaster.pid").exists() and _runs(pid):
            time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


# --------------------------------------------------------------------- a folder of data


def _lay_out(programs: Programs, folder: Path) -> None:
    """Make the folder of data: a copy of one that these programs have made before, if there is."""
    data, kept = folder / "data", _kept(programs)
    if kept is None or not kept.is_dir():
        _initialize(programs, folder)
        if kept is not None:
            _keep(data, kept)
        return
    shutil.copytree(kept, data)
    data.chmod(0o700)
    if not os.geteuid():
        for place, folders, files in os.walk(data):
            for name in (".", *folders, *files):
                os.chown(os.path.join(place, name), _NOBODY, _NOBODY)  # noqa: PTH118


def _kept(programs: Programs) -> Path | None:
    """Return where the user's cache holds a folder of data of these very programs."""
    place = cache.folder()
    if place is None:
        return None
    made_by = f"{programs.folder} {(programs.folder / 'postgres').stat().st_mtime_ns}"
    digest = blake2b(made_by.encode(), digest_size=6).hexdigest()
    return place.with_name("sqlplumb-postgres") / f"{programs.version}-{digest}"


def _keep(data: Path, kept: Path) -> None:
    """Two commands may do so at once: the first one wins."""
    with suppress(OSError):
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = kept.parent.stat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o022:
            return
        copy = Path(tempfile.mkdtemp(dir=kept.parent))
        try:
            shutil.copytree(data, copy, dirs_exist_ok=True)
            copy.rename(kept)
        except BaseException:
            shutil.rmtree(copy, ignore_errors=True)
            raise


def _initialize(programs: Programs, folder: Path) -> None:
    initdb = _reachable(programs, folder).path("initdb")
    common = ["-D", "data", "-U", SUPERUSER, "-A", "trust", "-N", "-E", "UTF8", "--wal-segsize=1"]
    said = b""
    for locale in ("C.UTF-8", "C"):
        done = subprocess.run(  # noqa: S603 (our own words)
            [initdb, *common, f"--locale={locale}"],
            capture_output=True,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            **_as_nobody(),
        )
        if not done.returncode:
            return
        said = done.stderr or done.stdout
    raise _failed(said.decode("utf-8", "replace").strip().partition("\n")[0])


def _reachable(programs: Programs, folder: Path) -> Programs:
    """Return programs that nobody may run: those of a folder that only root may enter are linked,
    or copied, beside the server's data."""
    if os.geteuid() or _is_open(programs.folder / "postgres"):
        return programs
    own = folder / "programs"
    if not own.exists():
        shutil.copytree(programs.whole, own, copy_function=_linked, symlinks=True)
        for place, _, _ in os.walk(own):
            os.chmod(place, 0o755)  # noqa: PTH101, S103
    return Programs(own / programs.folder.name, programs.version)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def _is_open(file: Path) -> bool:
    """May anybody enter all the folders on the way to it?"""
    folders = file.resolve().parents
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
