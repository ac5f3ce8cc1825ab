"""Replays that are remembered: the database that a run of revisions makes, by all that made it.

In one command by the bytes of the revisions; between commands, in the user's cache, only for
revisions that can have looked at nothing else. Which revisions those are is read from their syntax,
by a list of what they may import and name; whatever is not on it is replayed each time.
"""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlplumb import cache
from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location
from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.python_text import parse
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.scripts import bases_of

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.engines import Scratch, Snapshot

_FORMAT = "1"
_WORTH_WRITING = 5  # revisions: fewer are replayed as fast as they are read
_MOST_KEPT = 8  # databases in one command
_BEGAN = time.time_ns()  # before Alembic has read any revision
_MODULES = frozenset(
    """
    __future__ alembic collections contextlib dataclasses datetime decimal enum functools itertools
    json math operator re sqlalchemy string textwrap typing warnings
    """.split()
)
# What reaches beyond the database that a revision is given, or outlives the revision.
_BUILTINS = frozenset(
    "__builtins__ __import__ breakpoint eval exec globals input open vars".split()
)
_ATTRIBUTES = frozenset(
    """
    __builtins__ __globals__ __loader__ command compiles config create_collation create_engine
    create_function dbapi_connection driver_connection engine_from_config environment_context event
    get_x_argument listen listens_for load_extension modules opts raw_connection
    """.split()
)
_Key = tuple[str, str]  # a revision, and the key of the state that it leads to


class _Known:
    """What one reading of a history knows of the states on its way."""

    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}
        self.texts: dict[str, bytes] = {}
        self.context: bytes | None = None

    def keep(self, key: str, snapshot: Snapshot) -> None:
        while len(self.snapshots) >= _MOST_KEPT:
            del self.snapshots[next(iter(self.snapshots))]
        self.snapshots[key] = snapshot

    def text_of(self, script: Script) -> bytes:
        if script.revision not in self.texts:
            said = (script.revision, Path(script.path).read_bytes())
            self.texts[script.revision] = repr(said).encode()
        return self.texts[script.revision]


_KNOWN: WeakKeyDictionary[ScriptDirectory, _Known] = WeakKeyDictionary()


def nearest(
    scripts: ScriptDirectory, keys: Sequence[_Key], settings: Settings
) -> tuple[int, Snapshot] | None:
    """Return the last of these states that is known: its place among them, and its database."""
    snapshots = _KNOWN.setdefault(scripts, _Known()).snapshots
    written = cache.names() if settings.cache else frozenset[str]()
    for place in range(len(keys) - 1, -1, -1):
        _, key = keys[place]
        if key in snapshots:
            return place, snapshots[key]
        if key in written and (found := cache.load(key)):
            return place, project_engine(settings).snapshot_from(found[1])
    return None


def keys_of(scripts: ScriptDirectory, revisions: Sequence[str], settings: Settings) -> list[_Key]:
    """Return the states on the way to these revisions: of a straight history each revision, else
    only where it leads; none where nobody can say what a replay depends on."""
    known = _KNOWN.setdefault(scripts, _Known())
    known.context = known.context or _context(settings)
    if known.context is None:
        return []
    straight = list(_straight(scripts, revisions[0])) if len(revisions) == 1 else []
    digest = blake2b(known.context, digest_size=20)
    if straight and not bases_of(straight[-1]):
        found: list[_Key] = []
        for script in reversed(straight):
            digest.update(known.text_of(script))
            found.append((script.revision, digest.hexdigest()))
        return found
    for script in sorted(_ancestors(scripts, revisions), key=lambda one: one.revision):
        digest.update(known.text_of(script))
    digest.update(repr(tuple(revisions)).encode())
    return [(revisions[-1], digest.hexdigest())]


def keep(
    scripts: ScriptDirectory,
    revisions: Sequence[str],
    key: str,
    *,
    snapshot: Snapshot,
    before: int,
    to_disk: bool,
) -> None:
    """Remember the state that these revisions made; so many of them had run `before`."""
    _KNOWN.setdefault(scripts, _Known()).keep(key, snapshot)
    made_by = _ancestors(scripts, revisions)
    if to_disk and len(made_by) - before >= _WORTH_WRITING and _are_closed(made_by):
        cache.save(key, {}, snapshot.as_file())


def _ancestors(scripts: ScriptDirectory, revisions: Iterable[str]) -> list[Script]:
    """These revisions and all that they stand on."""
    found: dict[str, Script] = {}
    waiting = [*revisions]
    while waiting:
        script = scripts.get_revision(waiting.pop())
        if script is not None and script.revision not in found:
            found[script.revision] = script
            waiting += bases_of(script)
    return list(found.values())


