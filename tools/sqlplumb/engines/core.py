"""The one writer of SQLAlchemy Core: the rules of a schema as calls, for revisions and for modules.

Owns which argument of Core says what. What only one dialect of SQLAlchemy takes (`sqlite_where`)
comes from the engine; how columns are typed, and what stands where, is up to who writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.python_layout import Argument, Call, Code, Named, Words, call, literal, string
from sqlplumb.schema import Check, Column, ForeignKey, PrimaryKey, Unique

_PART = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\s+|[^\s'"`\[]+|.""", re.S)


def escaped(text: str) -> str:
    """SQLAlchemy would take `:word` for a parameter."""
    return re.sub(r"(?<![:\w]):(?=\w)", r"\\:", text)


def one_line(sql: str) -> str:
    """SQL without line breaks that mean nothing; where a comment may end with one, as it is."""
    if "--" in sql or "/*" in sql:
        return unix(sql)
    if not re.search(r"\s\s|[^\S ]", sql):
        return sql
    return "".join(" " if part.isspace() else part for part in _parts(sql)).strip()


def unix(sql: str) -> str:
    """With the ends of lines that every checkout has; inside quotes they are the author's."""
    if "\r" not in sql:
        return sql
    parts = _PART.findall(sql)
    return "".join(one if one[0] in "'\"`[" else one.replace("\r\n", "\n") for one in parts)


def _parts(sql: str) -> Iterator[str]:
    """Without what stands alone inside a bracket."""
    parts = _PART.findall(sql)
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else ""
        behind = parts[number + 1] if number + 1 < len(parts) else ""
        if not (part.isspace() and (before.endswith("(") or behind.startswith(")"))):
            yield part


def names_in_core(names: Iterable[str], columns: Mapping[str, Column]) -> list[str]:
    """As the table's author writes them: to SQLAlchemy, case counts."""
    return [columns[name].ref.display if name in columns else name for name in names]


@dataclass(frozen=True, slots=True)
class CoreWriter:
    """`prefix` stands before each name of SQLAlchemy's. Where it `cuts`, a text that is too long
    for a line goes over several; else each stays as it is, between triple quotes if need be."""

    prefix: str = ""
    cuts: bool = True

    def call(self, name: str, *arguments: Argument | None) -> Call:
        return call(f"{self.prefix}{name}", *arguments)

    def text(self, text: str) -> Words | Code:
        return Words(text) if self.cuts else Code(string(text))

    def listed(self, names: Iterable[str]) -> Code:
        return Code(f"[{', '.join(map(literal if self.cuts else string, names))}]")

    def named(self, name: str) -> Named | None:
        return Named("name", self.text(name)) if name else None

    def primary_key(self, fact: PrimaryKey, columns: Iterable[str], *options: Named) -> Call:
        names = map(self.text, columns)
        return self.call("PrimaryKeyConstraint", *names, self.named(fact.name), *options)

    def unique(self, fact: Unique, columns: Iterable[str], *options: Named) -> Call:
        names = map(self.text, columns)
        return self.call("UniqueConstraint", *names, self.named(fact.ref.shown), *options)

    def check(self, fact: Check, condition: str, *options: Named) -> Call:
        said = self.text(escaped(condition))
        return self.call("CheckConstraint", said, self.named(fact.ref.shown), *options)

    def foreign_key(self, fact: ForeignKey, target: str) -> Call:
        """Of one column, which it stands in."""
        name = self.named(fact.ref.shown)
        return self.call("ForeignKey", self.text(target), name, *self.references(fact))

    def foreign_key_of_several(
        self, fact: ForeignKey, columns: Iterable[str], targets: Iterable[str]
    ) -> Call:
        sides, name = (self.listed(columns), self.listed(targets)), self.named(fact.ref.shown)
        return self.call("ForeignKeyConstraint", *sides, name, *self.references(fact))

    def references(self, fact: ForeignKey) -> Iterator[Named]:
        """What a foreign key says beyond its columns."""
        for name, value in (
            ("onupdate", fact.on_update),
            ("ondelete", fact.on_delete),
            ("match", fact.match),
            ("initially", "DEFERRED" if fact.deferrable == "deferred" else ""),
        ):
            if value:
                yield Named(name, self.text(value))
        if fact.deferrable:
            yield Named("deferrable", Code("True"))
