"""What a table is before and after a revision stands in it once, and is the same table."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from sqlplumb.engines.sqlite.alembic.copies import copy_functions
from sqlplumb.python_layout import Argument, Call, Code, Named, call_with

COLUMNS = [f'sa.Column("c{n}", sa.TEXT(), server_default=sa.text("0"))' for n in range(9)]


def column(name: str, type_: str = "TEXT") -> str:
    return f'sa.Column("{name}", sa.{type_}())'


def check(text: str) -> str:
    return f'sa.CheckConstraint("{text}", name="ck")'


def table(items: list[str], **named: str) -> Call:
    arguments: list[Argument] = [Code('"t"'), Code("sa.MetaData()")]
    for item in items:
        name, _, inside = item.removesuffix(")").partition("(")
        first, _, others = inside.partition(", ")
        arguments.append(call_with(name, [Code(first), Code(others)]))
    options = [Named(name, Code(value)) for name, value in named.items()]
    return call_with("sa.Table", [*arguments, *options])


def made(text: str, name: str) -> str:
    """The CREATE TABLE of what a function returns, each line in its place but for rules."""
    module: dict[str, Any] = {"sa": sa}
    exec(text, module)  # noqa: S102 (written here)
    lines = str(CreateTable(module[name]())).strip().split("\n")
    columns = [line.rstrip(", ") for line in lines if "CONSTRAINT" not in line]
    return "\n".join([*columns, *sorted(line.rstrip(", ") for line in lines if "CONSTR" in line)])


CASES = {
    "a rule": ([*COLUMNS, check("c1 > 1")], [*COLUMNS, check("c1 > 2")], True),
    "a rule comes": (COLUMNS, [*COLUMNS, check("c1 > 2")], True),
    "a column comes last": (COLUMNS, [*COLUMNS, column("d")], True),
    "a column changes in its place": (
        [*COLUMNS[:4], column("d"), *COLUMNS[4:], check("c1 > 1")],
        [*COLUMNS[:4], column("d", "INTEGER"), *COLUMNS[4:], check("c1 > 2")],
        True,
    ),
    "a column goes before others": (COLUMNS, COLUMNS[1:], False),
    "columns change places": (COLUMNS, [*COLUMNS[1:], COLUMNS[0]], False),
    "a column that changes moves": (
        [column("d"), *COLUMNS],
        [*COLUMNS, column("d", "INTEGER")],
        False,
    ),
    "a column called as what is imported": (
        [column("sa"), *COLUMNS],
        [column("sa", "INTEGER"), *COLUMNS],
        False,
    ),
    "two columns with one name in Python": (
        [column("a b"), column("a-b"), *COLUMNS],
        [column("a b", "INTEGER"), column("a-b", "INTEGER"), *COLUMNS],
        False,
    ),
    "little that is the same": (COLUMNS[:2], [*COLUMNS[:2], check("c1 > 2")], False),
}


@pytest.mark.parametrize(("before", "after", "is_shared"), CASES.values(), ids=CASES)
def test_both_sides_are_what_they_were(
    before: list[str], after: list[str], is_shared: bool
) -> None:
    sides = {"before": table(before), "after": table(after)}
    text = "\n\n".join(copy_functions("t", sides))  # type: ignore[arg-type]
    assert ("def t_table" in text) is is_shared
    for side, call in sides.items():
        alone = "\n".join(copy_functions("t", {side: call}))  # type: ignore[dict-item]
        assert made(text, f"t_{side}") == made(alone, f"t_{side}")


def test_options_that_differ_keep_two_functions() -> None:
    sides = {"before": table(COLUMNS), "after": table(COLUMNS, sqlite_strict="True")}
    assert "def t_table" not in "".join(copy_functions("t", sides))  # type: ignore[arg-type]
