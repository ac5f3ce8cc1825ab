"""What a module must import and define for the names in its text.

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

    @property
    def is_sqlalchemy(self) -> bool:
        return self.module.startswith("sqlalchemy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A definition, and the names that it needs; `hangs_on` are those it is of no use without."""

    name: str
    text: str
    needs: frozenset[str]
    hangs_on: frozenset[str]


def names(code: str | ast.AST) -> frozenset[str]:
    """Return the names in a text."""
    tree = parse(code) if isinstance(code, str) else code
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


@cache
def pieces() -> tuple[Piece, ...]:
    source = (files("sqlplumb.render.tables") / _SOURCE).read_text("utf-8")
    lines = source.splitlines()
    definitions = []
    for node in parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            decorators = node.decorator_list
            start = min((decorator.lineno for decorator in decorators), default=node.lineno)
            hangs_on = frozenset(name for decorator in decorators for name in names(decorator))
            text = "\n".join(lines[start - 1 : node.end_lineno])
            definitions.append(
                Piece(name=node.name, text=text, needs=names(node), hangs_on=hangs_on)
            )
    return tuple(definitions)


def needed(code: str) -> list[Piece]:
    """Return the definitions that this text needs, and those that they need, in their order."""
    wanted, size = set(names(code)), -1
    defined = {piece.name for piece in pieces()}
    while len(wanted) != size:
        size = len(wanted)
        for piece in pieces():
            hangs_on = piece.hangs_on & defined
            if piece.name in wanted or (hangs_on and hangs_on <= wanted):
                wanted |= {piece.name, *piece.needs}
    return [piece for piece in pieces() if piece.name in wanted]


def own_names() -> tuple[str, ...]:
    """Return the types that a module may define for itself, and that a word is enough for."""
    return tuple(piece.name for piece in pieces() if "TypeDecorator" in piece.needs)


def reserved() -> frozenset[str]:
    """Return the names that nothing of a schema may take."""
    defined = (piece.name for piece in pieces())
    return frozenset((*defined, *(imported.bound for imported in _known())))


@cache
def _known() -> tuple[Import, ...]:
    source = (files("sqlplumb.render.tables") / _SOURCE).read_text("utf-8")
    known = [Import("sqlalchemy", name) for name in _CORE]
    for node in parse(source).body:
        if isinstance(node, ast.Import):
            known += [Import(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            known += [Import(node.module or "", alias.name) for alias in node.names]
    return tuple(known)


def imports(code: str, others: Collection[Import]) -> list[str]:
    """Order imports as isort has them: the library, SQLAlchemy, the project's own."""
    used_names = names(code)
    known = dict.fromkeys((*_known(), *others))
    used = [imported for imported in known if imported.bound in used_names]
    blocks = (
        [imported for imported in used if imported.module in _STANDARD],
        [imported for imported in used if imported.is_sqlalchemy],
        [imported for imported in used if imported in others and not imported.is_sqlalchemy],
    )
    return "\n\n".join("\n".join(_block(block)) for block in blocks if block).split("\n")


def _block(block: Sequence[Import]) -> Iterator[str]:
    yield from sorted(f"import {imported.module}" for imported in block if not imported.name)
    named = sorted((imported for imported in block if imported.name), key=_rank)
    for module, group in groupby(named, key=lambda imported: imported.module):
        imported_names = [
            f"{imported.name} as {imported.alias}" if imported.alias else imported.name
            for imported in group
        ]
        line = f"from {module} import {', '.join(imported_names)}"
        if len(line) <= WIDTH:
            yield line
        else:
            yield f"from {module} import ("
            yield from (f"{INDENT}{name}," for name in imported_names)
            yield ")"


def _rank(imported: Import) -> tuple[str, int, str]:
    """Order by module; of one module, constants first, then classes, then the rest."""
    name = imported.name
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return (imported.module, rank, name)
