"""Which rule a message of SQLite blames.

Must never guess: a message that is none of these blames none.
"""

from __future__ import annotations

from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.sqlite.plan.orphans import REFERS
from sqlplumb.schema import Ref
from sqlplumb.steps import RowCheck


def names_rule(message: str, row_check: RowCheck) -> bool:
    """The table is not compared: batch mode gives it another name meanwhile."""
    kind, failed, named = message.partition(" constraint failed: ")
    ref, rule = row_check.ref, row_check.rule
    columns = [column.rpartition(".")[2] for column in named.split(", ")]
    match kind if failed else "":
        case "NOT NULL":
            return ref.kind == "column" and [ref.name] == [*map(fold, columns)]
        case "CHECK" if ref.kind == "foreign key":
            return _refers(named, ref)
        case "CHECK":  # without a name it is called by its text
            return fold(named) == ref.name or rule.endswith(f" CHECK ({named})")
        case "UNIQUE" if named.startswith("index '"):
            return fold(named) == f"index '{ref.name}'"
        case "UNIQUE":
            return rule.endswith(f" UNIQUE ({', '.join(map(quoted, columns))})")
    return False


def _refers(guard: str, key: Ref) -> bool:
    """Is this the guard of a plan that asks for orphans by this key? A key without a name is called
    by its columns."""
    child, asks, parent = fold(guard).partition(REFERS)
    _, has_name, name = parent.rpartition(" by ")
    table, _, columns = child.partition(" (")
    called = name if has_name else f"foreign key({columns}"
    return bool(asks) and (key.table, key.name) == (table, called)
