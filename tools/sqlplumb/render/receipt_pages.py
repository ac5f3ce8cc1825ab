"""Receipts and adoptions as pages, HTML or Markdown: one view model, made of text alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Literal

from sqlplumb.changes.comparison import Comparison
from sqlplumb.errors import Problem
from sqlplumb.proof import Proof
from sqlplumb.receipts import Adoption, Done, Passage, Receipt
from sqlplumb.render.comparisons import Difference, differences
from sqlplumb.render.pages import Block, fenced, render_page
from sqlplumb.render.paint import one_line
from sqlplumb.render.proofs import proof_report
from sqlplumb.render.receipts import (
    bridge_crossing,
    outcomes_counted,
    rows_counted,
    stands_at,
    table_named,
    what_came,
    where_adopted,
)
from sqlplumb.render.words import counted
from sqlplumb.review import Level, worst

PageFormat = Literal["html", "md"]
_HEADLINES: dict[str, tuple[str, Level]] = {
    "applied": ("Applied", "safe"),
    "nothing to do": ("Nothing to do", "safe"),
    "rehearsed": ("Dry run", "look"),
    "refused": ("Refused", "stop"),
    "failed": ("Failed", "stop"),
    "adopted": ("Adopted", "safe"),
    "adopted already": ("Adopted already", "safe"),
    "to be adopted": ("Dry run", "look"),
    "not adopted": ("Not adopted", "stop"),
    "drift": ("Drift", "stop"),
}
_GATES: dict[str, Level] = {"passed": "safe", "shut": "stop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gate:
    name: str
    outcome: str
    level: str
    words: str


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    words: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Revision:
    """A revision that ran, with the rows of its tables; of a dry run, its statements."""

    name: str
    message: str
    words: str
    tables: tuple[tuple[str, str, str], ...]
    statements: tuple[_Statement, ...]

    @property
    def block(self) -> Block | None:
        text = "\n".join(
            f"{statement.sql}\n-- {one_line(statement.words)}" for statement in self.statements
        )
        return fenced("sql", text) if text else None


@dataclass(frozen=True, slots=True)
class _Sides:
    """What differs between two sources."""

    current: str
    desired: str
    differences: tuple[Difference, ...]

    @property
    def diffs(self) -> Iterator[tuple[Difference, Block]]:
        for difference in self.differences:
            lines = [f"- {line}" for line in difference.current.splitlines()]
            lines += [f"+ {line}" for line in difference.desired.splitlines()]
            yield difference, fenced("diff", "\n".join(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What came of one database. `ways` are commands, each with what it does, under `next`."""

    key: str = "d1"
    database: str
    headline: str
    level: Level
    summary: str
    glance: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    ran: str = ""
    revisions: tuple[_Revision, ...] = ()
    sides: _Sides | None = None
    gates: tuple[_Gate, ...] = ()
    next: str = ""
    ways: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def commands(self) -> Iterator[tuple[str, Block]]:
        for command, effect in self.ways:
            yield effect, fenced("sh", command)


def receipts_page(
    receipts: Sequence[Receipt],
    format: PageFormat,
    *,
    asked: int = 1,
    file: Path | None = None,
    templates: Path | None = None,
) -> str:
    """Lay out the receipts of one call for `asked` databases; `file` is the receipt of a fleet."""
    pages = [_receipt(receipt, f"d{number}") for number, receipt in enumerate(receipts, 1)]
    summary = ""
    if asked > 1:
        written = f"; the receipt is {file}" if file else ""
        summary = f"{counted(asked, 'database')}: {outcomes_counted(receipts, asked)}{written}"
    return _written(pages, format, summary=summary, templates=templates)


def adoption_page(adoption: Adoption, format: PageFormat, *, templates: Path | None = None) -> str:
    headline, level = _HEADLINES[adoption.outcome]
    page = _Page(
        database=adoption.database,
        headline=headline,
        level=level,
        summary=where_adopted(adoption),
        glance=tuple(_adoption_glance(adoption)),
        problems=(adoption.problem,) if adoption.problem else (),
        next="What leads there",
        ways=adoption.ways,
        warnings=tuple(map(str, adoption.warnings)),
        sides=_sides(adoption.comparison),
    )
    return _written([page], format, templates=templates)


