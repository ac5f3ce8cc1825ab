"""The names in a statement of a schema, or in a query, each with what it means.

Must never need the statement to be whole: what is not there yet is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlplumb.engines.editing import Columns, Mention
from sqlplumb.engines.sqlite.editing.pieces import pieces
from sqlplumb.engines.sqlite.editing.queries import Queries
from sqlplumb.engines.sqlite.editing.scopes import Frame, Seen
from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.schema import Ref

_BEGINS_RULE = frozenset("CONSTRAINT PRIMARY UNIQUE CHECK FOREIGN".split())
_ENDS_TYPE = frozenset(
    "CONSTRAINT DEFAULT NULL NOT PRIMARY UNIQUE CHECK REFERENCES COLLATE AS GENERATED".split()
)


def mentions(text: str, columns: Columns) -> list[Mention]:
    found = _walked(text, columns).found
    return sorted(dict.fromkeys(found), key=lambda one: (one.start, one.end))


def outputs(text: str, columns: Columns) -> list[Mention]:
    return _walked(text, columns).results


def _walked(text: str, columns: Columns) -> _Statement:
    walker = _Statement(text, columns)
    walker.walk(next((piece.ref for piece in pieces(text)), None))
    return walker


class _Statement(Queries):
    """`results` are the columns of a view, where they get their names."""

    def __init__(self, text: str, columns: Columns) -> None:
        super().__init__(text, columns)
        self.results: list[Mention] = []

    def walk(self, ref: Ref | None) -> None:
        end = len(self.tokens)
        if ref is None:
            if self.upper[0] != "CREATE":
                self.statement(0, end)
            return
        at = self._named(ref)
        match ref.kind:
            case "table":
                self._table(at, end, ref)
            case "index":
                self._index(at, end)
            case "view":
                self._view(at, end, ref)
            case "trigger":
                self._trigger(at, end)

    def _named(self, ref: Ref) -> int:
        """Note the object's own name; return what stands behind it."""
        at = self.first(0, len(self.tokens), "TABLE", "INDEX", "VIEW", "TRIGGER") + 1
        at += 3 if self.upper[at : at + 3] == ["IF", "NOT", "EXISTS"] else 0
        at += 2 if self.upper[at + 1] == "." else 0
        if at < len(self.tokens):
            self.mention(at, "name", ref=ref, defines=True)
        return at + 1

    # ------------------------------------------------------------------------------------- tables

    def _table(self, at: int, end: int, table: Ref) -> None:
        if self.upper[at] != "(":
            return
        parts = self.split(at + 1, min(self.closing[at], end), ",")
        names = {
            self.name(begins): begins
            for begins, ends in parts
            if begins < ends
            and self.tokens[begins].kind in ("word", "quoted", "string")
            and self.upper[begins] not in _BEGINS_RULE
        }
        own = Seen(table.name, frozenset(names))
        for begins, ends in parts:
            if begins in names.values():
                shown = unquoted(self.tokens[begins].text)
                column = table.column_ref(fold(shown), shown)
                self.mention(begins, "column", ref=column, defines=True)
                begins = self._type(begins + 1, ends)
            self._rules(begins, ends, own)

    def _type(self, at: int, end: int) -> int:
        while at < end and self.upper[at] not in _ENDS_TYPE:
            if self.upper[at] == "(":
                return min(self.closing[at] + 1, end)
            self.mention(at, "type")
            at += 1
        return at

    def _rules(self, at: int, end: int, own: Seen) -> None:
        """The constraints of a column, or one that stands on its own."""
        frame = Frame(named={own.unit: own})
        while at < end:
            match self.upper[at]:
                case "CONSTRAINT" | "COLLATE":
                    at += 1
                case "REFERENCES" if at + 1 < end:
                    at += 1
                    target = self.table(at)
                    if self.upper[at + 1] == "(":
                        self.columns_in(at + 1, target)
                        at = self.closing[at + 1]
                case "KEY" | "UNIQUE" if self.upper[at + 1] == "(":
                    self.columns_in(at + 1, own)
                    at = self.closing[at + 1]
                case "CHECK" | "AS" | "DEFAULT" if self.upper[at + 1] == "(":
                    closes = min(self.closing[at + 1], end)
                    self.expression(at + 2, closes, (frame,))
                    at = closes
            at += 1

    # --------------------------------------------------------------------- what stands beside them

    def _index(self, at: int, end: int) -> None:
        at = self.first(at, end, "ON") + 1
        if at >= end or not self.is_name(at):
            return
        table = self.table(at)
        frame = Frame(named={self.name(at): table})
        if self.upper[at + 1] == "(":
            closes = min(self.closing[at + 1], end)
            self.expression(at + 2, closes, (frame,))
            self.expression(closes + 1, end, (frame,))

    def _view(self, at: int, end: int, view: Ref) -> None:
        begins = self.first(at, end, "AS")
        listed = self.upper[at] == "("
        names = self.split(at + 1, self.closing[at], ",") if listed else []
        self._add_results(view, (first for first, last in names if first < last))
        if not listed:
            self._add_results(view, self._named_results(begins + 1, end))
        outputs = self.statement(begins + 1, end) or ()
        known = {mention.ref.name for mention in self.results if mention.ref}
        star = next((token for token in self.tokens if token.text == "*"), None)
        for name in outputs if star and not listed else ():
            if name not in known and star:
                self.results.append(
                    Mention(
                        start=star.start,
                        end=star.end,
                        role="column",
                        ref=view.column_ref(name, name),
                        defines=True,
                    )
                )

    def _named_results(self, at: int, end: int) -> Iterable[int]:
        """Where each column of the first SELECT gets its name, behind a WITH."""
        at = self.first(at, end, "SELECT") + 1
        if at >= end:
            return
        at += self.upper[at] in ("DISTINCT", "ALL")
        ends = min(
            self._from(at, end), self.first(at, end, "WHERE", "UNION", "INTERSECT", "EXCEPT")
        )
        for begins, behind in self.split(at, ends, ","):
            last = behind - 1
            is_column = last == begins or self.upper[last - 1] == "."
            is_named = begins < behind and self.is_name(last)
            if is_named and (is_column or self.is_alias(begins, last)):
                yield last

    def _add_results(self, view: Ref, places: Iterable[int]) -> None:
        for at in places:
            token, shown = self.tokens[at], unquoted(self.tokens[at].text)
            self.results.append(
                Mention(
                    start=token.start,
                    end=token.end,
                    role="column",
                    ref=view.column_ref(fold(shown), shown),
                    defines=True,
                )
            )

    def _trigger(self, at: int, end: int) -> None:
        on = self.first(at, end, "ON")
        if on + 1 >= end or not self.is_name(on + 1):
            return
        table = self.table(on + 1)
        of = self.first(at, on, "UPDATE") + 1
        for begins, ends in self.split(of + 1, on, ",") if self.upper[of] == "OF" else ():
            if begins < ends:
                self.column_of(begins, table)
        rows = Frame(named={"new": table, "old": table}, qualified=True)
        begins = self.first(on, end, "BEGIN")
        when = self.first(on, begins, "WHEN")
        self.expression(when + 1, begins, (rows,))
        last = max((p for p in range(begins, end) if self.upper[p] == "END"), default=end)
        ends = last if last >= end - 2 else end
        for first, behind in self.split(begins + 1, ends, ";"):
            if first < behind:
                self.statement(first, behind, (rows,))
