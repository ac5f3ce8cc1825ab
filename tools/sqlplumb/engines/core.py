"""The one writer of SQLAlchemy Core: the rules of a schema as calls, for revisions and for modules.

Owns which argument of Core says what. What only one dialect of SQLAlchemy takes (`sqlite_where`)
comes from the engine; how columns are typed, and what stands where, is up to who writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.python_layout import Argument, Call, Code, Named, Words, call_with, literal, string
from sqlplumb.schema import Check, Column, ForeignKey, PrimaryKey, Unique

_PART = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\s+|[^\s'"`\[]+|.""", re.S)


def escaped(text: str) -> str:
    """Escape what SQLAlchemy would take for a parameter: `:word`."""
    return re.sub(r"(?<![:\w]):(?=\w)", r"\\:", text)


def one_line(sql: str) -> str:
    """Return SQL without line breaks that mean nothing; a comment may need one, and keeps all."""
    if "--" in sql or "/*" in sql:
        return unix(sql)
    if not re.search(r"\s\s|[^\S ]", sql):
        return sql
    parts, words = _PART.findall(sql), list[str]()
    for before, part, behind in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if not part.isspace():
            words.append(part)
        elif not before.endswith("(") and not behind.startswith(")"):
            words.append(" ")
    return "".join(words).strip()


def unix(sql: str) -> str:
    """Return SQL with the ends of lines that every checkout has; in quotes they stay."""
    if "\r" not in sql:
        return sql
    parts = _PART.findall(sql)
    return "".join(part if part[0] in "'\"`[" else part.replace("\r\n", "\n") for part in parts)


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
        return self.call_with(name, arguments)

    def call_with(self, name: str, arguments: Iterable[Argument | None]) -> Call:
        return call_with(f"{self.prefix}{name}", arguments)

    def text(self, text: str) -> Words | Code:
        return Words(text) if self.cuts else Code(string(text))

    def listed(self, names: Iterable[str]) -> Code:
        return Code(f"[{', '.join(map(literal if self.cuts else string, names))}]")

    def named(self, name: str) -> Named | None:
        return Named("name", self.text(name)) if name else None

    def primary_key(self, fact: PrimaryKey, columns: Iterable[str], *options: Argument) -> Call:
        arguments = [*map(self.text, columns), self.named(fact.name), *options]
        return self.call_with("PrimaryKeyConstraint", arguments)

    def unique(self, fact: Unique, columns: Iterable[str], *options: Argument) -> Call:
        arguments = [*map(self.text, columns), self.named(fact.ref.shown), *options]
        return self.call_with("UniqueConstraint", arguments)

    def check(self, fact: Check, condition: str, *options: Argument) -> Call:
        arguments = [self.text(escaped(condition)), self.named(fact.ref.shown), *options]
        return self.call_with("CheckConstraint", arguments)

    def foreign_key(self, fact: ForeignKey, target: str, *options: Argument) -> Call:
        """Write the foreign key of one column, which it stands in."""
        said = (*self.references(fact), *options)
        arguments = [self.text(target), self.named(fact.ref.shown), *said]
        return self.call_with("ForeignKey", arguments)

    def foreign_key_of_several(
        self, fact: ForeignKey, columns: Iterable[str], targets: Iterable[str], *options: Argument
    ) -> Call:
        arguments = [self.listed(columns), self.listed(targets), self.named(fact.ref.shown)]
        said = (*arguments, *self.references(fact), *options)
        return self.call_with("ForeignKeyConstraint", said)

    def references(self, fact: ForeignKey) -> Iterator[Named]:
        """Return what a foreign key says beyond its columns."""
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
