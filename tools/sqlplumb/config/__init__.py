"""Settings: what a project says of itself in pyproject.toml or alembic.ini. Stdlib only."""

from sqlplumb.config.applying import Applying, Verify
from sqlplumb.config.generating import Generating
from sqlplumb.config.judging import SEVERITIES, Judging, Severity
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
    "Generating",
    "Judging",
    "Settings",
    "Severity",
    "Style",
    "Verify",
    "find_settings",
    "read_settings",
    "settings_of",
]
