"""S116: money that is rounded where nobody looks."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines import engine
from sqlplumb.lint.finding import Found, Rule
from sqlplumb.lint.words import parts
from sqlplumb.schema import Schema

_MONEY = frozenset(
    "price cost salary wage fee balance subtotal payment revenue budget money refund".split()
)
_NO_MONEY = frozenset(
    "id ids count days rate percent percentage type at by name method status".split()
)


def find(schema: Schema) -> Iterator[Found]:
    meaning = engine(schema.engine).affinity
    for table in schema.tables.values():
        for column in table.columns.values():
            if not _is_money(column.ref.shown) or column.generated is not None:
                continue
            if meaning(column.type) == "real":
                yield Found(column.ref, f"{column.ref} is money in a {column.type.upper()}")
            elif column.type.partition("(")[0] in ("numeric", "decimal"):
                kind = column.type.upper()
                message = f"{column.ref} is money in a {kind}, which SQLite stores as a double"
                yield Found(column.ref, message, severity="info")


def _is_money(name: str) -> bool:
    said = set(parts(name))
    return bool(said & _MONEY) and not said & _NO_MONEY


RULE = Rule(
    code="S116",
    name="money-in-float",
    severity="warning",
    engine="sqlite",
    triggers=(
        "A column that is called price, cost, balance, fee or the like, of a floating type. DECIMAL"
        " and NUMERIC are noted: to SQLite they are doubles where there are decimals."
    ),
    harms=(
        "0.1 + 0.2 is not 0.3: sums drift by fractions of a cent, comparisons with = fail, and a"
        " balance no longer equals the sum of what it was made of."
    ),
    instead="Store a whole number of the smallest unit, as amount_cents INTEGER.",
    bad="CREATE TABLE items (id INTEGER PRIMARY KEY, unit_price REAL NOT NULL);",
    good="CREATE TABLE items (id INTEGER PRIMARY KEY, unit_price_cents INTEGER NOT NULL);",
    find=find,
)
