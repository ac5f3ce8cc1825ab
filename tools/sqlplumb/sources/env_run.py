"""The project's own env.py on a scratch, in a child process that can reach nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlplumb.config import Settings
from sqlplumb.engines import Named, Scratch
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.sources import env_child
from sqlplumb.sources.alembic_files import alembic_config
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.operations import OperationLog

_WAY_OUT = (
    "let env.py take the URL from config.get_main_option('sqlalchemy.url'), or name the variable"
    " that it takes it from: --env-url NAME"
)


@dataclass(slots=True)
class EnvRun:
    """`variables` of the environment hold the URL of the scratch for env.py."""

    settings: Settings
    variables: Sequence[str] = ()
    child: subprocess.Popen[str] | None = field(default=None, init=False)

    def __enter__(self) -> EnvRun:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def begin(self) -> str:
        """The settings under which env.py runs revisions; WrongInput where it reaches for anything
        but the scratch."""
        with tempfile.TemporaryDirectory(prefix="sqlplumb-env-") as folder:
            done = self._child(Path(folder), b"", "current", "")
        if done["refused"]:
            message = f"env.py was stopped: {done['refused'][0]}"
            raise WrongInput(Problem(message, _WAY_OUT))
        if done["error"]:
            _raise(done["error"], "env.py")
        if "version_table" not in done:
            message = "env.py ran no migrations on the scratch"
            raise WrongInput(Problem(message, "it must call context.run_migrations()"))
        return _settings_in_words(done)

    def move(
        self, scratch: Scratch, move: str, revision: str, log: OperationLog | None = None
    ) -> None:
        """`log` gets what the operations of the revision name."""
        with tempfile.TemporaryDirectory(prefix="sqlplumb-env-") as folder:
            done = self._child(Path(folder), scratch.snapshot().as_file(), move, revision)
            scratch.add_recorded(done["statements"])
            if log is not None and "named" in done:
                log.elsewhere = Named.of_json(done["named"])
            if done["refused"]:
                message = f"revision {revision} was stopped: {done['refused'][0]}"
                raise WrongInput(Problem(message, "a proof may reach its scratch alone"))
            if done["error"]:
                _raise(done["error"], f"revision {revision}")
            scratch.take_over(Path(folder, "scratch.db"))

    def _child(self, folder: Path, file: bytes, move: str, revision: str) -> dict[str, Any]:
        scratch, result = folder / "scratch.db", folder / "result.json"
        scratch.write_bytes(file)
        config = alembic_config(self.settings)
        driver = (config.get_main_option("sqlalchemy.url") or "").partition("://")[0]
        order: dict[str, Any] = {
            "root": str(self.settings.root.resolve()),
            "ini": str(config.config_file_name),
            "toml": str(self.settings.alembic_toml) if self.settings.alembic_toml else None,
            "folder": str(config.env_file.parent.resolve()),
            "scratch": str(scratch),
            "result": str(result),
            "output": str(folder / "output.txt"),
            "engine": project_engine(self.settings).name,
            "url": f"{driver if driver.startswith('sqlite') else 'sqlite'}:///{scratch}",
            "variables": [*self.variables],
            "move": move,
            "revision": revision,
        }
        code = self._order(order)
        if not result.is_file():
            output = Path(order["output"])
            lines = output.read_text("utf-8", "replace").split("\n") if output.is_file() else []
            last = ([line for line in lines if line.strip()] or ["it said nothing"])[-1]
            message = f"env.py ended its process with code {code}: {last}"
            raise WrongInput(Problem(message, "run `alembic current` and look what it does"))
        done: dict[str, Any] = json.loads(result.read_text("utf-8"))
        return done

    def _order(self, order: Mapping[str, Any]) -> int:
        """Let the child carry this out, and return the exit code of whatever ran env.py."""
        if self.child is None or self.child.poll() is not None:
            self.child = subprocess.Popen(  # noqa: S603 (our own file, by our own Python)
                [sys.executable, "-P", env_child.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        child = self.child
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(f"{json.dumps(order)}\n")
            child.stdin.flush()
            return int(child.stdout.readline() or child.wait())
        except BaseException:  # the time is over, or somebody ends it
            self._end()
            raise

    def _end(self) -> None:
        """End the child, and what it runs, if anything."""
        if self.child is None:
            return
        with self.child as child, suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
        self.child = None


def _raise(error: Mapping[str, Any], label: str) -> None:
    """With a cause that is what was raised there, as far as anybody asks."""
    name, *kinds = error["kinds"]
    base = type("DBAPIError", (Exception,), {}) if "DBAPIError" in kinds else Exception
    cause = type(name, (base,), {})(error["message"])
    vars(cause).update(statement=error["statement"], orig=error["orig"])
    message = f"{label} cannot be replayed: {name}: {error['message']}"
    hint = f"it fails in {error['where']}" if error["where"] else "`alembic upgrade` says more"
    raise WrongInput(Problem(message, hint)) from cause


def _settings_in_words(done: Mapping[str, Any]) -> str:
    pragmas = [one.lower() for one in done["statements"] if "foreign_keys" in one.lower()]
    said = [one.partition("=")[2].strip(" ;'\"") for one in pragmas if "=" in one]
    foreign_keys = "on" if said and said[-1] in ("on", "1", "true", "yes") else "off"
    each = "one transaction for each revision"
    transaction = each if done["transaction_per_migration"] else "one transaction for a whole run"
    transactional = "" if done["transactional_ddl"] else ", as far as the driver keeps one"
    return f"by env.py: foreign keys {foreign_keys}, {transaction}{transactional}"


def without_env(settings: Settings, comparison: str) -> str:
    """The settings of a replay, as they were `measured`, and which of them env.py sets."""
    config = alembic_config(settings)
    names = [name for name in _OF_A_RUN if name in config.env_values]
    with suppress(OSError):
        if "foreign_keys" in config.env_file.read_text("utf-8", "replace"):
            names.insert(0, "foreign_keys")
    *most, last = names or [""]
    listed = f"{', '.join(most)} and {last}" if most else last
    differs = f"; env.py itself sets {listed}: `prove --env` runs it" if names else ""
    return f"without env.py: {comparison or 'nothing ran to its end'}{differs}"


_OF_A_RUN = ("transaction_per_migration", "transactional_ddl", "render_as_batch")
