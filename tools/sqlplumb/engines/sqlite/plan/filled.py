"""What a rule will see of each column, before the rows have their new values: a hint may fill it, a
type may convert it, a collation may compare it otherwise, a generated expression compute it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlplumb.engines.sqlite.options import rowid_alias
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, tokens, unquoted
from sqlplumb.engines.sqlite.plan.copying import Filling, is_same_again
from sqlplumb.engines.sqlite.plan.losses import meaning
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.schema import Check, Column, Index, Object, PrimaryKey, Unique, Unit


def may_be_null(column: Column) -> bool:
    """The value that its hint gives, to some row."""
    words = tokens(column.backfill)
    is_literal = len(words) == 1 and words[0].kind in ("string", "number")
    return bool(words) and not is_literal and is_same_again(column.backfill)


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The columns of a table as it shall be, over the table as it is. `sources` are expressions
    for all that can be known; `copied` are those that are their own source, `kept` those of them
    whose values stay, `plain` those of these that compare as they did. `literal` are those that get
    one value in every row, `null` those of them that get none."""

    desired: Unit
    sources: Mapping[str, str]
    copied: frozenset[str]
    kept: frozenset[str]
    plain: frozenset[str]
    literal: frozenset[str]
    null: frozenset[str]

    @property
    def row_names(self) -> frozenset[str]:
        """The names of the number of a row that no column has."""
        return frozenset(ROWID_NAMES) - {
            column.ref.name for column in self.desired.columns.values()
        }

    def asked(self, where: str, names: Collection[str]) -> str:
        """A condition over these columns of one row. Empty where nobody can know it before."""
        columns = [column for column in self.desired.columns.values() if column.ref.name in names]
        known = [self.stored(column.ref.name) for column in columns]
        if not all(known) or len(columns) < len(names):
            return ""
        values = ", ".join(
            f"{source} AS {quoted(column.ref.name)}"
            for source, column in zip(known, columns, strict=True)
        )
        table = quoted(self.desired.display)
        return f"EXISTS (SELECT 1 FROM (SELECT {values}) AS {table} WHERE {where})"

    def stored(self, name: str) -> str:
        """One column as it will compare itself; a text that is no number stays what it is. Empty
        where nobody can know it before."""
        source, column = self.sources.get(name, ""), self.desired.columns.get(name)
        if name in self.plain:
            return quoted(name)
        if column is None or not source or not is_same_again(source):
            return ""
        kind = meaning(column, self.desired)
        if kind == "text":
            value = _text_or_blob(source)
        elif kind == "blob":
            value = f"iif(1, {source}, NULL)"  # as it is, and no affinity
        else:
            number = f"CAST({source} AS {'REAL' if kind == 'real' else 'NUMERIC'})"
            value = f"iif({number} = ({source}), {number}, ({source}))"
        return f"{value} COLLATE {quoted(column.collation or 'BINARY')}"


def _text_or_blob(source: str) -> str:
    """Return a value as a column of text stores and compares it: a BLOB stays one. A subquery
    compares as its last SELECT does, which a CASE would not."""
    is_blob = f"typeof({source}) = 'blob'"
    as_text = f"SELECT CAST({source} AS TEXT) WHERE NOT {is_blob}"
    return f"(SELECT {source} WHERE {is_blob} UNION ALL {as_text})"


def values(current: Unit, desired: Unit, filled: Sequence[Filling]) -> Values:
    """`filled` is empty where the table is altered in place."""
    sources = {fold(filling.column): filling.expression for filling in filled}
    for column in desired.columns.values():
        sources.setdefault(column.ref.name, _source(column, current))
    copied = {
        column.ref.name
        for column in desired.columns.values()
        if (known := current.columns.get(column.ref.name))
        and (column.generated or fold(unquoted(sources[column.ref.name])) == column.ref.name)
    }
    kept = {
        column.ref.name
        for column in desired.columns.values()
        if column.ref.name in copied
        and (known := current.columns.get(column.ref.name))
        and known.generated == column.generated
        and meaning(known, current) == meaning(column, desired)
    }
    plain = {name for name in kept if _collation(current, name) == _collation(desired, name)}
    expressions = {name: column.generated for name, column in desired.columns.items()}
    computed = {name: made_of.columns for name, made_of in expressions.items() if made_of}
    while gone := {name for name, read in computed.items() if not read <= plain} & kept:
        kept -= gone
        plain -= gone
    for name, read in computed.items():
        if not read <= plain:
            sources[name] = ""  # over values that are not there yet
    literal = {
        name
        for name, source in sources.items()
        if source and _is_value(source) and name != rowid_alias(desired)
    }
    null = {name for name in literal if fold(sources[name]) == "null"}
    return Values(
        desired=desired,
        sources=sources,
        copied=frozenset(copied),
        kept=frozenset(kept),
        plain=frozenset(plain),
        literal=frozenset(literal),
        null=frozenset(null),
    )


def _source(column: Column, current: Unit) -> str:
    if column.generated:
        return column.generated.text
    if current.columns.get(column.ref.name):
        return quoted(column.ref.name)
    value = column.default.text if column.default else "NULL"
    return value if _is_value(value) else ""


def _is_value(text: str) -> bool:
    return all(
        word.kind in ("string", "number") or fold(word.text) in ("null", "(", ")", "+", "-")
        for word in tokens(text)
    )


def _collation(unit: Unit, name: str) -> str:
    column = unit.columns.get(name)
    return column.collation if column else ""


def read_by(rule: Object) -> frozenset[str]:
    match rule:
        case Check():
            return rule.expression.columns
        case Index():
            read = rule.predicate.columns if rule.predicate else frozenset[str]()
            return read.union(*(key.columns for key in rule.keys))
        case Unique() | PrimaryKey():
            return frozenset(part.term for part in rule.columns)
        case _:
            return frozenset()
