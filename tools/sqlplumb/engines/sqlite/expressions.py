"""One canonical form for an expression, so that two spellings of one meaning are equal text.

Equal here must be equal in SQLite; where that is not certain the forms stay different, and the
difference is shown. Reads tokens; must never emit SQL that reaches a database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlplumb.engines.sqlite.grammar.lexer import WORD, Token, fold, in_quotes, literal, unquoted
from sqlplumb.engines.sqlite.precedence import ends_operand, without_idle_brackets
from sqlplumb.engines.sqlite.words import RESERVED

_PLAIN = re.compile(rf"{WORD}\Z")
_SAME = {"==": "=", "<>": "!="}
_NULL_TESTS = {"isnull": ("is", "null"), "notnull": ("is", "not", "null")}
_BEGINS = ("case", "when", "then", "else")
_ENDS_TEST = ("", ")", ",", "and", "or")


def canonical_expression(tokens: Sequence[Token], names: frozenset[str], table: str) -> str:
    """`names` are the columns: `"x"` is one of them, or else the string 'x'."""
    words = list(_unqualified([_word(token, names) for token in tokens], canonical_name(table)))
    plain = list(_without_null_tests(_with_names_quoted(words)))
    return " ".join(without_idle_brackets(plain))


def canonical_text(tokens: Sequence[Token], names: frozenset[str]) -> str:
    """Word by word, for what is compared as it is written: the body of a view or a trigger.

    Here `names` are all the names of the schema, for nobody says which tables count; and a `"x"`
    that is none of them may still be a column that no CREATE names, so it equals only itself.
    """
    return " ".join(_body_word(token, names) for token in tokens)


def canonical_name(name: str) -> str:
    """A name as it stands in a canonical text: quoted only where it could be something else."""
    folded = fold(name)
    if _PLAIN.match(folded) and folded not in RESERVED:
        return folded
    return in_quotes(folded)


def _word(token: Token, names: frozenset[str]) -> str:
    kind, text = token.kind, token.text
    if kind == "quoted":
        name = unquoted(text)
        if text[0] == '"' and fold(name) not in names:
            return literal(name)
        return canonical_name(name)
    if kind in ("word", "blob", "number"):
        return fold(text)
    return _SAME.get(text, text)


def _with_names_quoted(words: list[str]) -> list[str]:
    """A bare END closes a CASE behind an operand; else it is a column, and is quoted to say so."""
    said: list[str] = []
    open_words: list[str] = []
    for word in words:
        is_name = word == "end" and not _closes_case(open_words, said)
        if word in ("(", "case"):
            open_words.append(word)
        elif open_words and (word == ")" or (word == "end" and not is_name)):
            open_words.pop()
        said.append('"end"' if is_name else word)
    return said


def _closes_case(open_words: list[str], said: list[str]) -> bool:
    return open_words[-1:] == ["case"] and said[-1] not in _BEGINS and ends_operand(said[-1])


def _body_word(token: Token, names: frozenset[str]) -> str:
    if token.text[0] == '"' and fold(unquoted(token.text)) not in names:
        return token.text
    return _word(token, names)


def _unqualified(words: list[str], table: str) -> Iterator[str]:
    """`tasks.active` is `active` where only `tasks` can be meant."""
    skip = 0
    for index, word in enumerate(words):
        if word == table and words[index + 1 : index + 2] == ["."]:
            skip = 2
        if skip:
            skip -= 1
        else:
            yield word


def _without_null_tests(words: list[str]) -> Iterator[str]:
    """`x NOTNULL` is `x IS NOT NULL`, except before an operator, which would take the NULL."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in _NULL_TESTS and following in _ENDS_TEST:
            yield from _NULL_TESTS[word]
        else:
            yield word
