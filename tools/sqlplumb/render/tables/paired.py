"""One table of Core for two schemas that both have it, each in the words of its engine.

What one engine alone has says so (`ddl_if`), and each argument is what `merge` makes of two.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlplumb.engines import engine
from sqlplumb.python_layout import (
    WIDTH,
    Argument,
    Call,
    Code,
    Named,
    Words,
    call,
    call_with,
    flat,
    lines,
    literal,
)
from sqlplumb.render.tables import merge
from sqlplumb.render.tables.meanings import ModuleContext
from sqlplumb.render.tables.table import (
    column_call,
    column_that_says,
    declared_type,
    defined_type,
    in_order,
    line_and_column,
    rule_call,
    terms,
    with_comments,
)
from sqlplumb.schema import Check, Column, Object, PrimaryKey, Ref, Table, Unit

_STRING = re.compile(r"'((?:[^']|'')*)'")
_AS_TEXT = {
    "JSON": "JSONText",
    "JSONB": "JSONText",
    "UUID": "UUIDText",
    "DateTime": "UTCDateTime",
    "TIMESTAMP": "UTCDateTime",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """A table as one of the schemas has it; where it `is_plain`, SQL makes it on that engine."""

    unit: Unit
    context: ModuleContext
    is_plain: bool
    types: frozenset[str]  # names of types that the module defines as objects

    @property
    def dialect(self) -> str:
        return self.context.schema.engine

    @property
    def head(self) -> Table:
        assert isinstance(self.unit.head, Table)
        return self.unit.head

    def rules(self) -> Iterator[tuple[Object, Call]]:
        """Yield what is no column, in the order of the file, as it stands beside columns."""
        for fact in sorted(self.unit.facts, key=line_and_column):
            if isinstance(fact, Column):
                continue
            made = rule_call(fact, self.unit.columns, self.context.schema, is_plain=self.is_plain)
            if made:
                yield fact, made

    def says(self, fact: Object) -> str:
        """Return the column that says this rule, if one does, as it is compared."""
        return column_that_says(fact, self.unit.columns, self.is_plain).lower()


@dataclass(frozen=True, slots=True)
class Said:
    """A rule, on one side or on both."""

    call: Call
    facts: tuple[Object | None, Object | None]


class Pair:
    """The two halves of a table; a class because each is asked for in every step."""

    def __init__(self, one: Half, other: Half, apart: Collection[Ref]) -> None:
        self.halves, self.apart = (one, other), apart
        self.dialects = (one.dialect, other.dialect)
        self.leading = int(one.is_plain and not other.is_plain)  # says what is said only once

    def lines(self, first: str, metadata: str) -> list[str]:
        """Return the lines of the table; raise Differs where Core has no words for both."""
        one, other = self.halves
        written = [first, f"    {literal(self._display)},", f"    {metadata},"]
        for argument, refs, suffix in self._arguments():
            written += with_comments(argument, refs, one.context.comments, suffix=suffix)
        held = [
            {
                option.name: option.value
                for option in engine(half.dialect).core_options(half.head, half.unit.primary_key)
                if isinstance(option, Named)
            }
            if not half.is_plain
            else {}
            for half in (one, other)
        ]
        for option in merge.options(held[0], held[1], self.dialects):
            written += lines(option, 1, suffix=",")
        return [*written, ")"]

    @property
    def _display(self) -> str:
        """An engine to which case counts has the last word."""
        return self.halves[1].unit.name

    def columns(self) -> Iterator[tuple[Column, Column]]:
        others = {name.lower(): column for name, column in self.halves[1].unit.columns.items()}
        for name, column in self.halves[0].unit.columns.items():
            yield column, others[name.lower()]

    # ------------------------------------------------------------------ rules

    @cached_property
    def _rules(self) -> list[Said]:
        rules = [
            {
                fact: made
                for fact, made in half.rules()
                if key is not None or not isinstance(fact, PrimaryKey)
            }
            for half, key in zip(self.halves, self._keys, strict=True)
        ]
        left = rules[1]
        said = list[Said]()
        for fact, made in rules[0].items():
            pairs = ((self._merged((fact, made), each), each[0]) for each in left.items())
            merged, its_other = next((pair for pair in pairs if pair[0]), (None, None))
            if its_other:
                del left[its_other]
            said.append(Said(merged or made, (fact, its_other)))
        return said + [Said(made, (None, fact)) for fact, made in left.items()]

    def _merged(self, one: tuple[Object, Call], other: tuple[Object, Call]) -> Call | None:
        is_alike = other[0].ref not in self.apart
        if is_alike and self._is_usual(one[0], other[0]):
            return one[1]
        return merge.rule(one[1], other[1], self.dialects, alike=is_alike)

    def _is_usual(self, one: Object, other: Object) -> bool:
        """Has a CHECK no name on the one side, and that which it gets anyway on the other?"""
        if not isinstance(one, Check) or not isinstance(other, Check) or one.ref.shown:
            return False
        if self.halves[0].is_plain or self.halves[1].is_plain:
            return False
        without_texts = _STRING.sub("", one.expression.text)
        words = {word.lower() for word in re.findall(r"\w+", without_texts)}
        columns = [name for name in self.halves[1].unit.columns if name.lower() in words]
        middle = f"_{columns[0]}" if len(columns) == 1 else ""
        return re.fullmatch(rf"{other.ref.table}{middle}_check\d*", other.ref.name) is not None

    def alike(self) -> dict[Ref, str]:
        """Return the CHECKs of the other side that are said in the words of the one."""
        found = dict[Ref, str]()
        for said in self._rules:
            one, other = said.facts
            if isinstance(one, Check) and other and other.ref not in self.apart:
                found[other.ref] = one.expression.text
        return found

    def _column_of(self, said: Said) -> str:
        """Return the column that says this rule for both."""
        one, other = said.facts
        if one is None or other is None:
            return ""
        names = {half.says(fact) for half, fact in zip(self.halves, (one, other), strict=True)}
        return names.pop() if len(names) == 1 else ""

    @cached_property
    def _keys(self) -> list[PrimaryKey | None]:
        """Return the key of each half; where they differ and SQL makes one, that of the other."""
        keys = [half.unit.primary_key for half in self.halves]
        names = [key and [name.lower() for name in terms(key)] for key in keys]
        if names[0] != names[1]:
            if not any(half.is_plain for half in self.halves):
                raise merge.Differs("a primary key that is another one on each side")
            keys[1 - self.leading] = None
        return keys

    def _is_of_columns(self) -> bool:
        """Do the columns themselves say the key, on each side that has one?"""
        pairs = zip(self._keys, self.halves, strict=True)
        known = [(key, half.unit.columns) for key, half in pairs if key]
        return all(not key.name and in_order(key, columns) for key, columns in known)

    def _arguments(self) -> Iterator[tuple[Call, tuple[Ref, ...], str]]:
        """Yield each argument, the objects whose comments belong to it, and what follows it."""
        inside = {said: self._column_of(said) for said in self._rules}
        is_of_columns = self._is_of_columns()
        for pair in self.columns():
            name = pair[0].ref.name.lower()
            own = [said for said in self._rules if inside[said] == name]
            made = self._column(pair, own, is_of_columns)
            refs = [said.facts[0].ref for said in own if said.facts[0]]
            yield made, (pair[0].ref, *refs), ","
        for said in self._rules:
            is_key = any(isinstance(fact, PrimaryKey) for fact in said.facts)
            if inside[said] or (is_key and is_of_columns):
                continue
            one, other = said.facts
            made, suffix = said.call, ","
            if not (one and other):
                made, suffix = _if_dialect(made, self.dialects[one is None])
            yield made, (one.ref,) if one else (), suffix

    # ---------------------------------------------------------------- columns

    def _column(self, pair: tuple[Column, Column], own: list[Said], has_key: bool) -> Call:
        calls = []
        for place, half in enumerate(self.halves):
            rules = [fact for said in own if (fact := said.facts[place])]
            key = self._keys[place] if has_key else None
            calls.append(
                column_call(pair[place], rules, key, context=half.context, is_plain=half.is_plain)
            )
        first, second = (merge.Arguments.of(made) for made in calls)
        type_ = self._type(pair, first.words[1], second.words[1])
        words: list[Argument] = [Words(pair[1].ref.display), type_]
        for mine, theirs in zip(first.calls("ForeignKey"), second.calls("ForeignKey"), strict=True):
            words.append(merge.rule(mine, theirs, self.dialects) or mine)
        counted = (*first.calls("Identity"), *second.calls("Identity"))
        words += counted
        computed = [next(iter(made.calls("Computed")), None) for made in (first, second)]
        if made := merge.computed(computed[0], computed[1], self.dialects):
            words.append(made)
        return call_with("Column", (*words, *self._named(pair, (first, second), bool(counted))))

    def _type(self, pair: tuple[Column, Column], one: Argument, other: Argument) -> Argument:
        kinds = (_kind(one), _kind(other))
        one, other = (
            self._as_text(place, pair[place], made, kinds[1 - place])
            for place, made in enumerate((one, other))
        )
        if isinstance(one, Call) and one.name == "EnumText" and self._is_text(1, pair[1]):
            declared = declared_type(pair[1], self.halves[1].context.meanings)
            words = None if declared == "TEXT" else Named("words", Words(declared))
            if self._is_listed(pair[0]):
                other = call("EnumText", one.arguments[0], words)
        if _kind(one) == "UTCDateTime" and other == Code("DateTime"):
            other = Code("UTCTimestamp")
        is_named = isinstance(other, Code) and other.text in self.halves[1].types
        return merge.type_(one, other, self.dialects, named=is_named)

    def _is_text(self, place: int, column: Column) -> bool:
        """Does one side say no more than that these values are texts?"""
        half = self.halves[place]
        is_chosen = column.ref in half.context.meanings.chosen
        return engine(half.dialect).type_family(column.type) == "text" and not is_chosen

    def _as_text(self, place: int, column: Column, made: Argument, kind: str) -> Argument:
        """Return the type of a text that the other side says to be of this kind."""
        if not kind or _kind(made) or not self._is_text(place, column):
            return made
        return defined_type(kind, declared_type(column, self.halves[place].context.meanings))

    def _is_listed(self, column: Column) -> bool:
        """Does a CHECK of the other side list the same values, in words of its own?"""
        values = self.halves[0].context.meanings.values.get(column.ref, ())
        for check in self.halves[1].unit.checks:
            words = check.expression.text
            said = {text.replace("''", "'") for text in _STRING.findall(words)}
            named = {word.lower() for word in re.findall(r"\w+", _STRING.sub("", words))}
            if said == {*values} and column.ref.name.lower() in named:
                return True
        return False

    def _named(
        self,
        pair: tuple[Column, Column],
        arguments: tuple[merge.Arguments, merge.Arguments],
        is_counted: bool,
    ) -> Iterator[Named]:
        held = [
            {
                name: value
                for name, value in made.named.items()
                if name not in ("nullable", "primary_key", "server_default")
            }
            for made in arguments
        ]
        merged = {each.name: each for each in merge.options(held[0], held[1], self.dialects)}
        if any("primary_key" in made.named for made in arguments):
            yield Named("primary_key", Code("True"))
        yield from self._nullable(pair, arguments, is_counted)
        if unique := merged.pop("unique", None):
            yield unique
        given = [made.named.get("server_default") for made in arguments]
        if default := merge.default(given[0], given[1], self.dialects):
            yield Named("server_default", default)
        yield from merged.values()

    def _nullable(
        self,
        pair: tuple[Column, Column],
        arguments: tuple[merge.Arguments, merge.Arguments],
        is_counted: bool,
    ) -> Iterator[Named]:
        """A column of a key is NOT NULL to SQLAlchemy, and needs not be so to each engine."""
        said = [made.named.get("nullable") for made in arguments]
        in_key = pair[self.leading].ref.name in self.halves[self.leading].unit.key
        is_plain = any(half.is_plain for half in self.halves)
        if pair[0].not_null != pair[1].not_null and not in_key and not is_plain:
            raise merge.Differs(f"NOT NULL of {pair[0].ref} on one side alone")
        value = said[self.leading]
        if value is not None and not (is_counted and in_key):  # an identity is never NULL
            yield Named("nullable", merge.as_value(value))


def _kind(made: Argument) -> str:
    """Return what values of this type are in Python, by the type that holds them as texts."""
    name = made.name if isinstance(made, Call) else flat(made)
    return name if name in _AS_TEXT.values() else _AS_TEXT.get(name, "")


def _if_dialect(made: Call, dialect: str) -> tuple[Call, str]:
    """Return a call that is for one dialect, and what follows it, as ruff breaks the two."""
    first = f"{flat(made)}.ddl_if"
    if len(f"    {first}(") <= WIDTH:
        return call(first, Named("dialect", Words(dialect))), ","
    return made, f'.ddl_if(dialect="{dialect}"),'


def unpaired(one: Unit, other: Unit) -> Iterable[Column]:
    """Return the columns that the other one does not have."""
    known = {name.lower() for name in other.columns}
    return [column for name, column in one.columns.items() if name.lower() not in known]
