"""Names inside statements, and names of the states that steps give and need."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sqlplumb.engines.moves import ASIDE
from sqlplumb.engines.sqlite.parse.lexer import RESERVED, fold, in_quotes, tokens

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
SOUND = "_plumb_sound"  # a table beside the database, whose CHECK ends what must not go on


def quoted(name: str) -> str:
    """Write a name as an identifier, bare where it can be nothing else."""
    if _PLAIN.match(name) and fold(name) not in RESERVED:
        return name
    return in_quotes(name)


def wrap(words: Iterable[str], head: str = "", width: int = 70) -> str:
    """Write a list over as many lines as it needs, behind its head."""
    lines = [head]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word}, "
    return "\n    ".join(line.rstrip() for line in lines).removesuffix(",")


def aside(name: str, taken: Collection[str]) -> str:
    """Return a free name for a table while another takes its place."""
    spare = ASIDE + name
    while fold(spare) in taken:
        spare = ASIDE + spare
    return spare


def statement(text: str) -> str:
    """Cut what stands behind a CREATE statement: a comment would swallow its semicolon."""
    return text[: tokens(text)[-1].end]


# SQLite reads every view and trigger when it alters a table: what is in the way of that goes first,
# and what comes may speak of tables as they shall be.
BODIES_GONE = "views and triggers that go are gone"
NONE_ASIDE = "no table is set aside"
TABLES_THERE = "tables are as they shall be"


def gone(name: str) -> str:
    """The state in which a name is free."""
    return f"{fold(name)} is gone"


def there(name: str) -> str:
    """The state in which a table or a view is as it shall be."""
    return f"{fold(name)} is there"


def was_read(name: str) -> str:
    """The state in which no hint reads the rows of a table as it was any more."""
    return f"the rows of {fold(name)} were read"


def table_there(name: str) -> tuple[str, str]:
    """What a step gives that makes a table what it shall be."""
    return there(name), TABLES_THERE


def trigger_gone(name: str) -> str:
    return f"trigger {fold(name)} is gone"
