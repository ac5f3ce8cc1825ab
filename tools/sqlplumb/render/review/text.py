"""A review for the terminal. rich lays it out; what a schema says is text to it, never markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from sqlplumb.render.paint import one_line, visible
from sqlplumb.render.review.page import Database, Overview, Page, overview
from sqlplumb.render.review.statements import Bit, ChangedStatement

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

_TAB = 4  # columns, as in HTML
_WIDE = 100  # columns from which on two sides stand beside each other
_STYLES = {"safe": "bold green", "look": "bold yellow", "stop": "bold red"}
_SEVERITIES = {"error": "red", "warning": "yellow", "info": "dim"}


def text(pages: Sequence[Page], width: int = 100, colour: bool = False) -> str:
    from rich.console import Console

    out = StringIO()
    system = "truecolor" if colour else None
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system=system,  # type: ignore[arg-type]
        no_color=not colour,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    if len(pages) > 1:
        for part in _whole(overview(pages)):
            console.print(part, crop=False)
    for page in pages:
        for part in _parts(page, width):
            console.print(part, crop=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _whole(whole: Overview) -> Iterator[RenderableType]:
    """Judge all revisions together, before each of them."""
    yield _text(whole.headline, _STYLES[whole.level])
    for revision, reason in whole.listed:
        yield _item(f"{revision}: {reason.words}", _STYLES[reason.level])
    yield _text("")


def _parts(page: Page, width: int) -> Iterator[RenderableType]:
    yield _text(page.headline, _STYLES[page.level])
    for reason in page.reasons:
        yield _item(reason.words, _STYLES[reason.level])
    yield _text(f"{page.revision}  {page.message}  {page.file}", "dim")
    for term, words in page.about:
        yield _text(f"{term}: {words}", "dim")
    yield from _dangers(page)
    if page.database:
        yield from _database(page.database)
    for change in page.changes:
        yield _head(f"{change.title}  {change.place}".rstrip())
        for deed in change.deeds:
            yield _item(deed)
        is_wide = change.has_both and width >= _WIDE
        yield from (_beside(change),) if is_wide else _below(change)
        yield from (_item(f"before: {line}", "dim") for line in change.log)
    yield from _statements(page)
    proved = page.proved
    lines = [proved.words, *(f"fails: {failure}" for failure in proved.failures)]
    lines += [f"not covered: {gap}" for gap in proved.uncovered]
    lines += [f"noted: {note}" for note in proved.notes]
    yield from _list(f"The proof {'holds' if proved.holds else 'FAILS'}", [*lines, proved.under])
    yield from _list("The way back", [*page.back, *(f"loses {loss}" for loss in page.back_loses)])
    if page.next_steps:
        yield _head(page.steps_title)
    for step in page.next_steps:
        yield _verbatim(f"  {step.purpose:<10} {step.command}")
    yield _text("")


def _dangers(page: Page) -> Iterator[RenderableType]:
    """Show what is lost, what changes in rows, and what the rules found."""
    if not (page.lost or page.findings):
        yield _head("Nothing is lost, and no rule has a finding")
    yield from _list("What is lost", [f"{lost.message} ({lost.leave})" for lost in page.lost])
    yield from _list("Values that change", page.values)
    if page.lost or page.findings:
        yield _head("Findings" if page.findings else "No findings")
    for finding in page.findings:
        place = f"{finding.place}: " if finding.place else ""
        style = _SEVERITIES[finding.severity]
        yield _item(f"{place}{finding.severity} {finding.code} {finding.message}", style)
        yield _item(finding.instead, "dim", indent=6)


def _statements(page: Page) -> Iterator[RenderableType]:
    if page.statements:
        yield _head("What will run")
    for run in page.runs:
        if run.is_guard:
            yield _item(f"{run.numbers}. [guard] {run.words}", "dim")
            continue
        (statement,) = run.statements
        rows = "" if statement.rows is None else f", {statement.rows} rows, {statement.time}"
        yield _item(f"{statement.number}. [{statement.work}{rows}] {statement.words}")
        for line in statement.sql.expandtabs(_TAB).splitlines():
            yield _verbatim(f"       {line}", "dim")


def _below(change: ChangedStatement) -> Iterator[RenderableType]:
    """Show line by line, as the author broke them, so that they can be copied whole."""
    for line in change.lines:
        if line.kind == "same" and change.has_both:
            yield _verbatim(f"      {_plain(line.desired)}")
            continue
        if line.current is not None:
            yield _verbatim(f"    - {_plain(line.current)}", "red")
        if line.desired is not None:
            yield _verbatim(f"    + {_plain(line.desired)}", "green")


def _plain(bits: tuple[Bit, ...] | None) -> str:
    return "".join(bit.text for bit in bits or ()).expandtabs(_TAB)


def _beside(change: ChangedStatement) -> Table:
    from rich.table import Table

    grid = Table(expand=True, show_header=False, box=None, padding=(0, 1))
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for line in change.lines:
        grid.add_row(_side(line.current, "-", line.kind), _side(line.desired, "+", line.kind))
    return grid


def _side(bits: tuple[Bit, ...] | None, sign: str, kind: str) -> Text:
    from rich.text import Text

    if bits is None:
        return Text("")
    style = "" if kind == "same" else ("red" if sign == "-" else "green")
    line = Text("  " if kind == "same" else f"{sign} ", style)
    for bit in bits:
        line.append(visible(bit.text).expandtabs(_TAB), f"{style} reverse" * bit.marked)
    return line


def _database(database: Database) -> Iterator[RenderableType]:
    lines = [database.waits]
    lines += [f"{name}: {rows} rows {size}".rstrip() for name, rows, size in database.tables]
    for refused in database.refused:
        if refused.rows:
            rows = f"{refused.rows} rows of {refused.table}"
            values = "; ".join(refused.values)
            lines.append(f"{rows} would be refused by {refused.rule}: {values}")
        else:
            lines.append(f"rows that {refused.rule} refuses were not looked for: {refused.why_not}")
    lines += [f"drift: {change}" for change in database.drift]
    yield from _list(f"In {database.label}", lines)


def _list(title: str, items: Sequence[str]) -> Iterator[RenderableType]:
    if items:
        yield _head(title)
        yield from (_item(item) for item in items)


def _head(words: str) -> Text:
    from rich.text import Text

    return Text(f"\n{one_line(words)}", "bold")


def _item(words: str, style: str = "", indent: int = 2) -> Padding:
    """Its second line begins where its first does."""
    from rich.padding import Padding

    return Padding(_text(words, style), (0, 0, 0, indent), expand=False)


def _verbatim(line: str, style: str = "") -> Group:
    """Show a line of somebody's text, however long: a Text that is printed alone would wrap."""
    from rich.console import Group
    from rich.text import Text

    return Group(Text(one_line(line), style, no_wrap=True, overflow="ignore"))


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(one_line(words).expandtabs(_TAB), style)
