"""Settings: what a project says of itself in pyproject.toml or alembic.ini. Stdlib only.

settings    the settings as one value, and where they are found
ignore      what of a database is not ours
sections    the values of [tool.sqlplumb.lint], .tables, .review and .apply, and how each is read
env_file    what env.py says of the history, read and never run
"""

from sqlplumb.config.ignore import OWNERS, PRIVILEGES, Ignore
from sqlplumb.config.sections import (
    SEVERITIES,
    Accept,
    ApplySettings,
    LintSettings,
    ReviewSettings,
    Severity,
    TablesSettings,
    Verify,
)
from sqlplumb.config.settings import (
    VERSION_TABLE,
    Settings,
    Style,
    find_settings,
    read_settings,
    settings_of,
)

__all__ = [
    "OWNERS",
    "PRIVILEGES",
    "SEVERITIES",
    "VERSION_TABLE",
    "Accept",
    "ApplySettings",
    "Ignore",
    "LintSettings",
    "ReviewSettings",
    "Settings",
    "Severity",
    "Style",
    "TablesSettings",
    "Verify",
    "find_settings",
    "read_settings",
    "settings_of",
]
