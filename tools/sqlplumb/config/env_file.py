"""Read what env.py and alembic.ini say of a history, without running env.py. Stdlib only.

Alembic takes these values from env.py alone, or env.py overrides them. A value can be known without
running env.py where it is a literal, a constant of the module, an option of alembic.ini, or a path
that begins at the file itself. Whoever can wait for Alembic asks Alembic.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlplumb.config.alembic_files import AlembicFiles
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
    "autogenerate_plugins",
)
_ELSEWHERE = ("version_locations", "recursive_version_locations", "sourceless")
Option = Callable[[str], str | None]
Value = str | bool | None | Path


class _Unknown(Exception):
    """The value cannot be known without running env.py."""


@dataclass(frozen=True, slots=True)
class EnvValue:
    """A value of env.py; `is_known` is False where env.py would have to be run."""

    value: str | bool | None
    line: int
    is_known: bool = True


def read_env(file: Path, option: Option) -> Mapping[str, EnvValue]:
    """Return the values by the names that Alembic has for them; none if env.py cannot be parsed.

    `option` returns what alembic.ini says.
    """
    try:
        text = file.read_text("utf-8")
        if not any(name in text for name in (*_OPTIONS, *_ARGUMENTS)):
            return {}
        tree = parse(text)
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError):
        return {}
    reader = _Reader(file, _constants(tree), option)
    values: dict[str, EnvValue] = {}
    for name, node in _settings_in(tree):
        value = reader.read(node)
        first = values.setdefault(name, value)
        if first.value != value.value:
            values[name] = EnvValue(None, value.line, is_known=False)
    return values


def find_env_file(files: AlembicFiles) -> tuple[Path, Option] | None:
    """Return the path of env.py where it can be found without Alembic, and the options."""
    file = files.env_file()
    return (file, files.options().get) if file else None


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the names of the module that are assigned once, with their values."""
    assigned: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    assigned.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            assigned.setdefault(node.target.id, []).append(node.value)
    return {name: values[0] for name, values in assigned.items() if len(values) == 1}


def _settings_in(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
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
            value = self._value(node)
        except (_Unknown, RecursionError):
            return EnvValue(None, node.lineno, is_known=False)
        return EnvValue(str(value) if isinstance(value, Path) else value, node.lineno)

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool() | str() | None as value):
                return value
            case ast.Name(id="__file__"):
                return str(self.file)
            case ast.Name(id=name) if name in self.constants:
                return self._value(self.constants[name])
            case ast.JoinedStr(values=values):
                return "".join(str(self._value(part)) for part in values)
            case ast.FormattedValue(value=value, format_spec=None):
                return self._value(value)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return Path(str(self._value(left)), str(self._value(right)))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return str(self._value(left)) + str(self._value(right))
            case ast.Attribute(value=value, attr="parent"):
                return Path(str(self._value(value))).parent
            case ast.Call(func=function, args=args, keywords=[]):
                return self._call(function, args)
        raise _Unknown

    def _call(self, function: ast.expr, args: list[ast.expr]) -> Value:
        match function, args:
            case ast.Name(id="str" | "Path"), [value]:
                return Path(str(self._value(value)))
            case ast.Attribute(attr="resolve" | "absolute" | "as_posix", value=value), []:
                return self._value(value)
            case ast.Attribute(attr="dirname"), [value]:
                return Path(str(self._value(value))).parent
            case ast.Attribute(attr="abspath" | "realpath"), [value]:
                return self._value(value)
            case ast.Attribute(attr="join", value=ast.Attribute(attr="path")), [first, *others]:
                return Path(*(str(self._value(part)) for part in (first, *others)))
            case ast.Attribute(attr="get_main_option"), [ast.Constant(value=str(name)), *default]:
                written = self.option(name)
                return written if written is not None or not default else self._value(default[0])
        raise _Unknown


def plain_location(files: AlembicFiles | None) -> Path | None:
    """Return the folder of the history where alembic.ini says it plainly, else None."""
    if files is None or files.ini is None or files.toml is not None:
        return None
    folder = files.script_folder()
    if folder is None or any(key in files.options() for key in _ELSEWHERE):
        return None
    is_moved = "version_locations" in read_env(folder / "env.py", files.options().get)
    return None if is_moved else folder
