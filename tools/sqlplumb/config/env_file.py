"""What env.py says of a history, read and never run. Stdlib only.

Alembic takes these from env.py alone, or lets env.py have the last word. What can be known without
running it is a literal, a constant of the module, an option of alembic.ini, or a path that begins
at the file itself.
"""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlplumb.python_text import parse

_OPTIONS = (
    "version_locations",
    "version_path_separator",
    "path_separator",
    "recursive_version_locations",
)
_ARGUMENTS = (
    "version_table",
    "version_table_schema",
    "transaction_per_migration",
    "transactional_ddl",
    "render_as_batch",
)
Option = Callable[[str], str | None]
Value = str | bool | None | Path


class _Unknown(Exception):
    """Only env.py itself can tell."""


@dataclass(frozen=True, slots=True)
class EnvValue:
    """`is_known` is False where env.py would have to be run."""

    value: str | bool | None
    line: int
    is_known: bool = True


def read_env(file: Path, option: Option) -> Mapping[str, EnvValue]:
    """By the name that Alembic has for it; nothing where there is no env.py, or no Python in it.
    `option` is what alembic.ini says."""
    try:
        text = file.read_text("utf-8")
        if not any(one in text for one in (*_OPTIONS, *_ARGUMENTS)):
            return {}
        tree = parse(text)
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError):
        return {}
    reader = _Reader(file, _constants(tree), option)
    found: dict[str, EnvValue] = {}
    for name, node in _said(tree):
        value = reader.read(node)
        other = found.setdefault(name, value)
        if other.value != value.value:
            found[name] = EnvValue(None, value.line, is_known=False)
    return found


def env_file_of(root: Path, ini: Path | None, toml: Path | None) -> tuple[Path, Option] | None:
    """Where Alembic's files say in plain words where it lies."""
    found: dict[str, str] = {}
    if toml is not None:
        said = tomllib.loads(toml.read_text("utf-8")).get("tool", {}).get("alembic", {})
        found |= {key: str(value) for key, value in said.items() if isinstance(value, str)}
    if ini is not None:
        parser = configparser.ConfigParser({"here": ini.parent.as_posix().replace("%", "%%")})
        try:
            parser.read(ini, "utf-8")
            found |= dict(parser.items("alembic"))
        except (configparser.Error, UnicodeDecodeError):
            return None
    written = found.get("script_location", "").replace("%(here)s", str(root))
    if not written or ":" in written:
        return None
    return root / written / "env.py", found.get


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Names of the module that are given a value once."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found.setdefault(node.target.id, []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _said(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="set_main_option"),
                args=[ast.Constant(value=str(name)), value],
            ) if name in _OPTIONS:
                yield name, value
            case ast.keyword(arg=str(name), value=value) if name in _ARGUMENTS:
                yield name, value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in _ARGUMENTS:
                        yield str(key.value), value
            case ast.Assign(targets=[ast.Attribute(attr="version_locations")], value=value):
                yield "version_locations", value


@dataclass(frozen=True, slots=True)
class _Reader:
    file: Path
    constants: Mapping[str, ast.expr]
    option: Option

    def read(self, node: ast.expr) -> EnvValue:
        try:
            found = self._value(node)
        except (_Unknown, RecursionError):
            return EnvValue(None, node.lineno, is_known=False)
        return EnvValue(str(found) if isinstance(found, Path) else found, node.lineno)

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool() | str() | None as value):
                return value
            case ast.Name(id="__file__"):
                return str(self.file)
            case ast.Name(id=name) if name in self.constants:
                return self._value(self.constants[name])
            case ast.JoinedStr(values=values):
                return "".join(str(self._value(one)) for one in values)
            case ast.FormattedValue(value=value, format_spec=None):
                return self._value(value)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return Path(str(self._value(left)), str(self._value(right)))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return str(self._value(left)) + str(self._value(right))
            case ast.Attribute(value=value, attr="parent"):
                return Path(str(self._value(value))).parent
            case ast.Call(func=called, args=args, keywords=[]):
                return self._called(called, args)
        raise _Unknown

    def _called(self, called: ast.expr, args: list[ast.expr]) -> Value:
        match called, args:
            case ast.Name(id="str" | "Path"), [value]:
                return Path(str(self._value(value)))
            case ast.Attribute(attr="resolve" | "absolute" | "as_posix", value=value), []:
                return self._value(value)
            case ast.Attribute(attr="dirname"), [value]:
                return Path(str(self._value(value))).parent
            case ast.Attribute(attr="abspath" | "realpath"), [value]:
                return self._value(value)
            case ast.Attribute(attr="join", value=ast.Attribute(attr="path")), [first, *others]:
                return Path(*(str(self._value(one)) for one in (first, *others)))
            case ast.Attribute(attr="get_main_option"), [ast.Constant(value=str(name)), *default]:
                said = self.option(name)
                return said if said is not None or not default else self._value(default[0])
        raise _Unknown
