"""The whole module: a docstring, imports, the types it needs, enumerations, tables, and what SQL
alone can say; and what all of them are called. The same schema is the same text.
"""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlplumb.engines import Remark, engine
from sqlplumb.engines.outline import Outline, Part
from sqlplumb.python_layout import INDENT, WIDTH, Call, block, comment, docstring, lines, literal
from sqlplumb.render import project
from sqlplumb.render.comments import Comments, comments
from sqlplumb.render.tables.imports import Import, imports, needed, reserved
from sqlplumb.render.tables.meanings import Meanings, ModuleContext, find_meanings
from sqlplumb.render.tables.table import beyond, has_enum, table_lines
from sqlplumb.schema import Column, Object, Ref, Schema, Table

MARK = "Written by `sqlplumb tables`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleOptions:
    """What to write: `named` is the schema's name in the settings, `metadata` the variable, `types`
    those that the settings choose, `in_sql` the tables that Core has no words for, and why. Of two
    schemas, `apart` are the CHECKs of the second that the words of the first do not make."""

    schema: Schema
    remarks: tuple[Remark, ...]
    named: str
    metadata: str = "metadata"
    types: Mapping[Ref, str] = field(default_factory=dict)
    in_sql: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[Ref] = frozenset()


def module(options: ModuleOptions) -> str:
    metadata = options.metadata
    outline = engine(options.schema.engine).core_outline(options.schema, {*beyond_core(options)})
    schema = outline.schema
    comments_of = comments(options.schema, options.remarks)
    chosen, type_imports = import_types(options.types, metadata)
    of_engine = engine(schema.engine).core_imports().items()
    type_imports += [Import(home, name) for home, names in of_engine for name in names]
    meanings = find_meanings(schema, comments_of.beside, chosen)
    taken = {*reserved(), metadata, *(imported.bound for imported in type_imports)}
    enums, variables = choose_names(outline, meanings, taken)
    context = ModuleContext(
        schema=schema,
        meanings=meanings,
        enums=enums,
        comments=comments_of,
        variables=variables,
        types={words: variables[ref] for words, ref in outline.types.items()},
    )
    body = "\n".join(_body(options, context, outline)).strip("\n")
    classes = enum_classes(enums, meanings.values)
    return assembled(
        docstring_of(options.named, comments_of.head),
        body,
        classes=classes,
        imported=type_imports,
        metadata=metadata,
    )


def enum_classes(enums: Mapping[Ref, str], values: Mapping[Ref, Iterable[str]]) -> list[str]:
    """Write the class of each enumeration."""
    classes = dict[str, str]()
    for ref, name in enums.items():
        lines = [f"class {name}(StrEnum):"]
        for member, value in members(values[ref]).items():
            lines.append(f"{INDENT}{member} = {literal(value)}")
        classes.setdefault(name, "\n".join(lines))
    return [*classes.values()]


def assembled(
    head: str, body: str, *, classes: list[str], imported: list[Import], metadata: str
) -> str:
    """Return the whole text, with what it needs."""
    definitions = needed("\n".join([*classes, body]))
    of_module = re.compile(r"(?<![.\w])metadata\b")
    defined = [of_module.sub(metadata, piece.text) for piece in definitions]
    code = "\n\n\n".join(filter(None, (f"{metadata} = MetaData()", *defined, *classes, body)))
    return f"{head}\n\n{chr(10).join(imports(code, imported))}\n\n{code}\n"


def docstring_of(named: str, head: list[str]) -> str:
    """Return the docstring of a module; `head` is what the files begin with."""
    written = [
        f"{named} in SQLAlchemy Core.",
        "",
        f"{MARK}: change the SQL, and run it again.",
    ]
    # What `sqlplumb init` says to whoever changes the SQL would mislead here.
    ours = [line.removeprefix("--").strip() for line in project.HEAD.splitlines() if line]
    starts = (line.startswith(our) for line, our in zip(head, ours, strict=False))
    if len(head) >= len(ours) and all(starts):
        head = head[len(ours) :]
    written += ["", f"What {named} says of itself:", ""] if head else []
    for line in head:
        written += textwrap.wrap(line, WIDTH, break_on_hyphens=False) or [""]
    text = docstring("\n".join(written).strip())
    return f'"""{text}\n"""'


def _body(options: ModuleOptions, context: ModuleContext, outline: Outline) -> Iterator[str]:
    beyond, variables = beyond_core(options), context.variables
    for part in outline.parts:
        fact = options.schema.objects[part.ref]
        if part.is_first:
            yield from heading(fact, context.comments)
        if part.call:
            yield from type_lines(part.call, f"{variables[part.ref]} = ", options.metadata)
        elif part.when:
            yield from _statement(part, variables)
        elif isinstance(fact, Table):
            first, reason = f"{variables[part.ref]} = Table(", beyond.get(part.ref.unit, "")
            yield from table_lines(
                fact, first, options.metadata, context=context, is_plain=bool(reason)
            )
            if reason:
                yield from _in_sql(part, reason, context)
    behind = ((part.ref, other) for part in outline.parts for other in part.behind)
    for ref, other in behind:
        yield f"{variables[ref]}.add_is_dependent_on({variables[other]})"
    for group in context.comments.tail:
        yield from ("", *(text for line in group for text in comment(line)))


