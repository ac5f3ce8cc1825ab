"""One table as a call of `Table`: its columns, its rules, its indexes, with the author's comments.

Nothing here decides whether what comes out says all that the SQL says: that is tried. Where it is
known not to, the table is plain: columns and keys for queries, and the rest is said in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.engines import engine
from sqlplumb.engines.core import escaped, names_in_core, one_line
from sqlplumb.python_layout import (
    WIDTH,
    Call,
    Code,
    Named,
    Words,
    call,
    comment,
    lines,
    literal,
    plain,
)
from sqlplumb.render.tables.column import column, target_of, terms
from sqlplumb.render.tables.comments import Comments
from sqlplumb.render.tables.said import CORE, Wording, name_of
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Ref,
    Schema,
    Table,
    Unique,
    Unit,
)


def table(head: Table, call: str, metadata: str, wording: Wording, is_plain: bool) -> list[str]:
    """`call` is its first line."""
    unit = wording.schema.tables[head.ref.name]
    written = [call, f"    {literal(head.ref.display)},", f"    {metadata},"]
    for one, about in _items(unit.facts, wording, is_plain):
        written += _commented(one, about, wording.comments)
    options = engine(wording.schema.engine).core_options
    for option in options(head, unit.primary_key) if not is_plain else ():
        written += lines(option, 1, suffix=",")
    return [*written, ")"]


def beyond(unit: Unit) -> str:
    """What of a table Core has no words for, by what is known of it."""
    for fact in unit.facts:
        if isinstance(fact, ForeignKey) and not target_of(fact, unit.schema):
            return f"foreign key {fact.ref}, whose target is no table of this schema"
        keys = fact.columns if isinstance(fact, Unique | PrimaryKey) else ()
        if any(part.collation or part.descending for part in keys):
            return f"a collation or a direction in its {name_of(fact.ref)}"
    return ""


def _items(
    facts: Sequence[Object], wording: Wording, is_plain: bool
) -> Iterator[tuple[Call, tuple[Ref, ...]]]:
    """Each argument, and the objects whose comments belong to it."""
    columns = {fact.ref.name: fact for fact in facts if isinstance(fact, Column)}
    key = next((fact for fact in facts if isinstance(fact, PrimaryKey)), None)
    marked = key if key and not key.name and _in_order(key, columns) else None
    inside = {fact.ref: name for fact in facts for name in _in_column(fact, columns, is_plain)}
    for name, one in columns.items():
        own = [fact for fact in facts if inside.get(fact.ref) == name]
        about = (one.ref, *(fact.ref for fact in own))
        yield column(one, own, marked, wording, is_plain), about
    for fact in sorted(facts, key=_where):
        if fact.ref not in inside:
            calls = rule(fact, columns, wording.schema, is_plain)
            yield from ((one, (fact.ref,)) for one in calls)


def _where(fact: Object) -> tuple[int, int]:
    return (fact.place.line, fact.place.column) if fact.place else (0, 0)


def _in_column(fact: Object, columns: Mapping[str, Column], is_plain: bool) -> list[str]:
    """The column that says this, if one does."""
    match fact:
        case Unique() if not fact.ref.shown and not is_plain:
            return [part.term for part in fact.columns] if len(fact.columns) == 1 else []
        case ForeignKey() if len(fact.columns) == 1:
            return list(fact.columns)
        case PrimaryKey() if not fact.name and _in_order(fact, columns):
            return [fact.columns[0].term]
        case _:
            return []


def _in_order(key: PrimaryKey, columns: Mapping[str, Column]) -> bool:
    names = terms(key)
    several = key.options.word("on_conflict") and len(names) > 1
    return [name for name in columns if name in names] == names and not several


def _commented(one: Call, about: tuple[Ref, ...], comments: Comments) -> list[str]:
    """Beside it, where there is room for all; else above it."""
    apart = [line for ref in about for group in comments.apart.get(ref, ()) for line in group]
    above = [line for ref in about for line in comments.above.get(ref, ())]
    beside = [line for ref in about for line in comments.beside.get(ref, ())]
    written = list(lines(one, 1, suffix=","))
    if len(beside) == 1 and len(written) == 1:
        whole = f"{written[0]}  # {plain(beside[0])}"
        written, beside = ([whole], []) if len(whole) <= WIDTH else (written, beside)
    return [*(text for line in (*apart, *above, *beside) for text in comment(line, 1)), *written]


def rule(
    fact: Object, columns: Mapping[str, Column], schema: Schema, is_plain: bool
) -> Iterator[Call]:
    """The call that says this, if it is one of those and, of a plain table, a key."""
    options = engine(schema.engine).core_options
    match fact:
        case PrimaryKey():
            names = names_in_core(terms(fact), columns)
            yield CORE.primary_key(fact, names, *options(fact))
        case ForeignKey():
            if targets := target_of(fact, schema):
                names = names_in_core(fact.columns, columns)
                yield CORE.foreign_key_of_several(fact, names, targets)
        case Unique() if not is_plain:
            names = names_in_core([part.term for part in fact.columns], columns)
            yield CORE.unique(fact, names, *options(fact))
        case Check() if not is_plain:
            yield CORE.check(fact, one_line(fact.expression.text), *options(fact))
        case Index() if not is_plain:
            yield _index(fact, columns, *options(fact))


def _index(fact: Index, columns: Mapping[str, Column], *options: Named) -> Call:
    return call(
        "Index",
        Words(fact.ref.shown),
        *(_index_key(part, columns) for part in fact.keys),
        Named("unique", Code("True")) if fact.unique else None,
        *options,
    )


def _index_key(part: KeyPart, columns: Mapping[str, Column]) -> Words | Call:
    if not (part.is_expression or part.collation or part.descending) and part.term in columns:
        return Words(columns[part.term].ref.display)
    collate = f" COLLATE {part.collation.upper()}" if part.collation else ""
    text = one_line(part.text) + collate + (" DESC" if part.descending else "")
    return call("text", Words(escaped(text)))
