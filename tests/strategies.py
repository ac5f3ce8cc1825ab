"""What hypothesis draws: expressions, whole schemas, the same schema in another hand, and damage.

An expression is a tuple of its words, a schema a small model that knows how to write itself, so a
test can change one thing and say which. Nothing here asks sqlplumb what SQL means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st

Words = tuple[str, ...]
T = TypeVar("T")

COLUMNS = ("a", "b", "c", "d")
LITERALS = (
    *("0", "1", "-1", "2", "1.5", ".5", "1e2", "0x10", "9223372036854775807"),
    *("9223372036854775808", "'a'", "'A'", "'1'", "''", "'it''s'", "'%'", "x'61'", "NULL", "true"),
)
ARITHMETIC = ("+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>", "->", "->>")
COMPARISONS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT", "LIKE", "NOT GLOB")
PREFIXES = ("-", "+", "~", "NOT")
SUFFIXES = ("ISNULL", "NOTNULL", "NOT NULL", "IS NULL", "COLLATE nocase", "COLLATE binary")
OPERATORS = (*ARITHMETIC, *COMPARISONS, "AND", "OR")


_SHAPES = (
    *("sides", "sides", "in brackets", "in brackets", "in brackets"),
    *("prefix", "suffix", "between", "among", "case", "call"),
)


@st.composite
def expressions(
    draw: st.DrawFn,
    columns: Sequence[str] = COLUMNS,
    operators: Sequence[str] = OPERATORS,
    depth: int = 3,
) -> Words:
    """With and without the brackets it needs: however SQLite groups it, that is what it means."""
    shape = draw(st.sampled_from(_SHAPES)) if depth else "leaf"
    if shape == "leaf":
        return (draw(st.sampled_from((*columns, *columns, *columns, *LITERALS))),)
    inner = expressions(columns, operators, draw(st.integers(0, depth - 1)))
    one = draw(inner)
    if shape in ("sides", "in brackets"):
        words = (*one, *draw(st.sampled_from(operators)).split(), *draw(inner))
        return words if shape == "sides" else _bracketed(words)
    return draw(_around(one, shape, inner))


@st.composite
def _around(draw: st.DrawFn, one: Words, shape: str, inner: st.SearchStrategy[Words]) -> Words:
    match shape:
        case "prefix":
            return (draw(st.sampled_from(PREFIXES)), *one)
        case "suffix":
            return (*one, *draw(st.sampled_from(SUFFIXES)).split())
        case "between":
            negated = ("NOT",) if draw(st.booleans()) else ()
            low = draw(inner)  # an OR would take the AND that is meant for BETWEEN
            low = _bracketed(low) if "OR" in low else low
            return (*one, *negated, "BETWEEN", *low, "AND", *draw(inner))
        case "among":
            listed = [word for other in draw(st.lists(inner, max_size=2)) for word in (",", *other)]
            return (*one, "IN", "(", *listed[1:], ")")
        case "case":
            return ("CASE", "WHEN", *one, "THEN", *draw(inner), "ELSE", *draw(inner), "END")
        case _:
            return draw(st.sampled_from((("abs", "(", *one, ")"), ("-", "(", *one, ")"))))


def _bracketed(inner: Words) -> Words:
    return ("(", *inner, ")")


@st.composite
def rebracketed(draw: st.DrawFn, words: Words) -> Words:
    """The same words with a pair of brackets gone, or with one more around some of them."""
    pairs = list(_pairs(words))
    chosen = draw(st.integers(0, 2 * len(pairs)))
    if chosen < len(pairs):
        opens, closes = pairs[chosen]
        return (*words[:opens], *words[opens + 1 : closes], *words[closes + 1 :])
    first = draw(st.integers(0, len(words) - 1))
    last = draw(st.integers(first + 1, len(words)))
    return (*words[:first], "(", *words[first:last], ")", *words[last:])


def _pairs(words: Words) -> Iterator[tuple[int, int]]:
    open_at: list[int] = []
    for index, word in enumerate(words):
        if word == "(":
            open_at.append(index)
        elif word == ")":
            yield open_at.pop(), index


@dataclass(frozen=True)
class Hand:
    """How somebody writes: nothing of it may matter."""

    quotes: str = ""
    lower: bool = False
    gap: str = " "
    bracketed: bool = False

    def name(self, name: str) -> str:
        return f"{self.quotes[0]}{name}{self.quotes[1]}" if self.quotes else name

    def words(self, words: str) -> str:
        return words.lower() if self.lower else words

    def expression(self, words: Words) -> str:
        inside = " ".join(_bracketed(words) if self.bracketed else words)
        return f"({inside})"

    def written(self, *pieces: str) -> str:
        return self.gap.join(piece for piece in pieces if piece)


PLAIN = Hand()
hands = st.builds(
    Hand,
    quotes=st.sampled_from(("", '""', "[]", "``")),
    lower=st.booleans(),
    gap=st.sampled_from((" ", "\n    ", "\t", "\r\n", " /* note */ ", " -- note\n")),
    bracketed=st.booleans(),
)


@dataclass(frozen=True)
class Column:
    name: str
    type: str = "TEXT"
    not_null: bool = False
    default: str = ""
    collation: str = ""
    unique: bool = False
    check: Words = ()
    references: str = ""
    on_delete: str = ""
    generated: Words = ()

    def sql(self, hand: Hand) -> str:
        return hand.written(
            hand.name(self.name),
            self.type,
            hand.words("NOT NULL") if self.not_null else "",
            self._value(hand),
            f"{hand.words('COLLATE')} {self.collation}" if self.collation else "",
            hand.words("UNIQUE") if self.unique else "",
            hand.words("CHECK") + hand.expression(self.check) if self.check else "",
            self._reference(hand),
        )

    def _value(self, hand: Hand) -> str:
        if self.generated:
            return hand.words("GENERATED ALWAYS AS ") + hand.expression(self.generated)
        return f"{hand.words('DEFAULT')} {self.default}" if self.default else ""

    def _reference(self, hand: Hand) -> str:
        if not self.references:
            return ""
        action = f"ON DELETE {self.on_delete}" if self.on_delete else ""
        target = hand.name(self.references)
        return hand.written(hand.words("REFERENCES"), target, hand.words(action))


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    key_on_two: bool = False
    without_rowid: bool = False

    def sql(self, hand: Hand) -> str:
        names = ("id", self.columns[0].name) if self.key_on_two else ("id",)
        key = hand.words("PRIMARY KEY") + f"({', '.join(map(hand.name, names))})"
        inside = (
            f"{hand.name('id')} INTEGER",
            *(column.sql(hand) for column in self.columns),
            key,
        )
        return hand.written(
            hand.words("CREATE TABLE"),
            hand.name(self.name),
            "(",
            f",{hand.gap}".join(inside),
            ")",
            hand.words("WITHOUT ROWID") if self.without_rowid else "",
        )


@dataclass(frozen=True)
class Index:
    name: str
    table: str
    term: Words
    unique: bool = False
    descending: bool = False
    where: Words = ()

    def sql(self, hand: Hand) -> str:
        return hand.written(
            hand.words("CREATE UNIQUE INDEX" if self.unique else "CREATE INDEX"),
            hand.name(self.name),
            hand.words("ON"),
            hand.name(self.table),
            "(" + hand.expression(self.term) + hand.words(" DESC" if self.descending else "") + ")",
            hand.words("WHERE") + hand.expression(self.where) if self.where else "",
        )


@dataclass(frozen=True)
class View:
    name: str
    table: str
    limit: int

    def sql(self, hand: Hand) -> str:
        return hand.written(
            hand.words("CREATE VIEW"),
            hand.name(self.name),
            hand.words("AS SELECT"),
            hand.name("id"),
            hand.words("FROM"),
            hand.name(self.table),
            hand.words("LIMIT"),
            str(self.limit),
        )


@dataclass(frozen=True)
class Trigger:
    name: str
    table: str
    event: str
    least: int

    def sql(self, hand: Hand) -> str:
        return hand.written(
            hand.words("CREATE TRIGGER"),
            hand.name(self.name),
            hand.words(f"AFTER {self.event} ON"),
            hand.name(self.table),
            hand.words("BEGIN DELETE FROM"),
            hand.name(self.table),
            hand.words("WHERE"),
            hand.name("id"),
            f"< {self.least};",
            hand.words("END"),
        )


@dataclass(frozen=True)
class Model:
    """A whole schema."""

    tables: tuple[Table, ...]
    indexes: tuple[Index, ...]
    views: tuple[View, ...]
    triggers: tuple[Trigger, ...]

    def sql(self, hand: Hand = PLAIN) -> str:
        facts: list[Table | Index | View | Trigger] = [*self.tables, *self.indexes]
        facts += [*self.views, *self.triggers]
        return "".join(f"{fact.sql(hand)};\n" for fact in facts)


TYPES = ("INTEGER", "INT", "TEXT", "VARCHAR(20)", "NUMERIC(10,2)", "BLOB", "REAL", "")
DEFAULTS = ("", "0", "-1", "'x'", "NULL", "CURRENT_TIMESTAMP", "(1 + 2)", "x'ab'", "'it''s; --'")
COLLATIONS = ("", "NOCASE", "RTRIM")
ACTIONS = ("", "CASCADE", "SET NULL", "RESTRICT")
EVENTS = ("INSERT", "DELETE", "UPDATE")
_rules = st.one_of(st.just(()), expressions())


@st.composite
def _columns(draw: st.DrawFn, name: str) -> Column:
    generated = draw(st.sampled_from(((), (), ("id", "+", "1"), ("-", "id"))))
    return Column(
        name,
        type=draw(st.sampled_from(TYPES)),
        not_null=draw(st.booleans()),
        default="" if generated else draw(st.sampled_from(DEFAULTS)),
        collation=draw(st.sampled_from(COLLATIONS)),
        unique=draw(st.booleans()),
        check=draw(_rules) if name == COLUMNS[-1] else (),
        references=draw(st.sampled_from(("", "t0", "elsewhere"))),
        on_delete=draw(st.sampled_from(ACTIONS)),
        generated=generated if name == COLUMNS[-1] else (),
    )


@st.composite
def _tables(draw: st.DrawFn, name: str) -> Table:
    columns = tuple(draw(_columns(column)) for column in COLUMNS)
    return Table(name, columns, draw(st.booleans()), draw(st.booleans()))


# A string alone, with a collation or none, is the name of a column there.
_terms = expressions().filter(
    lambda words: not (words[0][0] == "'" and {*words[1::2]} <= {"COLLATE"})
)


@st.composite
def schemas(draw: st.DrawFn) -> Model:
    tables = tuple(draw(_tables(f"t{number}")) for number in range(draw(st.integers(1, 2))))
    table = st.sampled_from([table.name for table in tables])
    index = st.builds(
        Index,
        st.just("i"),
        table,
        st.one_of(st.sampled_from(COLUMNS).map(lambda name: (name,)), _terms),
        st.booleans(),
        st.booleans(),
        _rules,
    )
    view = st.builds(View, st.just("v"), table, st.integers(0, 9))
    trigger = st.builds(Trigger, st.just("r"), table, st.sampled_from(EVENTS), st.integers(0, 9))
    several = (tuple(draw(st.lists(one, max_size=1))) for one in (index, view, trigger))
    return Model(tables, *several)  # type: ignore[arg-type]


@st.composite
def with_one_thing_changed(draw: st.DrawFn, model: Model) -> Model:
    """One fact of one object is another one, and SQLite does not treat the two alike."""
    table = draw(st.sampled_from(model.tables))
    column = draw(st.sampled_from(table.columns[1:]))
    candidates: list[Model] = [
        _with(model, table, replace(table, without_rowid=not table.without_rowid)),
        _with(model, table, replace(table, key_on_two=not table.key_on_two)),
        _with(model, table, replace(table, columns=(*table.columns, Column("another")))),
        *(
            _with(model, table, replace(table, columns=_swapped(table.columns, column, other)))
            for other in _other_columns(draw, column)
        ),
        *(replace(model, indexes=(other,)) for one in model.indexes for other in _others(one)),
        *(replace(model, views=()) for _ in model.views),
        *(replace(model, views=(replace(one, limit=one.limit + 1),)) for one in model.views),
        *(replace(model, triggers=(replace(one, least=77),)) for one in model.triggers),
    ]
    return draw(st.sampled_from(candidates))


def _with(model: Model, table: Table, other: Table) -> Model:
    return replace(model, tables=_swapped(model.tables, table, other))


def _swapped(several: tuple[T, ...], one: T, other: T) -> tuple[T, ...]:
    return tuple(other if each == one else each for each in several)


def _other_columns(draw: st.DrawFn, column: Column) -> Iterator[Column]:
    yield replace(column, type=draw(_another(TYPES, column.type)))
    yield replace(column, not_null=not column.not_null)
    yield replace(column, collation=draw(_another(COLLATIONS, column.collation)))
    yield replace(column, unique=not column.unique)
    yield replace(column, check=(*column.check, "+", "1") if column.check else ("a",))
    yield replace(column, references="" if column.references else "elsewhere")
    if column.references:
        yield replace(column, on_delete=draw(_another(ACTIONS, column.on_delete)))
    if not column.generated:
        yield replace(column, default=draw(_another(DEFAULTS, column.default)))


def _another(several: Sequence[str], one: str) -> st.SearchStrategy[str]:
    return st.sampled_from([other for other in several if other != one])


def _others(index: Index) -> Iterator[Index]:
    yield replace(index, unique=not index.unique)
    yield replace(index, descending=not index.descending)
    yield replace(index, where=("c", "ISNULL", "OR", *index.where) if index.where else ("c",))
    yield replace(index, name="another")


STRAYS = (
    *"( ) , ; . + - * = < IS NOT NULL UNIQUE PRIMARY KEY CHECK DEFAULT COLLATE AS ON".split(),
    *"CONFLICT REFERENCES CONSTRAINT FOREIGN TABLE INDEX VIEW TRIGGER BEGIN END WITHOUT".split(),
    *"ROWID STRICT TEMP IF EXISTS DESC IN LIKE CASE WHEN THEN nocase INTEGER a b id t0 t1".split(),
    *(
        "'",
        '"',
        "[",
        "]",
        "/*",
        "*/",
        "--",
        "\n",
        "\r\n",
        "\f",
        "\ufeff",
        "\u00a0",
        "'x'",
        "é",
        "?",
    ),
)
DAMAGE = ("gone", "doubled", "swapped", "stray", "phrase", "phrase", "phrase", "instead")
PHRASES = (
    *("", "/* note */", "-- note\n", "NOT NULL", "UNIQUE", "DEFAULT 5", "COLLATE nocase", "NULL"),
    *("CHECK (a)", "CONSTRAINT n CHECK (b > a)", "REFERENCES t0 (a)", "CONSTRAINT n", "e INT,"),
    *(
        "x AS (a),",
        "NOT DEFERRABLE",
        "ON CONFLICT IGNORE",
        "IF NOT EXISTS",
        "main.",
        "WITHOUT ROWID",
    ),
    *("UNIQUE ON CONFLICT FAIL", "WHERE a IN ()", "AND b ISNULL", "OR NOT c", "; ;", "t0 (a, b)"),
)


@st.composite
def damaged(draw: st.DrawFn, sql: str) -> str:
    """A few words gone, doubled, swapped or put in where they do not belong."""
    words = sql.split(" ")
    for _ in range(draw(st.integers(1, 2))):
        here = draw(st.integers(0, len(words) - 1))
        there = draw(st.integers(0, len(words) - 1))
        match draw(st.sampled_from(DAMAGE)):
            case "gone":
                words[here] = ""
            case "doubled":
                words.insert(here, words[here])
            case "swapped":
                words[here], words[there] = words[there], words[here]
            case "stray":
                words.insert(here, draw(st.sampled_from(STRAYS)))
            case "phrase":
                words.insert(here, draw(st.sampled_from(PHRASES)))
            case _:
                words[here] = draw(st.sampled_from(STRAYS))
    return " ".join(words)


# Whole schemas in every form that SQLite's grammar has, and edits of them, for plans.
#
# Tables and columns have a key that stays when their name changes. Whatever speaks of a key that is
# not there is left out when the schema is written, so an edit never has to mend anything else.

PLAIN_NAMES = ("a", "b", "c", "note", "Total", "user_id", "kind")
ODD_NAMES = (
    *(
        "order",
        "group",
        "select",
        "a b",
        "do.t",
        "it's",
        'q"t',
        "naïve",
        "É",
        "é",
        "名",
        "x-y",
        "1st",
    ),
    *("rowid", "oid", "key", "check", "end", "a;b", "-- no", "a]b", "new", "old", "sqlit", "%s{0}"),
)
NAMES = (*PLAIN_NAMES, *PLAIN_NAMES, *ODD_NAMES)
WIDE_TYPES = (
    *("INTEGER", "INT", "TEXT", "text", "VARCHAR(20)", "VARCHAR ( 20 )", "NUMERIC(10,2)", "BLOB"),
    *(
        "REAL",
        "DOUBLE PRECISION",
        "UNSIGNED BIG INT",
        "BOOLEAN",
        "DATE",
        "JSON",
        "ANY",
        "",
        '"odd"',
    ),
)
STRICT_TYPES = ("INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY")
CONFLICTS = ("", "", "", *(f" ON CONFLICT {one}" for one in "IGNORE REPLACE FAIL ABORT".split()))
NOT_NULLS = (
    "",
    "",
    "",
    "NOT NULL",
    "CONSTRAINT nn NOT NULL",
    "NOT NULL ON CONFLICT REPLACE",
    "NULL",
)
WIDE_DEFAULTS = (
    *("", "", "", "DEFAULT 0", "DEFAULT -1.5", "DEFAULT 'x'", "DEFAULT NULL", "DEFAULT (1 + 2)"),
    *("DEFAULT CURRENT_TIMESTAMP", "DEFAULT x'ab'", "DEFAULT 'it''s; --'", "DEFAULT (abs(-7))"),
    *("CONSTRAINT d DEFAULT TRUE", "DEFAULT bare", 'DEFAULT "quoted"', "DEFAULT ((NULL))"),
)
UNIQUES = ("", "", "", "", "UNIQUE", "CONSTRAINT cu UNIQUE", "UNIQUE ON CONFLICT IGNORE")
ROW_KEYS = (
    *("INTEGER PRIMARY KEY", "INTEGER PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    *("INTEGER PRIMARY KEY AUTOINCREMENT", "INT PRIMARY KEY", "INTEGER PRIMARY KEY DESC"),
    *("TEXT PRIMARY KEY NOT NULL", "INTEGER CONSTRAINT pk PRIMARY KEY ON CONFLICT REPLACE", "BLOB"),
    *("TEXT PRIMARY KEY COLLATE NOCASE", "INTEGER PRIMARY KEY ASC", "INTEGER"),
)
RULES = (
    *("{0} IS NOT 'x'", "{0} <> 5", "length({0}) < 100", "coalesce({0}, 0) IS NOT 99"),
    *("{0} IN ('a', 'b', 1, 0, 'Abc') OR 1", "{0} IS NULL OR {0} > 0", "({0}) IS NOT {1}"),
    *("{0} NOT LIKE '%;%' /* ' */", "typeof({0}) <> 'never'", "{0} + {1} IS NOT 3"),
)
MADE_OF = ("{0} || '-'", "({0} + 1)", "coalesce({0}, {1})", "lower({0})", "length({0}) -- ' )\n")
TERMS = ("{0}", "{0}", "{0}", "lower({0})", "{0} || 'x'", "{0} COLLATE NOCASE", "({0} + 1)")
REFERENCE_ACTIONS = (
    *("", "", "ON DELETE CASCADE", "ON DELETE SET NULL ON UPDATE CASCADE", "ON DELETE RESTRICT"),
    *("DEFERRABLE INITIALLY DEFERRED", "NOT DEFERRABLE", "ON UPDATE SET DEFAULT MATCH FULL"),
)
NOTES = ("", "", "", "", "/* ; ' */", "-- it's, (\n", '/* @ */ -- ) "\n')


@dataclass(frozen=True)
class Said:
    """An expression about columns, by their keys."""

    template: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Pointer:
    """A foreign key; no `targets`: the primary key of the other table."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...] = ()
    action: str = ""
    name: str = ""


