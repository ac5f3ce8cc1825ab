"""What there is to say of an object, as Markdown: its rules in its author's words, who refers to
it, and which revisions made it what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlplumb.editor.lookup import referring
from sqlplumb.editor.mirrors import Mirrored
from sqlplumb.editor.reading import Reading
from sqlplumb.schema import Check, Column, ForeignKey, Index, KeyPart, Object, Ref, Unit

_MOST = 40  # columns that are listed
_ROWS = 12  # of anything else


def hover(reading: Reading, ref: Ref, mirrored: Mirrored) -> str:
    """Return all of it; of what nobody knows more than its name, that."""
    unit = reading.schema.unit(ref.unit)
    fact = reading.schema.objects.get(ref) or (unit.head if not ref.table else None)
    if fact is None:
        return _code(ref.display)
    paragraphs = [f"**{fact.ref.kind}** {_code(str(fact.ref))}{_flags(fact)}"]
    match fact:
        case Column():
            paragraphs += [_sql(fact.text), _list(_of_column(unit, fact))]
        case Index():
            columns = ", ".join(_code(part.text or part.term) for part in fact.keys)
            paragraphs += [_sql(fact.text), f"on {_code(unit.display)}: {columns}"]
        case _ if not fact.ref.table:
            paragraphs += [_list(_of_unit(reading, unit))] if unit.columns else [_sql(fact.text)]
        case _:
            paragraphs.append(_sql(fact.text))
    paragraphs.append(_list(_referring(reading, fact)))
    log = mirrored.log.get((fact.ref.kind, fact.ref.table, fact.ref.name), ())
    paragraphs.append(_list([_plain(line) for line in log], "Revisions"))
    return "\n\n".join(filter(None, paragraphs))


def _flags(fact: Object) -> str:
    flags = fact.options.words_of_flags()
    return f" {', '.join(flags)}" if flags and not fact.ref.table else ""


def _of_unit(reading: Reading, unit: Unit) -> Iterator[str]:
    columns = [*unit.columns.values()]
    for column in columns[:_MOST]:
        yield _code(_one_line(column.text))
    if len(columns) > _MOST:
        yield f"and {len(columns) - _MOST} more columns"
    for fact in unit.inside:
        is_shown = not isinstance(fact, Column) and not _stands_in_column(fact, columns)
        if is_shown:
            yield _code(_one_line(fact.text))
    for dependent in unit.dependents[:_ROWS]:
        yield f"{dependent.ref.kind} {_code(dependent.ref.display)}"


def _stands_in_column(fact: Object, columns: Iterable[Column]) -> bool:
    return any(fact.text == column.text for column in columns)


def _of_column(unit: Unit, column: Column) -> Iterator[str]:
    name = column.ref.name
    if name in unit.key:
        yield "primary key" if len(unit.key) == 1 else "part of the primary key"
    for fact in unit.facts:
        match fact:
            case Check() if name in fact.expression.columns and fact.text != column.text:
                yield _code(_one_line(fact.text))
            case ForeignKey() if name in fact.columns:
                yield f"refers to {_code(_target(fact))}"
            case Index() if any(_reads(part, name) for part in fact.keys):
                yield f"{'unique ' if fact.unique else ''}index {_code(fact.ref.display)}"


def _target(key: ForeignKey) -> str:
    table, *columns = key.shown
    return f"{table} ({', '.join(columns)})" if columns else table


def _reads(part: KeyPart, name: str) -> bool:
    return part.term == name or name in part.columns


def _referring(reading: Reading, fact: Object) -> list[str]:
    """Foreign keys by their columns, all else by its name."""
    if not isinstance(fact, Column) and fact.ref.table:
        return []
    told: list[str] = []
    for statement in referring(reading, fact.ref):
        assert statement.ref
        unit = reading.schema.unit(statement.ref.unit)
        keys = [key for key in unit.foreign_keys if _is_about(key, fact)]
        if statement.ref.table or not keys:
            told.append(f"{statement.ref.kind} {_code(statement.ref.display)} names it")
        for key in keys if not statement.ref.table else ():
            columns = ", ".join(f"{unit.display}.{unit.spelled(name)}" for name in key.columns)
            told.append(f"{_code(columns)} refers to it")
    rest = [f"and {len(told) - _ROWS} more"] if len(told) > _ROWS else []
    return [*told[:_ROWS], *rest]


def _is_about(key: ForeignKey, fact: Object) -> bool:
    if not isinstance(fact, Column):
        return key.target == fact.ref.name
    return key.target == fact.ref.table and fact.ref.name in key.target_columns


# ------------------------------------------------------------------------------------- Markdown


def _list(lines: Iterable[str], title: str = "") -> str:
    rows = [f"- {line}" for line in lines]
    return "\n".join([f"{title}:\n", *rows] if title and rows else rows)


def _code(text: str) -> str:
    """Text as code, whatever quotes are in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    quotes = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{quotes}{space}{_one_line(text)}{space}{quotes}"


def _sql(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{text}\n{fence}"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