def bridge_page(
    path: Path,
    proof: Proof,
    *,
    name: str,
    allowed: Sequence[str],
    format: PageFormat,
    templates: Path | None = None,
) -> str:
    """Lay out that a bridge was written, and how to go over it."""
    command = bridge_crossing(path, name, allowed)
    proved, *notes = proof_report(proof).splitlines()
    page = _Page(
        database=name,
        headline="Written",
        level="look",
        summary=f"{path.name} leads there; nothing was changed",
        glance=(("Proof", proved),),
        files=(("Revision", str(path)),),
        warnings=tuple(notes),
        next="What leads there",
        ways=((f"{command} --dry-run", "shows what would run"), (command, "runs it, and adopts")),
    )
    return _written([page], format, templates=templates)


def _written(
    pages: Sequence[_Page],
    format: PageFormat,
    *,
    summary: str = "",
    templates: Path | None,
) -> str:
    level = worst(page.level for page in pages)
    gravest = next(page for page in pages if page.level == level)
    text = render_page(
        f"receipts.{format}",
        templates,
        level=level,
        headline=gravest.headline,
        summary=summary or gravest.summary,
        title=f"{gravest.headline}: {', '.join(page.database for page in pages)}",
        is_one_of_several=len(pages) > 1,
        depth=3 if len(pages) > 1 else 2,
        parts=pages,
    )
    return text.rstrip("\n")


def _receipt(receipt: Receipt, key: str) -> _Page:
    headline, level = _HEADLINES[receipt.outcome]
    is_down, is_rehearsed = receipt.direction == "down", receipt.outcome == "rehearsed"
    if is_down and receipt.outcome == "applied":
        headline = "Taken back"
    ran = ("would be taken back" if is_rehearsed else "taken back") if is_down else "ran"
    count = counted(len(receipt.revisions), "revision")
    ways: tuple[tuple[str, str], ...] = ()
    if receipt.backup and receipt.file:
        restore = f"sqlplumb restore {quote(str(receipt.file))}"
        ways = ((restore, f"brings back {receipt.backup.path}"),)
    return _Page(
        key=key,
        database=receipt.database,
        headline=headline,
        level=level,
        summary=what_came(receipt),
        glance=tuple(_receipt_glance(receipt)),
        files=tuple(_files(receipt)),
        problems=receipt.error.problems if receipt.error else (),
        ran=f"{count} would run" if is_rehearsed and not is_down else f"{count} {ran}",
        revisions=tuple(map(_revision, receipt.revisions)),
        gates=tuple(map(_gate, receipt.gates)),
        next="The way back",
        ways=ways,
        warnings=(*receipt.notes, *map(str, receipt.warnings)),
        sides=_sides(receipt.drift if receipt.error else None),
    )


def _receipt_glance(receipt: Receipt) -> Iterator[tuple[str, str]]:
    yield "Was at", stands_at(receipt.before)
    if receipt.revisions and receipt.outcome != "rehearsed":
        yield "Is at", stands_at(receipt.after)
    yield "Began", receipt.began
    yield "Took", f"{receipt.seconds:.2f} s"
    if receipt.locked:
        yield "Was locked for", f"{receipt.locked:.2f} s"


def _files(receipt: Receipt) -> Iterator[tuple[str, str]]:
    if receipt.backup:
        yield "Backup", f"{receipt.backup.path}, {receipt.backup.bytes:,} bytes"
    if receipt.file:
        yield "Receipt", str(receipt.file)


def _adoption_glance(adoption: Adoption) -> Iterator[tuple[str, str]]:
    if adoption.revision:
        yield "Revision", adoption.revision
    if adoption.pending:
        yield "Behind it", counted(adoption.pending, "revision")
    if adoption.comparison:
        yield "Differences", str(len(differences(adoption.comparison)))


def _revision(done: Done) -> _Revision:
    same = counted(done.compared, "table")
    compared = f"; {same} compared row by row: the same" if done.compared else ""
    return _Revision(
        name=done.revision,
        message=done.message,
        words="" if done.statements else f"{done.seconds:.2f} s{compared}",
        tables=tuple(
            (table_named(table, done), rows_counted(before), rows_counted(after))
            for table, (before, after) in (done.rows or {}).items()
        ),
        statements=tuple(
            _Statement(
                f"{touched.statement.strip().rstrip(';').rstrip()};",
                touched.words,
                "" if touched.rows is None else rows_counted(touched.rows),
            )
            for touched in done.statements
        ),
    )


def _sides(comparison: Comparison | None) -> _Sides | None:
    if comparison is None or not comparison.changes:
        return None
    current, desired = comparison.current.source, comparison.desired.source
    return _Sides(current, desired, differences(comparison))


def _gate(passage: Passage) -> _Gate:
    return _Gate(
        name=passage.gate,
        outcome=passage.outcome,
        level=_GATES.get(passage.outcome, ""),
        words=passage.detail,
    )
