"""The conditions of rows that a rule would refuse, one kind of rule each.

They speak of columns alone, in quotes: whoever asks may put a query in the place of a table, which
has no `ctid`. Must never decide which rules are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlplumb.engines.postgres.names import listed, spelled
from sqlplumb.engines.postgres.options import DomainOptions
from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.schema import Column, ForeignKey, KeyPart, Object, Ref, Schema, Table, Unit
from sqlplumb.steps import RowCheck

_EXCLUDE = re.compile(r"EXCLUDE USING \S+ ")
_WHERE = re.compile(r"\) WHERE (\(.*\))\Z", re.DOTALL)


def always_quoted(name: str) -> str:
    """Write a name so that it can be found again in a text."""
    return '"' + name.replace('"', '""') + '"'


def orphans(fact: ForeignKey, unit: Unit, current: Schema) -> str:
    own = always_quoted(unit.name)
    columns = [f"{own}.{always_quoted(name)}" for name in fact.columns]
    is_told = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    needs: frozenset[Ref] = getattr(fact.options, "needs", frozenset())
    tables = {need.table_ref for need in needs if need.table or need.kind == "table"}
    target = next(iter(tables - {fact.ref.table_ref}), fact.ref.table_ref)
    if target not in current.objects:
        return is_told
    pairs = zip(fact.target_columns, columns, strict=True)
    same = " AND ".join(f"target.{always_quoted(name)} = {column}" for name, column in pairs)
    rows = f"SELECT FROM {always_quoted(target.unit)} AS target WHERE {same}"
    return f"{is_told} AND NOT EXISTS ({rows})"


def doubles(keys: Iterable[KeyPart], unit: Unit, *, distinct: bool, predicate: str = "") -> str:
    """Rows whose key another row has as well; NULLs differ from each other if they are `distinct`.

    Where they are the same, arrays are compared, whose NULLs are.
    """
    terms = [f"({part.term})" if part.is_expression else always_quoted(part.term) for part in keys]
    where = f" WHERE {predicate}" if predicate else ""
    groups = f"FROM {always_quoted(unit.name)}{where} GROUP BY {listed(terms)} HAVING count(*) > 1"
    among = f"({listed(terms)}) IN (SELECT {listed(terms)} {groups})"
    if not distinct:
        row = f"ARRAY[{listed(f'{term}::text' for term in terms)}]"
        among = f"{row} IN (SELECT {row} {groups})"
    return f"({predicate}) AND {among}" if predicate else among


def colliding(definition: str, unit: Unit) -> str:
    """Return the condition of rows that another row excludes; empty where a part of the constraint
    says more than what is compared, and by which operator."""
    head, where = _EXCLUDE.match(definition), _WHERE.search(definition)
    if head is None:
        return ""
    found = [_compared(definition, part) for part in _parts(definition, head.end())]
    parts = [part for part in found if part]
    if len(parts) < len(found):
        return ""
    predicate = where[1] if where else "true"
    values = listed(f"{part} AS plumb_{at}" for at, (part, _) in enumerate(parts))
    others = f"SELECT {values} FROM {always_quoted(unit.name)} WHERE {predicate}"
    same = " AND ".join(f"other.plumb_{at} {sign} {part}" for at, (part, sign) in enumerate(parts))
    itself = " AND ".join(f"{part} {sign} {part}" for part, sign in parts)
    count = f"SELECT count(*) FROM ({others}) AS other WHERE {same}"
    return f"{predicate} AND ({count}) > CASE WHEN {itself} THEN 1 ELSE 0 END"


def _parts(definition: str, start: int) -> Iterator[list[Token]]:
    """Yield the tokens of each part of a list in brackets."""
    depth, part = 0, list[Token]()
    for token in lex(definition, start):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 or (depth == 1 and token.text == ","):
            yield part
            part = []
        elif depth > 1 or token.text != "(" or part:
            part.append(token)
        if depth == 0:
            return


def _compared(text: str, part: list[Token]) -> tuple[str, str] | tuple[()]:
    """Return the value and the operator of `(a + b) WITH =`; nothing where a class of operators or
    an order stands between them."""
    at = next((at for at, token in enumerate(part) if token.upper == "WITH"), 0)
    value, sign = part[:at], part[at + 1 :]
    is_name = len(value) == 1 and value[0].is_name
    is_call = len(value) > 1 and value[-1].text == ")"
    if not (sign and (is_name or is_call)):
        return ()
    return text[value[0].start : value[-1].end], text[sign[0].start : sign[-1].end]


def domain_checks(current: Schema, before: Object, after: Object) -> Iterator[RowCheck]:
    """Yield what to ask of the columns that hold values of a domain which gets other rules. What an
    array or a composite holds of it is not looked at."""
    rules = [*_domain_rules(before, after)]
    for column in current.objects.values() if rules else ():
        if not isinstance(column, Column) or column.type != spelled(before):
            continue
        unit, name = current.unit(column.ref.unit), always_quoted(column.ref.name)
        if not isinstance(unit.head, Table) or unit.head.options.word("server"):
            continue
        for condition, rule in rules:
            where = condition.replace(_VALUE, name)
            rule_here = f"{rule} in {column.ref}"
            yield RowCheck(ref=after.ref, rule=rule_here, table=unit.name, where=where, shows=name)


_VALUE = "\0"  # where a condition speaks of the value


def _domain_rules(before: Object, after: Object) -> Iterator[tuple[str, str]]:
    former, latter = before.options, after.options
    assert isinstance(former, DomainOptions) and isinstance(latter, DomainOptions)
    if latter.not_null and not former.not_null:
        yield f"{_VALUE} IS NULL", f"{after.ref} NOT NULL"
    known = {text for _, text, _ in former.checks}
    for name, text, _ in latter.checks:
        if text not in known and not text.endswith("NOT VALID"):
            said = text.removeprefix("CHECK ")
            for token in reversed([*lex(said)]):
                if token.text == "VALUE":
                    said = f"{said[: token.start]}{_VALUE}{said[token.end :]}"
            yield f"NOT {said}", f"CHECK {name} of {after.ref}"
