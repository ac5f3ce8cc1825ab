"""Write into the file of a revision who approved it. Nothing is run, imported or opened for that.

What an approval is worth, `apply` decides.
"""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlplumb.approvals import Approval, name_fault, read_approvals, same_name, with_approval
from sqlplumb.config import Settings
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.proof.ledger import ledger_name, read_ledger
from sqlplumb.python_text import parse
from sqlplumb.sources.history_lock import locked_folder
from sqlplumb.sources.revision_files import RevisionFile, choose, read_revision_files
from sqlplumb.sources.running_alembic import script_folder
from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveOptions:
    """`revisions` as they are written; nothing: the last one. `today` is written beside `name`."""

    settings: Settings
    name: str
    today: date
    revisions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """`names` are all who approve the file as it is; `was_before`: this one did so already."""

    revision: str
    file: str
    sha256: str
    names: tuple[str, ...]
    was_before: bool = False
    warnings: tuple[Problem, ...] = ()


def approve(options: ApproveOptions) -> Iterator[Approved]:
    """Approve each revision in turn."""
    if fault := name_fault(options.name):
        raise WrongInput(Problem(f"--approve: {fault}", "write the name of a person on one line"))
    settings, folder = options.settings, script_folder(options.settings)
    with locked_folder(folder):
        proofs = read_ledger(folder / ledger_name(settings))
        for file in choose(read_revision_files(settings), options.revisions):
            entry = proofs.get(file.revision)
            yield _approve(file, options, proved=entry.sha256 if entry else "")


def _approve(file: RevisionFile, options: ApproveOptions, *, proved: str) -> Approved:
    path = file.path.resolve()
    content, name = path.read_bytes(), " ".join(options.name.split())
    before = read_approvals(content)
    was_before = same_name(name) in {same_name(approval.name) for approval in before.valid}
    if not was_before:
        given = Approval(name=name, date=options.today.isoformat(), sha256=before.sha256)
        _write(path, content, with_approval(content, given))
    warnings = []
    if proved != before.sha256:
        message = f"revision {file.revision} is not proved as its file is now"
        warnings.append(Problem(message, "`sqlplumb prove` proves it; the approval stays"))
    return Approved(
        revision=file.revision,
        file=os.path.relpath(path),
        sha256=before.sha256,
        names=tuple(approval.name for approval in read_approvals(path.read_bytes()).valid),
        was_before=was_before,
        warnings=tuple(warnings),
    )


def _write(path: Path, content: bytes, approved: bytes) -> None:
    """Write all of it or nothing, once it is sure that Python reads the same as before."""
    is_same = read_approvals(approved).sha256 == read_approvals(content).sha256
    try:
        is_same = is_same and ast.dump(parse(approved)) == ast.dump(parse(content))
    except (SyntaxError, ValueError):
        is_same = False
    if not is_same:
        message = f"{os.path.relpath(path)}: nothing can be written behind its last line"
        advice = "let it be Python in UTF-8 that ends with one line feed, and prove it again"
        raise Refused(Problem(message, advice))
    draft = path.with_name(f".{path.name}.partial")
    try:
        draft.write_bytes(approved)
        shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