@dataclass(frozen=True)
class WideColumn:
    key: str
    name: str
    type: str = ""
    not_null: str = ""
    default: str = ""
    collation: str = ""
    unique: str = ""
    check: Said | None = None
    check_name: str = ""
    generated: Said | None = None
    stored: bool = False
    pointer: Pointer | None = None
    note: str = ""
    renamed_from: str = ""


@dataclass(frozen=True)
class Rule:
    """UNIQUE, PRIMARY KEY or CHECK of a whole table."""

    words: str  # up to the brackets
    columns: tuple[str, ...] = ()
    said: Said | None = None
    after: str = ""


@dataclass(frozen=True)
class WideTable:
    key: str
    name: str
    columns: tuple[WideColumn, ...]
    rules: tuple[Rule, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    without_rowid: bool = False
    strict: bool = False
    renamed_from: str = ""

    def column(self, key: str) -> WideColumn | None:
        return next((column for column in self.columns if column.key == key), None)


@dataclass(frozen=True)
class WideIndex:
    name: str
    table: str
    terms: tuple[tuple[Said, str], ...]
    unique: bool = False
    where: Said | None = None


@dataclass(frozen=True)
class WideView:
    key: str
    name: str
    source: str
    columns: tuple[str, ...] = ()  # empty: all
    limit: int = 0


@dataclass(frozen=True)
class WideTrigger:
    name: str
    on: str
    event: str
    target: str
    kind: str
    when: str = ""


@dataclass(frozen=True)
class WideModel:
    tables: tuple[WideTable, ...] = ()
    indexes: tuple[WideIndex, ...] = ()
    views: tuple[WideView, ...] = ()
    triggers: tuple[WideTrigger, ...] = ()
    quotes: str = ""  # how names are quoted that need not be
    text: str = ""  # of a schema that somebody has written, instead of all this

    def table(self, key: str) -> WideTable | None:
        return next((table for table in self.tables if table.key == key), None)

    def sql(self) -> str:
        return self.text or _Writer(self).written()


class _Writer:
    """A model as text; whatever speaks of something that is not there is left out."""

    def __init__(self, model: WideModel) -> None:
        self.model = model
        self.views = {view.key: view for view in model.views}

    def written(self) -> str:
        model = self.model
        said = [
            *map(self._table, model.tables),
            *map(self._index, model.indexes),
            *map(self._view, model.views),
            *map(self._trigger, model.triggers),
        ]
        return "".join(f"{one};\n" for one in said if one)

    def name(self, name: str) -> str:
        if name in PLAIN_NAMES and not self.model.quotes:
            return name
        quotes = self.model.quotes or '""'
        if quotes[1] in name:
            return '"' + name.replace('"', '""') + '"'
        return f"{quotes[0]}{name}{quotes[1]}"

    def _names(self, table: WideTable, keys: Sequence[str]) -> list[str] | None:
        found = [table.column(key) for key in keys]
        return [self.name(one.name) for one in found if one] if all(found) else None

    def said(self, said: Said, table: WideTable) -> str:
        names = self._names(table, said.columns)
        return said.template.format(*names) if names else ""

    def _table(self, table: WideTable) -> str:
        inside = [
            *(self._column(column, table) for column in table.columns),
            *(self._rule(rule, table) for rule in table.rules),
            *(self._pointer(pointer, table, at_table=True) for pointer in table.pointers),
        ]
        flags = [
            *(["WITHOUT ROWID"] if table.without_rowid else []),
            *(["STRICT"] if table.strict else []),
        ]
        parts = ",\n    ".join(one for one in inside if one)
        head = f"{_hint(table.renamed_from)}CREATE TABLE {self.name(table.name)}"
        return f"{head} (\n    {parts}\n) {', '.join(flags)}"

    def _column(self, column: WideColumn, table: WideTable) -> str:
        check = self.said(column.check, table) if column.check else ""
        name = f"CONSTRAINT {self.name(column.check_name)} " if column.check_name else ""
        made = self.said(column.generated, table) if column.generated else ""
        words = (
            self.name(column.name),
            column.type,
            column.note,
            column.not_null,
            "" if column.generated else column.default,
            f"COLLATE {column.collation}" if column.collation else "",
            column.unique,
            f"{name}CHECK ({check})" if check else "",
            self._pointer(column.pointer, table, at_table=False) if column.pointer else "",
            f"AS ({made}) {'STORED' if column.stored else ''}" if made else "",
        )
        return _hint(column.renamed_from) + " ".join(word for word in words if word)

    def _rule(self, rule: Rule, table: WideTable) -> str:
        if rule.said:
            text = self.said(rule.said, table)
            return f"{rule.words} ({text})" if text else ""
        names = self._names(table, rule.columns)
        return f"{rule.words} ({', '.join(names)}){rule.after}" if names else ""

    def _pointer(self, pointer: Pointer, table: WideTable, at_table: bool) -> str:
        target = self.model.table(pointer.table)
        own = self._names(table, pointer.columns)
        if target is None or own is None:
            return ""
        there = self._names(target, pointer.targets)
        if pointer.targets and not there:
            return ""
        name = f"CONSTRAINT {self.name(pointer.name)} " if pointer.name else ""
        begins = f"FOREIGN KEY ({', '.join(own)}) " if at_table else ""
        columns = f" ({', '.join(there)})" if there else ""
        return f"{name}{begins}REFERENCES {self.name(target.name)}{columns} {pointer.action}"

    def _index(self, index: WideIndex) -> str:
        table = self.model.table(index.table)
        if table is None:
            return ""
        terms = [self.said(said, table) + suffix for said, suffix in index.terms]
        where = self.said(index.where, table) if index.where else ""
        if not all(self._names(table, said.columns) for said, _ in index.terms):
            return ""
        words = "CREATE UNIQUE INDEX" if index.unique else "CREATE INDEX"
        head = f"{words} {self.name(index.name)} ON {self.name(table.name)}"
        return f"{head} ({', '.join(terms)})" + (f" WHERE {where}" if where else "")

    def _called(self, key: str) -> str:
        found = self.model.table(key) or self.views.get(key)
        return self.name(found.name) if found else ""

    def _view(self, view: WideView) -> str:
        source = self._called(view.source)
        table = self.model.table(view.source)
        names = self._names(table, view.columns) if table else None
        if not source or (table and names is None):
            return ""
        listed = ", ".join(names or ()) or "*"
        limit = f" LIMIT {view.limit}" if view.limit else ""
        return f"CREATE VIEW {self.name(view.name)} AS SELECT {listed} FROM {source}{limit}"

    def _trigger(self, trigger: WideTrigger) -> str:
        on, target = self._called(trigger.on), self.model.table(trigger.target)
        if not on or target is None:
            return ""
        timing = "AFTER" if self.model.table(trigger.on) else "INSTEAD OF"
        columns = [column for column in target.columns if not column.generated]
        if not columns:
            return ""
        body = trigger.kind.format(t=self.name(target.name), c=self.name(columns[0].name))
        head = f"CREATE TRIGGER {self.name(trigger.name)} {timing} {trigger.event} ON {on}"
        return f"{head} {trigger.when} BEGIN {body}; END"


def _hint(renamed_from: str) -> str:
    if not renamed_from:
        return ""
    quoted = renamed_from.replace('"', '""')
    return f'-- @renamed from="{quoted}"\n'


BODIES = (
    *("DELETE FROM {t} WHERE {c} = 77", "UPDATE {t} SET {c} = {c} WHERE 0", "SELECT 1; SELECT 2"),
    *("INSERT INTO {t} ({c}) SELECT {c} FROM {t} WHERE 0", "DELETE FROM {t} -- all of it; END\n"),
)
WHENS = ("", "", "WHEN 1 > 0", "FOR EACH ROW")


@st.composite
def _said(draw: st.DrawFn, templates: Sequence[str], columns: Sequence[str]) -> Said:
    pool = st.sampled_from(columns)
    return Said(draw(st.sampled_from(templates)), (draw(pool), draw(pool)))


@st.composite
def _pointers(draw: st.DrawFn, own: Sequence[str], tables: Sequence[str], name: str) -> Pointer:
    """To a primary key that is not named, or to the first column of a table, which is most often
    its key."""
    table = draw(st.sampled_from(tables))
    targets = (f"{table}0",) if draw(st.booleans()) else ()
    return Pointer(
        (draw(st.sampled_from(own)),),
        table,
        targets,
        draw(st.sampled_from(REFERENCE_ACTIONS)),
        name,
    )


_maybe = st.sampled_from((False, False, False, True))
_named = st.sampled_from(("", "", "ck", "a b", "select"))


@st.composite
def wide_columns(
    draw: st.DrawFn, key: str, name: str, known: Sequence[str], tables: Sequence[str], strict: bool
) -> WideColumn:
    """`known` are the keys of columns that it may be made of."""
    made = bool(known) and draw(_maybe)
    return WideColumn(
        key,
        name,
        draw(st.sampled_from(STRICT_TYPES if strict else WIDE_TYPES)),
        "" if made else draw(st.sampled_from(NOT_NULLS)),
        draw(st.sampled_from(WIDE_DEFAULTS)),
        draw(st.sampled_from(("", "", "", "NOCASE", "RTRIM"))),
        draw(st.sampled_from(UNIQUES)),
        draw(_said(RULES, (*known, key))) if draw(_maybe) else None,
        draw(_named),
        draw(_said(MADE_OF, known)) if made else None,
        draw(st.booleans()),
        draw(_pointers((key,), tables, "")) if not made and draw(_maybe) else None,
        draw(st.sampled_from(NOTES)),
    )


@st.composite
def _row_keys(draw: st.DrawFn, key: str, strict: bool, rowid: bool) -> WideColumn:
    """The first column: most often it is the primary key."""
    said = draw(st.sampled_from(ROW_KEYS))
    if not rowid:
        said = said.replace("AUTOINCREMENT", "")
    return WideColumn(key, draw(st.sampled_from(("id", "id", "Id", "rowid", "key"))), said)


@st.composite
def wide_tables(
    draw: st.DrawFn, key: str, name: str, tables: Sequence[str], taken: Sequence[str] = ()
) -> WideTable:
    strict, without_rowid = draw(_maybe), draw(_maybe)
    first = draw(_row_keys(f"{key}0", strict, not without_rowid))
    names = draw(st.lists(st.sampled_from(NAMES), max_size=5, unique_by=str.lower))
    columns = [first]
    for number, one in enumerate(name for name in names if name.lower() != first.name.lower()):
        keys = [column.key for column in columns if not column.generated]
        columns.append(draw(wide_columns(f"{key}{number + 1}", one, keys, tables, strict)))
    plain = [column.key for column in columns if not column.generated]
    rules = draw(st.lists(_rules_of_tables(plain, first.type), max_size=2))
    if without_rowid and "PRIMARY" not in first.type:
        rules = [Rule("PRIMARY KEY", (first.key,)), *rules]
    pointers = draw(st.lists(_pointers(plain, tables, draw(_named)), max_size=1))
    return WideTable(
        key, name, tuple(columns), tuple(rules), tuple(pointers), without_rowid, strict
    )


@st.composite
def _rules_of_tables(draw: st.DrawFn, columns: Sequence[str], first: str) -> Rule:
    some = tuple(draw(st.lists(st.sampled_from(columns), min_size=1, max_size=2, unique=True)))
    name = draw(_named)
    begins = f'CONSTRAINT "{name}" ' if name else ""
    kinds = ["UNIQUE", "CHECK", "CHECK"] + (["PRIMARY KEY"] if "PRIMARY" not in first else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "CHECK":
        return Rule(f"{begins}CHECK", said=draw(_said(RULES, columns)))
    return Rule(f"{begins}{kind}", some, after=draw(st.sampled_from(CONFLICTS)))


@st.composite
def wide_indexes(draw: st.DrawFn, name: str, tables: Sequence[WideTable]) -> WideIndex:
    table = draw(st.sampled_from(tables))
    keys = [column.key for column in table.columns]
    term = st.tuples(_said(TERMS, keys), st.sampled_from(("", "", " DESC", " ASC")))
    return WideIndex(
        name,
        table.key,
        tuple(draw(st.lists(term, min_size=1, max_size=2))),
        draw(_maybe),
        draw(st.one_of(st.none(), st.none(), _said(RULES, keys))),
    )


@st.composite
def wide_views(
    draw: st.DrawFn, key: str, name: str, tables: Sequence[WideTable], views: Sequence[str]
) -> WideView:
    table = draw(st.sampled_from(tables))
    keys = [column.key for column in table.columns]
    on_a_view: bool = draw(st.booleans())
    if views and on_a_view:
        return WideView(key, name, draw(st.sampled_from(views)), (), draw(st.integers(0, 2)))
    columns = tuple(draw(st.lists(st.sampled_from(keys), max_size=2, unique=True)))
    return WideView(key, name, table.key, columns, draw(st.integers(0, 2)))


@st.composite
def wide_triggers(
    draw: st.DrawFn, name: str, tables: Sequence[str], views: Sequence[str]
) -> WideTrigger:
    return WideTrigger(
        name,
        draw(st.sampled_from((*tables, *tables, *views))),
        draw(st.sampled_from(EVENTS)),
        draw(st.sampled_from(tables)),
        draw(st.sampled_from(BODIES)),
        draw(st.sampled_from(WHENS)),
    )


TABLE_NAMES = ("t", "users", "tasks", "order", "a b", "naïve", 'q"t', "do.t", "Group", "it's", "a")
BESIDE_NAMES = ("i", "v", "r", "ix tasks", "select", "é", "w", "x.y", "note")
KEYS = ("p", "q", "s")
_quotes = st.sampled_from(("", "", '""', "[]", "``"))


@st.composite
def wide_schemas(draw: st.DrawFn) -> WideModel:
    names = draw(
        st.lists(st.sampled_from(TABLE_NAMES), min_size=1, max_size=3, unique_by=str.lower)
    )
    keys = KEYS[: len(names)]
    tables = [draw(wide_tables(*pair, keys)) for pair in zip(keys, names, strict=True)]
    free = [name for name in BESIDE_NAMES if name.lower() not in map(str.lower, names)]
    beside = draw(st.lists(st.sampled_from(free), max_size=4, unique_by=str.lower))
    model = WideModel(tuple(tables), quotes=draw(_quotes))
    for name in beside:
        model = draw(_with_another(model, name))
    return model


@st.composite
def _with_another(draw: st.DrawFn, model: WideModel, name: str) -> WideModel:
    """One more index, view or trigger of this name."""
    if not model.tables:
        return model
    views = tuple(view.key for view in model.views)
    match draw(st.sampled_from(("index", "index", "view", "trigger"))):
        case "index":
            index = draw(wide_indexes(name, model.tables))
            return replace(model, indexes=(*model.indexes, index))
        case "view":
            view = draw(wide_views(f"view {name}", name, model.tables, views))
            return replace(model, views=(*model.views, view))
        case _:
            keys = [table.key for table in model.tables]
            trigger = draw(wide_triggers(name, keys, views))
            return replace(model, triggers=(*model.triggers, trigger))


@st.composite
def edited(draw: st.DrawFn, model: WideModel) -> WideModel:
    """The same schema some time later; now and then another one altogether."""
    if draw(st.integers(0, 19)) == 19:
        return draw(wide_schemas())
    for number in range(draw(st.integers(1, 4))):
        model = draw(_edits(model, f"new{number}"))
    return replace(model, quotes=draw(st.sampled_from((model.quotes, '""'))))


@st.composite
def _edits(draw: st.DrawFn, model: WideModel, fresh: str) -> WideModel:
    match draw(st.sampled_from(("table", "table", "table", "table", "beside", "beside", "whole"))):
        case "table" if model.tables:
            table = draw(st.sampled_from(model.tables))
            return _changed(model, draw(_edits_of_a_table(table, model, fresh)))
        case "beside":
            return draw(_edits_beside(model))
        case _:
            return draw(_edits_of_the_whole(model, fresh))


def _changed(model: WideModel, table: WideTable) -> WideModel:
    tables = tuple(table if one.key == table.key else one for one in model.tables)
    return replace(model, tables=tables)


def _taken(model: WideModel) -> set[str]:
    several: list[WideTable | WideIndex | WideView] = [*model.tables, *model.indexes, *model.views]
    return {one.name.lower() for one in several}


@st.composite
def _edits_of_the_whole(draw: st.DrawFn, model: WideModel, fresh: str) -> WideModel:
    free = [name for name in TABLE_NAMES if name.lower() not in _taken(model)]
    kind = draw(st.sampled_from(("gone", "more", "renamed", "renamed", "swapped", "hidden")))
    tables = list(model.tables)
    if kind == "more" or not tables:
        keys = [table.key for table in tables] or [fresh]
        return replace(
            model, tables=(*tables, draw(wide_tables(fresh, draw(st.sampled_from(free)), keys)))
        )
    table = draw(st.sampled_from(tables))
    match kind:
        case "gone":
            tables.remove(table)
            return replace(model, tables=tuple(tables))
        case "renamed":
            name = draw(st.sampled_from((*free, table.name.upper())))
            return _changed(model, _renamed(table, name))
        case "swapped" if len(tables) > 1:
            called = draw(_circle([one.name for one in tables]))
            return replace(
                model, tables=tuple(_renamed(one, called.get(one.name, one.name)) for one in tables)
            )
        case _:  # another one has its name, under its key
            return _changed(model, draw(wide_tables(table.key, table.name, KEYS)))


@st.composite
def _circle(draw: st.DrawFn, names: Sequence[str]) -> dict[str, str]:
    """Two or three of them, each with the one that takes its place."""
    count = draw(st.integers(2, min(3, len(names))))
    chosen: list[str] = list(draw(st.permutations(names)))[:count]
    return dict(zip(chosen, [*chosen[1:], chosen[0]], strict=True))


def _renamed(table: WideTable, name: str) -> WideTable:
    """A name that differs in its case alone is the same one, and needs no hint."""
    said = table.renamed_from or (table.name if name.lower() != table.name.lower() else "")
    return replace(table, name=name, renamed_from=said if said.lower() != name.lower() else "")


@st.composite
def _edits_of_a_table(draw: st.DrawFn, table: WideTable, model: WideModel, fresh: str) -> WideTable:
    kind = draw(st.sampled_from(_TABLE_EDITS))
    plain = [one.key for one in table.columns if not one.generated]
    match kind:
        case "rules" if plain:
            rule = draw(_rules_of_tables(plain, "PRIMARY"))
            return replace(table, rules=draw(st.sampled_from(((), (rule,), (*table.rules, rule)))))
        case "pointers" if plain:
            pointer = draw(_pointers(plain, [one.key for one in model.tables], draw(_named)))
            return replace(table, pointers=draw(st.sampled_from(((), (pointer,)))))
        case "rowid":
            return replace(table, without_rowid=not table.without_rowid)
        case "strict":
            return replace(table, strict=not table.strict)
        case _:
            return replace(table, columns=tuple(draw(_edits_of_columns(kind, table, fresh))))


@st.composite
def _edits_of_columns(
    draw: st.DrawFn, kind: str, table: WideTable, fresh: str
) -> Sequence[WideColumn]:
    columns = list(table.columns)
    place = draw(st.integers(0, len(columns) - 1))
    match kind:
        case "gone" if len(columns) > 1:
            del columns[place]
        case "more":
            columns.insert(place, draw(_fresh(table, fresh)))
        case "moved":
            return draw(st.permutations(columns))
        case "renamed":
            columns[place] = draw(_called_otherwise(columns[place], columns))
        case "swapped" if len(columns) > 1:
            called = draw(_circle([one.name for one in columns]))
            return [_called(one, called.get(one.name, one.name)) for one in columns]
        case "key":
            key = draw(_row_keys("", table.strict, not table.without_rowid)).type
            columns[0] = replace(columns[0], type=key)
        case _:
            columns[place] = draw(_edits_of_a_column(columns[place], table))
    return columns


_TABLE_EDITS = (
    *("gone", "more", "more", "moved", "renamed", "swapped", "changed", "changed", "changed"),
    *("rules", "rules", "pointers", "key", "rowid", "strict"),
)


@st.composite
def _fresh(draw: st.DrawFn, table: WideTable, fresh: str) -> WideColumn:
    names = {one.name.lower() for one in table.columns}
    free = [name for name in NAMES if name.lower() not in names]
    plain = [one.key for one in table.columns if not one.generated]
    name = draw(st.sampled_from(free))
    return draw(wide_columns(f"{table.key} {fresh}", name, plain, KEYS, table.strict))


@st.composite
def _called_otherwise(
    draw: st.DrawFn, column: WideColumn, columns: Sequence[WideColumn]
) -> WideColumn:
    taken = {one.name.lower() for one in columns} - {column.name.lower()}
    free = [name for name in (*NAMES, column.name.upper()) if name.lower() not in taken]
    return _called(column, draw(st.sampled_from(free)))


def _called(column: WideColumn, name: str) -> WideColumn:
    said = column.renamed_from or (column.name if name.lower() != column.name.lower() else "")
    return replace(column, name=name, renamed_from=said if said.lower() != name.lower() else "")


_FIELDS = (
    *("type", "not_null", "default", "collation", "unique", "check", "check_name", "generated"),
    *("stored", "pointer", "note"),
)


@st.composite
def _edits_of_a_column(draw: st.DrawFn, column: WideColumn, table: WideTable) -> WideColumn:
    """Some of its facts as another column has them."""
    known = [one.key for one in table.columns if not one.generated and one.key != column.key]
    other = draw(wide_columns(column.key, column.name, known, KEYS, table.strict))
    chosen = draw(st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=2, unique=True))
    return replace(column, **{name: getattr(other, name) for name in chosen})


@st.composite
def _edits_beside(draw: st.DrawFn, model: WideModel) -> WideModel:
    """Of what hangs on tables: gone, new, or another of the same name in its place."""
    several: list[WideIndex | WideView | WideTrigger] = [*model.indexes, *model.views]
    several += model.triggers
    kind = draw(st.sampled_from(("more", "gone", "instead", "instead")))
    if kind == "more" or not several:
        free = [name for name in BESIDE_NAMES if name not in {one.name for one in several}]
        return draw(_with_another(model, draw(st.sampled_from(free))))
    one = draw(st.sampled_from(several))
    model = replace(
        model,
        indexes=tuple(other for other in model.indexes if other is not one),
        views=tuple(other for other in model.views if other is not one),
        triggers=tuple(other for other in model.triggers if other is not one),
    )
    return model if kind == "gone" else draw(_with_another(model, one.name))
