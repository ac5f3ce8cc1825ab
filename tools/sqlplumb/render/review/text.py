"""A review for the terminal. rich lays it out; what a schema says is text to it, never markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from sqlplumb.render.paint import one_line, visible
from sqlplumb.render.review.page import Bit, Database, Page, Shown

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

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
    for page in pages:
        for part in _parts(page, width):
            console.print(part, crop=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _parts(page: Page, width: int) -> Iterator[RenderableType]:
    yield _said(page.headline, _STYLES[page.level])
    for reason in page.reasons:
        yield _item(reason.words, _STYLES[reason.level])
    yield _said(f"{page.revision}  {page.message}  {page.file}", "dim")
    for shown in page.shown:
        yield from _change(shown, width)
    if page.said:
        yield from _statements(page)
    if page.database:
        yield from _database(page.database)
    yield from _list("What is lost", [f"{loss.message} ({loss.leave})" for loss in page.lost])
    yield from _list("Values that change", page.changed)
    yield from _findings(page)
    proved = "holds" if page.proved.holds else "FAILS"
    lines = [*(f"fails: {item}" for item in page.proved.failures)]
    lines += [f"not covered: {item}" for item in page.proved.uncovered]
    lines += [f"noted: {item}" for item in page.proved.notes]
    lines.append(page.proved.under)
    yield from _list(f"The proof {proved}", [page.proved.words, *lines])
    yield from _list("The way back", [*page.back, *(f"loses {item}" for item in page.back_loses)])
    yield _said("")


def _change(shown: Shown, width: int) -> Iterator[RenderableType]:
    yield _head(f"{shown.title}  {shown.place}".rstrip())
    for deed in shown.deeds:
        yield _item(deed)
    if shown.has_both and width >= _WIDE:
        yield _beside(shown)
    else:
        yield from _below(shown)


def _below(shown: Shown) -> Iterator[RenderableType]:
    """Line by line, as the author broke them: who copies them has them whole."""
    for line in shown.lines:
        if line.kind == "same" and shown.has_both:
            yield _verbatim(f"      {_plain(line.desired)}")
            continue
        if line.current is not None:
            yield _verbatim(f"    - {_plain(line.current)}", "red")
        if line.desired is not None:
            yield _verbatim(f"    + {_plain(line.desired)}", "green")


def _plain(bits: tuple[Bit, ...] | None) -> str:
    return "".join(bit.text for bit in bits or ()).replace("\t", "    ")


def _beside(shown: Shown) -> Table:
    from rich.table import Table

    grid = Table(expand=True, show_header=False, box=None, padding=(0, 1))
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for line in shown.lines:
        grid.add_row(_side(line.current, "-", line.kind), _side(line.desired, "+", line.kind))
    return grid


def _side(bits: tuple[Bit, ...] | None, sign: str, kind: str) -> Text:
    from rich.text import Text

    if bits is None:
        return Text("")
    style = "" if kind == "same" else ("red" if sign == "-" else "green")
    line = Text("  " if kind == "same" else f"{sign} ", style)
    for bit in bits:
        line.append(visible(bit.text).replace("\t", "    "), f"{style} reverse" * bit.marked)
    return line


def _statements(page: Page) -> Iterator[RenderableType]:
    yield _head("What will run")
    for said in page.said:
        rows = f", {said.rows} rows, {said.time}" if said.rows is not None else ""
        yield _item(f"{said.number}. [{said.work}{rows}] {said.words}")
        for line in said.sql.splitlines():
            yield _verbatim(f"       {line}", "dim")


def _database(database: Database) -> Iterator[RenderableType]:
    tables = [f"{name}: {rows} rows {size}".rstrip() for name, rows, size in database.tables]
    refused = [
        f"{one.rows} rows of {one.table} would be refused by {one.rule}: {'; '.join(one.values)}"
        if one.rows
        else f"rows that {one.rule} refuses were not looked for: {one.why_not}"
        for one in database.refused
    ]
    drift = [f"drift: {one}" for one in database.drift]
    yield from _list(f"In {database.label}", [database.waits, *tables, *refused, *drift])


def _findings(page: Page) -> Iterator[RenderableType]:
    if not page.findings:
        yield _head("No findings")
        return
    yield _head("Findings")
    for finding in page.findings:
        place = f"{finding.place}: " if finding.place else ""
        style = _SEVERITIES[finding.severity]
        yield _item(f"{place}{finding.severity} {finding.code} {finding.message}", style)
        yield _item(finding.instead, "dim", indent=6)


def _list(title: str, items: Sequence[str]) -> Iterator[RenderableType]:
    if items:
        yield _head(title)
        yield from (_item(one) for one in items)


def _head(words: str) -> Text:
    return _said(f"\n{one_line(words)}", "bold", is_whole=True)


def _item(words: str, style: str = "", indent: int = 2) -> Padding:
    """Its second line begins where its first does."""
    from rich.padding import Padding

    return Padding(_said(words, style), (0, 0, 0, indent), expand=False)


def _verbatim(line: str, style: str = "") -> Group:
    """Somebody's own line, however long. Alone, a Text that is printed forgets not to wrap."""
    from rich.console import Group
    from rich.text import Text

    return Group(Text(one_line(line), style, no_wrap=True, overflow="ignore"))


def _said(words: str, style: str = "", is_whole: bool = False) -> Text:
    from rich.text import Text

    return Text(words if is_whole else one_line(words), style)
