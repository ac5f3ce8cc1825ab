"""The files of a new project: what `sqlplumb init` writes. `env.py` is the engine's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from sqlplumb.render.pages import render_page
from sqlplumb.render.project import HEAD

ENV, ALEMBIC_INI = "env.py", "alembic.ini"


def schema_sql(statements: str = "", *, example: str) -> str:
    """Return the schema.sql of a new project: these statements, or an example."""
    return render_page("schema.sql", head=HEAD, statements=statements, example=example)


def alembic_ini(url: str, modules: str, *, example: str) -> str:
    """Return the alembic.ini of a new project, which finds the project's `modules` there;
    configparser takes two percent signs for one. `example` is the URL of another database."""
    escaped = url.replace("%", "%%")
    return render_page(ALEMBIC_INI, url=escaped, modules=modules, example=example)


_NO_MODELS = re.compile(r"# `alembic check`.*?\ntarget_metadata = [^\n]*\n", re.DOTALL)


def env_with_models(env: str, metadata: str, owner: str) -> str:
    """Let an env.py of ours take the models from where `package.module:attribute` names them."""
    module, _, attribute = metadata.partition(":")
    imported = f"from {module} import {attribute.partition('.')[0]}"
    env = env.replace("from importlib.util import find_spec\n", "")
    env = env.replace("Connection, MetaData, create_engine", "Connection, create_engine")
    env = env.replace("\n\nconfig = context", f"\n\n{imported}\n\nconfig = context", 1)
    return _NO_MODELS.sub(f"target_metadata = {attribute}{owner}\n", env, count=1)


def git_attributes(paths: Sequence[str]) -> str:
    lines = "".join(f"{path} text eol=lf\n" for path in paths)
    return f"# On every system the same bytes: what was proved is what runs.\n{lines}"


def git_ignored(database: str) -> str:
    """Return what git must not keep: this database, if one is named, and what lies beside any."""
    own = f"/{database}\n/{database}-*\n" if database else ""
    return (
        "# Rows, which are no code: databases, and what is written beside them.\n"
        f"{own}"
        "*.[0-9]*T[0-9]*.backup\n"
        "*.[0-9]*T[0-9]*.replaced\n"
        "*.receipt.json\n"
        "*.partial\n"
        "# What a killed process left half written.\n"
        ".sqlplumb-*\n"
        ".proofs*.toml-*\n"
    )


def toml_section(settings: Mapping[str, str]) -> str:
    lines = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items()
    )
    return f"[tool.sqlplumb]\n{lines}"


def ini_section(settings: Mapping[str, str]) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return f"[sqlplumb]\n{lines}"