def type_lines(made: Call, prefix: str, metadata: str) -> Iterator[str]:
    for line in lines(made, 0, prefix=prefix):
        yield re.sub(r"\bmetadata=metadata\b", f"metadata={metadata}", line)


def _in_sql(part: Part, reason: str, context: ModuleContext) -> Iterator[str]:
    yield from comment(f"SQLAlchemy Core has no words for {reason}.")
    for index in context.schema.tables[part.ref.unit].indexes:
        yield from _comments_above(index, context.comments)
    variable = context.variables[part.ref]
    yield from block("made_by" if part.once else "made_in_sql", *part.made_by, first=[variable])


def _statement(part: Part, variables: Mapping[Ref, str]) -> Iterator[str]:
    """Write the call of what hears of `create_all()` and `drop_all()`."""
    assert part.when
    if part.table and part.table in variables:
        yield from block("after_table", part.statement, first=[variables[part.table]])
    else:
        name = "with_all_tables" if part.once else part.when
        yield from block(name, part.statement, first=[literal(part.when)] if part.once else [])


def heading(fact: Object, comments_of: Comments) -> Iterator[str]:
    """Yield a blank line, and the comments before an object and above it."""
    yield ""
    for group in comments_of.apart.get(fact.ref, ()):
        yield from (text for line in group for text in comment(line))
        yield ""
    yield from _comments_above(fact, comments_of)


def _comments_above(fact: Object, comments_of: Comments) -> Iterator[str]:
    yield from (text for line in comments_of.about(fact.ref) for text in comment(line))


def beyond_core(options: ModuleOptions) -> dict[str, str]:
    """Return the tables that are made in SQL, each with what Core cannot say of it."""
    known = {name: beyond(unit) for name, unit in options.schema.by_unit.items()}
    return {name: reason for name, reason in {**known, **options.in_sql}.items() if reason}


def is_ours(text: str) -> bool:
    return MARK in text


_WORD = re.compile(r"[^\W_]+")
# The endings of a plural, and what a singular has instead.
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("uses", "us"), ("xes", "x"), ("zzes", "zz"))
_HISSES = ("tches", "nches", "rches", "shes")


def choose_names(
    outline: Outline,
    meanings: Meanings,
    taken: set[str],
    *,
    known: Mapping[Ref, str] | None = None,
) -> tuple[dict[Ref, str], dict[Ref, str]]:
    """Name the classes of enumerations, and the variables of tables and types, no two alike; some
    variables may be known."""
    enums: dict[Ref, str] = {}
    variables: dict[Ref, str] = {}
    named = [ref for ref, fact in outline.schema.objects.items() if isinstance(fact, Table)]
    named += [part.ref for part in outline.parts if part.call]
    for ref in named:
        variables[ref] = (known or {}).get(ref) or variable(ref.shown, taken)
        taken.add(variables[ref])
    for fact in outline.schema.objects.values():
        if isinstance(fact, Column) and has_enum(fact, meanings):
            enums[fact.ref] = class_name(fact.ref.table, fact.ref.shown, taken)
            taken.add(enums[fact.ref])
    return enums, variables


def import_types(types: Mapping[Ref, str], metadata: str) -> tuple[dict[Ref, str], list[Import]]:
    """Return the types that the settings choose as the module calls them, and their imports."""
    chosen: dict[Ref, str] = {}
    imported: dict[str, Import] = {}
    taken = set(reserved() | {metadata})
    for ref, written in sorted(types.items(), key=lambda item: (item[0].table, item[0].name)):
        module, _, name = written.rpartition(":")
        if module and written not in imported:
            alias = name if module == "sqlalchemy" else unlike(name, taken)
            imported[written] = Import(module, name, alias if alias != name else "")
            taken.add(alias)
        chosen[ref] = imported[written].bound if module else name
    return chosen, list(imported.values())


def variable(name: str, taken: Collection[str]) -> str:
    """Return a name that recalls this table, and is no other's."""
    recalled = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    recalled = f"table_{recalled}" if not recalled[0].isalpha() else recalled
    if keyword.iskeyword(recalled) or recalled in taken or hasattr(builtins, recalled):
        recalled = f"{recalled}_table"
    return unlike(recalled, taken)


def unlike(name: str, taken: Collection[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def class_name(table: str, column: str, taken: Collection[str]) -> str:
    """`tasks.status`: TaskStatus."""
    *words, last = _WORD.findall(table) or ["table"]
    parts = (*words, singular(last), *_WORD.findall(column))
    name = "".join(part[:1].upper() + part[1:] for part in parts)
    name = f"Enum{name}" if not name[0].isalpha() else name
    return unlike(f"{name}Enum" if name in taken or keyword.iskeyword(name) else name, taken)


def singular(word: str) -> str:
    folded = word.lower()
    for plural, ending in _ENDINGS:
        if folded.endswith(plural) and len(word) > len(plural) + 1:
            return word[: -len(plural)] + ending
    if folded.endswith(_HISSES):
        return word[:-2]
    if folded.endswith("s") and not folded.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word


def members(values: Iterable[str]) -> dict[str, str]:
    """Return each value by the name of its member, in their order."""
    named: dict[str, str] = {}
    for value in values:
        name = re.sub(r"\W+", "_", value).strip("_").upper() or "VALUE"
        name = f"_{name}" if name[0].isdigit() else name
        name = name if name.isidentifier() else "VALUE"
        named[unlike(name, named)] = value
    return named
