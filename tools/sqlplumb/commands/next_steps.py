"""The commands that try, apply, verify and take back a revision, as they are typed.

They are shown beside a review. Nothing here runs any of them, or opens a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from sqlplumb.approvals import Approvals
from sqlplumb.commands.prove import ReplayedRevision
from sqlplumb.config import Settings
from sqlplumb.config.alembic_files import SECTION
from sqlplumb.hiding import shown_url
from sqlplumb.lint import Finding, at_or_above
from sqlplumb.review import NextStep
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.scripts import down_revisions
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What they depend on. `database` is the URL that was named, or nothing."""

    script: Script
    scripts: ScriptDirectory
    replayed: ReplayedRevision
    findings: Sequence[Finding]
    approvals: Approvals
    database: str
    settings: Settings
    one_way: bool
    is_proved: bool

    def all(self) -> Iterator[NextStep]:
        revision = quote(self.script.revision)
        if len(self.approvals.valid) < self.settings.apply.approvals:
            yield NextStep("approve", self._command("review", f"{revision} --approve NAME"))
        if not self.is_proved:
            yield NextStep("prove", self._command("prove", revision))
        if not project_engine(self.settings).applies:
            yield from self._by_alembic(revision)
            return
        apply = self._on_database("apply", f"--to {revision}", *self.allowances())
        yield NextStep("try", f"{apply} --dry-run")
        yield NextStep("apply", apply)
        yield NextStep("verify", self._verify(revision))
        if not self.one_way and len(down_revisions(self.script)) < 2:
            goal = quote(self._before())
            losses = sorted({loss.allowance for loss in self.replayed.back.losses})
            allowed = (f"--allow {quote(name)}" for name in losses)
            yield NextStep("take back", self._on_database("apply", f"--down {goal}", *allowed))
        whose = f"--database {quote(shown_url(self.database))}" if self.database else ""
        yield NextStep("restore", self._command("restore", *filter(None, ("newest", whose))))

    def _by_alembic(self, revision: str) -> Iterator[NextStep]:
        """The revisions of an engine whose databases sqlplumb does not change stand alone."""
        before = quote(self._before())
        files = self.settings.alembic
        section = files.section if files else SECTION
        alembic = "alembic" if section == SECTION else f"alembic -n {quote(section)}"
        if "@" not in before:
            yield NextStep("read its SQL", f"{alembic} upgrade {before}:{revision} --sql")
        yield NextStep("apply", f"{alembic} upgrade {revision}")
        yield NextStep("verify", self._verify(revision))
        if not self.one_way and len(down_revisions(self.script)) < 2:
            yield NextStep("take back", f"{alembic} downgrade {before}")

    def _before(self) -> str:
        """Name where it is taken back to: what it comes on, unless other branches begin there too,
        which would be taken back with it."""
        parents = [self.scripts.get_revision(name) for name in down_revisions(self.script)]
        beside = parents[0].nextrev if parents and parents[0] else self.scripts.get_bases()
        if len(beside) > 1:
            return f"{self.script.revision}@-1"
        return (*down_revisions(self.script), "base")[0]

    def allowances(self) -> Iterator[str]:
        """Yield what the gates will ask leave for: losses, and findings that fail."""
        losses = self.replayed.plan.losses
        failing = at_or_above(self.findings, self.settings.lint.fail)
        covered = {loss.ref for loss in losses}
        codes = {finding.code for finding in failing if finding.ref not in covered}
        for name in (*sorted({loss.allowance for loss in losses}), *sorted(codes)):
            yield f"--allow {quote(name)}"

    def _verify(self, revision: str) -> str:
        """`status` is content with the end of the history alone."""
        if self.script.is_head or not self.database:
            return self._on_database("status")
        return self._on_database("diff", f"history@{revision}")

    def _on_database(self, name: str, *options: str) -> str:
        url = (quote(shown_url(self.database)),) if self.database else ()
        return self._command(name, *url, *options)

    def _command(self, name: str, *rest: str) -> str:
        chosen = f"--name {quote(self.settings.name)}" if self.settings.name else ""
        return " ".join(filter(None, ("sqlplumb", name, *rest, chosen)))
