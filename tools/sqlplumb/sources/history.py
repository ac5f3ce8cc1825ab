"""The Alembic history, replayed on a scratch up to one revision.

The project's env.py is not run: it knows the address of a real database, and a check must never be
able to reach one. Revisions run in Alembic's own environment, on a connection of ours.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.engines import Opened, engine
from sqlplumb.errors import PlumbError, Problem, WrongInput

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection


@contextmanager
def open_history(revision: str, settings: Settings) -> Iterator[Opened]:
    label = f"history@{revision}" if revision else "history"
    config = _config(settings)
    with engine(settings.engine).open_fillable() as scratch:
        # Alembic reads its paths from where it is started, and so may revisions.
        with _told_as_input(label), redirect_stdout(sys.stderr), chdir(settings.root):
            scripts = _scripts(config)
            target = _target(scripts, revision)
            if target:
                with scratch.alchemy.connect() as bind:
                    _replay(config, scripts, target, bind, settings)
                    bind.commit()
        yield scratch.opened(label, "sql")


def _config(settings: Settings) -> Config:
    from alembic.config import Config

    if settings.alembic is None:
        message = f"no alembic.ini in {settings.root}, so there is no history to replay"
        raise WrongInput(Problem(message, "run it where alembic.ini is, or name another source"))
    is_toml = settings.alembic.suffix == ".toml"
    ini = settings.root / "alembic.ini" if is_toml else settings.alembic
    config = Config(str(ini), toml_file=str(settings.alembic) if is_toml else None)
    config.set_main_option("sqlalchemy.url", "sqlite://")
    return config


def _scripts(config: Config) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)


def _target(scripts: ScriptDirectory, revision: str) -> str:
    if revision:
        return str(scripts.get_revision(revision).revision)
    heads = scripts.get_heads()
    if len(heads) > 1:
        message = f"the history has {len(heads)} heads: {', '.join(sorted(heads))}"
        hint = "name one, as history@REV, or join them with `alembic merge heads`"
        raise WrongInput(Problem(message, hint))
    return heads[0] if heads else ""


def _replay(
    config: Config, scripts: ScriptDirectory, target: str, bind: Connection, settings: Settings
) -> None:
    from alembic.runtime.environment import EnvironmentContext

    def upgrade(revision: Any, context: Any) -> Any:
        # What `alembic upgrade` itself hands to its environment; there is no public name for it.
        return scripts._upgrade_revs(target, revision)

    with EnvironmentContext(config, scripts, fn=upgrade, destination_rev=target) as environment:
        environment.configure(
            connection=bind,
            target_metadata=_naming(settings),
            version_table=settings.version_table,
        )
        with environment.begin_transaction():
            environment.run_migrations()


def _naming(settings: Settings) -> Any:
    """The project's own MetaData: its naming convention names what revisions leave unnamed."""
    if not settings.metadata:
        return None
    from sqlplumb.sources.metadata import import_metadata

    return import_metadata(settings.metadata, settings)


@contextmanager
def _told_as_input(label: str) -> Iterator[None]:
    """Revisions are somebody's code: whatever they raise is told with the line that raised it."""
    try:
        yield
    except PlumbError:
        raise
    except (Exception, SystemExit) as error:
        where = _last_line_in("versions", error)
        message = f"{label} cannot be replayed: {type(error).__name__}: {error}".partition("\n")[0]
        hint = f"it fails in {where}" if where else "look at it with `alembic history`"
        raise WrongInput(Problem(message, hint)) from error


def _last_line_in(folder: str, error: BaseException) -> str:
    where, step = "", error.__traceback__
    while step is not None:
        file = Path(step.tb_frame.f_code.co_filename)
        if folder in file.parts:
            where = f"{file.name}:{step.tb_lineno}"
        step = step.tb_next
    return where
