"""Remember replays: the database that a run of revisions makes, by all that made it.

Within one command by the bytes of the revisions; between commands, in the user's cache, only for
revisions that can have looked at nothing else. Which revisions those are is read from their syntax,
by a list of what they may import and name; whatever is not on it is replayed each time.
"""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlplumb import cache
from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location
from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.python_text import parse
from sqlplumb.sources.base import read_base
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.model_facts import model_facts
from sqlplumb.sources.positions import ancestors
from sqlplumb.sources.scripts import needed_revisions

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.engines import Scratch, Snapshot

_FORMAT = "2"
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
StateKey = tuple[str, str]  # a revision, and the key of the state that it leads to


class _Remembered:
    """What one command remembers of one ScriptDirectory."""

    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}
        self.keys: dict[str, list[StateKey]] = {}  # of the straight way that was asked for last
        self.texts: dict[str, bytes] = {}
        self.context: bytes | None = None

    def text_of(self, script: Script) -> bytes:
        if script.revision not in self.texts:
            text = (script.revision, Path(script.path).read_bytes())
            self.texts[script.revision] = repr(text).encode()
        return self.texts[script.revision]


_REMEMBERED: WeakKeyDictionary[ScriptDirectory, _Remembered] = WeakKeyDictionary()


# --------------------------------------------------------------------- states of a history


def state_keys(
    scripts: ScriptDirectory, revisions: Sequence[str], settings: Settings
) -> list[StateKey]:
    """Return the states on the way to these revisions: of a straight history each revision, else
    only where it leads; none where nobody can say what a replay depends on."""
    remembered = _REMEMBERED.setdefault(scripts, _Remembered())
    remembered.context = remembered.context or _context(settings)
    if remembered.context is None:
        return []
    straight, keys = _straight_down(scripts, revisions, remembered.keys)
    if keys or (straight and not needed_revisions(straight[-1])):
        keys = [*keys]
        for script in reversed(straight):
            before = keys[-1][1].encode() if keys else remembered.context
            digest = blake2b(before, digest_size=20)
            digest.update(remembered.text_of(script))
            keys.append((script.revision, digest.hexdigest()))
        remembered.keys = {revisions[0]: keys}
        return keys
    digest = blake2b(remembered.context, digest_size=20)
    for script in sorted(ancestors(scripts, revisions).values(), key=lambda each: each.revision):
        digest.update(remembered.text_of(script))
    digest.update(repr(tuple(revisions)).encode())
    return [(revisions[-1], digest.hexdigest())]


def nearest_state(
    scripts: ScriptDirectory, keys: Sequence[StateKey], settings: Settings
) -> tuple[int, Snapshot] | None:
    """Return the last of these states that is remembered: its place among them, its database."""
    snapshots = _REMEMBERED.setdefault(scripts, _Remembered()).snapshots
    on_disk = cache.names() if settings.cache else frozenset[str]()
    for place in range(len(keys) - 1, -1, -1):
        _, key = keys[place]
        if key in snapshots:
            return place, snapshots[key]
        if key in on_disk and (entry := cache.load(key)):
            return place, project_engine(settings).snapshot_from(entry[1])
    return None


def keep_state(
    scripts: ScriptDirectory,
    revisions: Sequence[str],
    keys: Sequence[StateKey],
    *,
    snapshot: Snapshot,
    before: int,
    to_disk: bool,
) -> None:
    """Remember the state that these revisions made, the last of these states; so many of them had
    run `before`."""
    key = keys[-1][1]
    snapshots = _REMEMBERED.setdefault(scripts, _Remembered()).snapshots
    while len(snapshots) >= _MOST_KEPT:
        del snapshots[next(iter(snapshots))]
    snapshots[key] = snapshot
    if not to_disk or (len(keys) > 1 and len(keys) - before < _WORTH_WRITING):
        return
    made_by = ancestors(scripts, revisions).values()
    if len(made_by) - before < _WORTH_WRITING or not all(map(_is_closed, made_by)):
        return
    if (file := snapshot.as_file()) is not None:
        cache.save(key, {}, file)


def are_closed(scripts: ScriptDirectory, revisions: Iterable[str]) -> bool:
    """Can these and all before them have looked at nothing but their own text and the database?"""
    return all(map(_is_closed, ancestors(scripts, revisions).values()))


def _straight_down(
    scripts: ScriptDirectory, revisions: Sequence[str], known: Mapping[str, list[StateKey]]
) -> tuple[list[Script], list[StateKey]]:
    """Return the revisions from this one down, as long as each needs one alone, to the first whose
    keys are known; and those keys."""
    straight: list[Script] = []
    while len(revisions) == 1:
        script: Script | None = scripts.get_revision(revisions[0])
        if script is None:
            break
        if script.revision in known:
            return straight, known[script.revision]
        straight.append(script)
        revisions = needed_revisions(script)
    return straight, []


