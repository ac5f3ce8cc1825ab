"""The values that the columns of one table may take together, as the server has tried them.

Columns that a rule binds to each other, or a key to the rows of another table, are one group: the
server is given their values as a cross join, and the rules as its condition. Must never insert.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlplumb.engines.postgres.names import listed, literal, quoted
from sqlplumb.engines.postgres.scratch.rows.asking import Asker
from sqlplumb.engines.postgres.scratch.rows.candidates import Types, literals
from sqlplumb.engines.postgres.scratch.rows.shape import (
    RowColumn,
    RowKey,
    RowRule,
    RowTable,
    Shapes,
    mentioned,
)

Value = str | None  # as the server prints it
Choice = Mapping[str, Value]  # of some columns
_MOST_VALUES = 14  # of one column
_MOST_JOINED = 40_000  # rows of a cross join
_MOST_CHOICES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TableValues:
    """`choices` are what each group of columns may take together, the usual first; `wanted` are
    choices for rows that somebody asks for."""

    choices: Mapping[tuple[str, ...], Sequence[Choice]]
    wanted: Sequence[Choice] = ()


@dataclass(slots=True, kw_only=True)
class ValueFinder:
    """Finds values for one table after another. Keys of `later` are NULL at first; those of
    `itself` refer to a key of the same row; `given` are values that an application's types read,
    by table and column."""

    asker: Asker
    shapes: Shapes
    types: Types
    later: Collection[RowKey] = ()
    itself: Collection[RowKey] = ()
    given: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    _by_type: dict[str, list[Value]] = field(default_factory=dict)

    def find(self, table: RowTable, wanted: Sequence[str]) -> TableValues:
        """Return what the columns of a table take, those included that the server would fill;
        `wanted` are conditions that a row is to satisfy."""
        rules = [*table.rules, *self._rules_of_keys(table)]
        by_column = self._by_column(table, rules, wanted)
        groups = list(_groups(table, rules))
        queries = [self._joined(table, rules, by_column, group=group) for group in groups]
        answers = self.asker.ask(queries)
        choices: dict[tuple[str, ...], Sequence[Choice]] = {}
        for group, answer in zip(groups, answers, strict=True):
            found = [dict(zip(group, row, strict=True)) for row in answer]
            choices[group] = found or list(_unasked(group, by_column))
        free = [name for name in by_column if not any(name in group for group in groups)]
        choices |= {(name,): [{name: value} for value in by_column[name]] for name in free}
        asked = self._wanted(table, rules, by_column, wanted=wanted, groups=groups)
        return TableValues(choices=choices, wanted=asked)

    def _rules_of_keys(self, table: RowTable) -> Iterator[RowRule]:
        """Yield what a foreign key says, where a single column's values do not say it all."""
        for key in table.keys:
            if key in self.later or key.target not in self.shapes.tables:
                continue
            pairs = list(zip(key.columns, key.target_columns, strict=True))
            if key in self.itself:
                same = " AND ".join(f"{quoted(mine)} = {quoted(its)}" for mine, its in pairs)
                yield RowRule(
                    columns=(*key.columns, *key.target_columns), condition=f"({same}) IS NOT FALSE"
                )
            elif len(pairs) > 1 or sum(key.columns[0] in each.columns for each in table.keys) > 1:
                there = " AND ".join(f"p.{quoted(its)} = r.{quoted(mine)}" for mine, its in pairs)
                null = " OR ".join(f"r.{quoted(mine)} IS NULL" for mine in key.columns)
                parent = self.shapes.tables[key.target].name
                condition = f"{null} OR EXISTS (SELECT FROM {parent} p WHERE {there})"
                yield RowRule(columns=key.columns, condition=condition)

    # ----------------------------------------------------------------- of one column

    def _by_column(
        self, table: RowTable, rules: Sequence[RowRule], wanted: Sequence[str]
    ) -> dict[str, list[Value]]:
        """Return the values of each column that its own rules let in."""
        columns = {name: one for name, one in table.columns.items() if not one.generated}
        self._learn_types(columns.values())
        found = self._referred(table)
        hinted = self._hinted(table, columns, [*rules, *_as_rules(table, wanted)])
        for name, column in columns.items():
            if name not in found:
                known = self.given.get((table.unit, name)) or self._by_type[column.type]
                found[name] = [*dict.fromkeys((*hinted.get(name, ()), *known))]
        return self._that_pass(table, rules, {name: found[name] for name in columns})

    def _learn_types(self, columns: Iterable[RowColumn]) -> None:
        new = {one.type: one.type_oid for one in columns if one.type not in self._by_type}
        for name, values in self._cast(
            {name: [*self.types.expressions(oid)] for name, oid in new.items()},
            {name: name for name in new},
        ).items():
            self._by_type[name] = values

    def _cast(
        self, expressions: Mapping[str, Sequence[str]], types: Mapping[str, str]
    ) -> dict[str, list[Value]]:
        """Return what the server makes of expressions of each name as a type."""
        pairs = [(name, word) for name, words in expressions.items() for word in words]
        queries = [f"SELECT ARRAY[(({word})::{types[name]})::text]" for name, word in pairs]
        found: dict[str, dict[Value, None]] = {name: {} for name in expressions}
        for (name, _), answer in zip(pairs, self.asker.ask(queries), strict=True):
            found[name].update((row[0], None) for row in answer if row[0] is not None)
        return {name: list(values) for name, values in found.items()}

    def _hinted(
        self, table: RowTable, columns: Mapping[str, RowColumn], rules: Iterable[RowRule]
    ) -> dict[str, list[Value]]:
        """Return the values that rules of a table speak of."""
        words: dict[str, list[str]] = {}
        for rule in rules:
            for name in rule.columns:
                if name in columns:
                    category = self.types.category(columns[name].type_oid)
                    words.setdefault(name, []).extend(literals(rule.condition, category))
        return self._cast(words, {name: columns[name].type for name in words})

    def _referred(self, table: RowTable) -> dict[str, list[Value]]:
        """Return the values that rows of other tables have, for the columns that refer to them."""
        pairs: dict[str, list[tuple[RowTable, str]]] = {}
        for key in table.keys:
            if key in self.later or key in self.itself or key.target not in self.shapes.tables:
                continue
            for mine, its in zip(key.columns, key.target_columns, strict=True):
                pairs.setdefault(mine, []).append((self.shapes.tables[key.target], its))
        queries = [
            f"SELECT ARRAY[v] FROM (SELECT DISTINCT ON (v) {quoted(its)}::text AS v,"
            f" p.ctid AS place FROM {parent.name} p WHERE {quoted(its)} IS NOT NULL) q"
            f" ORDER BY place, v LIMIT {_MOST_VALUES}"
            for targets in pairs.values()
            for parent, its in targets
        ]
        answers = iter(self.asker.ask(queries))
        found: dict[str, list[Value]] = {  # a key that waits is NULL
            column: []
            for key in self.later
            for column in key.columns
            if key.table == table.oid and not table.columns[column].not_null
        }
        for name, targets in pairs.items():
            rows = [row for _ in targets for row in next(answers)]
            found[name] = [*dict.fromkeys(row[0] for row in rows)]
        return found

    def _that_pass(
        self, table: RowTable, rules: Sequence[RowRule], values: Mapping[str, Sequence[Value]]
    ) -> dict[str, list[Value]]:
        """Leave out what the rules of one column refuse; add NULL, last, where it may be."""
        single = {
            name: [rule.condition for rule in rules if rule.columns == (name,)] for name in values
        }
        asked = [(name, value) for name in values if single[name] for value in values[name]]
        queries = [
            f"SELECT ARRAY[''] FROM (SELECT {_typed(table.columns[name], value)}"
            f" AS {quoted(name)}) r WHERE {_all(single[name])}"
            for name, value in asked
        ]
        answers = self.asker.ask(queries)
        refused = {pair for pair, answer in zip(asked, answers, strict=True) if not answer}
        kept: dict[str, list[Value]] = {}
        for name, known in values.items():
            kept[name] = [value for value in known if (name, value) not in refused][:_MOST_VALUES]
            if not table.columns[name].not_null:
                kept[name].append(None)
        return kept

    # ----------------------------------------------------------------- of several columns

    def _joined(
        self,
        table: RowTable,
        rules: Sequence[RowRule],
        values: Mapping[str, Sequence[Value]],
        *,
        group: Sequence[str],
        also: str = "",
    ) -> str:
        """Return a query for what a group of columns may take together, in a mixed order."""
        most = max(2, int(_MOST_JOINED ** (1 / len(group))))
        sources, typed = [], []
        for number, name in enumerate(group):
            known = values[name]
            chosen = known if len(known) <= most else [*known[: most - 1], known[-1]]
            written = listed("NULL" if one is None else literal(one) for one in chosen)
            sources.append(f"unnest(ARRAY[{written}]::text[]) AS c{number} (v)")
            typed.append(f"c{number}.v::{table.columns[name].type} AS {quoted(name)}")
        conditions = [rule.condition for rule in rules if {*rule.columns} & {*group}]
        texts = listed(f"c{number}.v" for number in range(len(group)))
        return (
            f"SELECT ARRAY[{texts}] FROM {listed(sources)},"
            f" LATERAL ({_with_generated(table, typed)}) r"
            f" WHERE {_all([*conditions, *([also] if also else [])])}"
            f" ORDER BY array_position(ARRAY[{texts}], NULL) IS NOT NULL,"
            f" md5(ARRAY[{texts}]::text) LIMIT {_MOST_CHOICES}"
        )

    def _wanted(
        self,
        table: RowTable,
        rules: Sequence[RowRule],
        values: Mapping[str, Sequence[Value]],
        *,
        wanted: Sequence[str],
        groups: Sequence[tuple[str, ...]],
    ) -> list[Choice]:
        """Return what columns may take so that a row is one of those that are asked for."""
        queries, asked = [], []
        for condition in wanted:
            names = {*mentioned(condition, table.columns)} & values.keys()
            bound = {name for group in groups if names & {*group} for name in group}
            group = tuple(name for name in values if name in names | bound)
            if group:
                also = f"({condition}) IS TRUE"
                asked.append(group)
                queries.append(self._joined(table, rules, values, group=group, also=also))
        answers = self.asker.ask(queries)
        return [
            dict(zip(group, row, strict=True))
            for group, answer in zip(asked, answers, strict=True)
            for row in answer[:2]
        ]


