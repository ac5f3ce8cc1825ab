"""S208: a foreign key that has another type than what it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.options import PostgresOptions
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import ForeignKey, Schema, Unit


def find(schema: Schema) -> Iterator[Found]:
    for table in schema.tables.values():
        for key in table.foreign_keys:
            target = _target(key, table)
            columns = target.columns if target else {}
            for name, referred in zip(key.columns, key.target_columns, strict=False):
                left, right = table.columns.get(name), columns.get(referred)
                if left and right and _bare(left.type) != _bare(right.type):
                    message = f"{left.ref} is {left.type} and refers to {right.ref}, which is"
                    yield Found(key.ref, f"{message} {right.type}")


def _target(key: ForeignKey, table: Unit) -> Unit | None:
    """The table that it needs: its name may be there in another schema as well."""
    needs = key.options.needs if isinstance(key.options, PostgresOptions) else ()
    units = {need.unit for need in needs if need.table or need.kind == "table"}
    others = units - {table.name} or {table.name}
    return table.schema.tables.get(others.pop()) if len(others) == 1 else None


def _bare(declared: str) -> str:
    """A limit of a text or of a number does not matter to who compares."""
    name = declared.partition("(")[0].strip()
    return "text" if name == "character varying" else name


RULE = Rule(
    code="S208",
    name="foreign-key-of-other-type",
    severity="warning",
    engines=("postgresql",),
    triggers="A foreign key whose column is not of the type of the column that it refers to.",
    harms=(
        "An integer that refers to a bigint fails at the first key above 2,147,483,647. A numeric"
        " that refers to a bigint is converted in each comparison, and its index finds nothing."
    ),
    instead="Give both columns the same type.",
    bad="""\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id integer UNIQUE REFERENCES users (id));""",
    good="""\
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint UNIQUE REFERENCES users (id));""",
    find=find,
)
