"""A whole schema as one text: a file for people, and a digest of its very words.

In the file every statement stands in its author's own words, behind what it needs. Only what a tool
has written into one line, or with blanks at the ends of its lines, is laid out anew, and what stood
inside a program is moved left; a statement with a comment keeps its lines. Must never decide what
belongs to a schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from textwrap import dedent

from sqlplumb.engines.sqlite.parse.expressions import named
from sqlplumb.engines.sqlite.parse.lexer import tokens
from sqlplumb.schema import Object, Schema, Unit, View, VirtualTable

_WIDEST = 88
_BY_SQLALCHEMY = ", \n\t"


def laid_out(schema: Schema) -> str:
    """Tables before those that refer to them, indexes and triggers behind their table, views
    behind what they read; else in the order in which they were made."""
    paragraphs = [
        "\n".join(_ended(_readable(statement)) for statement in _statements(schema.unit(name)))
        for name in _in_order(schema)
    ]
    return "".join(f"{paragraph}\n\n" for paragraph in paragraphs).removesuffix("\n")


def _statements(unit: Unit) -> Iterator[Object]:
    if unit.head:
        yield unit.head
    yield from unit.dependents


def _in_order(schema: Schema) -> list[str]:
    """Where two need each other, one of them comes first all the same."""
    needs = {name: _needs(unit) for name, unit in schema.by_unit.items()}
    places = {name: place for place, name in enumerate(needs)}
    ordered: dict[str, None] = {}
    begun: set[str] = set()
    stack = [*reversed(places)]
    while stack:
        name = stack[-1]
        waiting = () if name in begun else (needs[name] & places.keys()) - begun - {name}
        begun.add(name)
        stack += sorted(waiting, key=places.__getitem__, reverse=True)
        if not waiting:
            ordered[stack.pop()] = None
    return list(ordered)


def _needs(unit: Unit) -> frozenset[str]:
    """A table needs those that it refers to; what is no table, whatever it names."""
    if isinstance(unit.head, View | VirtualTable):
        return named(tokens(unit.text), strings=isinstance(unit.head, VirtualTable))
    return frozenset(key.target for key in unit.foreign_keys)


def _readable(fact: Object) -> str:
    text = fact.text
    by_tool = _BY_SQLALCHEMY in text or ("\n" not in text and len(text) > _WIDEST)
    if fact.ref.kind == "table" and by_tool and not _has_comment(text):
        return _in_lines(text)
    return _moved_left(text)


def _moved_left(text: str) -> str:
    """What stood inside a program stands as far in as it did there."""
    first, _, rest = text.partition("\n")
    last = rest[rest.rfind("\n") + 1 :]
    stands_in = last.startswith((" ", "\t")) and last.lstrip().upper().startswith((")", "END"))
    if not stands_in or any("\n" in token.text for token in tokens(text)):
        return text
    return f"{first}\n{dedent(rest)}"


def _has_comment(text: str) -> bool:
    """Something that is neither a token nor a blank."""
    ends = 0
    for token in tokens(text):
        if text[ends : token.start].strip():
            return True
        ends = token.end
    return bool(text[ends:].strip())


def _in_lines(text: str) -> str:
    """Each column and each rule on a line of its own."""
    depth, begins = 0, 0
    lines: list[str] = []
    head = ""
    for token in tokens(text):
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "(" and depth == 1:
            head, begins = text[: token.start].rstrip(), token.end
        elif (token.text == "," and depth == 1) or (token.text == ")" and not depth):
            lines.append(text[begins : token.start].strip())
            begins = token.end
        if token.text == ")" and not depth:
            break
    inside = ",\n".join(f"    {line}" for line in lines)
    return f"{head} (\n{inside}\n){text[begins:]}"


def _ended(text: str) -> str:
    """A comment at its end would swallow the semicolon."""
    ends = tokens(text)[-1].end
    return f"{text}\n;" if text[ends:].strip() else f"{text[:ends]};"


# --------------------------------------------------------------------------------- the digest

_SIGNS = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[(),]""",
    re.DOTALL,
)


def wording(texts: Mapping[str, Iterable[str]], own: str) -> str:
    """Return a digest of the very words of a schema, without Alembic's `own` table.

    The order of what stands in a table's brackets does not count: Alembic's batch mode writes
    constraints in an order of chance. What somebody hung on Alembic's table counts.
    """
    digest = blake2b(digest_size=16)
    for name in sorted(texts):
        statements: list[list[str]] = []
        for text in texts[name]:
            if text[:12].upper() != "CREATE TABLE":
                statements.append([text])
            elif name != own:
                statements.append(sorted(_parts(text)))
        if statements:
            words = sorted(map(repr, statements))
            digest.update(repr((name, words)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _parts(text: str) -> Iterator[str]:
    """What stands before the first bracket, between the commas in it, and behind it."""
    first, depth = 0, 0
    for sign in _SIGNS.finditer(text):
        word = sign[0]
        is_cut = depth == 1 if word in ",)" else depth == 0 and word == "("
        depth += (word == "(") - (word == ")")
        if is_cut:
            yield text[first : sign.start()].strip()
            first = sign.end()
    yield text[first:].strip()
