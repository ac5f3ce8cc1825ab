"""Conditions by which the end of a script knows that every step was done, asked of SQLite alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines.sqlite.parse.lexer import fold, literal
from sqlplumb.schema import Column, Ref
from sqlplumb.steps import Step

_MASTER = "main.sqlite_master"


def all_done(steps: tuple[Step, ...], others: Collection[Ref] = ()) -> Iterator[str]:
    """An object is known by its name, and by how long its text is, where that is the author's;
    `others` have a text of somebody else's. A tab may have become four blanks on its way."""
    whole = [step for step in steps if not step.ref.inline]
    made = [step for step in whole if step.verb in ("create", "rebuild")]
    texts = {_written(step) for step in made if step.ref not in others}
    named = {_named(step) for step in whole if step.verb == "rename" and step.changes}
    named |= {_named(step) for step in made if step.ref in others}
    gone = {_named(step) for step in whole if step.verb == "drop"}
    gone -= {(kind, name) for kind, name, _ in texts} | named
    if texts:
        rows = _listed(f"({literal(kind)}, {literal(name)}, {size})" for kind, name, size in texts)
        size = "length(replace(sql, char(9), '    '))"
        yield f"{_count(f'type, lower(name), {size}', rows)} = {len(texts)}"
    if named:
        yield f"{_count('type, lower(name)', _rows(named))} = {len(named)}"
    if gone:
        yield f"{_count('type, lower(name)', _rows(gone))} = 0"
    for step in steps:
        if step.verb == "alter":
            yield from _columns(step)


def _written(step: Step) -> tuple[str, str, int]:
    return (*_named(step), len(step.statements[0].replace("\t", "    ")))


def _named(step: Step) -> tuple[str, str]:
    return step.ref.kind.removeprefix("virtual "), fold(step.ref.display)


def _rows(objects: set[tuple[str, str]]) -> str:
    return _listed(f"({literal(kind)}, {literal(name)})" for kind, name in objects)


def _listed(rows: Iterable[str]) -> str:
    return ",\n    ".join(sorted(rows))


def _count(what: str, rows: str) -> str:
    return f"(SELECT count(*) FROM {_MASTER}\n    WHERE ({what}) IN (VALUES\n    {rows}))"


def _columns(step: Step) -> Iterator[str]:
    table = literal(step.ref.display)
    columns = f"SELECT 1 FROM pragma_table_xinfo({table})\n    WHERE lower(name) = "
    for change in step.changes:
        match change:
            case Create(Column(ref=ref)):
                yield f"EXISTS ({columns}{literal(ref.name)})"
            case Drop(Column(ref=ref)):
                yield f"NOT EXISTS ({columns}{literal(ref.name)})"
            case _:
                pass
