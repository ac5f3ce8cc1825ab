"""Find the SQL that an application holds: files of SQL, and string constants in Python.

Owns where a query stands and how its parameters become plain. Whether a text is SQL at all, an
engine decides. A string with a hole that Python fills is left alone: nobody knows what it says.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.places import Place
from sqlplumb.python_text import parse
from sqlplumb.sources.files import with_line_feeds

_FORMAT = re.compile(r"%(?:\((?P<name>\w+)\))?s|%%")
# "Select a status" is a label; who writes SQL writes SELECT or select.
_PROSE = re.compile(r"\s*(?:Select|Insert|Update|Delete|Replace|With)\b")
_SUFFIXES = (".sql", ".py")
_SKIPPED = frozenset(("node_modules", "__pycache__", "site-packages", "build", "dist"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A text that may be a query, and the lines of the file that hold it, from `line` on.

    `is_whole` says that it is no part of a longer query: it stands in a file of SQL, or is given to
    a function that executes it.
    """

    text: str
    file: str
    line: int
    lines: tuple[str, ...]
    is_whole: bool

    def place_of(self, name: str) -> Place:
        """Return the first line that holds this name, or else the first of all."""
        word = rf"(?<!\w){re.escape(name)}(?!\w)"
        lines = [
            number
            for flags in (0, re.IGNORECASE)  # NOTE = "..." holds a query that reads note
            for number, line in enumerate(self.lines)
            if name and re.search(word, line, flags)
        ]
        return Place(self.file, self.line + (lines[0] if lines else 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFile:
    """One file that was read: its texts, and its lines for comments that ignore a finding."""

    name: str
    text: str
    queries: tuple[Query, ...]
    is_python: bool


def read_query_files(
    written: Sequence[str], base: Path, passed_over: list[Problem]
) -> Iterator[QueryFile]:
    """Yield each file that these paths and patterns name; what cannot be read is told."""
    for path in dict.fromkeys(path for pattern in written for path in _paths(pattern, base)):
        name = os.path.relpath(path)  # as a person calls it from where the command was given
        try:
            text = with_line_feeds(path.read_bytes().decode("utf-8-sig"))
            if "\0" in text:
                raise ValueError("it holds a NUL character")
            is_python = name.endswith(".py")
            queries = _in_python(text, name) if is_python else [_whole(text, name)]
            yield QueryFile(name=name, text=text, queries=tuple(queries), is_python=is_python)
        except (UnicodeDecodeError, SyntaxError, ValueError, RecursionError) as error:
            reason = str(error).partition("\n")[0]
            passed_over.append(Problem(f"{name} was not looked into: {reason}", place=None))


def _paths(written: str, base: Path) -> Iterator[Path]:
    path = base / written
    if path.is_file():
        yield path
        return
    root, pattern = (path, "**/*") if path.is_dir() else (base, written)
    files = sorted(
        file
        for file in root.glob(pattern)
        if file.suffix in _SUFFIXES and file.is_file() and not _is_skipped(file.relative_to(root))
    )
    if not files:
        advice = "name .sql or .py files, folders of them, or a pattern: 'app/**/*.py'"
        raise WrongInput(Problem(f"{written} holds no .sql or .py file", advice))
    yield from files


def _is_skipped(path: Path) -> bool:
    return any(part in _SKIPPED or part.startswith(".") for part in path.parts[:-1])


def _whole(text: str, name: str) -> Query:
    return Query(text=text, file=name, line=1, lines=tuple(text.split("\n")), is_whole=True)


def _in_python(text: str, name: str) -> Iterator[Query]:
    lines = text.split("\n")
    tree = parse(text)
    whole = {
        id(call.args[0])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args
        if call.func.attr.startswith("execute")
    }
    for node in _strings(tree):
        joined = _joined(node)
        is_whole = id(node) in whole
        if not joined or " " not in joined.strip() or "\0" in joined:
            continue
        if is_whole or not _PROSE.match(joined):
            yield Query(
                text=_FORMAT.sub(_plain_parameter, joined) if "%" in joined else joined,
                file=name,
                line=node.lineno,
                lines=tuple(lines[node.lineno - 1 : node.end_lineno]),
                is_whole=is_whole,
            )


def _strings(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what makes one string each: a constant, an f-string, a sum of them. No docstring.

    What is no more than a part of a string, nobody knows the rest of, is left out.
    """
    waiting: list[ast.AST] = [tree]
    extended = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Assign) and _is_begun(node, extended):
            continue
        parts = _parts(node)
        if not any(isinstance(part, ast.JoinedStr) or _is_string(part) for part in parts):
            waiting += reversed(list(ast.iter_child_nodes(node)))
        elif isinstance(node, ast.expr) and _joined(node) is not None:
            yield node
        else:  # what its holes call may be given queries of its own
            waiting += [
                part for part in parts if not isinstance(part, ast.JoinedStr | ast.Constant)
            ]
            waiting += [
                hole.value
                for part in parts
                if isinstance(part, ast.JoinedStr)
                for hole in ast.walk(part)
                if isinstance(hole, ast.FormattedValue)
            ]


def _is_begun(node: ast.Assign, extended: Collection[str]) -> bool:
    """Is a string given to a name to which `+=` adds the rest?"""
    names = (target.id for target in node.targets if isinstance(target, ast.Name))
    return _is_string(node.value) and any(name in extended for name in names)


def _parts(node: ast.AST) -> list[ast.expr]:
    """What is put together to one value: the terms of a sum, of `+=`, of `" ".join([...])`; or else
    the string itself."""
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [*(_parts(left) or [left]), *(_parts(right) or [right])]
        case ast.AugAssign(target=target, op=ast.Add(), value=value):
            return [target, *(_parts(value) or [value])]
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str()), attr="join"),
            args=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
        ):
            return parts
        case ast.JoinedStr() | ast.Constant(value=str()):
            return [node]
    return []


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _joined(node: ast.AST) -> str | None:
    """Return the text that is known before the program runs; None where it has a hole."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            parts = [_joined(value) for value in values]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [_joined(left), _joined(right)]
        case _:
            return None
    return None if None in parts else "".join(part or "" for part in parts)


def _plain_parameter(match: re.Match[str]) -> str:
    return "%" if match[0] == "%%" else f":{match['name']}" if match["name"] else "?"
