"""One module for two schemas of one application, each for an engine of its own.

Tables that both have are one `Table`; those of one alone are in a MetaData that is made on its
engine alone. What SQL says runs on the engine that it is for. What Core cannot say of a table for
both is made by SQL on one of the engines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlplumb.engines import engine
from sqlplumb.engines.outline import Part
from sqlplumb.errors import Problem, Refused
from sqlplumb.python_layout import Call, Code, Named, block, call_with, comment, literal
from sqlplumb.render.tables.merge import Differs
from sqlplumb.render.tables.module import (
    ModuleOptions,
    assembled,
    docstring_of,
    enum_classes,
    heading,
    type_lines,
)
from sqlplumb.render.tables.paired import Half, Pair
from sqlplumb.render.tables.sides import (
    NAMED_TYPE,
    SAY_ALIKE,
    Side,
    Sides,
    refuse_one_sided,
    tables_of,
)
from sqlplumb.render.tables.table import table_lines
from sqlplumb.schema import Ref, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleOfBoth:
    """The text; the options, with the tables that turned out to need SQL; and the CHECKs of the
    other schema that are said in the words of the one, with these."""

    text: str
    options: tuple[ModuleOptions, ModuleOptions]
    alike: Mapping[Ref, str]


def module_of_both(one: ModuleOptions, other: ModuleOptions) -> ModuleOfBoth:
    """Raise Refused for what no module can say for both."""
    refuse_one_sided(one.schema, other.schema)
    options = [one, other]
    while True:
        made = _Both(options[0], options[1])
        try:
            text = made.text()
        except _NeedsSQL as needed:  # which is a table more in each round
            in_sql = {**options[needed.place].in_sql, needed.table: needed.reason}
            options[needed.place] = replace(options[needed.place], in_sql=in_sql)
        else:
            return ModuleOfBoth(text=text, options=(options[0], options[1]), alike=made.alike)


class _NeedsSQL(Exception):
    """A table is made by SQL on the engine of the one (0) or of the other (1)."""

    def __init__(self, place: int, table: str, reason: str) -> None:
        super().__init__(reason)
        self.place, self.table, self.reason = place, table, reason


class _Both:
    def __init__(self, one: ModuleOptions, other: ModuleOptions) -> None:
        self.known = Sides(one, other)
        self.metadata, self.shared = one.metadata, self.known.shared
        self.alike = dict[Ref, str]()

    def text(self) -> str:
        context = self._sides[0].context
        named = " and ".join(dict.fromkeys(side.options.named for side in self._sides))
        body = "\n".join(self._body()).strip("\n")
        return assembled(
            docstring_of(named, context.comments.head),
            body,
            classes=enum_classes(context.enums, self.known.values),
            imported=self.known.imports,
            metadata=self.metadata,
        )

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self.known.both

    def _body(self) -> Iterator[str]:
        """What is made before the tables, the tables, and all else behind them."""
        begun = [side.outline.parts[: self._begins(side)] for side in self._sides]
        rest = [side.outline.parts[self._begins(side) :] for side in self._sides]
        yield from self._others(begun)
        for side in self._sides:
            if any(self.known.is_alone(side, unit) for unit in tables_of(side.context.schema)):
                yield from ("", f"{side.only} = only_on({literal(side.dialect)})")
        for place, side in enumerate(self._sides):
            for part in rest[place]:
                if self._is_table(side, part):
                    yield from self._table(place, part)
        yield from self._dependencies()
        yield from self._others(rest)
        for group in self._sides[0].context.comments.tail:
            yield from ("", *(text for line in group for text in comment(line)))

    def _others(self, parts: Sequence[Sequence[Part]]) -> Iterator[str]:
        for side, own in zip(self._sides, parts, strict=True):
            for part in own:
                if not self._is_table(side, part):
                    yield from self._part(side, part)

    def _is_table(self, side: Side, part: Part) -> bool:
        fact = side.options.schema.objects[part.ref]
        return isinstance(fact, Table) and part.when is None

    def _begins(self, side: Side) -> int:
        """Return how many parts come before its first table."""
        parts = side.outline.parts
        is_table = (number for number, part in enumerate(parts) if self._is_table(side, part))
        return next(is_table, len(parts))

    def _part(self, side: Side, part: Part) -> Iterator[str]:
        if part.is_first:
            yield from heading(side.options.schema.objects[part.ref], side.context.comments)
        if part.call and part.call.name != NAMED_TYPE:
            yield from self._type_in_sql(side, part)
            return
        if part.call:
            made = _with_class(part.call, self.known.class_of_type.get(part.ref, ""))
            yield from type_lines(made, f"{side.context.variables[part.ref]} = ", self.metadata)
            return
        variables = side.context.variables
        first = [literal(side.dialect), literal(part.when or "")]
        of = variables.get(part.table) if part.table else None
        last = [f"of={of}"] if of else ["whole=True"] if part.once else []
        yield from block("on", part.statement, first=first, last=last)

    def _type_in_sql(self, side: Side, part: Part) -> Iterator[str]:
        """Write a type that Core would make on every engine."""
        moments = (("before_create", part.statement), ("after_drop", part.drop))
        for moment, statement in moments:
            first = [literal(side.dialect), literal(moment)]
            yield from block("on", statement, first=first, last=["whole=True"])

    def _table(self, place: int, part: Part) -> Iterator[str]:
        side = self._sides[place]
        unit = part.ref.unit
        if self.known.is_alone(side, unit):
            yield from self._table_alone(side, part)
        elif place == 0:
            yield from self._table_of_both(part)
        if reason := side.beyond.get(unit, ""):
            if place == 1 and not self.known.is_alone(side, unit):
                yield ""
            title = engine(side.dialect).title
            yield from comment(f"SQLAlchemy Core has no words for {reason} ({title}).")
            drop = (
                [] if part.once else [f"DROP TABLE {engine(side.dialect).quoted(part.ref.shown)}"]
            )
            first = [literal(side.dialect), side.context.variables[part.ref]]
            yield from block("made_on", *drop, *part.made_by, first=first)

    def _table_alone(self, side: Side, part: Part) -> Iterator[str]:
        fact = side.options.schema.objects[part.ref]
        assert isinstance(fact, Table)
        yield from heading(fact, side.context.comments)
        variables = side.context.variables
        names = self.shared if side is self._sides[0] else self.shared.values()
        elsewhere = {
            name.ref.display: variables[name.ref]
            for name in (side.context.schema.tables[unit].head for unit in names)
            if isinstance(name, Table)
        }
        context = replace(side.context, elsewhere=elsewhere)
        first = f"{variables[part.ref]} = Table("
        is_plain = part.ref.unit in side.beyond
        yield from table_lines(fact, first, side.only, context=context, is_plain=is_plain)

    def _table_of_both(self, part: Part) -> Iterator[str]:
        one, other = self._sides
        fact = one.options.schema.objects[part.ref]
        yield from heading(fact, one.context.comments)
        mine, theirs = part.ref.unit, self.shared[part.ref.unit]
        pair = Pair(self._half(one, mine), self._half(other, theirs), other.options.apart)
        try:
            self.alike |= pair.alike()
            yield from pair.lines(f"{one.context.variables[part.ref]} = Table(", self.metadata)
        except Differs as differs:
            both = [(0, mine, one), (1, theirs, other)]
            for place, unit, side in both if differs.place == 0 else both[::-1]:
                if unit not in side.beyond:
                    raise _NeedsSQL(place, unit, str(differs)) from None
            message = f"{mine} cannot be said for both: {differs}"
            raise Refused(Problem(message, SAY_ALIKE, place=fact.place)) from None

    def _half(self, side: Side, unit: str) -> Half:
        types = frozenset(side.context.types.values())
        return Half(
            unit=side.context.schema.tables[unit],
            context=side.context,
            is_plain=unit in side.beyond,
            types=types,
        )

    def _dependencies(self) -> Iterator[str]:
        for side in self._sides:
            variables = side.context.variables
            for part in side.outline.parts:
                for behind in part.behind:
                    yield f"{variables[part.ref]}.add_is_dependent_on({variables[behind]})"


def _with_class(made: Call, name: str) -> Call:
    """Let an enum take the members of this class, by their values."""
    if not name:
        return made
    options = tuple(each for each in made.arguments if isinstance(each, Named))
    values = Named("values_callable", Code("values_of"))
    return call_with(made.name, (Code(name), values, *options))
