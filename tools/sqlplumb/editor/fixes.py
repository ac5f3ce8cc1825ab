"""Quick fixes: an index for a foreign key, the hint for a rename, an ignore, the name that was
meant.

Each is a change of text that its author could have typed; none is ever applied by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from sqlplumb.editor.diagnostics import Diagnostic
from sqlplumb.editor.lookup import Spot
from sqlplumb.editor.reading import Reading, Statement
from sqlplumb.lint import MARK, RULES, read_ignores
from sqlplumb.lint.rules import foreign_key_without_index
from sqlplumb.schema import ForeignKey, Index, Unit

_MEANT = re.compile(r"did you mean (?:`-- )?(?P<name>@\w+|[^?`]+)")
_HINT = re.compile(r"@[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Text to put in place of what stands at `spot`. One that `is_likely` may come first."""

    title: str
    spot: Spot
    text: str
    is_likely: bool = False


def fixes(reading: Reading, diagnostic: Diagnostic) -> Iterator[Fix]:
    statement = reading.statement_at(diagnostic.file, diagnostic.start)
    if statement is None:
        return
    if diagnostic.code == foreign_key_without_index.RULE.code:
        yield from _index(reading, diagnostic, statement)
    if diagnostic.hint:
        title = f"It is a rename: write {diagnostic.hint}"
        spot, text = _above(reading, diagnostic, statement, comment=diagnostic.hint)
        yield Fix(title=title, spot=spot, text=text)
    yield from _meant(reading, diagnostic, statement)
    if diagnostic.code and not _is_of_comment(diagnostic):
        title = f"Ignore {diagnostic.code} {diagnostic.name} here (then write the reason)"
        comment = f"-- {MARK} ignore {diagnostic.code} "
        spot, text = _above(reading, diagnostic, statement, comment=comment)
        yield Fix(title=title, spot=spot, text=text)


def _is_of_comment(diagnostic: Diagnostic) -> bool:
    return any(rule.code == diagnostic.code and rule.judges == "comment" for rule in RULES)


# ----------------------------------------------------------------------------------- an index


def _index(reading: Reading, diagnostic: Diagnostic, statement: Statement) -> Iterator[Fix]:
    key = reading.schema.objects.get(diagnostic.ref) if diagnostic.ref else None
    if not isinstance(key, ForeignKey):
        return
    spelled = reading.engine.editing().spelled
    unit = reading.schema.unit(key.ref.unit)
    columns = [unit.spelled(name) for name in key.columns]
    name = _free_name(reading, unit, columns)
    listed = ", ".join(map(spelled, columns))
    create = f"CREATE INDEX {spelled(name)} ON {spelled(unit.display)} ({listed});"
    end = statement.piece.start + len(statement.piece.text.rstrip())
    spot = Spot(file=statement.file, start=end, end=end)
    yield Fix(title=f"Add index {name}", spot=spot, text=f"\n{create}", is_likely=True)


def _free_name(reading: Reading, unit: Unit, columns: Iterable[str]) -> str:
    """Begin it as most indexes of this schema begin."""
    names = [fact.ref.name for fact in reading.schema.objects.values() if isinstance(fact, Index)]
    begins = Counter(name.partition("_")[0] for name in names if "_" in name)
    prefix = begins.most_common(1)[0][0] if begins else "idx"
    name = "_".join((prefix, unit.display, *columns))
    taken = {statement.piece.key[1] for statement in reading.statements}
    number, free = 2, name
    while free.lower() in taken:
        free, number = f"{name}_{number}", number + 1
    return free


# ----------------------------------------------------------------------------------- a comment


def _above(
    reading: Reading, diagnostic: Diagnostic, statement: Statement, *, comment: str
) -> tuple[Spot, str]:
    """A line of its own above what the diagnostic is about: above the whole statement where that
    is the object. What stands in the middle of a line moves to a line of its own."""
    text, at = reading.files[diagnostic.file], diagnostic.start
    begins = statement.piece.start + statement.piece.begins
    is_inside = diagnostic.ref is not None and diagnostic.ref.inline
    if not is_inside and "\n" not in text[begins:at]:
        at = begins
    line = text.rfind("\n", 0, at) + 1
    indent = text[line : line + len(text[line:]) - len(text[line:].lstrip(" \t"))]
    if not text[line:at].strip():
        spot = Spot(file=diagnostic.file, start=line, end=line)
        return spot, f"{indent}{comment}\n"
    spot = Spot(file=diagnostic.file, start=at, end=at)
    return spot, f"\n{indent}    {comment}\n{indent}    "


# ------------------------------------------------------------------------------- did you mean


def _meant(reading: Reading, diagnostic: Diagnostic, statement: Statement) -> Iterator[Fix]:
    yield from _meant_names(reading, diagnostic, statement)
    yield from _meant_rules(reading, diagnostic)
    if found := _MEANT.search(diagnostic.advice):
        text, start = reading.files[diagnostic.file], diagnostic.start
        line_end = text.find("\n", start)
        written = _HINT.search(text, start, line_end if line_end >= 0 else len(text))
        if found["name"].startswith("@") and written:
            spot = Spot(file=diagnostic.file, start=written.start(), end=written.end())
            yield Fix(
                title=f"Change to {found['name']}", spot=spot, text=found["name"], is_likely=True
            )


def _meant_names(reading: Reading, diagnostic: Diagnostic, statement: Statement) -> Iterator[Fix]:
    editing, piece = reading.engine.editing(), statement.piece
    for mention in reading.mentions(statement):
        start, end = piece.start + mention.start, piece.start + mention.end
        if mention.ref or not (start <= diagnostic.start < end):
            continue
        known = [*reading.columns] if mention.role == "table" else _columns(reading, mention.among)
        spelled = {editing.fold(name): name for name in known}
        if mention.role == "table":
            spelled |= {
                name: ref.display for name, head in reading.heads.items() if (ref := head.ref)
            }
        written = editing.fold(piece.text[mention.start : mention.end].strip('"`[]'))
        for name in get_close_matches(written, [*spelled], 3):
            yield Fix(
                title=f"Change to {spelled[name]}",
                spot=Spot(file=diagnostic.file, start=start, end=end),
                text=editing.spelled(spelled[name]),
                is_likely=True,
            )


def _columns(reading: Reading, among: Iterable[str]) -> list[str]:
    return [name for unit in among for name in reading.columns.get(unit) or ()]


def _meant_rules(reading: Reading, diagnostic: Diagnostic) -> Iterator[Fix]:
    """A comment ignores a rule that there is not."""
    if not _is_of_comment(diagnostic):
        return
    for ignore in read_ignores(reading.remarks, RULES):
        found = reading.offset_of(ignore.place)
        near = _MEANT.search(ignore.near)
        if not near or not found:
            continue
        statement, offset = found
        begins = statement.piece.text.find(ignore.rule, offset)
        start = statement.piece.start + begins
        if statement.piece.start + offset == diagnostic.start and begins >= 0:
            spot = Spot(file=statement.file, start=start, end=start + len(ignore.rule))
            yield Fix(
                title=f"Change to {near['name']}", spot=spot, text=near["name"], is_likely=True
            )
