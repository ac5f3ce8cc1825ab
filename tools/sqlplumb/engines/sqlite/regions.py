"""Which values show everything that rules tell apart in a column.

A column orders its values NULL, numbers, texts, blobs. The literals that it is compared with cut
that order into regions, in each of which every comparison has one answer. There is a value of each
region, and as many of each as columns are compared with each other; where that is not certain, it
is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil, floor, inf, nextafter

from sqlplumb.engines.sqlite.limited import Limited
from sqlplumb.understanding.evaluator import Use

_LARGEST, _LEAST = 2**63 - 1, -(2**63)  # of SQLite's integers; its floats go on
_MOST_AT_ONCE = 500  # literals: a statement has 2,000 columns at most
Value = int | float | str | bytes | None
Number = int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column stores, and how it compares. `only` is the one kind of value that STRICT or the
    rowid allows, else empty. One that is `generated` is made of other columns: its values are among
    those that are tried."""

    affinity: str
    collation: str = "binary"
    is_not_null: bool = False
    only: str = ""
    generated: str = ""
    made_of: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """Columns of one kind compare with each other in one order, as they are."""
        is_number = self.affinity in ("integer", "real", "numeric")
        return f"{'number' if is_number else self.affinity} {self.collation}"

    def allows(self, value: Value) -> bool:
        if value is None:
            return not self.is_not_null
        match self.only:
            case "integer":
                is_whole = isinstance(value, int) or (
                    isinstance(value, float) and value.is_integer()
                )
                return is_whole and _LEAST <= value <= _LARGEST  # type: ignore[operator]
            case "real":
                return isinstance(value, int | float)
            case "text":
                return isinstance(value, str)
            case "blob":
                return isinstance(value, bytes)
        return True


COMPUTED = Column(affinity="computed")


def all_values(
    connection: Limited, uses: Mapping[str, Use], columns: Mapping[str, Column]
) -> tuple[list[list[Value]], bool]:
    """Return the values to try for each column, and whether they are of every kind."""
    is_whole = True
    by_column: dict[str, list[Value]] = {}
    for group in _groups(uses):
        kinds = {columns.get(name, COMPUTED).kind for name in group}
        literals = reduce(frozenset.union, (uses[name].literals for name in group))
        stored = _stored(connection, sorted(literals))
        is_truth = any(uses[name].is_truth for name in group)
        if len(kinds) > 1 or (is_truth and len(group) > 2):
            is_whole = False
        shared: list[Value] = []  # each holds what the others hold, or no two could be equal
        for name in group:
            values = _Values(columns.get(name, COMPUTED), stored, len(group))
            is_mixed = len(kinds) > 1 or uses[name].is_inside
            shared += values.listed(is_truth=is_truth, is_mixed=is_mixed)
            is_whole &= values.is_whole
        for name in group:
            allows = columns.get(name, COMPUTED).allows
            by_column[name] = [value for value in dict.fromkeys(shared) if allows(value)]
    return [by_column[name] for name in uses], is_whole


def _groups(uses: Mapping[str, Use]) -> Iterator[list[str]]:
    """Yield the columns that are compared with each other, directly or by way of others."""
    ungrouped = dict.fromkeys(uses)
    while ungrouped:
        group = [next(iter(ungrouped))]
        for name in group:
            ungrouped.pop(name, None)
            group += [partner for partner in sorted(uses[name].partners) if partner not in group]
        yield group


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """Literals as SQLite reads them.

    `as_texts` are the numbers as a column of text stores them, `as_numbers` the texts as a column
    of numbers compares with them.
    """

    numbers: tuple[Number, ...] = ()
    texts: tuple[str, ...] = ()
    blobs: tuple[bytes, ...] = ()
    as_texts: tuple[str, ...] = ()
    as_numbers: tuple[Number, ...] = ()


def _stored(connection: Limited, literals: Sequence[str]) -> _Stored:
    triples: list[tuple[Value, str, Number]] = []
    for start in range(0, len(literals), _MOST_AT_ONCE):
        some = literals[start : start + _MOST_AT_ONCE]
        selected = ", ".join(
            f"{literal}, CAST({literal} AS TEXT), CAST({literal} AS NUMERIC)" for literal in some
        )
        row = connection.execute(f"SELECT {selected}").fetchone()
        triples += zip(row[::3], row[1::3], row[2::3], strict=True)
    return _Stored(
        numbers=tuple(value for value, _, _ in triples if isinstance(value, int | float)),
        texts=tuple(value for value, _, _ in triples if isinstance(value, str)),
        blobs=tuple(value for value, _, _ in triples if isinstance(value, bytes)),
        as_texts=tuple(text for value, text, _ in triples if isinstance(value, int | float)),
        as_numbers=tuple(number for value, _, number in triples if isinstance(value, str)),
    )


