"""Which rows a new rule would refuse: conditions over the table as it is now.

What cannot be asked of the current table (a rule about a column that is yet to come) has no look:
the database itself will say, and nothing is lost by that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.sqlite.alter.copying import Filling, mentions
from sqlplumb.engines.sqlite.alter.naming import literal, quoted
from sqlplumb.engines.sqlite.alter.units import Unit
from sqlplumb.engines.sqlite.grammar.lexer import fold, tokens, unquoted
from sqlplumb.engines.sqlite.grammar.others import read_index
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    PrimaryKey,
    Table,
    Unique,
)
from sqlplumb.steps import Look

_MEMBER = re.compile(r"'(?:[^']|'')*'|-?[\w.]+")
_MEMBERS = re.compile(rf"(?P<before>\w+ in) \((?P<members>(?: ?,? ?(?:{_MEMBER.pattern}))+) ?\)")
_STRICT = {
    "int": ("integer",),
    "integer": ("integer",),
    "real": ("real", "integer"),
    "text": ("text",),
    "blob": ("blob",),
}


def looks(
    current: Unit, desired: Unit, changes: tuple[Change, ...], filled: list[Filling]
) -> Iterator[Look]:
    """`filled` is empty where the table is altered in place."""
    sources = {fold(filling.column): filling.expression for filling in filled}
    names = {column.ref.name for column in current.columns}
    plain = {name for name in names if sources.get(name, quoted(name)) in (name, quoted(name))}
    for change in changes:
        for rule, where, shows in _conditions(change, current, desired, sources):
            if where and _asked_of(where, plain, current, desired):
                yield Look(change.ref, rule, current.shown, where, shows)


def _conditions(
    change: Change, current: Unit, desired: Unit, sources: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """The rule in words, the condition under which a row is refused, and what to show of it."""
    match change:
        case Drop():
            return
        case Alter(Column(not_null=False), Column(not_null=True) as column):
            source = sources.get(column.ref.name, quoted(column.ref.name))
            yield f"{column.ref} NOT NULL", f"({source}) IS NULL", "NULL"
        case Alter(Table(strict=False), Table(strict=True)):
            yield from _strict(desired)
        case Alter(Check() as known, Check() as rule) if _is_wider(known, rule):
            return
        case Create(desired=Check() as rule) | Alter(desired=Check() as rule):
            text = rule.expression.text
            names = [name for name in _columns(current) if mentions(text, name)]
            yield f"{rule.ref} CHECK ({' '.join(text.split())})", f"NOT ({text})", _shown(names)
        case (
            Create(desired=Unique() | PrimaryKey() as key)
            | Alter(desired=Unique() | PrimaryKey() as key)
        ):
            yield from _unique(str(key.ref), [_part(part) for part in key.columns], "", current)
        case (
            Create(desired=Index(unique=True) as index) | Alter(desired=Index(unique=True) as index)
        ):
            yield from _unique_index(index, current)
        case Create(desired=ForeignKey() as key) | Alter(desired=ForeignKey() as key):
            yield from _orphans(key, current)


def _is_wider(current: Check, desired: Check) -> bool:
    """Has a list, the same words before it, only gained members?"""
    lists = [_MEMBERS.fullmatch(rule.expression.canonical) for rule in (current, desired)]
    if not (lists[0] and lists[1]) or lists[0]["before"] != lists[1]["before"]:
        return False
    members = [set(_MEMBER.findall(found["members"])) for found in lists if found]
    return members[0] <= members[1]


def _unique_index(index: Index, current: Unit) -> Iterator[tuple[str, str, str]]:
    parsed = read_index(index.text)
    terms = [
        index.text[term.tokens[0].start : term.tokens[-1].end]
        + (f" COLLATE {quoted(term.collation)}" if term.collation else "")
        for term in parsed.terms
    ]
    where = parsed.predicate
    predicate = index.text[where[0].start : where[-1].end] if where else ""
    yield from _unique(str(index.ref), terms, predicate, current)


def _unique(
    name: str, terms: list[str], predicate: str, current: Unit
) -> Iterator[tuple[str, str, str]]:
    """NULL is unlike every other NULL, so a row with one is never refused."""
    table, listed = quoted(current.shown), ", ".join(terms)
    real = " AND ".join(f"({term}) IS NOT NULL" for term in terms)
    condition = f"({predicate}) AND {real}" if predicate else real
    twice = f"SELECT {listed} FROM {table} WHERE {condition} GROUP BY {listed} HAVING count(*) > 1"
    yield f"{name} UNIQUE ({listed})", f"{condition} AND ({listed}) IN ({twice})", listed


def _orphans(key: ForeignKey, current: Unit) -> Iterator[tuple[str, str, str]]:
    if not key.target_columns:
        return
    own = [f"{quoted(current.shown)}.{quoted(name)}" for name in key.columns]
    pairs = zip(own, key.target_columns, strict=True)
    same = " AND ".join(f"parent.{quoted(target)} = {name}" for name, target in pairs)
    real = " AND ".join(f"{name} IS NOT NULL" for name in own)
    none = f"NOT EXISTS (SELECT 1 FROM {quoted(key.target)} AS parent WHERE {same})"
    yield f"{key.ref} REFERENCES {key.target}", f"{real} AND {none}", ", ".join(own)


def _strict(desired: Unit) -> Iterator[tuple[str, str, str]]:
    for column in desired.columns:
        if kinds := _STRICT.get(column.type):
            name = quoted(column.ref.name)
            listed = ", ".join(literal(kind) for kind in (*kinds, "null"))
            yield f"{column.ref} STRICT", f"typeof({name}) NOT IN ({listed})", name


def _part(part: KeyPart) -> str:
    collate = f" COLLATE {quoted(part.collation)}" if part.collation else ""
    return quoted(part.term) + collate


def _columns(unit: Unit) -> list[str]:
    return [column.ref.name for column in unit.columns]


def _shown(names: list[str]) -> str:
    return ", ".join(quoted(name) for name in names) or "NULL"


def _asked_of(where: str, plain: set[str], current: Unit, desired: Unit) -> bool:
    """Does it speak only of columns that are there now, and go over unchanged?"""
    others = {column.ref.name for column in (*desired.columns, *current.columns)} - plain
    return not any(fold(unquoted(token.text)) in others for token in tokens(where))
