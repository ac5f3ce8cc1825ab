"""Say a statement of a plan by an operation of Alembic, where that makes the very same statement.

Alembic writes an operation down without a database, and it must be the statement, token by token
but for what two spellings of one thing differ in. Whatever is not said so stays SQL.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from sqlplumb.engines.postgres.alembic.clauses import at_commas, first_bracket, in_brackets
from sqlplumb.engines.postgres.alembic.operations import operations
from sqlplumb.engines.postgres.names import PUBLIC
from sqlplumb.engines.postgres.parse.lexer import lex
from sqlplumb.python_layout import Call, flat

_SAME = (  # two spellings of one thing
    (("using", "btree"), ()),
    (("character", "varying"), ("varchar",)),
    (("character", "("), ("char", "(")),
    (("as", "identity", "not", "null"), ("as", "identity")),
    (("rename", "column"), ("rename",)),
)


def said(statement: str) -> Call | None:
    """Return the operation that makes this statement; None where there is none."""
    meant = _meaning(statement)
    faithful = (each for each in operations(statement) if _meaning(_written(flat(each))) == meant)
    return next(faithful, None)


def _written(operation: str) -> str:
    """Return the statement that Alembic writes for an operation; empty where it cannot."""
    import sqlalchemy as sa
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.dialects import postgresql

    written = io.StringIO()
    convention = dict.fromkeys(("ix", "uq", "ck", "fk"), "not_%(constraint_name)s")
    metadata = sa.MetaData(naming_convention=convention)
    options = {"as_sql": True, "output_buffer": written, "target_metadata": metadata}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    names = {"op": Operations(context), "sa": sa, "postgresql": postgresql}
    try:
        eval(operation, names)  # noqa: S307 - we wrote it
    except Exception:
        return ""
    return written.getvalue().strip().removesuffix(";")


def _meaning(statement: str) -> tuple[list[str], list[list[str]]]:
    """Return the tokens of a statement; the rules of a new table, which have names and stand in any
    order, apart."""
    if not statement.startswith("CREATE TABLE "):
        return _tokens(statement), []
    listed, behind = in_brackets(statement)
    elements = [element.strip() for element in at_commas(listed)]
    rules = [element for element in elements if element.startswith("CONSTRAINT ")]
    columns = ", ".join(element for element in elements if element not in rules)
    head = statement[: first_bracket(statement)]
    return _tokens(f"{head}({columns}){behind}"), sorted(map(_tokens, rules))


def _tokens(statement: str) -> list[str]:
    words = list(_words(statement))
    place = 0
    while place < len(words):
        for one, other in _SAME:
            if tuple(words[place : place + len(one)]) == one:
                words[place : place + len(one)] = other
                break
        else:
            place += 1
    return words


def _words(statement: str) -> Iterator[str]:
    """Yield names as the catalogs have them, without the schema `public`, and all else as it is."""
    before = ""
    tokens = [token.name if token.is_name else token.text for token in lex(statement)]
    for token, following in zip(tokens, [*tokens, ""][1:], strict=True):
        is_public = (token, following) == (PUBLIC, ".") or (before, token) == (PUBLIC, ".")
        before = token
        if not is_public:
            yield token
