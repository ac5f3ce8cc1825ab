"""Compare schema.sql as it is saved with the models and the history, in a process of its own.

Models are imported and revisions run here, and nowhere else in this package: an editor's server
starts this process when a file is saved, and may end it at any moment. It answers with one line of
JSON. Whatever goes wrong in a project's code is told, and is no fault of the server.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlplumb import limits, stand_ins
from sqlplumb.changes import Rename
from sqlplumb.changes.comparison import Comparison, Unmeasured
from sqlplumb.commands.check import CheckOptions, check
from sqlplumb.commands.lint import LintOptions, lint
from sqlplumb.commands.log import read_log
from sqlplumb.config import Settings, find_settings
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.lint import RULES
from sqlplumb.log import NO_LIFE
from sqlplumb.places import Place
from sqlplumb.render import words
from sqlplumb.render.log import short_line
from sqlplumb.schema import Ref

_NEWEST = 8  # revisions that are told of one object


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a mirror has otherwise, or what a rule says of the way to the schema. It is told at the
    object of the schema that has the address `of`, or else at its table."""

    source: str
    of: tuple[str, str, str]
    message: str
    advice: str = ""
    severity: str = "info"
    code: str = ""
    name: str = ""
    hint: str = ""

    @property
    def ref(self) -> Ref:
        kind, table, name = self.of
        return Ref(kind, table, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a mirror could not be compared; the place is in a file of the project."""

    message: str
    advice: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What was found out. `log` holds the revisions of each object, the last first."""

    differences: tuple[Difference, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    log: Mapping[tuple[str, str, str], tuple[str, ...]]

    def as_json(self) -> str:
        return json.dumps(
            {
                "differences": [asdict(difference) for difference in self.differences],
                "troubles": [asdict(trouble) for trouble in self.troubles],
                "log": [[*of, *lines] for of, lines in self.log.items()],
            }
        )

    @classmethod
    def of_json(cls, text: str) -> Mirrored:
        stored: dict[str, Any] = json.loads(text)
        return cls(
            differences=tuple(
                Difference(**{**difference, "of": tuple(difference["of"])})
                for difference in stored["differences"]
            ),
            troubles=tuple(Trouble(**trouble) for trouble in stored["troubles"]),
            log={(kind, table, name): tuple(lines) for kind, table, name, *lines in stored["log"]},
        )


NOTHING = Mirrored(log={})


def compare_mirrors(settings: Settings) -> Mirrored:
    """Look at everything that the settings name but databases. Where schema.sql itself is wrong,
    the editor knows already."""
    differences: list[Difference] = []
    troubles: list[Trouble] = []
    mirrors = [settings.metadata] if settings.metadata else []
    mirrors += ["history"] if settings.has_history else []
    for mirror in mirrors:
        differences += _guarded(mirror, _differences(mirror, settings), troubles)
    if settings.has_history or settings.lint.rules:
        differences += _guarded("the plan", _findings(settings), troubles)
    log: dict[tuple[str, str, str], tuple[str, ...]] = {}
    if settings.has_history and not troubles:
        log.update(_guarded("the log", _log(settings), troubles))
    return Mirrored(differences=tuple(differences), troubles=tuple(troubles), log=log)


def _guarded(what: str, found: Iterator[Any], troubles: list[Trouble]) -> list[Any]:
    try:
        with limits.piece():
            return list(found)
    except PlumbError as error:
        troubles += [_trouble(what, problem) for problem in error.problems]
    except Exception as error:
        message = f"{what}: {type(error).__name__}: {error}".partition("\n")[0]
        troubles.append(Trouble(message=message))
    return []


def _trouble(what: str, problem: Problem) -> Trouble:
    place = problem.place or Place("", 0)
    message = problem.message if what in problem.message else f"{what}: {problem.message}"
    return Trouble(message=message, advice=problem.advice, file=place.file, line=place.line)


def _differences(mirror: str, settings: Settings) -> Iterator[Difference]:
    for outcome in check(CheckOptions(settings=settings, sources=(mirror,))):
        if isinstance(outcome, Unmeasured):
            raise outcome.error
        yield from _changes(mirror, outcome)


def _changes(mirror: str, comparison: Comparison) -> Iterator[Difference]:
    is_history = mirror == "history"
    label = "the history" if is_history else f"the models ({mirror})"
    advice = (
        "write a revision: sqlplumb revise" if is_history else "change the models, or the schema"
    )
    for change in words.without_inline(comparison.changes):
        ref = change.desired.ref if isinstance(change, Rename) else change.ref
        yield Difference(
            source=mirror,
            of=_address(ref),
            message=f"{label}: {words.with_unit(change, 'schema.sql')}",
            advice=advice,
            severity="info" if is_history else "warning",
        )


def _findings(settings: Settings) -> Iterator[Difference]:
    """What only code of the project can tell: of the plan from its history, or by its own rules."""
    live = {rule.code for rule in RULES if rule.judges in ("schema", "comment")}
    for finding in lint(LintOptions(settings=settings)).findings:
        if finding.code not in live:
            yield Difference(
                source="lint",
                of=_address(finding.ref) if finding.ref else ("", "", ""),
                message=finding.message,
                advice=finding.instead,
                severity=finding.severity,
                code=finding.code,
                name=finding.name,
                hint=finding.hint,
            )


def _log(settings: Settings) -> Iterator[tuple[tuple[str, str, str], tuple[str, ...]]]:
    log = read_log(settings)
    lines: dict[int, list[str]] = {}
    for revision in reversed(log.revisions):
        for change in revision.changes:
            lines.setdefault(change.life, []).append(short_line(revision, change))
            if change.table_life != NO_LIFE and not change.with_table:
                lines.setdefault(change.table_life, []).append(short_line(revision, change))
    for ref, life in log.alive.items():
        if told := dict.fromkeys(lines.get(life, ())):
            yield _address(ref), tuple(told)[:_NEWEST]


def _address(ref: Ref) -> tuple[str, str, str]:
    return ref.kind, ref.table, ref.name


def main() -> None:
    folder, name = sys.argv[1:3]
    answers = sys.stdout
    with redirect_stdout(sys.stderr):  # what a project's own code prints is no answer
        settings = find_settings(Path(folder), name)
        with limits.within(settings.timeout), stand_ins.standing_in(settings.stand_ins):
            answer = compare_mirrors(settings).as_json()
    answers.write(answer + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