def _straight(scripts: ScriptDirectory, revision: str) -> Iterator[Script]:
    """From this revision down, as long as each stands on one alone."""
    waiting: tuple[str, ...] = (revision,)
    while len(waiting) == 1:
        script: Script | None = scripts.get_revision(waiting[0])
        if script is None:
            return
        yield script
        waiting = bases_of(script)


def _context(settings: Settings) -> bytes | None:
    """All but the revisions that a replay depends on; None where that cannot be said."""
    said: list[object] = [_FORMAT, sys.version, settings.root, settings.version_table]
    said.append(project_engine(settings).target().version)
    for package in ("sqlplumb", "alembic", "sqlalchemy"):  # which say their versions there
        spec = find_spec(package)
        said.append(Path(spec.origin).read_bytes() if spec and spec.origin else package)
    for file in (settings.alembic_ini, settings.alembic_toml):
        said.append(file.read_bytes() if file else b"")
    if settings.metadata:
        naming = _naming(settings)
        if naming is None:
            return None
        said.append(naming)
    return repr(said).encode()


def _naming(settings: Settings) -> object:
    """The naming convention that reaches revisions, and the project's modules that are loaded with
    it, which may have taught SQLAlchemy something."""
    from sqlplumb.sources.metadata import import_metadata

    convention = import_metadata(settings.metadata, settings).naming_convention
    if not all(isinstance(one, str) for pair in convention.items() for one in pair):
        return None
    files = {str(getattr(one, "__file__", "") or "") for one in [*sys.modules.values()]}
    own = [Path(one) for one in sorted(files) if one.startswith(f"{settings.root}/")]
    texts = [(str(one), one.read_bytes()) for one in own if one.is_file()]
    return (settings.metadata, sorted(convention.items()), texts)


def _are_closed(made_by: Iterable[Script]) -> bool:
    """Can they have looked at nothing but their own text and the database; and is that text the one
    that Alembic has read?"""
    return all(map(_is_closed, made_by))


def _is_closed(script: Script) -> bool:
    file = Path(script.path)
    try:
        status = file.stat()
        tree = parse(file.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False
    is_as_read = max(status.st_mtime_ns, status.st_ctime_ns) < _BEGAN
    return is_as_read and all(map(_is_plain, ast.walk(tree)))


def _is_plain(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return all(one.name.partition(".")[0] in _MODULES for one in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            said = {word for one in names for word in f"{module}.{one.name}".split(".")}
            is_known = not level and (module or "").partition(".")[0] in _MODULES
            return is_known and said.isdisjoint(_ATTRIBUTES | {"context", "*"})
        case ast.Name(id=name):
            return name not in _BUILTINS
        case ast.Attribute(attr=name):
            return name not in _ATTRIBUTES
    return True


# --------------------------------------------------------------------- a history without Alembic


def history_key(settings: Settings, revision: str) -> str | None:
    """By the bytes of all files that Alembic would read; None where only Alembic can say which."""
    folder = plain_location(settings.root, settings.alembic_ini, settings.alembic_toml)
    if not settings.cache or folder is None or settings.metadata:
        return None
    try:
        files = [folder / "env.py", *sorted((folder / "versions").glob("*.py"))]
        texts = [(one.name, one.read_bytes()) for one in files if one.is_file()]
        said = repr(("history", revision, _context(settings), texts)).encode()
    except OSError:
        return None
    return blake2b(said, digest_size=20).hexdigest()


def recalled(key: str, settings: Settings) -> tuple[str, tuple[Problem, ...], Snapshot] | None:
    """Return the revision that was replayed to, what was passed over, and the database."""
    found = cache.load(key)
    if found is None:
        return None
    said, image = found
    try:
        problems = tuple(_problem(one) for one in said["passed_over"])
        return str(said["target"]), problems, project_engine(settings).snapshot_from(image)
    except (KeyError, TypeError, ValueError):
        return None


def remember(
    key: str,
    scripts: ScriptDirectory,
    target: str,
    *,
    scratch: Scratch,
    passed_over: Sequence[Problem],
) -> None:
    """Write down what a whole history made, and what was said of it."""
    if _are_closed(_ancestors(scripts, (target,))):
        problems = [(one.message, one.hint, one.excerpt, _spot(one.place)) for one in passed_over]
        about = {"target": target, "passed_over": problems}
        cache.save(key, about, scratch.snapshot().as_file())


def _spot(place: Place | None) -> tuple[str, int, int] | None:
    return (place.file, place.line, place.column) if place else None


def _problem(said: Sequence[Any]) -> Problem:
    message, hint, excerpt, spot = said
    place = Place(spot[0], spot[1], spot[2]) if spot else None
    return Problem(message, hint, place=place, excerpt=excerpt)