def _as_rules(table: RowTable, wanted: Iterable[str]) -> Iterator[RowRule]:
    for condition in wanted:
        yield RowRule(columns=mentioned(condition, table.columns), condition=condition)


def _unasked(group: Sequence[str], values: Mapping[str, Sequence[Value]]) -> Iterator[Choice]:
    """A rule that fails for some values answers nothing: the server will refuse the rows."""
    for number in range(_MOST_CHOICES):
        yield {
            name: values[name][(number * (place + 1)) % len(values[name])] if values[name] else None
            for place, name in enumerate(group)
        }


def _groups(table: RowTable, rules: Sequence[RowRule]) -> Iterator[tuple[str, ...]]:
    """Yield the columns that rules of several columns bind together, what is generated left out."""
    groups: list[set[str]] = []
    for rule in rules:
        names = {*rule.columns} | {
            source
            for name in rule.columns
            if table.columns[name].generated
            for source in mentioned(table.columns[name].expression, table.columns)
        }
        if len(rule.columns) > 1 or names != {*rule.columns}:
            touching = [group for group in groups if group & names]
            groups = [group for group in groups if not group & names]
            groups.append(names.union(*touching))
    for group in groups:
        yield tuple(
            name for name, one in table.columns.items() if name in group and not one.generated
        )


def _with_generated(table: RowTable, typed: Sequence[str]) -> str:
    """A rule may speak of what is generated from these columns."""
    names = {each.rpartition(" AS ")[2] for each in typed}
    made = [
        f"({column.expression})::{column.type} AS {quoted(column.name)}"
        for column in table.columns.values()
        if column.generated
        and {quoted(name) for name in mentioned(column.expression, table.columns)} <= names
    ]
    inner = f"SELECT {listed(typed)}"
    return f"SELECT g.*, {listed(made)} FROM ({inner}) g" if made else inner


def _all(conditions: Iterable[str]) -> str:
    return " AND ".join(f"(({condition}) IS NOT FALSE)" for condition in conditions) or "true"


def _typed(column: RowColumn, value: Value) -> str:
    return f"{'NULL' if value is None else literal(value)}::{column.type}"
