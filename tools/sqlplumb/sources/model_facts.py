"""What a replay takes from the models: their naming convention, and the files that made it.

To ask the models they must be imported, and SQLAlchemy with them. So the answer is remembered by
the bytes of every file of the project that was imported, and only where those can have looked at
nothing else, which is read from their syntax: a list of what they may import and name. Whatever is
not on it is imported each time. Must never know what tables the models have.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from importlib.machinery import PathFinder
from pathlib import Path
from sysconfig import get_paths
from types import ModuleType
from typing import Any

from sqlplumb import cache
from sqlplumb.config import Settings
from sqlplumb.errors import PlumbError
from sqlplumb.python_text import parse
from sqlplumb.sources.metadata import import_metadata
from sqlplumb.sources.running_alembic import module_folders
from sqlplumb.values import dataclass

_FORMAT = "1"
_MODULES = frozenset(
    """
    __future__ abc base64 collections contextlib copy dataclasses datetime decimal enum functools
    hashlib itertools json logging math numbers os pathlib pydantic re secrets sqlalchemy
    sqlalchemy_utils sqlmodel string textwrap types typing typing_extensions uuid warnings weakref
    zoneinfo
    """.split()
)
_OS = frozenset("environ environb getenv getenvb path sep".split())
_OS_PATH = frozenset("abspath basename dirname join normpath split splitext".split())
_NAMES = frozenset(
    """
    __builtins__ __import__ __loader__ __path__ __spec__ breakpoint eval exec getattr globals input
    open vars
    """.split()
)
# What reads a file, a folder or a database, or reaches other modules.
_ATTRIBUTES = _NAMES | frozenset(
    """
    BaseSettings DirectoryPath FilePath NewPath __dict__ __getattr__ __getattribute__ __globals__
    _io argv autoload_with automap
    begin builtins codecs command config connect create_engine cwd database_exists execute exists
    expanduser get_columns get_table_names glob group has_table home importlib inspect io is_dir
    is_file is_mount is_symlink iterdir load_extension lstat modules ntpath opts os owner posixpath
    prepare query raw_connection read_bytes read_text readlink reflect rglob samefile scalar scalars
    stat sys walk
    """.split()
)
_ENVIRONMENT = frozenset("environ environb getenv getenvb".split())
_OF_A_SHELL = frozenset("_ OLDPWD SHLVL".split())  # no two calls have the same
_BRANCHES = (ast.Try, ast.TryStar, ast.With, ast.If, ast.For, ast.While, ast.Match)
Found = tuple[str, ...]  # where a module lies, or nothing; the folders of a package


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """`files` are those of the project, each with a digest of its bytes."""

    convention: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def model_facts(settings: Settings, began: int) -> ModelFacts | None:
    """Return them; None where the convention is no plain text. A file that changed after the time
    when this process `began` may have been imported with other bytes."""
    key = _key(settings) if settings.cache else ""
    if key and (remembered := _remembered(key)):
        return remembered
    before = frozenset(sys.modules)
    convention = import_metadata(settings.metadata, settings).naming_convention
    if not all(isinstance(word, str) for pair in convention.items() for word in pair):
        return None
    modules = _Modules(settings, before)
    facts = ModelFacts(
        convention=tuple(sorted((str(name), str(form)) for name, form in convention.items())),
        files=tuple(sorted((file, _digest(file)) for file in modules.files())),
    )
    if key and modules.are_closed() and modules.are_as_read(began):
        _save(key, facts, modules)
    return facts


def _key(settings: Settings) -> str:
    parts: list[object] = [_FORMAT, sys.version, sys.flags, sys.path, settings.root]
    parts.append(settings.metadata)
    try:
        if alembic := settings.alembic:
            parts += [alembic.section, alembic.database, alembic.base()]
            parts += [file.read_bytes() if file else b"" for file in (alembic.ini, alembic.toml)]
    except (OSError, PlumbError):
        return ""
    return blake2b(repr(parts).encode(), digest_size=20).hexdigest()


# --------------------------------------------------------------------- what was imported


class _Modules:
    """The project's modules that are imported, and what was imported with the models."""

    def __init__(self, settings: Settings, before: frozenset[str]) -> None:
        self.folders = module_folders(settings)
        self._written = settings.metadata.partition(":")[0]
        self._installed = _folders_of_installed()
        loaded = {
            name: module
            for name, module in [*sys.modules.items()]
            if isinstance(module, ModuleType) and name != "__main__"
        }
        mine = tuple(f"{folder}{os.sep}" for folder in (str(settings.root), *self.folders))
        self.own = {
            name: module
            for name, module in loaded.items()
            if self._is_own(module)
            and (name not in before or any(one.startswith(mine) for one in _lies(module)))
        }
        others = loaded.keys() - before - self.own.keys()
        files = (getattr(loaded[name], "__file__", None) for name in others)
        self.others = [str(file) for file in files if file]
        self.texts: dict[str, str] = {}

    def _is_own(self, module: ModuleType) -> bool:
        lies = _lies(module)
        is_ours = module.__name__.partition(".")[0] == "sqlplumb"
        is_installed = any(each.startswith(self._installed) for each in lies)
        return bool(lies) and not is_ours and not is_installed

    def files(self) -> Iterator[str]:
        files = (getattr(module, "__file__", None) for module in self.own.values())
        return (str(file) for file in files if file)

    def are_closed(self) -> bool:
        """Can they have looked at nothing but their own texts, and the environment?"""
        if self._written not in self.own:
            return False
        try:
            for name, module in self.own.items():
                if file := getattr(module, "__file__", None):
                    self.texts[name] = Path(file).read_text("utf-8")
                    if not all(map(self._is_known, _imports(self.texts[name], module))):
                        return False
        except (OSError, SyntaxError, ValueError, _LooksElsewhere):
            return False
        return all(
            _find(name, self.folders, self.own) == _lies(self.own[name]) for name in self.own
        )

    def _is_known(self, name: str) -> bool:
        """A module that is not there was not imported: the import stands in a function."""
        return name in self.own or name not in sys.modules or name.partition(".")[0] in _MODULES

    def are_as_read(self, began: int) -> bool:
        stats = [Path(file).stat() for file in self.files()]
        return all(max(stat.st_mtime_ns, stat.st_ctime_ns) < began for stat in stats)

    def environment(self) -> str:
        is_read = any(name in text for text in self.texts.values() for name in _ENVIRONMENT)
        return _environment() if is_read else ""


