"""PostgreSQL's own library, without the driver that brings it: to import psycopg takes longer than
to hear from a server that a schema is as it was.

Only what is asked on that road is here: how a URL is understood, and questions that are answered
by texts. Whoever gets no answer asks again through the driver, which tells what is wrong. Must
never change a database.
"""

from __future__ import annotations

import ctypes
import select
import sys
import time
from collections.abc import Mapping, Sequence
from ctypes import POINTER, c_char_p, c_int, c_void_p
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PLACES = ("../psycopg_binary.libs", ".dylibs")  # in a wheel, from its package
_PATIENCE = 10.0  # seconds, to be let in
_FAILED, _READING, _WRITING, _OK = 0, 1, 2, 3  # PostgresPollingStatusType
_BAD = 1  # ConnStatusType
_NO_ROWS, _ROWS = 1, 2  # ExecStatusType
_HEARD = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)
_pass_over = _HEARD(lambda *_: None)  # what the library would write to stderr


class _Option(ctypes.Structure):
    """One parameter of a connection (PQconninfoOption)."""

    _fields_ = (
        ("keyword", c_char_p),
        ("envvar", c_char_p),
        ("compiled", c_char_p),
        ("val", c_char_p),
        ("label", c_char_p),
        ("dispchar", c_char_p),
        ("dispsize", c_int),
    )


_FUNCTIONS: Mapping[str, tuple[Any, Sequence[Any]]] = {
    "PQconninfoParse": (POINTER(_Option), [c_char_p, POINTER(c_char_p)]),
    "PQconninfoFree": (None, [POINTER(_Option)]),
    "PQconnectStart": (c_void_p, [c_char_p]),
    "PQconnectPoll": (c_int, [c_void_p]),
    "PQstatus": (c_int, [c_void_p]),
    "PQsocket": (c_int, [c_void_p]),
    "PQserverVersion": (c_int, [c_void_p]),
    "PQparameterStatus": (c_char_p, [c_void_p, c_char_p]),
    "PQsetNoticeProcessor": (c_void_p, [c_void_p, _HEARD, c_void_p]),
    "PQsendQuery": (c_int, [c_void_p, c_char_p]),
    "PQconsumeInput": (c_int, [c_void_p]),
    "PQisBusy": (c_int, [c_void_p]),
    "PQgetResult": (c_void_p, [c_void_p]),
    "PQresultStatus": (c_int, [c_void_p]),
    "PQntuples": (c_int, [c_void_p]),
    "PQnfields": (c_int, [c_void_p]),
    "PQgetvalue": (c_char_p, [c_void_p, c_int, c_int]),
    "PQgetisnull": (c_int, [c_void_p, c_int, c_int]),
    "PQclear": (None, [c_void_p]),
    "PQfinish": (None, [c_void_p]),
}


class NoAnswer(Exception):
    """The driver will say why."""


def library() -> Any:
    """Return the library; None where the driver is imported already, and costs nothing more."""
    return None if "psycopg" in sys.modules else load()


@cache
def load() -> Any:
    """Return the library in the wheel of the driver; None where there is none that is known."""
    spec = find_spec("psycopg_binary")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in (file for place in _PLACES for file in Path(folder, place).glob("libpq[-.]*")):
            try:
                return _declared(ctypes.CDLL(str(file.resolve())))
            except (OSError, AttributeError):  # it is of another system, or very old
                continue
    return None


def _declared(loaded: Any) -> Any:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


def parsed(written: str) -> dict[str, str]:
    """Return the parameters of a connection that a URL, or a text of theirs, names. What cannot be
    read is a ValueError."""
    lib = library()
    if lib is None:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            return {name: str(value) for name, value in conninfo_to_dict(written).items()}
        except ProgrammingError as error:
            raise ValueError(str(error)) from None
    if "\0" in written:
        raise ValueError("it holds a character that no address has")
    said = c_char_p()
    options = lib.PQconninfoParse(written.encode(), ctypes.byref(said))
    if not options:
        raise ValueError((said.value or b"").decode(errors="replace"))
    found = {}
    for option in options:
        if option.keyword is None:
            break
        if option.val is not None:
            found[option.keyword.decode()] = option.val.decode()
    lib.PQconninfoFree(options)
    return found


class Session:
    """A connection that is asked for texts."""

    def __init__(self, lib: Any, conninfo: str) -> None:
        """Raise NoAnswer where it cannot be opened."""
        self._lib = lib
        self._connection = lib.PQconnectStart(conninfo.encode())
        try:
            self._connect()
        except BaseException:
            self.close()
            raise
        self.version: int = lib.PQserverVersion(self._connection)
        self.is_superuser = lib.PQparameterStatus(self._connection, b"is_superuser") == b"on"

    def _connect(self) -> None:
        until = time.monotonic() + _PATIENCE
        if not self._connection or self._lib.PQstatus(self._connection) == _BAD:
            raise NoAnswer
        self._lib.PQsetNoticeProcessor(self._connection, _pass_over, None)
        waits_for = _WRITING
        while waits_for != _OK:
            if waits_for == _FAILED or time.monotonic() > until:
                raise NoAnswer
            self._wait(waits_for)
            waits_for = self._lib.PQconnectPoll(self._connection)

    def _wait(self, waits_for: int) -> None:
        """Wait as Python does: whoever sends a signal is heard."""
        socket = self._lib.PQsocket(self._connection)
        reading, writing = ([socket] if waits_for == way else [] for way in (_READING, _WRITING))
        try:
            select.select(reading, writing, (), _PATIENCE)
        except (OSError, ValueError):  # too many files are open for it
            raise NoAnswer from None

    def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """Return the rows of the last statement. Where one of them fails, raise NoAnswer: then no
        more is answered."""
        lib = self._lib
        if not lib.PQsendQuery(self._connection, sql.encode()):
            raise NoAnswer
        rows: list[tuple[str | None, ...]] = []
        while True:
            while lib.PQisBusy(self._connection):
                self._wait(_READING)
                if not lib.PQconsumeInput(self._connection):
                    raise NoAnswer
            result = lib.PQgetResult(self._connection)
            if not result:
                return rows
            rows = self._rows(result)

    def _rows(self, result: Any) -> list[tuple[str | None, ...]]:
        lib = self._lib
        try:
            if lib.PQresultStatus(result) not in (_NO_ROWS, _ROWS):
                raise NoAnswer
            fields = range(lib.PQnfields(result))
            return [
                tuple(
                    None
                    if lib.PQgetisnull(result, row, field)
                    else lib.PQgetvalue(result, row, field).decode()
                    for field in fields
                )
                for row in range(lib.PQntuples(result))
            ]
        finally:
            lib.PQclear(result)

    def close(self) -> None:
        if self._connection:
            self._lib.PQfinish(self._connection)
            self._connection = None
