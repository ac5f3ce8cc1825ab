"""The functions of the package: `read`, `diff`, `plan`, `prove`, and a new database for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sqlplumb import limits
from sqlplumb.changes import Change
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import settled_changes
from sqlplumb.commands.planning import plan_of
from sqlplumb.commands.swaps import settled_hints
from sqlplumb.config import VERSION_TABLE, Settings, find_settings
from sqlplumb.engines import KnownRenames, engine
from sqlplumb.errors import Refused
from sqlplumb.proof import Proof
from sqlplumb.proof.trials import prove_plan
from sqlplumb.schema import Ref, Schema
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.replay import open_replay
from sqlplumb.steps import Loss, Plan, Step


def read(source: str) -> Schema:
    """Read the whole schema of any source, written as on the command line."""
    settings = find_settings(Path.cwd())

    def look() -> Schema:
        with open_source(source, settings, Path()) as opened:
            return opened.read()

    with limits.within(settings.timeout):
        return retry_if_changed(look)


class Changes(tuple[Change, ...]):
    """All that must change: a tuple, which knows the two schemas between which it was found."""

    current: Schema
    desired: Schema


def diff(current: Schema, desired: Schema) -> Changes:
    """Return what must change in `current` to make it `desired`.

    Alembic's own table counts only where both sides have it.
    """
    settled = settled_hints(current, desired, lambda: KnownRenames(knows="texts"))
    if settled.undecided:
        raise Refused(settled.undecided)
    desired = settled.desired
    changes = Changes(settled_changes(current, desired))
    if not (_holds(current, VERSION_TABLE) and _holds(desired, VERSION_TABLE)):
        changes = Changes(change for change in changes if change.ref.unit != VERSION_TABLE)
    changes.current, changes.desired = current, desired
    return changes


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what can be asked of it. `losses` say what it would take away."""

    plan: Plan

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self.plan.losses

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.plan.steps

    def sql(self) -> str:
        """The script for the engine's own client; empty where nothing changes."""
        return engine(self.plan.desired.engine).script(self.plan)


def plan(changes: Changes, target_version: str = "", instant: bool = False) -> Planned:
    """Plan the steps that make these changes. Nothing is refused here: look at its `losses`."""
    target = engine(changes.desired.engine).target(target_version, instant)
    target = replace(target, keeps_hints=True)
    comparison = Comparison(
        current=changes.current, desired=changes.desired, changes=changes, notes=(), units=0
    )
    return Planned(plan_of(comparison, target))


def _holds(schema: Schema, table: str) -> bool:
    return Ref("table", "", table) in schema.objects


def prove(plan: Planned) -> Proof:
    """Run the plan's script on a scratch database with rows; look at `holds` and `failures`."""
    with limits.within(limits.DEFAULT):
        return prove_plan(plan.plan)


MadeFrom = Literal["", "history", "schema"]


def template(settings: Settings, made_from: MadeFrom = "") -> bytes:
    """Make a new database: migrated where there is a history, else created from schema.sql."""
    with limits.within(settings.timeout):
        return _template(settings, made_from)


def _template(settings: Settings, made_from: MadeFrom) -> bytes:
    if made_from != "schema" and settings.has_history:
        with open_replay(settings, "the history") as replay:
            head = replay.target("")
            if head or made_from == "history":
                if head:
                    replay.reach((head,))
                return replay.scratch.snapshot().as_file()
    return _created(settings)


def _created(settings: Settings) -> bytes:
    schema = open_schema(settings)
    schema.try_statements()  # tells what is wrong with file and line
    with project_engine(settings).open_scratch() as scratch:
        for file in sorted(schema.files):
            scratch.run(Path(file).read_text("utf-8"))
        return scratch.snapshot().as_file()
