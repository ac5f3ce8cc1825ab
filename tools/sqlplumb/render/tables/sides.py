"""What is known of two schemas before one module is written for both: what each is called in it,
and where one side alone has what no module can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from sqlplumb.engines import engine
from sqlplumb.engines.outline import Outline
from sqlplumb.errors import Problem, Refused
from sqlplumb.python_layout import Words
from sqlplumb.render.comments import Comments, comments
from sqlplumb.render.tables.imports import Import, reserved
from sqlplumb.render.tables.meanings import ModuleContext, find_meanings
from sqlplumb.render.tables.module import ModuleOptions, beyond_core, choose_names, import_types
from sqlplumb.render.tables.paired import unpaired
from sqlplumb.schema import Column, Object, Ref, Schema, Table

NAMED_TYPE = "ENUM"  # the one that makes nothing where there are no such types
_OR_EACH = "or take names out of [tool.sqlplumb.tables] and write a module for each (--name)"
_ADD_COLUMN = f"a table has one set of columns: add it to the other file, {_OR_EACH}"
_ADD_TABLE = f"add that table to the other file, {_OR_EACH}"
SAY_ALIKE = f"say it alike in both files, {_OR_EACH}"


def common(one: Schema, other: Schema) -> dict[str, str]:
    """Return the tables that both have: the name of the one by that of the other."""
    others = {name.lower(): name for name in tables_of(other)}
    return {name: others[name.lower()] for name in tables_of(one) if name.lower() in others}


def tables_of(schema: Schema) -> Iterator[str]:
    for name, unit in schema.tables.items():
        if isinstance(unit.head, Table):
            yield name


def _spelled_as(one: Schema, other: Schema) -> Schema:
    """Return the one with the other's spelling of tables and columns, which to SQLAlchemy is one:
    case may count there, and does not count here."""
    shared = common(one, other)
    objects = dict[Ref, Object]()
    for ref, fact in one.objects.items():
        theirs = other.tables.get(shared.get(ref.unit, ""))
        name = ""
        if theirs and isinstance(fact, Column):
            name = next((each for each in theirs.columns if each.lower() == ref.name.lower()), "")
        elif theirs and isinstance(fact, Table):
            name = theirs.name
        spelled = replace(ref, shown=name) if name else ref
        objects[spelled] = replace(fact, ref=spelled)
    return replace(one, objects=objects)


def refuse_one_sided(one: Schema, other: Schema) -> None:
    """Refuse columns of one side alone, and foreign keys to tables of one side alone."""
    problems = list[Problem]()
    shared = common(one, other)
    for name, its_other in shared.items():
        units = (one.tables[name], other.tables[its_other])
        for mine, theirs, schema in ((*units, other), (*units[::-1], one)):
            title = engine(schema.engine).title
            for column in unpaired(mine, theirs):
                message = f"{column.ref} is in {mine.schema.source} alone, and not on {title}"
                problems.append(Problem(message, _ADD_COLUMN, place=column.place))
    for schema, names in ((one, {*shared}), (other, {*shared.values()})):
        for name in names:
            for key in schema.tables[name].foreign_keys:
                target = key.target_ref.unit
                if target in schema.tables and target not in names:
                    message = f"{name} refers to {target}, which is in {schema.source} alone"
                    problems.append(Problem(message, _ADD_TABLE, place=key.place))
    if problems:
        raise Refused(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    options: ModuleOptions
    outline: Outline
    context: ModuleContext
    beyond: Mapping[str, str]

    @property
    def dialect(self) -> str:
        return self.options.schema.engine

    @property
    def only(self) -> str:
        """Return the variable of the MetaData of its own tables."""
        return f"{self.dialect}_only"


class Sides:
    """Both schemas; a class because each question asks others."""

    def __init__(self, one: ModuleOptions, other: ModuleOptions) -> None:
        self.options = (one, other)
        self.metadata = one.metadata
        self.shared = common(one.schema, other.schema)

    @property
    def values(self) -> Mapping[Ref, tuple[str, ...]]:
        """Return those of enumerations, by their columns; in the order of their type, if any."""
        return {**self.both[0].context.meanings.values, **self._labels}

    def is_alone(self, side: Side, unit: str) -> bool:
        return unit not in (self.shared if side is self.both[0] else self.shared.values())

    @cached_property
    def _chosen(self) -> tuple[Mapping[Ref, str], list[Import]]:
        """Return the types that the settings choose, and their imports; the two sides may choose
        different ones for a column."""
        written = {
            _on_side(place, ref): type_
            for place, options in enumerate(self.options)
            for ref, type_ in options.types.items()
        }
        return import_types(written, self.metadata)

    @cached_property
    def imports(self) -> list[Import]:
        found = list[Import](self._chosen[1])
        for options in self.options:
            of_engine = engine(options.schema.engine).core_imports().items()
            found += [Import(home, name) for home, names in of_engine for name in names]
        return list(dict.fromkeys(found))

    @cached_property
    def _outlines(self) -> list[Outline]:
        one, other = (
            engine(options.schema.engine).core_outline(options.schema, {*beyond_core(options)})
            for options in self.options
        )
        return [replace(one, schema=_spelled_as(one.schema, other.schema)), other]

    @cached_property
    def both(self) -> tuple[Side, Side]:
        only = {f"{options.schema.engine}_only" for options in self.options}
        taken = {*reserved(), self.metadata, *only, *(each.bound for each in self.imports)}
        one = self._side(0, taken, {})
        theirs = {
            Ref("table", "", its_other): one.context.variables[self._head(0, mine).ref]
            for mine, its_other in self.shared.items()
        }
        other = self._side(1, taken, theirs)
        enums = {**one.context.enums, **self._one_class_of_each_type(one)}
        return replace(one, context=replace(one.context, enums=enums)), other

    def _head(self, place: int, unit: str) -> Table:
        head = self.options[place].schema.tables[unit].head
        assert isinstance(head, Table)
        return head

    def _side(self, place: int, taken: set[str], known: Mapping[Ref, str]) -> Side:
        options = self.options[place]
        outline = self._outlines[place]
        schema = outline.schema
        said = comments(options.schema, options.remarks) if place == 0 else Comments()
        chosen = {ref: self._chosen[0][_on_side(place, ref)] for ref in options.types}
        meanings = find_meanings(schema, said.beside, chosen)
        enums, variables = choose_names(outline, meanings, taken, known=known)
        calls = {part.ref: part.call for part in outline.parts if part.call}
        context = ModuleContext(
            schema=schema,
            meanings=meanings,
            enums=enums,
            comments=said,
            variables=variables,
            types={
                words: variables[ref]
                for words, ref in outline.types.items()
                if calls[ref].name == NAMED_TYPE
            },
        )
        return Side(options=options, outline=outline, context=context, beyond=beyond_core(options))

    @cached_property
    def _labels_of_types(self) -> dict[str, tuple[str, ...]]:
        """Return the labels of enums, by the words that columns have for these types."""
        outline = self._outlines[1]
        calls = {part.ref: part.call for part in outline.parts if part.call}
        return {
            words: tuple(each.text for each in calls[ref].arguments if isinstance(each, Words))
            for words, ref in outline.types.items()
            if calls[ref].name == NAMED_TYPE
        }

    def _one_class_of_each_type(self, one: Side) -> dict[Ref, str]:
        """Return the class of columns whose values are listed here, and an enum there: one for all
        columns of that type."""
        classes, found = dict[str, str](), dict[Ref, str]()
        other = self._outlines[1].schema
        for ref, name in one.context.enums.items():
            column = _column(other, self.shared.get(ref.unit, ""), ref.name)
            labels = self._labels_of_types.get(column.type, ()) if column else ()
            if column and {*labels} == {*one.context.meanings.values[ref]}:
                found[ref] = classes.setdefault(column.type, name)
        return found

    @cached_property
    def class_of_type(self) -> dict[Ref, str]:
        """Return the classes of enums that have one, by their refs."""
        one = self.both[0]
        types = self._outlines[1].types
        found = dict[Ref, str]()
        for ref, name in self._one_class_of_each_type(one).items():
            column = _column(self._outlines[1].schema, self.shared[ref.unit], ref.name)
            if column:
                found[types[column.type]] = name
        return found

    @property
    def _labels(self) -> dict[Ref, tuple[str, ...]]:
        """Return the values of the classes of enums, in the order of the type."""
        other = self._outlines[1].schema
        found = dict[Ref, tuple[str, ...]]()
        for ref in self._one_class_of_each_type(self.both[0]):
            column = _column(other, self.shared[ref.unit], ref.name)
            if column:
                found[ref] = self._labels_of_types[column.type]
        return found


def _on_side(place: int, ref: Ref) -> Ref:
    return Ref("column", ref.table, ref.name, namespace=f"{place} {ref.namespace}")


def _column(schema: Schema, unit: str, name: str) -> Column | None:
    columns = schema.tables[unit].columns if unit in schema.tables else {}
    return next((column for each, column in columns.items() if each.lower() == name.lower()), None)
