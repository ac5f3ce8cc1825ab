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
            return (*one, *negated, "BETWEEN", *draw(inner), "AND", *draw(inner))
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


@st.composite
def schemas(draw: st.DrawFn) -> Model:
    tables = tuple(draw(_tables(f"t{number}")) for number in range(draw(st.integers(1, 2))))
    table = st.sampled_from([table.name for table in tables])
    index = st.builds(
        Index,
        st.just("i"),
        table,
        st.one_of(st.sampled_from(COLUMNS).map(lambda name: (name,)), expressions()),
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
