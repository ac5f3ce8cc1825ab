"""Each command, in a file of its own: its options, and the way from them to a journey and back.

A command may print through the console alone, and must leave everything else to `commands`.
"""

from __future__ import annotations

from types import ModuleType

from sqlplumb.cli.commands import (
    adopt,
    apply,
    check,
    diff,
    draw,
    init,
    lint,
    prove,
    queries,
    restore,
    review,
    revise,
    tables,
)

COMMANDS: dict[str, ModuleType] = {
    "init": init,
    "check": check,
    "diff": diff,
    "revise": revise,
    "prove": prove,
    "review": review,
    "lint": lint,
    "queries": queries,
    "tables": tables,
    "draw": draw,
    "adopt": adopt,
    "apply": apply,
    "restore": restore,
}
