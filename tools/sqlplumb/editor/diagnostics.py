"""What is wrong, where it stands now: the problems of statements, the findings of rules, what
differs from the mirrors.

Offsets count from the start of a file. Must never know how an editor wants to hear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlplumb import limits
from sqlplumb.commands.comparing import without
from sqlplumb.commands.lint import ignored_targets
from sqlplumb.config import Settings
from sqlplumb.editor.mirrors import Difference, Mirrored
from sqlplumb.editor.reading import Reading, Statement
from sqlplumb.errors import Problem
from sqlplumb.lint import RULES, Finding, apply_ignores, judge_schema, read_ignores
from sqlplumb.places import Place
from sqlplumb.schema import Ref, Schema, Table

_SECONDS = 20.0
_BY_TABLE = tuple(rule for rule in RULES if rule.by_table)
_WHOLE = tuple(rule for rule in RULES if not rule.by_table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """`code` is that of a rule; empty for what an engine says. `hint` is a comment that would
    settle it, `ref` what it is about. `elsewhere` is a file of the project and its line."""

    file: str
    start: int
    end: int
    severity: str
    message: str
    advice: str = ""
    code: str = ""
    name: str = ""
    ref: Ref | None = None
    hint: str = ""
    elsewhere: tuple[str, int] = ("", 0)

    @property
    def text(self) -> str:
        return f"{self.message}\n{self.advice}" if self.advice else self.message


def lint(reading: Reading, settings: Settings) -> tuple[Finding, ...]:
    """Apply the rules for schemas, but the project's own: those are code. The places of the
    findings are those of this reading."""
    with limits.within(_SECONDS, each=True):
        schema = without(reading.schema, settings.version_table)
        known = {**ignored_targets(schema, settings.ignore), **_unread(reading)}
        schema = replace(schema, ignored=known)
        ignores = [
            ignore
            for ignore in read_ignores(reading.remarks, RULES)
            if ignore.is_known or not settings.lint.rules
        ]
        judgement = apply_ignores(
            (*judge_schema(schema, settings.lint, _WHOLE), *_by_table(reading, schema, settings)),
            ignores,
            settings=settings.lint,
            rules=RULES,
            judged=("schema",),
            schema=schema,
        )
    return tuple(finding for finding in judgement.findings if not _is_doubtful(reading, finding))


def _is_doubtful(reading: Reading, finding: Finding) -> bool:
    """Is it about a unit that is broken, or a body that names one of which nothing is known?"""
    ref = finding.ref
    if ref is None or not reading.broken or ref.unit in reading.broken:
        return ref is not None and ref.unit in reading.broken
    statement = reading.by_label.get(finding.place.file) if finding.place else None
    if ref.inline or statement is None:
        return False
    unread = reading.broken - reading.schema.by_unit.keys()
    named = {mention.ref.unit for mention in reading.mentions(statement) if mention.ref}
    return not unread.isdisjoint(named)


def _by_table(reading: Reading, schema: Schema, settings: Settings) -> Iterator[Finding]:
    """Apply the rules that look at one table alone, which are dear, to tables that are new."""
    for name, unit in schema.tables.items():
        key = reading.labels.get(name, ())
        if key not in reading.judged:
            alone = replace(schema, objects={fact.ref: fact for fact in unit.facts})
            reading.judged[key] = judge_schema(alone, settings.lint, _BY_TABLE)
        yield from reading.judged[key]


def _unread(reading: Reading) -> dict[Ref, Table]:
    """Tables that are there, and of which nothing could ever be read."""
    refs = (Ref("table", "", unit) for unit in reading.broken)
    return {ref: Table(ref=ref, text="") for ref in refs if ref not in reading.schema.objects}


def diagnostics(
    reading: Reading, findings: tuple[Finding, ...], mirrored: Mirrored
) -> Iterator[Diagnostic]:
    for statement, problem in reading.problems:
        yield _of_problem(reading, statement, problem)
    for finding in findings:
        if one := _of_finding(reading, finding):
            yield one
    for difference in mirrored.differences:
        yield _of_difference(reading, difference)
    file = next(iter(reading.files), "")
    for trouble in mirrored.troubles:
        if file:
            yield Diagnostic(
                file=file,
                start=0,
                end=_line_end(reading.files[file], 0),
                severity="warning",
                message=trouble.message,
                advice=trouble.advice,
                elsewhere=(trouble.file, trouble.line),
            )


def _of_problem(reading: Reading, statement: Statement, problem: Problem) -> Diagnostic:
    found = reading.offset_of(problem.place) if problem.place else None
    offset = found[1] if found else statement.piece.name_start or statement.piece.begins
    start, end = word_span(reading, statement, offset)
    return Diagnostic(
        file=statement.file,
        start=start,
        end=end,
        severity="error",
        message=problem.message,
        advice=problem.advice,
        ref=statement.ref,
    )


def _of_finding(reading: Reading, finding: Finding) -> Diagnostic | None:
    found = reading.offset_of(finding.place) if finding.place else None
    if found is None:
        return None
    statement, offset = found
    start, end = _unresolved(reading, statement, finding.message) or word_span(
        reading, statement, offset
    )
    return Diagnostic(
        file=statement.file,
        start=start,
        end=end,
        severity=finding.severity,
        message=finding.message,
        advice=finding.instead,
        code=finding.code,
        name=finding.name,
        ref=finding.ref,
        hint=finding.hint,
    )


def _of_difference(reading: Reading, difference: Difference) -> Diagnostic:
    file, start, end = span_of(reading, difference.ref)
    return Diagnostic(
        file=file,
        start=start,
        end=end,
        severity=difference.severity,
        message=difference.message,
        advice=difference.advice,
        code=difference.code,
        name=difference.name,
        ref=difference.ref,
        hint=difference.hint,
    )


def _unresolved(reading: Reading, statement: Statement, message: str) -> tuple[int, int] | None:
    """Where the name stands that a message says and nothing is called, so that it is not told at
    the head of a long statement."""
    text, start = statement.piece.text, statement.piece.start
    for mention in reading.mentions(statement):
        name = text[mention.start : mention.end]
        if mention.ref is None and mention.role in ("table", "column") and name in message:
            return start + mention.start, start + mention.end
    return None


def word_span(reading: Reading, statement: Statement, offset: int) -> tuple[int, int]:
    """Return the word at an offset of a statement, or one character where there is none."""
    piece = statement.piece
    start, end = reading.engine.editing().word_at(piece.text, offset)
    if start <= offset < end:
        return piece.start + start, piece.start + end
    if offset >= len(piece.text.rstrip()):  # behind the end of what is there
        ends = len(piece.text.rstrip())
        return piece.start + max(ends - 1, 0), piece.start + ends
    return piece.start + offset, piece.start + offset + 1


def span_of(reading: Reading, ref: Ref) -> tuple[str, int, int]:
    """Return the file and the place of an object, else of its table, else of the first file."""
    for address in (ref, ref.table_ref):
        place = place_of(reading.schema, address)
        found = reading.offset_of(place) if place else None
        if found:
            statement, offset = found
            return statement.file, *word_span(reading, statement, offset)
    file = next(iter(reading.files), "")
    return file, 0, _line_end(reading.files.get(file, ""), 0)


def place_of(schema: Schema, ref: Ref) -> Place | None:
    """Return the place of an object; a view is found by the address of a table."""
    fact = schema.objects.get(ref)
    if fact is None and not ref.table:
        fact = schema.unit(ref.unit).head
    return fact.place if fact else None


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
