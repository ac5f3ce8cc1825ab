"""The files of a new project: what `sqlplumb init` writes. `env.py` is the engine's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlplumb.render.pages import render_page
from sqlplumb.render.project import HEAD

ENV, ALEMBIC_INI = "env.py", "alembic.ini"


def schema_sql(statements: str = "") -> str:
    """Return the schema.sql of a new project: these statements, or an example."""
    return render_page("schema.sql", head=HEAD, statements=statements)


def alembic_ini(url: str) -> str:
    """Return the alembic.ini of a new project; configparser takes two percent signs for one."""
    return render_page(ALEMBIC_INI, url=url.replace("%", "%%"))


def git_attributes(paths: Sequence[str]) -> str:
    lines = "".join(f"{path} text eol=lf\n" for path in paths)
    return f"# On every system the same bytes: what was proved is what runs.\n{lines}"


def toml_section(settings: Mapping[str, str]) -> str:
    lines = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items()
    )
    return f"[tool.sqlplumb]\n{lines}"


def ini_section(settings: Mapping[str, str]) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return f"[sqlplumb]\n{lines}"
