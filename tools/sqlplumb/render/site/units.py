"""From what is known of a table or a view to what its page says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from sqlplumb.log import Entry
from sqlplumb.render.picture.values import in_one_line
from sqlplumb.render.site.addresses import anchor_of, files_of, revision_anchor
from sqlplumb.render.site.rules import Sentences, code, keys_of
from sqlplumb.render.site.values import (
    ColumnRow,
    Dependent,
    LogRow,
    Piece,
    QueryRow,
    Rule,
    SiteSource,
    UnitPage,
    UsedQuery,
)
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Head,
    Index,
    Object,
    PrimaryKey,
    Ref,
    Trigger,
    Unique,
    Unit,
    VirtualTable,
)

ROOT = "../"  # from a page of a table to the first page
_RULES = (PrimaryKey, Unique, ForeignKey, Check)


class UnitPages:
    """Makes the pages of one site."""

    def __init__(self, site: SiteSource) -> None:
        self.site = site
        units = site.schema.by_unit.items()
        self.heads: dict[str, Head] = {key: unit.head for key, unit in units if unit.head}
        self.files = files_of(self.heads)
        self.children: dict[str, list[ForeignKey]] = {}
        for fact in site.schema.objects.values():
            if isinstance(fact, ForeignKey):
                self.children.setdefault(fact.target_ref.unit, []).append(fact)

    def page(self, key: str) -> UnitPage:
        unit, head = self.site.schema.unit(key), self.heads[key]
        said = Sentences(unit, self.site.schema, self.href)
        is_rule = [fact for fact in unit.facts if isinstance(fact, _RULES)]
        return UnitPage(
            key=key,
            file=self.files[key],
            name=head.ref.display,
            kind=head.ref.kind,
            labels=tuple(head.options.words_of_flags()),
            place=self._place(head),
            comment=self._comment(head.ref),
            columns=tuple(self._columns(unit, said)),
            rules=tuple(
                Rule(
                    anchor=anchor_of(fact.ref),
                    pieces=said.of(fact),
                    sql=fact.text,
                    comment=() if self._is_of_a_column(fact, unit) else self._comment(fact.ref),
                )
                for fact in is_rule
            ),
            arguments=head.arguments if isinstance(head, VirtualTable) else (),
            parents=tuple(said.reference(each) for each in unit.foreign_keys),
            children=tuple(
                said.referring(each, self.site.schema.unit(each.ref.unit))
                for each in self.children.get(key, ())
            ),
            reads=tuple(self._links(self.site.reads.get(key, ()))),
            read_by=tuple(self._links(view for view, of in self.site.reads.items() if key in of)),
            indexes=tuple(self._index(index, said) for index in unit.indexes),
            triggers=tuple(self._trigger(trigger) for trigger in unit.triggers),
            queries=self._queries(key),
            log=self._log(head.ref),
            sql=head.text,
        )

    def href(self, table: str, column: str = "") -> str:
        """Return the address of a table or its column, seen from the page of another."""
        if table not in self.files:
            return ""
        unit = self.site.schema.unit(table)
        anchor = f"#{anchor_of(unit.columns[column].ref)}" if column in unit.columns else ""
        return f"{ROOT}{self.files[table]}{anchor}"

    def _links(self, keys: Iterable[str]) -> Iterator[Piece]:
        wanted = frozenset(keys)
        for key, head in self.heads.items():
            if key in wanted:
                yield code(head.ref.display, self.href(key))

    def _place(self, fact: Object) -> str:
        if not fact.place:
            return ""
        file = Path(os.path.relpath(fact.place.file, self.site.root)).as_posix()
        return f"{file}:{fact.place.line}"

    def _comment(self, ref: Ref) -> tuple[str, ...]:
        return tuple(self.site.comments.about(ref))

    def _columns(self, unit: Unit, said: Sentences) -> Iterator[ColumnRow]:
        for column in unit.columns.values():
            yield ColumnRow(
                anchor=anchor_of(column.ref),
                name=column.ref.display,
                type=column.type,
                keys=keys_of(column, unit),
                may_be_null=not column.not_null and not self._is_in_strict_key(column, unit),
                default=in_one_line(column.default.text) if column.default else "",
                facts=tuple(said.column(column)),
                comment=self._comment(column.ref),
            )
        for name, sources in self.site.view_columns.get(unit.name, {}).items():
            yield ColumnRow(
                anchor=anchor_of(unit.ref.column_ref(name.lower())),
                name=name,
                type="",
                keys=(),
                may_be_null=False,
                default="",
                facts=((Piece(text="From "), *self._sources(sources)),) if sources else (),
                comment=(),
            )

    def _sources(self, sources: Iterable[str]) -> Iterator[Piece]:
        for at, source in enumerate(sources):
            if at:
                yield Piece(text=", ")
            table, _, column = source.rpartition(".")
            unit = self.site.schema.unit(table)
            yield code(f"{unit.display}.{unit.spelled(column)}", self.href(table, column))

    @staticmethod
    def _is_in_strict_key(column: Column, unit: Unit) -> bool:
        key = unit.primary_key
        return bool(key and key.options.refuses_null and column.ref.name in unit.key)

    @staticmethod
    def _is_of_a_column(fact: Object, unit: Unit) -> bool:
        """Return whether a rule stands in the text of a column, whose comment is that one's."""
        places = [(column.place, column.text) for column in unit.columns.values() if column.place]
        return any(
            fact.place and fact.place.line in range(place.line, place.line + text.count("\n") + 1)
            for place, text in places
        )

    def _index(self, index: Index, said: Sentences) -> Dependent:
        queries = self.site.queries
        used = [each for each in queries or () if index.ref.name in each.indexes]
        return Dependent(
            anchor=anchor_of(index.ref),
            name=index.ref.display,
            pieces=said.of(index),
            sql=index.text,
            comment=self._comment(index.ref),
            used=None if queries is None else tuple(map(_query_row, used)),
        )

    def _trigger(self, trigger: Trigger) -> Dependent:
        return Dependent(
            anchor=anchor_of(trigger.ref),
            name=trigger.ref.display,
            pieces=(),
            sql=trigger.text,
            comment=self._comment(trigger.ref),
        )

    def _queries(self, key: str) -> tuple[QueryRow, ...] | None:
        if self.site.queries is None:
            return None
        return tuple(_query_row(each) for each in self.site.queries if key in each.tables)

    def _log(self, ref: Ref) -> tuple[LogRow, ...] | None:
        log = self.site.log
        return None if log is None else tuple(log_rows(log.of_object(ref), f"{ROOT}history.html"))


def log_rows(entries: Iterable[Entry], page: str) -> Iterator[LogRow]:
    """Return what each revision did, one row for each."""
    for revision, of_revision in groupby(entries, key=itemgetter(0)):
        yield LogRow(
            revision=revision.revision,
            date=revision.date,
            message=revision.message,
            href=f"{page}#{revision_anchor(revision.revision)}",
            deeds=tuple((change.words, change.details) for _, change in of_revision),
        )


def _query_row(query: UsedQuery) -> QueryRow:
    return QueryRow(
        place=str(query.place), text=query.text.strip(), indexes=tuple(sorted(query.indexes))
    )
