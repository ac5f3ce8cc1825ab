"""Where files say what: the place of each object by its address. Must never ask a server.

A name without a schema is in the first schema of the `search_path` that the file has set, or in
`public`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from sqlplumb.engines.postgres.names import NO_NAMESPACE
from sqlplumb.engines.postgres.parse.heads import Head, Name, Part, parts, read_head
from sqlplumb.engines.postgres.parse.lexer import folded, lex
from sqlplumb.engines.postgres.parse.refused import Refused, read_refused
from sqlplumb.engines.postgres.scratch.allowed import Statement
from sqlplumb.places import Place, PlaceFinder
from sqlplumb.schema import Ref

_ROUTINES = ("function", "procedure", "aggregate")
_ALIKE = {"materialized view": "view", "base type": "type", "composite type": "type"}
_ALIKE |= dict.fromkeys(("enum", "domain", "range type"), "type")
_ALIKE |= dict.fromkeys(_ROUTINES, "function")
_SET_CONFIG = re.compile(r"set_config\(\s*'search_path'\s*,\s*'([^']*)'", re.IGNORECASE)
Key = tuple[str, tuple[str, str], str]


class Spot(NamedTuple):
    """An offset in a file, and what finds its place."""

    places: PlaceFinder
    offset: int


class Places:
    """The statements of files, by what they make."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.heads: list[tuple[Statement, Head, str]] = []  # with the schema that it is in
        self._found: dict[Key, tuple[Statement, int]] = {}
        self._unnamed: dict[Key, list[tuple[Statement, int, str]]] = {}
        self.statements: list[tuple[Statement, Head | None]] = []
        self.default_strings: dict[Key, str] = {}  # of columns
        schema = ""
        for statement in statements:
            schema = _search_path(statement.text, schema)
            head = read_head(statement.text)
            self.statements.append((statement, head))
            if head:
                place = self._add(statement, head, schema)
                if head.verb == "CREATE":
                    self.heads.append((statement, head, place))
            for inner in _inside(statement) if head is None else ():
                if inner_head := read_head(inner.text):
                    self._add(inner, inner_head, schema)

    def _add(self, statement: Statement, head: Head, schema: str) -> str:
        """Return the schema that it is in."""
        place = "" if head.kind in NO_NAMESPACE else _namespace(head.name, schema)
        table = ""
        if head.on:
            place, table = _namespace(head.on, schema), head.on.name
        if head.verb == "CREATE":
            key = _key(head.kind, (place, table), head.name.name)
            self._found.setdefault(key, (statement, head.start))
        if head.kind == "table":
            for part in parts(statement.text, head):
                self._add_part(statement, part, place, table=head.name.name)
        return place

    def _add_part(self, statement: Statement, part: Part, schema: str, *, table: str) -> None:
        if part.name:
            key = _key(part.kind, (schema, table), part.name)
            self._found.setdefault(key, (statement, part.start))
            if part.default:
                self.default_strings.setdefault(key, part.default)
        if not part.name or part.kind == "primary key":
            unnamed = self._unnamed.setdefault(_key(part.kind, (schema, table)), [])
            unnamed.append((statement, part.start, part.column))

    def of(self, ref: Ref) -> Place | None:
        """Return where the file says this object, or else the table that it belongs to."""
        if spot := self.spot(ref):
            return spot.places(spot.offset)
        return self.of(ref.table_ref) if ref.table else None

    def spot(self, ref: Ref) -> Spot | None:
        """Return where the file says this very object."""
        name = ref.name.partition("(")[0] if ref.kind in _ROUTINES else ref.name
        found = self._found.get(_key(ref.kind, (ref.namespace, ref.table), name))
        found = found or self._unnamed_rule(ref)
        if found is None:
            return None
        statement, offset = found
        return Spot(statement.places, statement.piece.start + offset)

    def of_refused(self, kind: str, name: str) -> Place | None:
        """Return where the file makes what is of a kind that is not compared. A name may be written
        in another way than the catalogs have it; of one statement nothing else can be meant."""
        made = [(named, one) for one, named in self._refused if named.kind == kind]
        likely = [found for found in made if found[0].name == name]
        last = name.partition("(")[0].rpartition(".")[2]
        likely = likely or [found for found in made if found[0].name.rpartition(".")[2] == last]
        chosen = likely[:1] or (made if len(made) == 1 else [])
        return next((one.places(one.piece.start + named.start) for named, one in chosen), None)

    @cached_property
    def _refused(self) -> list[tuple[Statement, Refused]]:
        read = ((one, read_refused(one.text)) for one, _ in self.statements)
        return [(one, named) for one, named in read if named]

    def default_string(self, ref: Ref) -> str:
        """Return the string that the file says behind DEFAULT of this column."""
        return self.default_strings.get(_key(ref.kind, (ref.namespace, ref.table), ref.name), "")

    def _unnamed_rule(self, ref: Ref) -> tuple[Statement, int] | None:
        """Return the rule of this kind in this table whose column the server's name tells, or the
        only one."""
        rules = self._unnamed.get(_key(ref.kind, (ref.namespace, ref.table)), [])
        told = [rule for rule in rules if rule[2] and f"_{rule[2]}_" in f"{ref.name}_"]
        chosen = next(iter(told or rules), None)
        return chosen[:2] if chosen else None

    def refs(self) -> Iterator[tuple[Ref, Statement]]:
        """Yield what the statements make, by name."""
        for statement, head, schema in self.heads:
            table, name = head.on.name if head.on else "", head.name.name
            if name:
                yield Ref(head.kind, table, name, namespace=schema, shown=name), statement


def _inside(statement: Statement) -> Iterator[Statement]:
    """Yield what a DO block makes, as far as its words say it; what is put together there is not
    known."""
    if statement.text[:2].upper() != "DO":
        return
    for token in lex(statement.text):
        if token.kind == "string" and token.text.startswith("$"):
            length = token.text.index("$", 1) + 1
            body, offset = token.text[length:-length], token.start + length
            for begins, text in _statements_in(body):
                start = statement.piece.start + offset + begins
                yield replace(statement, piece=statement.piece._replace(text=text, start=start))


def _statements_in(body: str) -> Iterator[tuple[int, str]]:
    tokens = list(lex(body))
    ends = [token.start for token in tokens if token.text == ";"]
    for token in tokens:
        if token.upper in ("CREATE", "ALTER"):
            end = next((end for end in ends if end > token.start), len(body))
            yield token.start, body[token.start : end]
        elif token.kind == "string" and token.text.startswith("'"):  # behind EXECUTE
            yield token.start + 1, token.text[1:-1]


def _key(kind: str, table: tuple[str, str], name: str = "") -> Key:
    """Return the key of an object; its table is empty, or is named with its schema."""
    return _ALIKE.get(kind, kind), table, name


def _namespace(name: Name, schema: str) -> str:
    place = name.schema or schema
    return "" if place == "public" else place


def _search_path(text: str, schema: str) -> str:
    """Return the schema in which a name without one is, behind this statement."""
    if text[:3].upper() == "SET":
        tokens = list(islice(lex(text), 4))
        words = [token.upper or token.text for token in tokens]
        if words[1:2] == ["SEARCH_PATH"] and len(tokens) == 4:
            first = tokens[3]
            return folded(first.text) if first.is_name else first.text.strip("'")
    elif text[:6].upper() == "SELECT" and (found := _SET_CONFIG.search(text)):
        return found[1].split(",")[0].strip().strip('"')
    return schema
