"""What a rule asks of stored rows: the condition under which each kind of rule refuses one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlplumb.engines.sqlite.options import is_rowid_alias
from sqlplumb.engines.sqlite.parse.create_index import read_index
from sqlplumb.engines.sqlite.plan.filled import Values
from sqlplumb.engines.sqlite.plan.losses import refused
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.sqlite.plan.orphans import orphans, refers_to_filled
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Unique,
    Unit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The rule in words, the condition under which a row is refused, what to show of such a row,
    and the columns of the table, as it shall be, that the condition reads. One row answers it;
    or it says itself (`knows_types`) what a type makes of a value; or other rows decide as well
    (`spans_rows`). The condition is empty where it cannot be asked before. `example` is a row that
    the rule took before it changed, and refuses now."""

    rule: str
    where: str
    shows: str
    columns: frozenset[str]
    is_of_row: bool = False
    knows_types: bool = False
    spans_rows: bool = False
    example: str = ""


def rule_conditions(
    fact: Object, current: Unit, desired: Unit, *, known: Values
) -> Iterator[Condition]:
    """What a rule asks of every row, whether it is new or has changed. One that spans rows passes
    over those with a NULL in it, and so over all that a new column with no value is in."""
    match fact:
        case Unique() | Index() | ForeignKey() if _spanned(fact) & known.null:
            return
        case Unique() | Index() if _is_held_already(fact, current, known):
            return
        case Check():
            text, columns = fact.expression.text, fact.expression.columns
            shows = ", ".join(quoted(name) for name in current.columns if name in columns)
            rule = f"{fact.ref} CHECK ({' '.join(text.split())})"
            yield Condition(
                rule=rule,
                where=f"NOT ({text})",
                shows=shows or "NULL",
                columns=columns,
                is_of_row=True,
            )
        case PrimaryKey() if is_rowid_alias(fact):
            yield from _integer_key(fact, current)
        case Unique() | PrimaryKey():
            terms = [_collated(known.stored(part.term), part.collation) for part in fact.columns]
            names = [
                _collated(quoted(desired.spelled(part.term)), part.collation)
                for part in fact.columns
            ]
            rule = f"{fact.ref} UNIQUE ({', '.join(names)})"
            yield _unique(rule, terms, frozenset(), current=current)
        case Index(unique=True):
            yield from _unique_index(fact, current, known)
        case ForeignKey():
            can_ask = not refers_to_filled(fact, current, desired)
            for rule, where, shows in orphans(fact, current, desired):
                read = frozenset(fact.columns)
                if not read <= known.plain and (asked := where and known.asked(where, read)):
                    where, read = asked, frozenset()
                yield Condition(
                    rule=rule,
                    where=where if can_ask else "",
                    shows=shows,
                    columns=read,
                    spans_rows=True,
                )
        case _:
            return


def _spanned(fact: Unique | Index | ForeignKey) -> frozenset[str]:
    """Return the columns in which a NULL keeps a row out of the rule."""
    if isinstance(fact, ForeignKey):
        return frozenset(fact.columns)
    return frozenset(part.term for part in _parts(fact) if not part.is_expression)


def _is_held_already(rule: Unique | Index, current: Unit, known: Values) -> bool:
    """Does a key of the table as it is have no other columns than these?"""
    parts = {(part.term, part.collation) for part in _parts(rule) if not part.is_expression}
    for fact in (*current.inside, *current.dependents):
        if isinstance(fact, PrimaryKey | Unique) or (
            isinstance(fact, Index) and fact.unique and fact.predicate is None
        ):
            key = {(part.term, part.collation) for part in _parts(fact) if not part.is_expression}
            is_plain = len(key) == len(_parts(fact)) and {term for term, _ in key} <= known.plain
            if is_plain and key <= parts:
                return True
    return False


def _parts(fact: PrimaryKey | Unique | Index) -> tuple[KeyPart, ...]:
    return fact.keys if isinstance(fact, Index) else fact.columns


def _unique_index(index: Index, current: Unit, known: Values) -> Iterator[Condition]:
    parsed = read_index(index.text)
    terms, shown = list[str](), list[str]()
    for term, key in zip(parsed.terms, index.keys, strict=True):
        stored = term.text
        if not key.columns <= known.plain | known.row_names:
            stored = "" if key.is_expression else known.stored(key.term)
        terms.append(_collated(stored, term.collation))
        shown.append(_collated(term.text, term.collation))
    predicate = parsed.predicate.text if parsed.predicate else ""
    read = index.predicate.columns if index.predicate else frozenset[str]()
    if not read <= known.plain | known.row_names and (asked := known.asked(predicate, read)):
        predicate, read = asked, frozenset()
    rule = f"{index.ref} UNIQUE ({', '.join(shown)})"
    yield _unique(rule, terms, read, current=current, predicate=predicate)


def _collated(term: str, collation: str) -> str:
    return f"{term} COLLATE {quoted(collation)}" if term and collation else term


def _unique(
    rule: str, terms: list[str], columns: frozenset[str], *, current: Unit, predicate: str = ""
) -> Condition:
    """Return the condition for rows that share a value; NULL is unlike every other NULL.

    Where a term is empty, nobody can ask before.
    """
    if not all(terms):
        return Condition(rule=rule, where="", shows="", columns=columns, spans_rows=True)
    table, listed = quoted(current.display), ", ".join(terms)
    real = " AND ".join(f"({term}) IS NOT NULL" for term in terms)
    condition = f"({predicate}) AND {real}" if predicate else real
    twice = f"SELECT {listed} FROM {table} WHERE {condition} GROUP BY {listed} HAVING count(*) > 1"
    where = f"{condition} AND ({listed}) IN ({twice})"
    return Condition(rule=rule, where=where, shows=listed, columns=columns, spans_rows=True)


def strict_conditions(column: Column) -> Iterator[Condition]:
    name = quoted(column.ref.name)
    if column.generated is None and (where := refused(name, column.type)):
        read = frozenset((column.ref.name,))
        yield Condition(
            rule=f"{column.ref} STRICT", where=where, shows=name, columns=read, knows_types=True
        )


def _integer_key(key: PrimaryKey, current: Unit) -> Iterator[Condition]:
    """Text that is a whole number becomes one, and may then be there already; NULL would become a
    number that nobody chose."""
    name = quoted(key.columns[0].term)
    number = f"CAST({name} AS INTEGER)"
    is_whole = f"CAST({number} AS TEXT) = CAST({name} AS TEXT) OR {number} = {name}"
    where = f"typeof({name}) <> 'integer' AND ({is_whole}) IS NOT TRUE"
    columns = frozenset((key.columns[0].term,))
    rule = f"{key.ref.display_unit}.{current.spelled(key.columns[0].term)} INTEGER PRIMARY KEY"
    yield Condition(rule=rule, where=where, shows=name, columns=columns, knows_types=True)
    twice = _unique(f"{key.ref} UNIQUE ({number})", [number], columns, current=current)
    yield replace(twice, knows_types=True)
