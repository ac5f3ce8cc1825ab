"""Settings: what a project says of itself in pyproject.toml or alembic.ini. Stdlib only."""

from sqlplumb.config.applying import Applying, Verify
from sqlplumb.config.env_file import EnvValue, read_env
from sqlplumb.config.generating import Generating
from sqlplumb.config.judging import SEVERITIES, Judging, Severity
from sqlplumb.config.location import plain_location
from sqlplumb.config.settings import (
    VERSION_TABLE,
    Settings,
    Style,
    find_settings,
    read_settings,
    settings_of,
)

__all__ = [
    "SEVERITIES",
    "VERSION_TABLE",
    "Applying",
    "EnvValue",
    "Generating",
    "Judging",
    "Settings",
    "Severity",
    "Style",
    "Verify",
    "find_settings",
    "plain_location",
    "read_env",
    "read_settings",
    "settings_of",
]