def _folders_of_installed() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {str(Path(path)) for name, path in get_paths().items() if name in names}
    return tuple(f"{folder}{os.sep}" for folder in {*paths, *map(os.path.realpath, paths)})


def _lies(module: ModuleType) -> Found:
    spec = getattr(module, "__spec__", None)
    folders = (spec and spec.submodule_search_locations) or ()
    file = getattr(module, "__file__", None)
    return (file, *folders) if file else tuple(folders)


def _find(name: str, folders: Sequence[str], packages: Mapping[str, Any]) -> Found:
    """Return where an import would find it now. Modules of a package are looked for in its own
    folders, which a package that is a dict of places has behind its file."""
    parent, _, _ = name.rpartition(".")
    path = [*folders, *sys.path]
    if parent:
        if parent not in packages:
            return ()
        package = packages[parent]
        lies = _lies(package) if isinstance(package, ModuleType) else package
        path = [each for each in lies if not each.endswith(".py")]
    spec = PathFinder.find_spec(name, path)
    if spec is None:
        return ()
    inside = tuple(spec.submodule_search_locations or ())
    return (spec.origin, *inside) if spec.origin and spec.has_location else inside


# --------------------------------------------------------------------- what a text may say


class _LooksElsewhere(Exception):
    """What it does may depend on more than its text."""


def _imports(text: str, module: ModuleType) -> Iterator[str]:
    """Yield the modules that it imports; raise _LooksElsewhere where it may look elsewhere."""
    nodes = [*_run_by_python(parse(text))]
    if not all(map(_is_plain, nodes)) or not _is_plain_os(nodes):
        raise _LooksElsewhere
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=name, names=names, level=level):
                source = _absolute(name or "", level, module)
                yield source
                inner = (f"{source}.{alias.name}" for alias in names)
                yield from (each for each in inner if each in sys.modules)


