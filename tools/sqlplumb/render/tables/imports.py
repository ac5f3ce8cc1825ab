"""What a module must import and define for the names that it says: found in the text itself.

The definitions are those of `own_types`, word by word; that they are complete is seen by whoever
runs the module.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from sqlplumb.python_layout import INDENT, WIDTH
from sqlplumb.python_text import parse

_SOURCE = "own_types.py"
_CORE = """
    BigInteger Boolean CHAR CLOB CheckConstraint Column Computed DECIMAL DOUBLE_PRECISION Date
    Double FetchedValue Float ForeignKey ForeignKeyConstraint Index Integer LargeBinary NCHAR
    NUMERIC NVARCHAR PrimaryKeyConstraint REAL SmallInteger String Table Text Time UniqueConstraint
    func text
""".split()
_STANDARD = ("json", "uuid", "datetime", "enum", "typing")


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name`, perhaps under another name; no `name`: the module itself."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A definition, and the names that it needs; `hangs_on` are those it is of no use without."""

    name: str
    text: str
    needs: frozenset[str]
    hangs_on: frozenset[str]


def names(code: str | ast.AST) -> frozenset[str]:
    """What is said by name in this text."""
    tree = parse(code) if isinstance(code, str) else code
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


@cache
def pieces() -> tuple[Piece, ...]:
    source = (files("sqlplumb.render.tables") / _SOURCE).read_text("utf-8")
    lines = source.splitlines()
    return tuple(_pieces(parse(source), lines))


def _pieces(tree: ast.Module, lines: Sequence[str]) -> Iterator[Piece]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            start = min((one.lineno for one in node.decorator_list), default=node.lineno)
            text = "\n".join(lines[start - 1 : node.end_lineno])
            hangs_on = [name for one in node.decorator_list for name in names(one)]
            yield Piece(name=node.name, text=text, needs=names(node), hangs_on=frozenset(hangs_on))


def needed(code: str) -> list[Piece]:
    """The definitions that this text needs, and those that they need, in their order."""
    wanted, before = set(names(code)), -1
    own = {piece.name for piece in pieces()}
    while len(wanted) != before:
        before = len(wanted)
        for piece in pieces():
            hangs_on = piece.hangs_on & own
            if piece.name in wanted or (hangs_on and hangs_on <= wanted):
                wanted |= {piece.name, *piece.needs}
    return [piece for piece in pieces() if piece.name in wanted]


def own_names() -> tuple[str, ...]:
    """The types that a module may define for itself, and that need no more than a word."""
    return tuple(one.name for one in pieces() if "TypeDecorator" in one.needs)


def reserved() -> frozenset[str]:
    """Names that nothing of a schema may take away."""
    return frozenset((*(piece.name for piece in pieces()), *(one.bound for one in _known())))


@cache
def _known() -> tuple[Import, ...]:
    source = (files("sqlplumb.render.tables") / _SOURCE).read_text("utf-8")
    found = [Import("sqlalchemy", name) for name in _CORE]
    for node in parse(source).body:
        if isinstance(node, ast.Import):
            found += [Import(one.name) for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [Import(node.module or "", one.name) for one in node.names]
    return tuple(found)


def imports(code: str, others: Collection[Import]) -> list[str]:
    """In the order in which isort has them: the library, SQLAlchemy, the project's own."""
    said = names(code)
    used = [one for one in dict.fromkeys((*_known(), *others)) if one.bound in said]
    blocks = (
        [one for one in used if one.module in _STANDARD],
        [one for one in used if one.module.startswith("sqlalchemy")],
        [one for one in used if one in others and not one.module.startswith("sqlalchemy")],
    )
    return "\n\n".join("\n".join(_block(block)) for block in blocks if block).split("\n")


def _block(block: Sequence[Import]) -> Iterator[str]:
    yield from sorted(f"import {one.module}" for one in block if not one.name)
    rest = sorted((one for one in block if one.name), key=lambda one: (one.module, _rank(one.name)))
    for module, ones in groupby(rest, key=lambda one: one.module):
        yield from _from(module, [_said(one) for one in ones])


def _said(one: Import) -> str:
    return f"{one.name} as {one.alias}" if one.alias else one.name


def _rank(name: str) -> tuple[int, str]:
    """Constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


def _from(module: str, said: Sequence[str]) -> Iterator[str]:
    whole = f"from {module} import {', '.join(said)}"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"from {module} import ("
    yield from (f"{INDENT}{one}," for one in said)
    yield ")"
