"""What the tables of a MetaData stand on: extensions, functions, and types and schemas that it
leaves to others. SQLAlchemy makes none of them; the files of a schema say what they are.

Must never make what the MetaData makes itself, nor a table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlplumb.engines.postgres.parse.heads import KINDS, Name, read_head, read_name
from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.engines.postgres.scratch.allowed import read_files
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData

_ALWAYS = ("extension", "schema")  # which names come from them, nobody can read
MADE_BEFORE = frozenset(
    (
        *_ALWAYS,
        *("type", "enum", "domain", "range type", "composite type", "base type", "sequence"),
        *("function", "procedure", "aggregate", "collation", "operator"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A statement that makes, or speaks of, what tables may stand on."""

    text: str
    kind: str  # empty for a setting, which all that comes behind it may need
    name: Name
    words: frozenset[str]


def ground_of(files: Mapping[str, str], statements: Iterable[str]) -> list[str]:
    """Return the statements in files of a schema that make what these name and do not make."""
    named: set[str] = set()
    made: set[str] = set()
    for text in statements:
        named |= _names(lex(text))
        head = read_head(text)
        made |= {head.name.name} if head and head.kind in MADE_BEFORE else set()
    parts = [part for part in _parts(files) if not part.kind or part.name.name not in made]
    chosen = _needed(parts, named)
    return [part.text for part in parts if not part.kind or part in chosen]


def _parts(files: Mapping[str, str]) -> Iterator[_Part]:
    for statement in read_files(files, rows_allowed=False).statements:
        tokens = list(lex(statement.text))
        kind, name = _subject(statement.text, tokens)
        if kind in MADE_BEFORE or tokens[0].upper == "SET":
            words = _names(tokens)
            yield _Part(text=statement.text, kind=kind, name=name, words=words)


def _subject(text: str, tokens: list[Token]) -> tuple[str, Name]:
    if head := read_head(text):
        return head.kind, head.name
    words = tuple(token.upper for token in tokens[:3])
    if words[:2] != ("COMMENT", "ON") or words[2:] not in KINDS:
        return "", Name("", "")
    return KINDS[words[2:]], read_name(tokens, 3)[0]


def _needed(parts: Collection[_Part], named: Collection[str]) -> list[_Part]:
    """Return what is named, and what that names."""
    chosen = [part for part in parts if part.kind in _ALWAYS]
    known, left = set(named), [part for part in parts if part.kind not in ("", *_ALWAYS)]
    while found := [part for part in left if part.name.name in known]:
        chosen += found
        known = known.union(*(part.words for part in found))
        left = [part for part in left if part not in found]
    return chosen


def _names(tokens: Iterable[Token]) -> frozenset[str]:
    """Return the names in a statement; those in its strings too, as in `nextval('app.s')`."""
    names: set[str] = set()
    for token in tokens:
        if token.is_name:
            names.add(token.name)
        elif token.kind == "string":
            names.update(inside.name for inside in lex(token.text.strip("'")) if inside.is_name)
    return frozenset(names)


def types_left_out(metadata: MetaData, dialect: Dialect) -> Iterator[str]:
    """Yield how each enum is made that a column names and create_all() leaves to others."""
    from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType

    left: dict[tuple[str | None, str | None], Any] = {}
    for table in metadata.tables.values():
        for column in table.columns:
            declared: Any = column.type.dialect_impl(dialect)
            declared = getattr(declared, "item_type", declared).dialect_impl(dialect)
            if isinstance(declared, ENUM) and declared.enums and not declared.create_type:
                left[declared.schema, declared.name] = declared
    for declared in left.values():
        yield str(CreateEnumType(declared).compile(dialect=dialect))
