"""Facts as SQLAlchemy Core, complete enough for batch mode to copy a table from.

Not all of SQL can be said in Core. Nothing here decides whether what came out is faithful: that is
tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.engines import engine
from sqlplumb.render.revision.python import nested, string
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Object,
    PrimaryKey,
    Table,
    Unique,
)

SPELLED = "Spelled"
_PLAIN = re.compile(
    r"(integer|text|real|blob|numeric|boolean|datetime|date|time|timestamp|bigint|smallint|float"
    r"|json)|(varchar|char|numeric|decimal)\(([1-9]\d*)\)"
)
_ROWIDS = ("rowid", "_rowid_", "oid")


def table(facts: Sequence[Object], retyped: frozenset[str], indent: int) -> str:
    """`sa.Table(...)`. `retyped` are columns whose type is to change: spelled, none is CAST."""
    head = next(fact for fact in facts if isinstance(fact, Table))
    columns = {fact.ref.name: fact for fact in facts if isinstance(fact, Column)}
    inner = indent + 1
    arguments = [string(head.ref.display), "sa.MetaData()", *_rowid(facts, columns)]
    in_order = sorted(columns.values(), key=lambda column: column.position)
    key = next((fact for fact in facts if isinstance(fact, PrimaryKey)), None)
    for one in in_order:
        arguments.append(column(one, inner, key, spelled=one.ref.name in retyped))
    for fact in facts:
        if isinstance(fact, PrimaryKey | Unique | ForeignKey | Check):
            arguments += _rule(fact, columns, inner)
    arguments += _options(head, key)
    return nested("sa.Table", arguments, indent)


def column(fact: Column, indent: int, key: PrimaryKey | None = None, spelled: bool = False) -> str:
    in_key = key is not None and fact.ref.name in (part.term for part in key.columns)
    said = [string(fact.ref.display), type_(fact, spelled)]
    if fact.default is not None:
        said.append(f"server_default={default(fact)}")
    if in_key and key is not None and len(key.columns) == 1 and not key.name:
        said.append("primary_key=True")
    if fact.not_null or in_key:
        said.append(f"nullable={not fact.not_null}")
    if fact.not_null_conflict:
        said.append(f"sqlite_on_conflict_not_null={string(fact.not_null_conflict)}")
    if in_key and key is not None and (conflict := key.options.word("on_conflict")):
        said.append(f"sqlite_on_conflict_primary_key={string(conflict)}")
    return nested("sa.Column", said, indent)


def type_(fact: Column, spelled: bool = False) -> str:
    """As SQLAlchemy has it, or else spelled as it is declared."""
    plain = _PLAIN.fullmatch(fact.type)
    if spelled or fact.collation or not plain:
        collate = f' COLLATE "{fact.collation}"' if fact.collation else ""
        words = engine("sqlite").spelled_type(fact.type).upper()
        return f"{SPELLED}({string((words + collate).strip())})"
    name, sized, size = plain.groups()
    return f"sa.{name.upper()}()" if name else f"sa.{sized.upper()}({size})"


def default(fact: Column) -> str:
    assert fact.default is not None
    return f"sa.text({string(_escaped(fact.default.text))})"


def condition(fact: Check) -> str:
    return string(_escaped(fact.expression.text))


def shown_columns(names: Sequence[str], columns: Mapping[str, Column]) -> list[str]:
    """As the table's author writes them: to SQLAlchemy, case counts."""
    return [columns[name].ref.display if name in columns else name for name in names]


def references(fact: ForeignKey) -> list[str]:
    """The options of a foreign key, as arguments."""
    said = [
        f"{name}={string(value)}"
        for name, value in (
            ("onupdate", fact.on_update),
            ("ondelete", fact.on_delete),
            ("match", fact.match),
        )
        if value
    ]
    if fact.deferrable:
        said.append("deferrable=True")
    if fact.deferrable == "deferred":
        said.append('initially="DEFERRED"')
    return said


def _rule(
    fact: PrimaryKey | Unique | ForeignKey | Check, columns: Mapping[str, Column], indent: int
) -> Iterator[str]:
    match fact:
        case PrimaryKey():
            if len(fact.columns) > 1 or fact.name:
                names = shown_columns([part.term for part in fact.columns], columns)
                name = [f"name={string(fact.name)}"] if fact.name else []
                yield nested("sa.PrimaryKeyConstraint", [*map(string, names), *name], indent)
        case Unique():
            names = shown_columns([part.term for part in fact.columns], columns)
            conflict = fact.options.word("on_conflict")
            option = [f"sqlite_on_conflict={string(conflict)}"] if conflict else []
            said = [*map(string, names), *_named(fact), *option]
            yield nested("sa.UniqueConstraint", said, indent)
        case ForeignKey():
            names = shown_columns(fact.columns, columns)
            target, *target_columns = fact.shown
            targets = [f"{target}.{name}" for name in target_columns]
            said = [_listed(names), _listed(targets), *_named(fact), *references(fact)]
            yield nested("sa.ForeignKeyConstraint", said, indent)
        case Check():
            yield nested("sa.CheckConstraint", [condition(fact), *_named(fact)], indent)


def _named(fact: Unique | ForeignKey | Check) -> list[str]:
    return [f"name={string(fact.ref.shown)}"] if fact.ref.shown else []


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(map(string, names))}]"


def _options(head: Table, key: PrimaryKey | None) -> Iterator[str]:
    if key is not None and key.options.flag("autoincrement"):
        yield "sqlite_autoincrement=True"
    if head.options.flag("strict"):
        yield "sqlite_strict=True"
    if head.options.flag("without_rowid"):
        yield "sqlite_with_rowid=False"


def _rowid(facts: Sequence[Object], columns: Mapping[str, Column]) -> Iterator[str]:
    """A column of the system's own: batch mode copies it, and CREATE TABLE leaves it out."""
    head = next(fact for fact in facts if isinstance(fact, Table))
    alias = any(isinstance(fact, PrimaryKey) and fact.options.flag("rowid_alias") for fact in facts)
    free = next((name for name in _ROWIDS if name not in columns), None)
    if free and not alias and not head.options.flag("without_rowid"):
        yield f"sa.Column({string(free)}, sa.INTEGER(), system=True)"


def _escaped(text: str) -> str:
    return re.sub(r"(?<![:\w]):(?=\w)", r"\\:", text)
