"""From what a statement says to facts that compare: where two spellings become one.

Only this module knows that one thing can be written two ways. It takes text and parts; it must
never open a database.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlplumb.engines.sqlite.options import TableOptions, rule_with_conflict
from sqlplumb.engines.sqlite.parse.create_index import read_body, read_index, read_virtual
from sqlplumb.engines.sqlite.parse.expressions import canonical_text, read_text
from sqlplumb.engines.sqlite.parse.lexer import ROWID_NAMES, fold, text_of
from sqlplumb.engines.sqlite.parse.parts import (
    CheckClause,
    References,
    TableText,
    Term,
)
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.read.columns import column_facts, expression_of
from sqlplumb.engines.sqlite.read.keys import (
    column_collations,
    conflict,
    key_facts,
    key_part,
    rule_ref,
    rule_words,
)
from sqlplumb.schema import (
    Check,
    Expr,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    Ref,
    Table,
    Trigger,
    View,
    VirtualTable,
)

# ---------------------------------------------------------------------------------------- tables


def table_facts(statement: Statement, parsed: TableText) -> list[Object]:
    table = fold(statement.name)
    facts: list[Object] = [
        Table(
            ref=Ref("table", "", table, shown=statement.name),
            text=statement.text,
            place=statement.place,
            options=TableOptions(strict=parsed.strict, without_rowid=parsed.without_rowid),
        )
    ]
    names = parsed.names if parsed.without_rowid else parsed.names.union(ROWID_NAMES)
    facts += column_facts(statement, parsed, names)
    facts += key_facts(statement, parsed)
    for rule in parsed.rules:
        if isinstance(rule, CheckClause):
            facts.append(_check(statement, parsed, rule, names=names))
        elif isinstance(rule, References):
            facts.append(_foreign_key(statement, rule))
    return facts


def _check(
    statement: Statement, parsed: TableText, rule: CheckClause, *, names: frozenset[str]
) -> Check:
    expression = expression_of(statement, rule.expression, names)
    spelled = {} if rule.name else {fold(column.name): column.name for column in parsed.columns}
    about = [spelled.get(name, name) for name in sorted(expression.columns)]
    return Check(
        ref=rule_ref("check", statement, rule, columns=about),
        text=rule_words(statement, rule),
        place=statement.place_at(rule.start),
        expression=expression,
        options=rule_with_conflict(conflict(rule.on_conflict)),
    )


def _foreign_key(statement: Statement, rule: References) -> ForeignKey:
    columns = tuple(fold(name) for name in rule.columns)
    return ForeignKey(
        ref=rule_ref("foreign key", statement, rule, columns=rule.columns),
        text=rule_words(statement, rule),
        place=statement.place_at(rule.start),
        columns=columns,
        target=fold(rule.target),
        target_columns=tuple(fold(name) for name in rule.target_columns),
        shown=(rule.target, *rule.target_columns),
        on_delete=rule.on_delete,
        on_update=rule.on_update,
        match=rule.match,
        deferrable=rule.deferrable,
    )


# ----------------------------------------------------------------------- what stands beside tables


def index_fact(statement: Statement, owner: TableText) -> Index:
    parsed = read_index(statement.text)
    names = owner.names  # "rowid" is a string here
    collations = column_collations(owner)
    where = parsed.predicate
    return Index(
        ref=statement.ref,
        text=statement.text,
        place=statement.place,
        keys=tuple(
            _index_part(statement, term, names=names, collations=collations)
            for term in parsed.terms
        ),
        unique=parsed.unique,
        predicate=expression_of(statement, where, names) if where else None,
    )


def _index_part(
    statement: Statement, term: Term, *, names: frozenset[str], collations: Mapping[str, str]
) -> KeyPart:
    canonical, columns = read_text(term.text, names, statement.unit)
    is_column = term.is_name and fold(term.name) in names
    part = key_part(term, collations) if is_column else None
    return KeyPart(
        term=part.term if part else canonical,
        collation=part.collation if part else fold(term.collation),
        descending=term.descending,
        is_expression=not is_column,
        text=term.text,
        columns=columns,
    )


def view_fact(statement: Statement, names: frozenset[str]) -> View:
    return View(
        ref=statement.ref,
        text=statement.text,
        place=statement.place,
        body=_body(statement, names),
    )


def trigger_fact(statement: Statement, names: frozenset[str]) -> Trigger:
    return Trigger(
        ref=statement.ref,
        text=statement.text,
        place=statement.place,
        body=_body(statement, names),
    )


def virtual_fact(statement: Statement) -> VirtualTable:
    parsed = read_virtual(statement.text)
    return VirtualTable(
        ref=statement.ref,
        text=statement.text,
        place=statement.place,
        module=fold(parsed.module),
        arguments=tuple(" ".join(token.text for token in part) for part in parsed.arguments),
    )


def _body(statement: Statement, names: frozenset[str]) -> Expr:
    body = read_body(statement.text)
    return Expr(canonical_text(body, names), text_of(statement.text, body))
