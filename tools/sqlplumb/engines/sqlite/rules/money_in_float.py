"""S116: money that is stored as a rounded number."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.parse.parts import affinity
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema
from sqlplumb.schema.words import name_parts

_MONEY = frozenset(
    "price cost salary wage fee balance subtotal payment revenue budget money refund".split()
)
_NO_MONEY = frozenset(
    "id ids count days rate percent percentage type at by name method status".split()
)


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for column in table.columns.values():
            parts = set(name_parts(column.ref.shown))
            if not parts & _MONEY or parts & _NO_MONEY or column.generated is not None:
                continue
            declared = column.type.upper()
            if affinity(column.type) == "real":
                yield Found(column.ref, f"{column.ref} is money in a {declared}")
            elif column.type.partition("(")[0] in ("numeric", "decimal"):
                message = f"{column.ref} is money in a {declared}, which SQLite stores as a double"
                yield Found(column.ref, message, severity="info")


RULE = Rule(
    code="S116",
    name="money-in-float",
    severity="warning",
    engines=("sqlite",),
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
