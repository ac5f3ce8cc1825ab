"""What a project is begun with: the texts of the files that `sqlplumb init` lays out.

They lie beside this as they are laid out; `env.py` is the engine's.
"""

from sqlplumb.render.project.files import (
    ALEMBIC_INI,
    ENV,
    EXAMPLE,
    HEAD,
    alembic_ini,
    git_attributes,
    ini_section,
    text,
    toml_section,
)

__all__ = [
    "ALEMBIC_INI",
    "ENV",
    "EXAMPLE",
    "HEAD",
    "alembic_ini",
    "git_attributes",
    "ini_section",
    "text",
    "toml_section",
]
