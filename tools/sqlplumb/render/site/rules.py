"""What constraints and indexes say, in words. What no sentence here fits is said in its own SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlplumb.render.picture.values import in_one_line
from sqlplumb.render.site.values import Piece
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    KeyPart,
    Object,
    PrimaryKey,
    Schema,
    Unique,
    Unit,
)
from sqlplumb.understanding.conditions import called_with, listed_texts, of_values
from sqlplumb.understanding.reading import read_tree

Pieces = tuple[Piece, ...]
_ON_DELETE = {
    "CASCADE": "deleted along with it",
    "SET NULL": "becomes NULL when that is deleted",
    "SET DEFAULT": "takes its default when that is deleted",
    "RESTRICT": "keeps it from being deleted",
    "": "keeps it from being deleted",
    "NO ACTION": "keeps it from being deleted",
}
_ON_UPDATE = {
    "CASCADE": "follows when that changes",
    "SET NULL": "becomes NULL when that changes",
    "SET DEFAULT": "takes its default when that changes",
}
_DEFERRED = {
    "deferred": "held at the end of the transaction",
    "deferrable": "held at the end of the transaction, where that is asked for",
}


def words(text: str) -> Piece:
    return Piece(text=text)


def code(text: str, href: str = "") -> Piece:
    return Piece(text=in_one_line(text), is_code=True, href=href)


class Sentences:
    """Says rules of one table, with links that begin where its page is."""

    def __init__(self, unit: Unit, schema: Schema, href: Callable[[str, str], str]) -> None:
        """`href` is the address of a table, and of a column of it."""
        self.unit, self.schema, self.href = unit, schema, href

    def of(self, fact: Object) -> Pieces:
        match fact:
            case PrimaryKey():
                return (words("The primary key is "), *self._listed(_terms(fact.columns)))
            case Unique():
                return tuple(self._no_two(fact.columns))
            case ForeignKey():
                return self.reference(fact)
            case Check():
                return self._check(fact)
            case Index():
                return self._index(fact)
            case _:
                return (code(fact.text),)

    def reference(self, key: ForeignKey) -> Pieces:
        return (*self._listed(key.columns), words(" refers to "), *self._target(key))

    def _target(self, key: ForeignKey) -> Pieces:
        target = self.schema.unit(key.target)
        names = key.target_columns or target.key
        shown = target.display if target.head else (key.shown or (key.target,))[0]
        ends = [
            _ON_DELETE.get(key.on_delete, key.on_delete.lower()),
            _ON_UPDATE.get(key.on_update, ""),
            _DEFERRED.get(key.deferrable, ""),
        ]
        return (
            code(shown, self.href(key.target, names[0] if len(names) == 1 else "")),
            *((words(" by "), *self._listed(names, target)) if names else ()),
            words(f"; {'; '.join(filter(None, ends))}"),
        )

    def referring(self, key: ForeignKey, child: Unit) -> Pieces:
        """Say a key from the side of what it refers to."""
        return (
            code(child.display, self.href(child.name, key.columns[0])),
            words(" by "),
            *self._listed(key.columns, child),
            words(f"; {_ON_DELETE.get(key.on_delete, key.on_delete.lower())}"),
        )

    def column(self, column: Column) -> Iterator[Pieces]:
        """Yield what a column says besides its type and its default."""
        name = column.ref.name
        if column.generated:
            stored = "once, and stored" if column.stored else "when it is read"
            yield (words(f"Computed {stored}: "), code(column.generated.text))
        if column.collation:
            yield (words("Compared by "), code(column.collation))
        for fact in self.unit.facts:
            match fact:
                case Check() if fact.expression.columns == {name}:
                    yield self._check(fact)
                case ForeignKey(columns=(only,)) if only == name:
                    yield (words("Refers to "), *self._target(fact))
                case Unique(columns=(part,)) if part.term == name:
                    yield (words("No two rows have the same"),)
                case _:
                    pass

    def _check(self, check: Check) -> Pieces:
        canonical = check.expression.canonical
        if allowed := listed_texts(canonical):
            column, literals = allowed
            values = [code(text) for text in dict.fromkeys(literals)]
            return (*self._value(column), words(" is "), *_joined(values, " or "))
        tree = read_tree(canonical) if "json_valid" in canonical else None
        if tree and (of_json := called_with(of_values(tree), "json_valid")):
            return (*self._value(of_json), words(" is JSON"))
        return (words("No row may break "), code(check.expression.text))

    def _value(self, column: str) -> Pieces:
        """A CHECK lets NULL pass, where the column itself does."""
        known = self.unit.columns.get(column)
        where = () if known and known.not_null else (words(", unless it is NULL,"),)
        return (*self._listed((column,)), *where)

    def _index(self, index: Index) -> Pieces:
        said: list[Piece] = [*self._no_two(index.keys)] if index.unique else [words("By ")]
        if not index.unique:
            said += self._parts(index.keys)
        if index.predicate:
            said += [words(", of rows with "), code(index.predicate.text)]
        return tuple(said)

    def _no_two(self, parts: Sequence[KeyPart]) -> Iterator[Piece]:
        yield words("No two rows have the same ")
        yield from self._parts(parts)

    def _parts(self, parts: Sequence[KeyPart]) -> list[Piece]:
        shown = []
        for part in parts:
            text = part.text if part.is_expression else self.unit.spelled(part.term)
            ends = (f"COLLATE {part.collation}" if part.collation else "", "DESC" * part.descending)
            shown.append(code(" ".join(filter(None, (text or part.term, *ends)))))
        return _joined(shown, " and ")

    def _listed(self, columns: Sequence[str], unit: Unit | None = None) -> list[Piece]:
        unit = unit or self.unit
        return _joined([code(unit.spelled(name)) for name in columns], " and ")


def _terms(parts: Sequence[KeyPart]) -> tuple[str, ...]:
    return tuple(part.term for part in parts)


def _joined(pieces: Sequence[Piece], last: str) -> list[Piece]:
    """Put commas between, and a word before the last."""
    found: list[Piece] = []
    for at, piece in enumerate(pieces):
        if at:
            found.append(words(last if at == len(pieces) - 1 else ", "))
        found.append(piece)
    return found


def keys_of(column: Column, unit: Unit) -> tuple[str, ...]:
    """Return the marks that a picture has beside a column too."""
    name = column.ref.name
    unique = [parts for parts in map(_unique_terms, unit.facts) if parts]
    marks: Mapping[str, bool] = {
        "PK": name in unit.key,
        "FK": any(name in key.columns for key in unit.foreign_keys),
        "UQ": (name,) in unique,
    }
    return tuple(mark for mark, holds in marks.items() if holds)


def _unique_terms(fact: Object) -> tuple[str, ...]:
    match fact:
        case Unique():
            return _terms(fact.columns)
        case Index(unique=True, predicate=None):
            return _terms(fact.keys)
        case _:
            return ()
