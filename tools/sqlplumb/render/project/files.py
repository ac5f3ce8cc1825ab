"""The files of a new project, and the sections that go into files which are there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files

ENV, ALEMBIC_INI, EXAMPLE = "env.py", "alembic.ini", "schema.sql"
HEAD = """\
-- What the database is: CREATE statements only, each behind what it refers to. Change it here, then
--
--     sqlplumb revise -m "what has changed"
--
-- writes the migration.

"""


def text(name: str) -> str:
    return (files("sqlplumb.render.project") / name).read_text("utf-8")


def alembic_ini(url: str) -> str:
    """A percent sign means something to configparser."""
    return text(ALEMBIC_INI).replace("@URL@", url.replace("%", "%%"))


def git_attributes(paths: Sequence[str]) -> str:
    lines = "".join(f"{path} text eol=lf\n" for path in paths)
    return f"# On every system the same bytes: what was proved is what runs.\n{lines}"


def toml_section(said: Mapping[str, str]) -> str:
    lines = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items()
    )
    return f"[tool.sqlplumb]\n{lines}"


def ini_section(said: Mapping[str, str]) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in said.items())
    return f"[sqlplumb]\n{lines}"
