"""The output for machines of commands that report findings: check, lint, queries, prove.

One run tells the log in one format, and writes files in any others. Imported where one of them is
asked for.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb import __version__
from sqlplumb.cli.options import REPORTS
from sqlplumb.render.reports import rendered, report_of_failure

if TYPE_CHECKING:
    from sqlplumb.cli.console import Console
    from sqlplumb.config import Settings
    from sqlplumb.errors import PlumbError
    from sqlplumb.render.reports import Report


def tell_report(
    report: Report,
    arguments: Namespace,
    out: Console,
    *,
    settings: Settings,
    as_json: Callable[[], str],
) -> None:
    """Tell the report where a format for machines is asked for, and write its files."""
    asked = [*arguments.report]
    if arguments.format != "text":
        asked.append((arguments.format, ""))
    report = replace(report, folder=out.folder, home=_home(settings), version=__version__)
    for format, file in asked:
        out.write(as_json() if format == "json" else rendered(report, format), file)


def tell_failure(error: PlumbError, arguments: Namespace, out: Console) -> None:
    """Let the error stand in each report that was asked for; annotations have their own way to say
    so. A file of JSON that an earlier run has written would be taken for that of this one."""
    asked = [*getattr(arguments, "report", ()), (arguments.format, "")]
    for format, file in asked:
        if format == "json" and file:
            Path(file).unlink(missing_ok=True)
    asked = [(format, file) for format, file in asked if format in REPORTS]
    report = report_of_failure(arguments.command, error)
    report = replace(report, folder=out.folder, version=__version__)
    for format, file in asked:
        out.write(rendered(report, format), file)


def _home(settings: Settings) -> str:
    """The file of the schema, or else of the settings: what has no place is shown there."""
    for name in (*settings.schema, "pyproject.toml", "alembic.ini"):
        if (settings.root / name).is_file():
            return os.path.relpath(settings.root / name)
    return ""
