"""Run the project's own env.py on a scratch, in a child process that can reach nothing else.

Owns the child and the orders that it is given (`env_child` carries them out). Must never import
env.py into this process.
"""

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
from typing import Any, Literal

from sqlplumb.config import Settings
from sqlplumb.engines import Named, Scratch, Touched
from sqlplumb.errors import OneWay, Problem, WrongInput
from sqlplumb.sources import env_child
from sqlplumb.sources.database import open_scratch, project_engine, scheme_of
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.running_alembic import alembic_config, history_files, module_folders
from sqlplumb.sources.way_on import way_on

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
        self._end_child()

    def begin(self) -> str:
        """Return the settings under which env.py runs revisions; refuse an env.py that reaches for
        anything but the scratch."""
        with open_scratch(self.settings) as scratch:
            scratch.runs_elsewhere = True
            with scratch.lent(self._scheme()) as url:
                outcome = self._run("current", url=url)
        if outcome["refused"]:
            message = f"env.py was stopped: {outcome['refused'][0]}"
            raise WrongInput(Problem(message, _WAY_OUT))
        if outcome["error"]:
            _raise(outcome["error"], "env.py")
        if "version_table" not in outcome:
            message = "env.py ran no migrations on the scratch"
            raise WrongInput(Problem(message, "it must call context.run_migrations()"))
        is_per_migration = outcome["transaction_per_migration"]
        scope = "for each revision" if is_per_migration else "for a whole run"
        limits = "" if outcome["transactional_ddl"] else ", as far as the driver keeps one"
        return f"by env.py: {outcome['session_settings']}, one transaction {scope}{limits}"

    def migrate(
        self,
        scratch: Scratch,
        command: Literal["upgrade", "downgrade"],
        revision: str,
        *,
        log: OperationLog | None = None,
    ) -> None:
        """Run this command of Alembic's; `log` gets what the operations of the revision name."""
        with scratch.lent(self._scheme()) as url:
            outcome = self._run(command, url=url, revision=revision)
            read, written = frozenset(outcome["read"]), frozenset(outcome["written"])
            touched = Touched(read=read, written=written)
            scratch.add_recorded(outcome["statements"], touched)
            if log is not None and "named" in outcome:
                log.elsewhere = Named.of_json(outcome["named"])
            if outcome["refused"]:
                message = f"revision {revision} was stopped: {outcome['refused'][0]}"
                raise WrongInput(Problem(message, "a proof may reach its scratch alone"))
            if outcome["error"]:
                _raise(outcome["error"], f"revision {revision}")

    def _scheme(self) -> str:
        """Return what begins the project's URL, which may name a driver."""
        name = project_engine(self.settings).name
        url = history_files(self.settings).url()
        return url.partition("://")[0] if scheme_of(url) == name else name

    def _run(self, command: str, *, url: str, revision: str = "") -> dict[str, Any]:
        config = alembic_config(self.settings)
        toml = config.files.toml
        with tempfile.TemporaryDirectory(prefix="sqlplumb-env-") as folder:
            result, output = Path(folder, "result.json"), Path(folder, "output.txt")
            order = {
                "root": str(config.base),
                "ini": str(config.config_file_name),
                "toml": str(toml) if toml else None,
                "section": config.files.section,
                "database": config.files.database,
                "around": self.settings.around,
                "folders": module_folders(self.settings),
                "folder": str(config.env_file.parent.resolve()),
                "result": str(result),
                "output": str(output),
                "url": url,
                "variables": [*self.variables],
                "command": command,
                "revision": revision,
            }
            exit_code = self._send(order)
            if result.is_file():
                outcome: dict[str, Any] = json.loads(result.read_text("utf-8"))
                return outcome
            lines = output.read_text("utf-8", "replace").split("\n") if output.is_file() else []
            last_line = ([line for line in lines if line.strip()] or ["it said nothing"])[-1]
            message = f"env.py ended its process with code {exit_code}: {last_line}"
            raise WrongInput(Problem(message, "run `alembic current` and look what it does"))

    def _send(self, order: Mapping[str, Any]) -> int:
        """Let the child carry this out, and return the exit code of whatever ran env.py."""
        if self.child is None or self.child.poll() is not None:
            self.child = subprocess.Popen(  # noqa: S603 (our own file, by our own Python)
                [sys.executable, "-P", env_child.__file__, project_engine(self.settings).name],
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
            self._end_child()
            raise

    def _end_child(self) -> None:
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
    """Give the error a cause of the same class name: a failed statement is told from other code."""
    name, *kinds = error["kinds"]
    base = type("DBAPIError", (Exception,), {}) if "DBAPIError" in kinds else Exception
    cause = type(name, (base,), {})(error["message"])
    vars(cause).update(statement=error["statement"], orig=error["orig"])
    message = f"{label} cannot be replayed: {name}: {error['message']}"
    advice = f"it fails in {error['where']}" if error["where"] else "`alembic upgrade` says more"
    is_one_way = error["is_its_own"] and error["message"] and name == "NotImplementedError"
    kind = OneWay if is_one_way else WrongInput
    raise kind(Problem(message, way_on(cause) or advice)) from cause


_SETTINGS_OF_A_RUN = ("transaction_per_migration", "transactional_ddl", "render_as_batch")


def without_env(settings: Settings, measured: str) -> str:
    """Return the settings that were measured in a replay, and which of them env.py sets itself.
    That of `init` runs what a proof runs: of it there is nothing to be said."""
    config, engine = alembic_config(settings), project_engine(settings)
    names = [name for name in _SETTINGS_OF_A_RUN if name in config.env_values]
    with suppress(OSError):
        text = config.env_file.read_text("utf-8", "replace")
        names = [*(name for name in engine.session_settings if name in text), *names]
        ours = engine.alembic_env()
        if text.endswith(ours[ours.index("\ndef ") :]):  # its head names the models
            names = []
    *first, last = names or [""]
    listed = f"{', '.join(first)} and {last}" if first else last
    differs = f"; env.py itself sets {listed}: `prove --env` runs it" if names else ""
    return f"without env.py: {measured or 'nothing ran to its end'}{differs}"
