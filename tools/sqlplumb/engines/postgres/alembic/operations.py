"""Operations of Alembic that may make a statement of a plan.

Statements are those of our plans, in the words of the server's printers. Must never decide whether
an operation is faithful: `said` tries that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any

from sqlplumb.engines.core import escaped
from sqlplumb.engines.postgres.alembic.clauses import at_commas, first_bracket, in_brackets
from sqlplumb.engines.postgres.alembic.core import IMPORTS, named_type
from sqlplumb.engines.postgres.names import PUBLIC
from sqlplumb.engines.postgres.parse.lexer import WORD, folded
from sqlplumb.python_layout import Argument, Call, Code, Listing, Named, Words, call

_OF_DIALECT = frozenset(IMPORTS["sqlalchemy.dialects.postgresql"])
_NAME = rf'(?:"(?:[^"]|"")*"|{WORD})'
_TRUE, _FALSE, _NONE = Code("True"), Code("False"), Code("None")
_COLUMN = re.compile(
    rf"(?P<name>{_NAME}) (?P<type>.+?)"
    r"(?P<identity> GENERATED (?:ALWAYS|BY DEFAULT) AS IDENTITY)?"
    r"(?: DEFAULT (?P<default>.+?))?(?P<not_null> NOT NULL)?",
    re.DOTALL,
)
_RULE = re.compile(rf"CONSTRAINT (?P<name>{_NAME}) (?P<said>.+)", re.DOTALL)


class _Unsayable(Exception):
    """Alembic or SQLAlchemy has no words for it, or we do not know them."""


def operations(statement: str) -> Iterator[Call]:
    """Yield what may make this statement."""
    for pattern, operation in _OPERATIONS.items():
        if match := re.fullmatch(pattern.replace("NAME", _NAME), statement, re.DOTALL):
            with suppress(_Unsayable):
                yield operation(match.groupdict())


_Groups = dict[str, Any]


def _on(found: _Groups, key: str = "table") -> tuple[Words, Named | None]:
    """Return the name of a table, and the argument that says its schema."""
    schema = folded(found["schema"].removesuffix("."))
    named = Named("schema", Words(schema)) if schema != PUBLIC else None
    return Words(folded(found[key])), named


def _add_column(found: _Groups) -> Call:
    table, schema = _on(found)
    return call("op.add_column", table, _column(found["said"]), schema)


def _drop_column(found: _Groups) -> Call:
    table, schema = _on(found)
    return call("op.drop_column", table, Words(folded(found["column"])), schema)


def _alter_column(found: _Groups) -> Call:
    table, schema = _on(found)
    match found["said"].split(" ", 1):
        case ["TYPE", declared]:
            change = Named("type_", _type(declared))
        case ["SET", "NOT NULL"]:
            change = Named("nullable", _FALSE)
        case ["DROP", "NOT NULL"]:
            change = Named("nullable", _TRUE)
        case ["DROP", "DEFAULT"]:
            change = Named("server_default", _NONE)
        case ["SET", default] if default.startswith("DEFAULT "):
            change = Named("server_default", _text(default.removeprefix("DEFAULT ")))
        case _:
            raise _Unsayable
    return call("op.alter_column", table, Words(folded(found["column"])), change, schema)


def _rename_column(found: _Groups) -> Call:
    table, schema = _on(found)
    new = Named("new_column_name", Words(folded(found["new"])))
    return call("op.alter_column", table, Words(folded(found["column"])), new, schema)


def _rename_table(found: _Groups) -> Call:
    table, schema = _on(found)
    return call("op.rename_table", table, Words(folded(found["new"])), schema)


def _drop_table(found: _Groups) -> Call:
    return call("op.drop_table", *_on(found))


def _create_table(found: _Groups) -> Call:
    table, schema = _on(found)
    written = [*at_commas(found["said"].strip())]
    keys = {name for one in written if " PRIMARY KEY (" in one for name in _listed(one)}
    elements = [
        _rule_of_table(element) if element.startswith("CONSTRAINT ") else _column(element, keys)
        for element in written
    ]
    return call("op.create_table", table, *elements, schema)


def _create_index(found: _Groups) -> Call:
    table, schema = _on(found)
    listed, behind = in_brackets(found["said"])
    where = re.fullmatch(r"WHERE (.+)", behind, re.DOTALL)
    if behind and not where:
        raise _Unsayable
    method = found["method"] or "btree"
    keys = Listing(tuple(_key(key) for key in at_commas(listed)))
    return call(
        "op.create_index",
        _own(found["index"]),
        table,
        keys,
        Named("unique", _TRUE) if found["unique"] else None,
        schema,
        Named("postgresql_using", Words(method)) if method != "btree" else None,
        Named("postgresql_where", _text(where[1])) if where else None,
        Named("postgresql_concurrently", _TRUE) if found["concurrently"] else None,
    )


def _drop_index(found: _Groups) -> Call:
    _, schema = _on(found, "index")
    return call(
        "op.drop_index",
        _own(found["index"]),
        schema,
        Named("postgresql_concurrently", _TRUE) if found["concurrently"] else None,
        Named("if_exists", _TRUE) if found["exists"] else None,
    )


def _key(said: str) -> Words | Call:
    return Words(folded(said)) if re.fullmatch(_NAME, said) else _text(said)


def _add_constraint(found: _Groups) -> Call:
    match = _RULE.fullmatch(found["said"])
    assert match
    table, schema = _on(found)
    name, words = _own(match["name"]), match["said"]
    not_valid = Named("postgresql_not_valid", _TRUE) if words.endswith(" NOT VALID") else None
    words = words.removesuffix(" NOT VALID")
    listed, behind = in_brackets(words)
    match words[: first_bracket(words)].strip(), behind:
        case "CHECK", "":
            return call("op.create_check_constraint", name, table, _text(listed), not_valid, schema)
        case "UNIQUE", "" if not not_valid:
            return call("op.create_unique_constraint", name, table, _names(listed), schema)
        case "PRIMARY KEY", "" if not not_valid:
            return call("op.create_primary_key", name, table, _names(listed), schema)
        case "FOREIGN KEY", _:
            target, theirs, actions = _target(behind)
            schemas = (schema and Named("source_schema", schema.value), target[1])
            named = (name, table, target[0], _names(listed), _names(theirs))
            return call("op.create_foreign_key", *named, *actions, not_valid, *schemas)
    raise _Unsayable


def _drop_constraint(found: _Groups) -> Call:
    table, schema = _on(found)
    exists = Named("if_exists", _TRUE) if found["exists"] else None
    return call("op.drop_constraint", _own(found["name"]), table, schema, exists)


def _comment_on_table(found: _Groups) -> Call:
    table, schema = _on(found)
    if found["said"] == "NULL":
        return call("op.drop_table_comment", table, schema)
    return call("op.create_table_comment", table, _string(found["said"]), schema)


def _comment_on_column(found: _Groups) -> Call:
    table, schema = _on(found)
    comment = _NONE if found["said"] == "NULL" else _string(found["said"])
    return call(
        "op.alter_column", table, Words(folded(found["column"])), Named("comment", comment), schema
    )


_TABLE = r"(?P<schema>NAME\.)(?P<table>NAME)"
_OPERATIONS: dict[str, Callable[[_Groups], Call]] = {
    rf"ALTER TABLE {_TABLE} ADD COLUMN (?P<said>.+)": _add_column,
    rf"ALTER TABLE {_TABLE} DROP COLUMN (?P<column>NAME)": _drop_column,
    rf"ALTER TABLE {_TABLE} ALTER COLUMN (?P<column>NAME) (?P<said>.+)": _alter_column,
    rf"ALTER TABLE {_TABLE} RENAME COLUMN (?P<column>NAME) TO (?P<new>NAME)": _rename_column,
    rf"ALTER TABLE {_TABLE} RENAME TO (?P<new>NAME)": _rename_table,
    rf"ALTER TABLE {_TABLE} ADD (?P<said>CONSTRAINT .+)": _add_constraint,
    rf"ALTER TABLE {_TABLE} DROP CONSTRAINT (?P<exists>IF EXISTS )?(?P<name>NAME)": (
        _drop_constraint
    ),
    rf"DROP TABLE {_TABLE}": _drop_table,
    rf"CREATE TABLE {_TABLE} \((?P<said>.+)\)": _create_table,
    r"CREATE (?P<unique>UNIQUE )?INDEX (?P<concurrently>CONCURRENTLY )?(?P<index>NAME)"
    rf" ON {_TABLE} (?:USING (?P<method>NAME) )?(?P<said>\(.+)": _create_index,
    r"DROP INDEX (?P<concurrently>CONCURRENTLY )?(?P<exists>IF EXISTS )?(?P<schema>NAME\.)"
    r"(?P<index>NAME)": _drop_index,
    rf"COMMENT ON TABLE {_TABLE} IS (?P<said>.+)": _comment_on_table,
    rf"COMMENT ON COLUMN {_TABLE}\.(?P<column>NAME) IS (?P<said>.+)": _comment_on_column,
}


# --------------------------------------------------------------------- what is in them


def _column(said: str, keys: Collection[str] = ()) -> Call:
    """SQLAlchemy would count a key that is a number, where nothing says that it must not."""
    match = _COLUMN.fullmatch(said)
    if not match:
        raise _Unsayable
    always = Named("always", _TRUE) if match["identity"] and "ALWAYS" in match["identity"] else None
    is_key = folded(match["name"]) in keys and match["type"] in ("smallint", "integer", "bigint")
    return call(
        "sa.Column",
        Words(folded(match["name"])),
        _type(match["type"]),
        call("sa.Identity", always) if match["identity"] else None,
        Named("autoincrement", _FALSE) if is_key and not match["identity"] else None,
        Named("server_default", _text(match["default"])) if match["default"] else None,
        Named("nullable", _FALSE) if match["not_null"] else None,
    )


def _type(declared: str) -> Code | Call:
    found = named_type(declared, {})
    if found is None:
        raise _Unsayable
    typed = _qualified(found)
    assert isinstance(typed, Code | Call)
    return typed


def _qualified(node: Argument) -> Argument:
    """Write the names of types as a revision does: `sa.Text`, `postgresql.JSONB`."""
    match node:
        case Code(text) if text.isidentifier() and text not in ("True", "False"):
            return Code(_module_of(text) + text)
        case Call(name, arguments):
            return Call(_module_of(name) + name, tuple(map(_qualified, arguments)))
    return node


def _module_of(name: str) -> str:
    return "postgresql." if name in _OF_DIALECT else "sa."


def _rule_of_table(said: str) -> Call:
    match = _RULE.fullmatch(said)
    assert match
    name, words = Named("name", _own(match["name"])), match["said"]
    listed, behind = in_brackets(words)
    match words[: first_bracket(words)].strip(), behind:
        case "CHECK", "":
            return call("sa.CheckConstraint", _text(listed), name)
        case "UNIQUE", "":
            return call("sa.UniqueConstraint", *_names(listed).arguments, name)
        case "PRIMARY KEY", "":
            return call("sa.PrimaryKeyConstraint", *_names(listed).arguments, name)
    raise _Unsayable


def _target(behind: str) -> tuple[tuple[Words, Named | None], str, list[Named]]:
    """Return the table and the columns that a foreign key refers to, and what it does."""
    pattern = rf"REFERENCES (?P<schema>{_NAME}\.)(?P<table>{_NAME})(?P<rest>\(.+)"
    match = re.fullmatch(pattern, behind, re.DOTALL)
    if not match:
        raise _Unsayable
    table, schema = _on(match.groupdict())
    theirs, rest = in_brackets(match["rest"])
    actions = []
    for word, name in (("DELETE", "ondelete"), ("UPDATE", "onupdate")):
        if done := re.search(rf"ON {word} (CASCADE|RESTRICT|SET NULL|SET DEFAULT)", rest):
            actions.append(Named(name, Words(done[1])))
    return (table, schema and Named("referent_schema", schema.value)), theirs, actions


def _listed(said: str) -> Iterator[str]:
    """Yield the names in the first brackets."""
    yield from map(folded, at_commas(in_brackets(said)[0]))


def _names(listed: str) -> Listing:
    return Listing(tuple(Words(folded(name)) for name in at_commas(listed)))


def _own(name: str) -> Call:
    """Write a name of a rule or an index so that no naming convention changes it."""
    return call("op.f", Words(folded(name)))


def _text(sql: str) -> Call:
    return call("sa.text", Words(escaped(sql)))


def _string(literal: str) -> Words:
    if not (literal.startswith("'") and literal.endswith("'")):
        raise _Unsayable
    return Words(literal[1:-1].replace("''", "'"))