# --------------------------------------------------------------------- what a replay depends on


def _context(settings: Settings) -> bytes | None:
    """Return all but the revisions that a replay depends on; None where that cannot be said."""
    parts: list[object] = [_FORMAT, sys.version, settings.root, settings.version_table]
    parts.append(project_engine(settings).target().version)
    for package in ("sqlplumb", "alembic", "sqlalchemy"):  # which say their versions there
        spec = find_spec(package)
        parts.append(Path(spec.origin).read_bytes() if spec and spec.origin else package)
    base = read_base(settings)
    parts.append((base.mark if base else "", settings.base_revision))
    parts.append((settings.around, settings.several_heads))
    if alembic := settings.alembic:
        parts.append((alembic.section, alembic.database))
        parts += [file.read_bytes() if file else b"" for file in (alembic.ini, alembic.toml)]
    if settings.metadata:
        # The project's modules that came with it may have taught SQLAlchemy something.
        facts = model_facts(settings, _BEGAN)
        if facts is None:
            return None
        parts.append((settings.metadata, facts.convention, facts.files))
    return repr(parts).encode()


def _is_closed(script: Script) -> bool:
    """Can it have looked at nothing but its own text and the database; and is that text the one
    that Alembic has read?"""
    file = Path(script.path)
    try:
        status = file.stat()
        tree = parse(file.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False
    is_as_read = max(status.st_mtime_ns, status.st_ctime_ns) < _BEGAN
    ours = {id(node) for node in map(_own_vars, ast.walk(tree)) if node}
    return is_as_read and all(_is_plain(node) or id(node) in ours for node in ast.walk(tree))


def _own_vars(node: ast.AST) -> ast.Name | None:
    """Return the name `vars` of `vars(context.impl)["static_output"]`, by which the revisions that
    `revise` writes frame the statements of a script; it reaches nothing else."""
    match node:
        case ast.Subscript(
            value=ast.Call(
                func=ast.Name(id="vars") as name, args=[ast.Attribute(attr="impl")], keywords=[]
            ),
            slice=ast.Constant(value="static_output"),
        ):
            return name
    return None


def _is_plain(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return all(alias.name.partition(".")[0] in _MODULES for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            words = {word for alias in names for word in f"{module}.{alias.name}".split(".")}
            is_known = not level and (module or "").partition(".")[0] in _MODULES
            return is_known and words.isdisjoint(_ATTRIBUTES | {"context", "*"})
        case ast.Name(id=name):
            return name not in _BUILTINS
        case ast.Attribute(attr=name):
            return name not in _ATTRIBUTES
    return True


# --------------------------------------------------------------------- a history without Alembic


def history_key(settings: Settings, revision: str) -> str | None:
    """Return a key by all that a replay depends on and the bytes of all files that Alembic would
    read; None where only Alembic can say which, or nobody."""
    folder = plain_location(settings.alembic)
    if not settings.cache or folder is None or settings.around:
        return None
    context = _context(settings)
    if context is None:
        return None
    try:
        files = [folder / "env.py", *sorted((folder / "versions").glob("*.py"))]
        texts = [(file.name, file.read_bytes()) for file in files if file.is_file()]
        parts = repr(("history", revision, context, texts)).encode()
    except OSError:
        return None
    return blake2b(parts, digest_size=20).hexdigest()


def load_history(key: str, scratch: Scratch) -> tuple[tuple[str, ...], tuple[Problem, ...]] | None:
    """Let the scratch recall what a whole history made; return the revisions that were replayed to,
    and what was passed over."""
    entry = cache.load(key + scratch.remembered_by)
    if entry is None:
        return None
    about, remembered = entry
    try:
        problems = []
        for message, advice, excerpt, spot in about["passed_over"]:
            place = Place(spot[0], spot[1], spot[2]) if spot else None
            problems.append(Problem(message, advice, place=place, excerpt=excerpt))
        scratch.recall(remembered)
        return tuple(about["target"]), tuple(problems)
    except (LookupError, TypeError, ValueError):
        return None


def save_history(
    key: str,
    scripts: ScriptDirectory,
    target: Sequence[str],
    *,
    scratch: Scratch,
    passed_over: Sequence[Problem],
) -> None:
    """Write down what a whole history made, and what was passed over."""
    if are_closed(scripts, target):
        problems = []
        for problem in passed_over:
            place = problem.place
            spot = (place.file, place.line, place.column) if place else None
            problems.append((problem.message, problem.advice, problem.excerpt, spot))
        about = {"target": target, "passed_over": problems}
        if (remembered := scratch.remembered()) is not None:
            cache.save(key + scratch.remembered_by, about, remembered)
