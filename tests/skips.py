"""Why a test may be skipped. A test that is skipped for another reason fails the whole run.

A reason stands here when a machine cannot give what the test needs; a tool that the group `test`
can install is no reason.
"""

from __future__ import annotations

import pytest
from alembic.config import Config

from sqlplumb.sources.alembic_internals import has_plugins

REASONS = (
    "no Chromium is installed here",
    "strace is not installed here",
    "no process may be traced here",
    "only root can mount a disk",
    "only root can become somebody else",
    "no sqlite3 here",
    "no git is installed here",
    "no fish is installed here",
    "no zsh is installed here",
    "no PostgreSQL is installed here",
    "nothing forks here",
    "processes are looked for in /proc",
    "no pipe can be made small here",
    "it holds nothing",  # a public schema without a statement
    "this Alembic reads no pyproject.toml",
    "this Alembic loads no plugins",
    "no such type",  # a drawn default that the drawn type cannot have
)

reads_toml = pytest.mark.skipif(
    not hasattr(Config, "get_alembic_option"), reason="this Alembic reads no pyproject.toml"
)
loads_plugins = pytest.mark.skipif(not has_plugins(), reason="this Alembic loads no plugins")


class SkipsOnTheList:
    """Collect the reasons of all skipped tests, and fail a run that skips for one of its own."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report.nodeid, report.longrepr)

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report.nodeid, report.longrepr)

    def _note(self, test: str, why: object) -> None:
        said = why[2] if isinstance(why, tuple) else str(why)
        if not any(reason in said for reason in REASONS):
            self.unknown.add(f"{test}: {said}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unknown and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for one in sorted(self.unknown):
            terminalreporter.write_line(
                f"SKIPPED for a reason that is not in tests/skips.py: {one}"
            )
