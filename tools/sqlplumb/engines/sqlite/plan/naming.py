"""Names inside statements, and names of the states that steps give and need."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlplumb.engines.sqlite.parse.lexer import RESERVED, fold, in_quotes, tokens

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
ASIDE = "_plumb_"
SOUND = "_plumb_sound"  # a table beside the database, whose CHECK ends what must not go on


def quoted(name: str) -> str:
    """Bare where it can be nothing else, so that a person reads it as it was written."""
    if _PLAIN.match(name) and fold(name) not in RESERVED:
        return name
    return in_quotes(name)


def aside(name: str, taken: Collection[str]) -> str:
    """What a table is called while another takes its place."""
    found = ASIDE + name
    while fold(found) in taken:
        found = ASIDE + found
    return found


def statement(text: str) -> str:
    """A CREATE statement that can be ended by a semicolon: a comment may stand at its end."""
    ends = tokens(text)[-1].end
    return text[:ends]


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
