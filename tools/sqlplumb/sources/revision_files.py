"""Find revisions by their files, and import none of them: what a file says of itself is parsed.

For whoever must not run anything. Everybody else asks Alembic.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.python_text import parse
from sqlplumb.sources.running_alembic import alembic_config, script_folder
from sqlplumb.values import dataclass

_NAMES = ("revision", "down_revision", "depends_on")
_ADVICE = "`sqlplumb status` and `alembic history` show the revisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFile:
    """`needs` are the revisions that must have run before this one."""

    revision: str
    path: Path
    needs: tuple[str, ...]


def read_revision_files(settings: Settings) -> Mapping[str, RevisionFile]:
    """Return the revisions of a history by their ids."""
    config, found = alembic_config(settings), dict[str, RevisionFile]()
    locations = config.get_version_locations_list() or [str(script_folder(settings) / "versions")]
    pattern = "**/*.py" if config.get_alembic_option("recursive_version_locations") else "*.py"
    for location in locations:
        for path in sorted(Path(location).glob(pattern)):
            if file := _read(path):
                found[file.revision] = file
    return found


def choose(files: Mapping[str, RevisionFile], written: str) -> list[RevisionFile]:
    """Return what `REV`, `REV:REV` or nothing, which is the last one, names; the first one to run
    comes first."""
    first, colon, last = written.partition(":")
    if not colon:
        return [files[_resolved(files, first or "head")]]
    begin = "" if first in ("", "base") else _resolved(files, first)
    chosen = _before(files, _resolved(files, last or "head"))
    return [
        files[revision] for revision in chosen if not begin or begin in _before(files, revision)
    ]


def _resolved(files: Mapping[str, RevisionFile], written: str) -> str:
    """Return the id that this is, or begins."""
    if written in ("head", "heads"):
        needed = {name for file in files.values() for name in file.needs}
        matches = [name for name in files if name not in needed]
    else:
        matches = [written] if written in files else [n for n in files if n.startswith(written)]
    if len(matches) != 1:
        several = f"several revisions: {', '.join(matches)}" if matches else "no revision"
        raise WrongInput(Problem(f"{written} is {several}", _ADVICE))
    return matches[0]


def _before(files: Mapping[str, RevisionFile], revision: str) -> list[str]:
    """Return a revision and all that it needs, in an order of running."""
    done: dict[str, None] = {}
    waiting = [revision]
    while waiting:
        missing = [
            needed for needed in files[waiting[-1]].needs if needed in files and needed not in done
        ]
        if any(needed in waiting for needed in missing):
            raise WrongInput(Problem(f"the history goes in a circle at {waiting[-1]}", _ADVICE))
        if missing:
            waiting.append(missing[0])
        else:
            done[waiting.pop()] = None
    return [*done]


def _read(path: Path) -> RevisionFile | None:
    """Return None for a file that is no revision."""
    try:
        module = parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        message = f"{os.path.relpath(path)} cannot be parsed: {error}"
        raise WrongInput(Problem(message, "mend the file")) from error
    said = {name: texts for node in module.body for name, texts in _said(node)}
    if not said.get("revision"):
        return None
    needs = (need for name in _NAMES[1:] for need in said.get(name, ()))
    return RevisionFile(revision=said["revision"][0], path=path, needs=tuple(dict.fromkeys(needs)))


def _said(node: ast.stmt) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the texts that a statement gives these names, if it does."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        values = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
        texts = (value.value for value in values if isinstance(value, ast.Constant))
        listed = tuple(text for text in texts if isinstance(text, str))
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _NAMES:
                yield target.id, listed
