"""Walk the queries of views and triggers: which tables each names, and what its expressions see.

Follows SQLite's grammar as far as names go; what it does not know is passed over. Must never decide
whether a query is right.
"""

from __future__ import annotations

from sqlplumb.engines.sqlite.editing.scopes import Frame, Frames, Seen, Words
from sqlplumb.engines.sqlite.parse.lexer import NO_NAME, fold

_SELECTS = ("SELECT", "WITH", "VALUES")
_COMPOUND = ("UNION", "INTERSECT", "EXCEPT")
_BEHIND_FROM = ("WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "RETURNING")
_JOINS = frozenset("JOIN LEFT RIGHT FULL INNER OUTER CROSS NATURAL".split())
_NO_ALIAS = NO_NAME | {word.lower() for word in (*_JOINS, *_BEHIND_FROM, *_COMPOUND, "INDEXED")}
_ENDS_SOURCE = (*_JOINS, ",", "ON", "USING")


class Queries(Words):
    """Walks statements from one place of their tokens to another."""

    def statement(self, at: int, end: int, frames: Frames = ()) -> tuple[str, ...] | None:
        """Return the columns of its result, if all of them are known."""
        if self.upper[at] == "WITH":
            frames = (Frame(), *frames)
            at = self._with(at + 1, end, frames)
        match self.upper[at] if at < end else "":
            case "SELECT" | "VALUES":
                return self._compound(at, end, frames)
            case "INSERT" | "REPLACE":
                self._insert(at, end, frames)
            case "UPDATE":
                self._update(at, end, frames)
            case "DELETE":
                self._delete(at, end, frames)
        return None

    def _with(self, at: int, end: int, frames: Frames) -> int:
        """`RECURSIVE a (x) AS (...), b AS (...)`; return where the statement itself begins."""
        at += self.upper[at] == "RECURSIVE"
        made = frames[0].made
        while at < end and self.is_name(at):
            name, at = self.name(at), at + 1
            columns: frozenset[str] | None = None
            if self.upper[at] == "(":
                inside = self.split(at + 1, self.closing[at], ",")
                columns = frozenset(self.name(begins) for begins, ends in inside if begins < ends)
                at = self.closing[at] + 1
            made[name] = Seen("", columns)
            at = self.first(at, end, "(")
            if at < end:
                outputs = self.statement(at + 1, min(self.closing[at], end), frames)
                if columns is None and outputs is not None:
                    made[name] = Seen("", frozenset(outputs))
                at = self.closing[at] + 1
            if at >= end or self.upper[at] != ",":
                break
            at += 1
        return at

    def _compound(self, at: int, end: int, frames: Frames) -> tuple[str, ...] | None:
        """What the ORDER BY of the last SELECT names is a column of the first one."""
        parts = self.split(at, end, *_COMPOUND)
        results: list[tuple[str, ...] | None] = []
        frame = Frame()
        for begins, ends in parts:
            frame = Frame(aliases=frame.aliases | {*(results[0] or ())} if results else set())
            begins += self.upper[begins] == "ALL"
            results.append(self._select(begins, ends, (frame, *frames)))
        return results[0]

    def _select(self, at: int, end: int, frames: Frames) -> tuple[str, ...] | None:
        frame = frames[0]
        from_at = self._from(at, end)
        ends = self.first(from_at, end, *_BEHIND_FROM)
        self.sources(from_at + 1, ends, frames)
        listed = min(from_at, self.first(at, end, *_BEHIND_FROM))
        outputs = self._outputs(at + 1, listed, frame)
        self.expression(at + 1, listed, frames)
        self.expression(ends, end, frames)
        return outputs

    def _from(self, at: int, end: int) -> int:
        """`a IS DISTINCT FROM b` begins no FROM."""
        for place in self.outside(at, end):
            if self.upper[place] == "FROM" and self.upper[place - 1] != "DISTINCT":
                return place
        return end

    def _outputs(self, at: int, end: int, frame: Frame) -> tuple[str, ...] | None:
        at += self.upper[at] in ("DISTINCT", "ALL") and at < end
        names: list[str] = []
        is_known = True
        for begins, ends in self.split(at, end, ","):
            if begins >= ends:
                continue
            last = ends - 1
            if self.tokens[last].text == "*":
                for seen in self._starred(begins, ends, frame):
                    is_known &= seen.columns is not None
                    names += sorted(seen.columns or ())
            elif self.is_alias(begins, last):
                frame.aliases.add(self.name(last))
                names.append(self.name(last))
            elif self.is_name(last) and (last == begins or self.upper[last - 1] == "."):
                names.append(self.name(last))
        return tuple(names) if is_known else None

    def _starred(self, begins: int, ends: int, frame: Frame) -> list[Seen]:
        if ends - begins == 1:
            return [*frame.named.values()]
        seen = frame.named.get(self.name(ends - 3)) if ends - begins >= 3 else None
        return [seen] if seen else []

    def is_alias(self, begins: int, last: int) -> bool:
        """Does a term of a result end with the name that it gets?"""
        is_named = last > begins and (self.is_name(last) or self.tokens[last].kind == "string")
        before = last - 1
        return is_named and (self.upper[before] == "AS" or self.is_operand_end(before))

    # ------------------------------------------------------------------------------- the FROM

    def sources(self, at: int, end: int, frames: Frames) -> None:
        """Gather the tables of a FROM into the innermost frame, then look at what joins them."""
        later: list[tuple[int, int]] = []
        expects = True
        while at < end:
            word = self.upper[at]
            if word == "," or word == "JOIN":
                expects, at = True, at + 1
            elif word == "ON":
                ends = self.first(at + 1, end, ",", *_JOINS)
                later.append((at + 1, ends))
                at = ends
            elif word == "USING" and self.upper[at + 1] == "(":
                later.append((at + 2, min(self.closing[at + 1], end)))
                at = self.closing[at + 1] + 1
            elif expects and word == "(":
                at, expects = self._bracket(at, end, frames), False
            elif expects and self.is_name(at):
                at, expects = self._source(at, end, frames, later), False
            else:
                at += 1
        for begins, ends in later:
            self.expression(begins, ends, frames)

    def _bracket(self, at: int, end: int, frames: Frames) -> int:
        """A subquery, or tables that are joined first."""
        closes = min(self.closing[at], end)
        if self.upper[at + 1] in _SELECTS:
            outputs = self.statement(at + 1, closes, frames[1:])
            seen = Seen("", None if outputs is None else frozenset(outputs))
            return self._alias(closes + 1, end, frames[0], seen=seen, name=f"({at}")
        self.sources(at + 1, closes, frames)
        return closes + 1

    def _source(self, at: int, end: int, frames: Frames, later: list[tuple[int, int]]) -> int:
        if self.upper[at + 1] == "." and self.is_name(at + 2):
            at += 2
        if self.upper[at + 1] == "(":  # a function that returns a table
            closes = min(self.closing[at + 1], end)
            later.append((at + 2, closes))
            return self._alias(closes + 1, end, frames[0], seen=Seen("", None), name=self.name(at))
        return self._alias(at + 1, end, frames[0], seen=self.table(at, frames), name=self.name(at))

    def _alias(self, at: int, end: int, frame: Frame, *, seen: Seen, name: str) -> int:
        at += at < end and self.upper[at] == "AS"
        if at < end and self.is_name(at) and fold(self.tokens[at].text) not in _NO_ALIAS:
            name, at = self.name(at), at + 1
        frame.named[name] = seen
        return at

    # ------------------------------------------------------------------------ statements that write

    def _target(self, at: int, end: int, frame: Frame) -> tuple[int, Seen]:
        """The table that is written, in the frame under its alias; and where it ends."""
        if self.upper[at + 1] == "." and self.is_name(at + 2):
            at += 2
        if at >= end or not self.is_name(at):
            return at, Seen("", None)
        seen = self.table(at)
        behind = at + 1
        if self.upper[behind] == "AS" or (
            self.is_name(behind) and self.upper[behind] not in ("SET", "VALUES", "DEFAULT")
        ):
            return self._alias(behind, end, frame, seen=seen, name=self.name(at)), seen
        frame.named[self.name(at)] = seen
        return behind, seen

    def _insert(self, at: int, end: int, frames: Frames) -> None:
        frame = Frame()
        at, seen = self._target(self.first(at, end, "INTO") + 1, end, frame)
        if self.upper[at] == "(":
            self.columns_in(at, seen)
            at = self.closing[at] + 1
        cuts = (p for p in self.outside(at, end) if self._ends_insert(p))
        behind = next(cuts, end)
        if self.upper[at] == "VALUES":
            self.expression(at + 1, behind, frames)
        elif at < behind:
            self.statement(at, behind, frames)
        excluded = Frame(named={"excluded": seen}, qualified=True)
        begins = self.first(behind, end, "(")
        self.expression(min(begins, behind), end, (frame, excluded, *frames))

    def _ends_insert(self, at: int) -> bool:
        is_upsert = self.upper[at] == "ON" and self.upper[at + 1] == "CONFLICT"
        return is_upsert or self.upper[at] == "RETURNING"

    def _update(self, at: int, end: int, frames: Frames) -> None:
        frame = Frame()
        at += 3 if self.upper[at + 1] == "OR" else 1
        at, _ = self._target(at, end, frame)
        frames = (frame, *frames)
        from_at = self._from(at, end)
        ends = self.first(from_at, end, *_BEHIND_FROM)
        self.sources(from_at + 1, ends, frames)
        self.expression(at, min(from_at, end), frames)
        self.expression(ends, end, frames)

    def _delete(self, at: int, end: int, frames: Frames) -> None:
        frame = Frame()
        at, _ = self._target(self.first(at, end, "FROM") + 1, end, frame)
        self.expression(at, end, (frame, *frames))

    # -------------------------------------------------------------------------------- expressions

    def expression(self, at: int, end: int, frames: Frames) -> None:
        """Note each column that stands between these places, in subqueries as well."""
        while at < end:
            if self.upper[at] == "(" and self.upper[at + 1] in _SELECTS:
                closes = min(self.closing[at], end)
                self.statement(at + 1, closes, frames)
                at = closes
            elif self.is_name(at):
                at = self._operand(at, frames)
            at += 1

    def _operand(self, at: int, frames: Frames) -> int:
        before = self.upper[at - 1] if at else ""
        if self.upper[at + 1] == "." and self.tokens[at].kind != "string":
            return self.qualified(at, frames)
        is_called = self.upper[at + 1] == "("
        is_no_column = before in ("AS", "COLLATE", "OVER", "WINDOW", "INDEXED")
        if not (is_called or is_no_column or self.is_operand_end(at - 1)):
            self.bare(at, frames)
        return at
