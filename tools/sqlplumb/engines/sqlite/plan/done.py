"""Conditions by which a script knows that it may begin, and that every step was done.

They are asked of SQLite alone, over the stored schema: nothing here looks at a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing

from sqlplumb.changes import Alter, Create, Drop, Rename
from sqlplumb.engines.sqlite.parse.lexer import fold, literal
from sqlplumb.engines.sqlite.plan.naming import statement
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Column, Ref
from sqlplumb.steps import Guard, Plan, Step

_MASTER = "main.sqlite_master"
_WIDTH = 80


def may_begin(plan: Plan) -> Iterator[Guard]:
    """Ask that the tables which are made anew, or get another name, have the columns that are
    copied, and that the values which hints give or move are not given yet.

    A text tells: a table that is made anew has the author's, which it did not have before.
    """
    former = {one.ref: one.current.ref for one in plan.changes if isinstance(one, Rename)}
    for step in plan:
        if step.verb == "rebuild" or (step.changes and step.ref in former):
            table = former.get(step.ref, step.ref)
            yield from _has_columns(plan, table)
        if step.verb == "rebuild" and (step.fills or _moves_columns(plan, step.ref)):
            done = [*_has_text(plan, step, former), *_has_types(step, former)]
            conditions = "\n    AND ".join(f"NOT {one}" for one in done)
            if done:
                yield Guard(f"the values of {step.ref} are not given yet", conditions)


def _has_columns(plan: Plan, table: Ref) -> Iterator[Guard]:
    if known := plan.current.tables.get(table.name):
        names = ", ".join(map(literal, known.columns))
        count = f"count(*) = {len(known.columns)}\n    AND sum(lower(name) IN ({names})) = count(*)"
        yield Guard(
            f"{table} has the columns that are known here",
            f"(SELECT {count}\n    FROM pragma_table_xinfo({literal(table.display)}))",
        )


def _has_text(plan: Plan, step: Step, former: Mapping[Ref, Ref]) -> Iterator[str]:
    """None where it has that text already, and a person says that its values move again."""
    known, text = plan.current.objects.get(former.get(step.ref, step.ref)), step.statements[0]
    if known is None or _stored(statement(known.text)) != (stored := _stored(text)):
        yield f"EXISTS (SELECT 1 FROM {_MASTER}\n    WHERE sql = {literal(stored)})"


def _has_types(step: Step, former: Mapping[Ref, Ref]) -> Iterator[str]:
    """Another tool may have converted them, and the text is not the author's then."""
    table = former.get(step.ref, step.ref)
    filled = {fill.ref for fill in step.fills}
    for change in step.changes:
        match change:
            case Alter(_, Column(type=type_) as column, fields) if "type" in fields:
                if column.ref in filled:
                    name = literal(former.get(column.ref, column.ref).name)
                    info = f"pragma_table_xinfo({literal(table.display)})"
                    where = f"lower(name) = {name} AND lower(type) = {literal(type_)}"
                    yield f"EXISTS (SELECT 1 FROM {info}\n    WHERE {where})"


def _moves_columns(plan: Plan, table: Ref) -> bool:
    return any(isinstance(one, Rename) and one.ref.unit == table.name for one in plan.changes)


def _stored(create: str) -> str:
    """SQLite keeps the words before the name in its own form."""
    with closing(scratch_for_code()) as scratch:
        scratch.execute(create)
        return str(scratch.execute("SELECT sql FROM sqlite_master").fetchone()[0])


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
    """Those that came are there, and those that went are not."""
    table = literal(step.ref.display)
    columns = [change for change in step.changes if change.ref.kind == "column"]
    for verb in (Create, Drop):
        names = [literal(change.ref.name) for change in columns if isinstance(change, verb)]
        if names:
            found = f"SELECT count(*) FROM pragma_table_xinfo({table})\n    WHERE lower(name) "
            listed = f"= {names[0]}" if len(names) == 1 else f"IN (\n    {_wrapped(names)})"
            yield f"({found}{listed}) = {len(names) if verb is Create else 0}"


def _wrapped(names: Iterable[str]) -> str:
    """So many in a line as are easily read."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > _WIDTH:
            lines.append("")
        lines[-1] += f"{name}, "
    return "\n    ".join(line.rstrip() for line in lines).removesuffix(",")
