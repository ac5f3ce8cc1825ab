"""Which rows a new rule would refuse: conditions over the table as it is now.

What cannot be asked of the current table (a rule about a column that is yet to come) has no look:
the database itself will say, and nothing is lost by that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.sqlite.parse.others import read_index
from sqlplumb.engines.sqlite.parse.words import ROWID_NAMES
from sqlplumb.engines.sqlite.plan.conversions import refused
from sqlplumb.engines.sqlite.plan.copying import Filling
from sqlplumb.engines.sqlite.plan.filled import Values, decides, may_be_null, read_by, values
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.sqlite.plan.orphans import key_of, orphans, refers_alike
from sqlplumb.engines.sqlite.plan.units import Unit
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Table,
    Unique,
)
from sqlplumb.steps import Look

_MEMBER = re.compile(r"'(?:[^']|'')*'|-?[\w.]+")
_MEMBERS = re.compile(rf"(?P<before>\w+ in) \((?P<members>(?: ?,? ?(?:{_MEMBER.pattern}))+) ?\)")


class _Condition(NamedTuple):
    """The rule in words, the condition under which a row is refused, what to show of such a row,
    and the columns of the table, as it shall be, that the condition reads. One row answers it;
    or it says itself (`knows_types`) what a type makes of a value."""

    rule: str
    where: str
    shows: str
    columns: frozenset[str]
    is_of_row: bool = False
    knows_types: bool = False


def looks(
    current: Unit,
    desired: Unit,
    changes: tuple[Change, ...],
    filled: list[Filling],
    rules: Iterable[Object] = (),
) -> Iterator[Look]:
    """`filled` is empty where the table is altered in place. Of the `rules` that stay, those are
    asked whose columns get other values, or compare otherwise: a collation makes two texts one."""
    known = values(current, desired, filled)
    for change in changes:
        if not _refers_to_filled(change, current, desired):
            for one in _conditions(change, current, desired, known):
                yield from _look(change.ref, one, current, known)
    changed = {change.ref for change in changes}
    for fact in rules:
        is_rule = isinstance(fact, Check | Unique | PrimaryKey | Index)
        if is_rule and fact.ref not in changed and not read_by(fact) <= known.plain:
            for one in _rules(fact, current, desired, known):
                yield from _look(fact.ref, one, current, known)


def _look(ref: Ref, one: _Condition, current: Unit, known: Values) -> Iterator[Look]:
    where, can_ask = one.where, known.copied if one.knows_types else known.plain
    if not one.columns <= can_ask | _row_names(known.desired):
        where = known.asked(where, one.columns) if one.is_of_row else ""
    if where:
        yield Look(ref, one.rule, current.shown, where, one.shows)


def _row_names(unit: Unit) -> set[str]:
    return {*ROWID_NAMES} - {column.ref.name for column in unit.columns}


def _conditions(
    change: Change, current: Unit, desired: Unit, known: Values
) -> Iterator[_Condition]:
    match change:
        case Drop():
            return
        case Alter(Column(), Column()):
            yield from _column_rules(change, current, desired, known)
        case Create(Column(not_null=True) as column) if column.generated or may_be_null(column):
            where = f"({known.sources[column.ref.name] or 1}) IS NULL"
            yield _Condition(f"{column.ref} NOT NULL", where, _key_and_null(current), frozenset())
        case Alter(Table(strict=False), Table(strict=True)):
            for column in desired.columns:
                yield from _strict(column)
        case Alter(Check() as former, Check() as rule) if _is_wider(former, rule) and (
            rule.expression.columns <= known.plain
        ):
            return
        case Create(Check() as rule) if _has_another_name(rule, current) and (
            rule.expression.columns <= known.plain
        ):
            return
        case Alter(ForeignKey() as former, ForeignKey() as key) if refers_alike(former, key):
            return
        case _:
            yield from _rules(change.desired, current, desired, known)


def _column_rules(
    change: Alter, current: Unit, desired: Unit, known: Values
) -> Iterator[_Condition]:
    column = change.desired
    assert isinstance(column, Column)
    if column.not_null and "not_null" in change.fields:
        source = known.sources[column.ref.name]
        where, shows = f"({source}) IS NULL" if source else "", _key_and_null(current)
        read = frozenset[str]() if may_be_null(column) else frozenset((column.ref.name,))
        yield _Condition(f"{column.ref} NOT NULL", where, shows, read, knows_types=True)
    if "type" in change.fields and _is_strict(current) and _is_strict(desired):
        yield from _strict(column)


def _refers_to_filled(change: Change, current: Unit, desired: Unit) -> bool:
    """To a column whose rows get other values: what they will be, cannot be asked yet. A hint whose
    work is done gives none."""
    key = None if isinstance(change, Drop) else change.desired
    if not isinstance(key, ForeignKey) or desired.schema is None or current.schema is None:
        return False
    names = key.target_columns or key_of(key.target, desired)
    facts = (desired.schema.objects.get(Ref("column", key.target, name)) for name in names)
    hinted = any(isinstance(fact, Column) and fact.backfill for fact in facts)
    return hinted and decides(current.schema, key.target) != decides(desired.schema, key.target)


def _key_and_null(current: Unit) -> str:
    """Which rows they are, where they have a key to tell."""
    key = current.primary_key
    return ", ".join([*(quoted(part.term) for part in key.columns), "NULL"] if key else ["NULL"])


def _rules(fact: Object, current: Unit, desired: Unit, known: Values) -> Iterator[_Condition]:
    """What a rule asks of every row, whether it is new or has changed."""
    match fact:
        case Check():
            text, columns = fact.expression.text, fact.expression.columns
            shows = _shown([name for name in _columns(current) if name in columns])
            rule = f"{fact.ref} CHECK ({' '.join(text.split())})"
            yield _Condition(rule, f"NOT ({text})", shows, columns, is_of_row=True)
        case PrimaryKey(rowid_alias=True):
            yield from _integer_key(fact, current)
        case Unique() | PrimaryKey():
            terms = [_collated(known.stored(part.term), part.collation) for part in fact.columns]
            if all(terms):
                said = ", ".join(_collated(quoted(one.term), one.collation) for one in fact.columns)
                yield _unique(f"{fact.ref} UNIQUE ({said})", terms, frozenset(), current)
        case Index(unique=True):
            yield from _unique_index(fact, current, known)
        case ForeignKey():
            for rule, where, shows in orphans(fact, current, desired):
                yield _Condition(rule, where, shows, frozenset(fact.columns))
        case _:
            return


def _has_another_name(rule: Check, current: Unit) -> bool:
    """Or none: the rows satisfy it already."""
    facts = current.inside.values()
    return any(isinstance(one, Check) and one.expression == rule.expression for one in facts)


def _is_wider(current: Check, desired: Check) -> bool:
    """Has a list, the same words before it, only gained members?"""
    lists = [_MEMBERS.fullmatch(rule.expression.canonical) for rule in (current, desired)]
    if not (lists[0] and lists[1]) or lists[0]["before"] != lists[1]["before"]:
        return False
    members = [set(_MEMBER.findall(found["members"])) for found in lists if found]
    return members[0] <= members[1]


def _unique_index(index: Index, current: Unit, known: Values) -> Iterator[_Condition]:
    parsed = read_index(index.text)
    texts = [index.text[one.tokens[0].start : one.tokens[-1].end] for one in parsed.terms]
    terms = [
        _collated(_once_stored(text, key, known), term.collation)
        for text, key, term in zip(texts, index.keys, parsed.terms, strict=True)
    ]
    where = parsed.predicate
    predicate = index.text[where[0].start : where[-1].end] if where else ""
    read = index.predicate.columns if index.predicate else frozenset[str]()
    if not read <= known.plain | _row_names(known.desired) and (
        asked := known.asked(predicate, read)
    ):
        predicate, read = asked, frozenset()
    if all(terms):
        said = ", ".join(map(_collated, texts, (term.collation for term in parsed.terms)))
        yield _unique(f"{index.ref} UNIQUE ({said})", terms, read, current, predicate=predicate)


def _once_stored(text: str, key: KeyPart, known: Values) -> str:
    if key.columns <= known.plain | _row_names(known.desired):
        return text
    return "" if key.is_expression else known.stored(key.term)


def _collated(term: str, collation: str) -> str:
    return f"{term} COLLATE {quoted(collation)}" if term and collation else term


def _unique(
    rule: str, terms: list[str], columns: frozenset[str], current: Unit, *, predicate: str = ""
) -> _Condition:
    """NULL is unlike every other NULL, so a row with one is never refused."""
    table, listed = quoted(current.shown), ", ".join(terms)
    real = " AND ".join(f"({term}) IS NOT NULL" for term in terms)
    condition = f"({predicate}) AND {real}" if predicate else real
    twice = f"SELECT {listed} FROM {table} WHERE {condition} GROUP BY {listed} HAVING count(*) > 1"
    where = f"{condition} AND ({listed}) IN ({twice})"
    return _Condition(rule, where, listed, columns)


def _is_strict(unit: Unit) -> bool:
    return isinstance(unit.head, Table) and unit.head.strict


def _strict(column: Column) -> Iterator[_Condition]:
    name = quoted(column.ref.name)
    if column.generated is None and (where := refused(name, column.type)):
        read = frozenset((column.ref.name,))
        yield _Condition(f"{column.ref} STRICT", where, name, read, knows_types=True)


def _integer_key(key: PrimaryKey, current: Unit) -> Iterator[_Condition]:
    """Text that is a whole number becomes one, and may then be there already; NULL would become a
    number that nobody chose."""
    name = quoted(key.columns[0].term)
    number = f"CAST({name} AS INTEGER)"
    is_whole = f"CAST({number} AS TEXT) = CAST({name} AS TEXT) OR {number} = {name}"
    where = f"typeof({name}) <> 'integer' AND ({is_whole}) IS NOT TRUE"
    columns = frozenset((key.columns[0].term,))
    rule = f"{key.ref.table}.{key.columns[0].term} INTEGER PRIMARY KEY"
    yield _Condition(rule, where, name, columns, knows_types=True)
    twice = _unique(f"{key.ref} UNIQUE ({number})", [number], columns, current)
    yield twice._replace(knows_types=True)


def _columns(unit: Unit) -> list[str]:
    return [column.ref.name for column in unit.columns]


def _shown(names: list[str]) -> str:
    return ", ".join(quoted(name) for name in names) or "NULL"