class _Values:
    """The values to try for one column, `count` of each region.

    `is_whole` becomes False where fewer were found than that.
    """

    def __init__(self, column: Column, literals: _Stored, count: int) -> None:
        self._column, self._literals, self._count = column, literals, count
        self.is_whole = True

    def listed(self, *, is_truth: bool, is_mixed: bool) -> list[Value]:
        """Return them, those first that people read most easily.

        With `is_mixed` not the order of values alone decides, and there are some more.
        """
        kind, literals = self._column.affinity, self._literals
        numbers, texts = [*literals.numbers], [*literals.texts]
        if kind == "text":
            texts += literals.as_texts
        if kind in ("integer", "real", "numeric"):
            numbers += literals.as_numbers
        if is_truth:
            numbers.append(0)
        values: list[Value] = []
        if kind != "text":
            values += self._numbers(sorted(set(numbers)) or [0])
        values += self._texts(texts, is_truth=is_truth)
        values.append(None)
        values += self._blobs(is_truth=is_truth)
        if is_mixed:
            lengths = [number for number in numbers if isinstance(number, int) and 0 < number < 100]
            values += [
                "x" * length for number in lengths for length in (number - 1, number, number + 1)
            ]
            values += _MIXED
        return values

    def _numbers(self, edges: list[Number]) -> Iterator[Value]:
        yield from edges
        for low, high in reversed([*zip([None, *edges], [*edges, None], strict=True)]):
            yield from self._inside(low, high)

    def _inside(self, low: Number | None, high: Number | None) -> list[Number]:
        """Return numbers between two others, whole ones first."""
        if self._column.only == "integer":
            return self._integers_inside(low, high)
        if low is None:
            assert high is not None
            return [-number for number in self._inside(-high, None)]
        top: Number = inf if high is None else high
        if low == inf:
            return []
        steps = range(1, self._count + 1)
        candidates: list[Number] = [floor(low) + step for step in steps] if low > -inf else []
        if high is not None and -inf < low and high < inf:
            candidates += [low + (high - low) * step / (self._count + 1) for step in steps]
        near = float(low)
        candidates += [near, nextafter(near, inf), near + abs(near)]
        stored = map(float if self._column.affinity == "real" else _storable, candidates)
        inside = [number for number in dict.fromkeys(stored) if low < number < top]
        if len(inside) < self._count:
            self.is_whole = False
        return inside[: self._count]

    def _integers_inside(self, low: Number | None, high: Number | None) -> list[Number]:
        """Return all that can be stored, but no more than are needed; those next to an edge."""
        first = _LEAST if low is None or low < _LEAST else floor(min(low, _LARGEST)) + 1
        last = _LARGEST if high is None or high > _LARGEST else ceil(max(high, _LEAST)) - 1
        integers = range(first, last + 1)
        return [*(integers[::-1] if low is None else integers)[: self._count]]

    def _texts(self, literals: Iterable[str], *, is_truth: bool) -> list[str]:
        """Return texts of each region; none looks like a number if its literal does not."""
        key = COLLATIONS[self._column.collation]
        edges = sorted({key(text): text for text in literals}.items())
        if is_truth:
            self.is_whole &= not edges
            is_text = self._column.affinity == "text"
            return [
                *_TRUE_TEXTS,
                *(("0", "1", "2") if is_text else ()),
                *(text for _, text in edges),
            ]
        values = [text for _, text in edges]
        if not edges or edges[0][0] != b"":
            edges.insert(0, (b"", ""))
            values.append("")
        ends = [edge for edge, _ in edges[1:]]
        for (low, text), high in zip(edges, [*ends, None], strict=True):
            count = self._count - (text == "" and text not in literals)
            start = text.rstrip(" ") if self._column.collation == "rtrim" else text
            candidates = {key(start + tail): start + tail for tail in _TAILS}
            inside = {
                place: candidate
                for place, candidate in candidates.items()
                if place > low and (high is None or place < high)
            }
            values += [*inside.values()][:count]
            if len(inside) < count:
                self.is_whole = False
        return values

    def _blobs(self, *, is_truth: bool) -> list[bytes]:
        edges = sorted(set(self._literals.blobs))
        if is_truth:
            self.is_whole &= not edges
            return [b"1", b"0", b"2", b"a", *edges]
        values = [*edges]
        if not edges or edges[0] != b"":
            edges.insert(0, b"")
            values.append(b"")
        for low, high in zip(edges, [*edges[1:], None], strict=True):
            tails = (b"a", b"b", b"\0", b"\0\0", b"\0\0\0")
            inside = [low + tail for tail in tails if high is None or low + tail < high]
            values += inside[: self._count]
            if len(inside) < self._count:
                self.is_whole = False
        return values


# Where two collations or types meet, these may show a difference.
_MIXED: tuple[Value, ...] = ("a", "A", "b", "B", "a ", 1, "1", "1.0")
# Texts that are true as "1a" is, and false as "a" is, in each order to one another.
_TRUE_TEXTS = ("1a", "a", "2a", "0a", "b", "")
_TAILS = ("a", "b", "c", "!", "!!", "\x01", "\x01\x01", "\x01\x01\x01")


def _folded(text: str) -> bytes:
    return text.encode("utf-8").lower()  # of bytes, that is of ASCII alone


COLLATIONS: Mapping[str, Callable[[str], bytes]] = {
    "binary": str.encode,
    "nocase": _folded,
    "rtrim": lambda text: text.rstrip(" ").encode(),
}


def _storable(number: Number) -> Number:
    is_whole = isinstance(number, int) and not _LEAST <= number <= _LARGEST
    return float(number) if is_whole else number
