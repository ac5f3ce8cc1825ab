"""One canonical form for an expression, so that two spellings of one meaning are equal text.

Equal here must be equal in SQLite; where that is not certain the forms stay different, and the
difference is shown. Reads tokens; must never emit SQL that reaches a database.

The names that expressions and statements say are found here, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlplumb.engines.sqlite.parse.brackets import SAME, Brackets, Unbracketed
from sqlplumb.engines.sqlite.parse.lexer import (
    NO_NAME,
    REMEMBERED,
    Cursor,
    Token,
    Unreadable,
    canonical_name,
    fold,
    literal,
    tokens,
    unquoted,
)
from sqlplumb.engines.statements import Named

_BEFORE_TABLE = ("FROM", "INTO", "JOIN", "ON", "TABLE", "UPDATE")


def read_expression(
    words: Sequence[Token], names: frozenset[str], table: str
) -> tuple[str, frozenset[str]]:
    """Return the canonical text, and which of `names` it reads. `names` are the columns of
    `table`: `"x"` is one of them, or else the string 'x'."""
    brackets = Brackets(words, names, table)
    try:
        return brackets.text(), frozenset(brackets.columns)
    except Unbracketed:
        return " ".join(_word(token, names) for token in words), named(words) & names


def canonical_text(words: Sequence[Token], names: frozenset[str]) -> str:
    """Word by word, for what is compared as it is written: the body of a view or a trigger.

    Here `names` are all the names of the schema, for nobody says which tables count; and a `"x"`
    that is none of them may still be a column that no CREATE names, so it equals only itself.
    """
    return " ".join(_body_word(token, names) for token in words)


def read_text(text: str, names: frozenset[str], table: str) -> tuple[str, frozenset[str]]:
    """Call `read_expression` once for each distinct text: only the names that the text holds,
    and the table where something is qualified, make a difference."""
    return _read_text(text, names & _words_in(text), table if "." in text else "")


@lru_cache(maxsize=REMEMBERED)
def _read_text(text: str, names: frozenset[str], table: str) -> tuple[str, frozenset[str]]:
    return read_expression(tokens(text), names, table)


@lru_cache(maxsize=REMEMBERED)
def _words_in(text: str) -> frozenset[str]:
    return frozenset(fold(unquoted(token.text)) for token in tokens(text))


def columns_of(text: str, names: frozenset[str], table: str) -> frozenset[str]:
    """Return which of these columns an expression over `table` reads."""
    return read_text(text, names, table)[1]


def named(words: Sequence[Token], strings: bool = False) -> frozenset[str]:
    """Return what may be the name of a table or a column: no keyword, number or comment is, and a
    string only where SQLite takes it for one, as in FROM 'tasks'. With `strings` every string may
    be one: a module reads its arguments as it likes."""
    before = ["", *(token.upper for token in words)]
    return frozenset(
        fold(unquoted(token.text))
        for token, previous in zip(words, before, strict=False)
        if token.kind == "quoted"
        or (token.kind == "word" and fold(token.text) not in NO_NAME)
        or (token.kind == "string" and (strings or previous in _BEFORE_TABLE))
    )


def _word(token: Token, names: frozenset[str]) -> str:
    kind, text = token.kind, token.text
    if kind == "quoted":
        name = unquoted(text)
        if text[0] == '"' and fold(name) not in names:
            return literal(name)
        return canonical_name(name)
    if kind in ("word", "blob", "number"):
        return fold(text)
    return SAME.get(text, text)


def _body_word(token: Token, names: frozenset[str]) -> str:
    if token.text[0] == '"' and fold(unquoted(token.text)) not in names:
        return token.text
    return _word(token, names)


_BEFORE_KIND = ("TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL")
_SCHEMA_TABLES = ("sqlite_master", "sqlite_schema")


def names_in(statements: Iterable[str]) -> Named:
    named_objects = Named()
    for statement in statements:
        try:
            _take(Cursor(statement), named_objects)
        except Unreadable:
            continue  # it ran, and it is none of the forms that name something
    return named_objects


def verb_and_names(statement: str) -> tuple[str, frozenset[str]]:
    """ "UPDATE", "DROP INDEX", behind the WITH that may stand before it; and all the names said."""
    cursor = Cursor(statement)
    names = named(cursor.tokens)
    if cursor.accept("WITH"):
        cursor.skip_to("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES")
    verb = cursor.word
    kinds = (word for word in cursor.words[cursor.index + 1 :] if word not in _BEFORE_KIND)
    return (f"{verb} {next(kinds, '')}" if verb in ("CREATE", "DROP", "ALTER") else verb), names


def names_or_strings(statements: Iterable[str]) -> frozenset[str]:
    """Return every name in these statements, and every string that could be one."""
    found = (named(tokens(statement), strings=True) for statement in statements)
    return frozenset().union(*found)


def _take(cursor: Cursor, named_objects: Named) -> None:
    if cursor.accept("CREATE") or cursor.accept("DROP"):
        for word in _BEFORE_KIND:
            cursor.accept(word)
        kind = cursor.take().upper
        _ = cursor.accept("IF", "NOT", "EXISTS") or cursor.accept("IF", "EXISTS")
        name = _name(cursor)
        (named_objects.tables if kind == "TABLE" else named_objects.objects).add(name)
    elif cursor.accept("ALTER", "TABLE"):
        table = _name(cursor)
        if cursor.accept("RENAME", "TO"):
            named_objects.rename_table(table, cursor.name().lower())
        elif cursor.accept("RENAME"):
            cursor.accept("COLUMN")
            former = cursor.name().lower()
            cursor.expect("TO")
            named_objects.name_column(table, former, "name")
            named_objects.name_column(table, cursor.name().lower(), "name")
        elif cursor.accept("ADD"):
            cursor.accept("COLUMN")
            named_objects.name_column(table, cursor.name().lower(), "created")
        elif cursor.accept("DROP"):
            cursor.accept("COLUMN")
            named_objects.name_column(table, cursor.name().lower(), "dropped")
    elif cursor.accept("UPDATE") and _name(cursor) in _SCHEMA_TABLES:
        # Whoever writes the stored schema writes the whole text of what the statement names.
        quoted = [token for token in cursor.tokens if token.kind in ("string", "quoted")]
        texts = [unquoted(token.text).lower() for token in quoted]
        named_objects.tables.update(texts)
        named_objects.objects.update(texts)


def _name(cursor: Cursor) -> str:
    name = cursor.name()
    return (cursor.name() if cursor.accept(".") else name).lower()