def _is_plain(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=names):
            return all(alias.name not in _ATTRIBUTES for alias in names)
        case ast.Name(id="TYPE_CHECKING", ctx=ast.Store()):
            return False
        case ast.Name(id=name):
            return name not in _NAMES
        case ast.MatchClass(kwd_attrs=names):
            return _ATTRIBUTES.isdisjoint(names)
        case ast.Constant(value="autoload_with"):  # a key of what is handed on by `**`
            return False
        case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return name not in _ATTRIBUTES
    # Which of the imports are made in a branch may change, though no text does.
    return not (isinstance(node, _BRANCHES) and any(map(_is_import, ast.walk(node))))


def _is_plain_os(nodes: Sequence[ast.AST]) -> bool:
    """Is nothing asked of `os` but the environment, and how a path is written?"""
    named = 0
    for node in nodes:
        match node:
            case ast.Import(names=names) if any(
                alias.name.startswith("os.") or (alias.name == "os" and alias.asname)
                for alias in names
            ):
                return False
            case ast.ImportFrom(module="os" | "os.path" as name, names=names, level=0):
                allowed = _OS if name == "os" else _OS_PATH
                if not all(alias.name in allowed and not alias.asname for alias in names):
                    return False
            case ast.Attribute(value=ast.Name(id="os"), attr=name):
                named -= 1
                if name not in _OS:
                    return False
            case ast.Attribute(
                value=ast.Attribute(attr="path") | ast.Name(id="path"), attr=name
            ) if name not in _OS_PATH:
                return False
            case ast.Name(id="os"):
                named += 1
    return named == 0


def _run_by_python(tree: ast.Module) -> Iterator[ast.AST]:
    """Leave out what type checkers alone read."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in (
            "TYPE_CHECKING",
            "typing.TYPE_CHECKING",
        ):
            waiting += node.orelse
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _absolute(name: str, level: int, module: ModuleType) -> str:
    if not level:
        return name
    package = module.__package__ or ""
    base = package.rsplit(".", level - 1)[0] if level > 1 else package
    return f"{base}.{name}" if name else base


# --------------------------------------------------------------------- what is remembered


def _save(key: str, facts: ModelFacts, modules: _Modules) -> None:
    """Remember what is found for each name that the texts import, theirs and that of others."""
    imported = {
        name.partition(".")[0]
        for own, text in modules.texts.items()
        for name in _imports(text, modules.own[own])
    }
    names = sorted({*modules.own, *imported})
    found = {name: _find(name, modules.folders, modules.own) for name in names}
    about = {
        "convention": facts.convention,
        "files": facts.files,
        "folders": modules.folders,
        "found": found,
        "others": _stamps(modules.others),
        "environment": modules.environment(),
    }
    cache.save(key, about, b"")


def _remembered(key: str) -> ModelFacts | None:
    """Return what was remembered, if every file is the same, and each is where an import finds
    it."""
    entry = cache.load(key)
    if entry is None:
        return None
    about = entry[0]
    try:
        found = {name: tuple(lies) for name, lies in about["found"].items()}
        is_same = (
            about["environment"] in ("", _environment())
            and all(_digest(file) == digest for file, digest in about["files"])
            and all(_find(name, about["folders"], found) == lies for name, lies in found.items())
            and _stamps(file for file, *_ in about["others"]) == about["others"]
        )
        return _from(about) if is_same else None
    except (OSError, LookupError, TypeError, ValueError):
        return None


def _from(about: Mapping[str, Any]) -> ModelFacts:
    return ModelFacts(
        convention=tuple((name, form) for name, form in about["convention"]),
        files=tuple((file, digest) for file, digest in about["files"]),
    )


def _digest(file: str) -> str:
    return blake2b(Path(file).read_bytes(), digest_size=20).hexdigest()


def _stamps(files: Iterable[str]) -> list[list[object]]:
    """Return the size and the time of files that are installed, and not the project's own."""
    stats = ((file, os.stat(file)) for file in sorted(files))  # noqa: PTH116 (hundreds of them)
    return [[file, stat.st_size, stat.st_mtime_ns] for file, stat in stats]


def _environment() -> str:
    pairs = sorted(pair for pair in os.environ.items() if pair[0] not in _OF_A_SHELL)
    return blake2b(repr(pairs).encode(), digest_size=20).hexdigest()
