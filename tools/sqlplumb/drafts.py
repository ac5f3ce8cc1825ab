"""A revision file that is not yet part of the history: written by Alembic, in a folder of its own.

It is beside the history while it is proved; then it is moved into the history or removed. Must
never know what a revision says.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.places import Place
from sqlplumb.sources.alembic_internals import scripts_like
from sqlplumb.sources.cut_history import begin_history_at
from sqlplumb.sources.history_lock import DRAFT, locked_folder
from sqlplumb.sources.running_alembic import alembic_config, exclusive_alembic
from sqlplumb.sources.scripts import revision_ids, script_directory

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A folder with one revision. `scripts` are the history and this revision, or this one alone;
    `targets` are the folders that it may be published in, `template` is what it is written by."""

    settings: Settings
    scripts: ScriptDirectory
    folder: Path
    template: Path
    targets: tuple[Path, ...]

    def write(
        self,
        message: str,
        head: str,
        rev_id: str,
        *,
        values: Mapping[str, Any],
        beside: bool = False,
        depends_on: Sequence[str] = (),
        branch_label: str = "",
    ) -> str:
        """Write the revision by the template in the folder, and return its id. It may come `beside`
        another that is behind `head` already."""
        from alembic.util import CommandError
        from alembic.util import rev_id as new_id
        from mako.exceptions import MakoException  # type: ignore[import-untyped]

        if rev_id and not _ID.fullmatch(rev_id):
            message = f"{rev_id!r} is no id of a revision"
            raise WrongInput(Problem(message, "letters, digits and underscores make one"))
        config = alembic_config(self.settings)
        values = {"config": config, **values}
        if database := config.files.database:
            words = ("upgrades", "downgrades")
            values |= {f"{database}_{word}": values[word] for word in words}
        try:
            with exclusive_alembic(config.folders):
                script = self.scripts.generate_revision(
                    rev_id or new_id(),
                    message,
                    head=head or "head",
                    splice=beside,
                    depends_on=[*depends_on] or None,
                    branch_labels=branch_label or None,
                    version_path=str(self.folder / "versions"),
                    **values,
                )
        except MakoException as error:
            raise WrongInput(_mistake(error, self.template)) from error
        except CommandError as error:
            if isinstance(error.__context__, Exception) and "Template rendering" in str(error):
                raise WrongInput(_mistake(error.__context__, self.template)) from error
            raise WrongInput(Problem(f"Alembic will not write it: {error}", _ADVICE)) from error
        except SyntaxError as error:
            shown = os.path.relpath(self.template)
            message = f"by its template {shown} the revision is no Python: {error.msg}, line"
            message += f" {error.lineno} of what it writes: {(error.text or '').strip()}"
            raise WrongInput(Problem(message, _TEMPLATE_ADVICE)) from error
        except (KeyError, ValueError, TypeError) as error:  # of the name that Alembic formats
            message = f"file_template gives the file no name: {type(error).__name__}: {error}"
            raise WrongInput(Problem(message, "look at it in Alembic's configuration")) from error
        assert script is not None
        return str(script.revision)

    def publish(self, chain: Sequence[Script], instead_of: Path | None = None) -> list[Path]:
        """Move revisions into the history, the first to run first, under the names that Alembic
        gave them, and remove the file that they take the place of.

        Where there are several folders, each goes beside its parent, as Alembic would have it.
        """
        goals = [self._goal(chain[0], script) for script in chain]
        for goal in goals:
            if goal.exists() and goal != instead_of:
                raise WrongInput(Problem(f"{goal} exists already", "give it another message"))
        for script, goal in zip(chain, goals, strict=True):
            goal.parent.mkdir(parents=True, exist_ok=True)
            Path(script.path).resolve().replace(goal)
            if instead_of and script is chain[0] and instead_of not in goals:
                instead_of.unlink()
        return goals

    def _goal(self, first: Script, script: Script) -> Path:
        parents = revision_ids(first.down_revision)
        paths = [Path(self.scripts.get_revision(parent).path).resolve() for parent in parents]
        beside = [
            target for path in paths for target in self.targets if path.is_relative_to(target)
        ]
        target = (*beside, self.targets[0])[0]
        return target / Path(script.path).resolve().relative_to(self.folder / "versions")


_ID = re.compile(r"\w{1,32}", re.ASCII)
_ADVICE = "`alembic heads` and `alembic history` show where it could go"
_TEMPLATE_ADVICE = "docs/guide/revise.md lists what the template of a revision is given"


def _mistake(error: Exception, template: Path) -> Problem:
    """Tell a mistake in the template of a revision with its line there, as Mako knows it."""
    from mako.exceptions import RichTraceback

    line = getattr(error, "lineno", 0)  # of a template that does not compile
    for _, _, _, _, file, template_line, *_ in RichTraceback(error, error.__traceback__).records:
        line = template_line if file else line
    lines = template.read_text("utf-8", "replace").splitlines()
    excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
    said = str(error).partition(" in file ")[0]
    message = f"the template cannot be rendered: {type(error).__name__}: {said}"
    place = Place(os.path.relpath(template), max(line, 1))
    return Problem(message, _TEMPLATE_ADVICE, place=place, excerpt=excerpt)


@contextmanager
def open_draft(
    settings: Settings, template: Path | None, name: str, folder_beside: str = ""
) -> Iterator[Draft]:
    """Open a draft that is written by the project's template of this `name`, or else by `template`.

    With a `folder_beside` the history, the draft stands alone and is published there.
    """
    history = script_directory(settings)
    top = Path(history.dir).resolve()
    with locked_folder(top):
        folder = Path(tempfile.mkdtemp(prefix=DRAFT, dir=top))
        if settings.alembic and settings.alembic.database:
            name = "script.py.mako"  # that of Alembic knows several databases, and ours do not
        try:
            (folder / "versions").mkdir()
            chosen = top / name if (top / name).is_file() or template is None else template
            shutil.copyfile(chosen, folder / "script.py.mako")
            targets = [top / folder_beside]
            if not folder_beside:
                configured = alembic_config(settings).get_version_locations_list()
                locations = configured or [f"{history.dir}/versions"]
                targets = [Path(location).resolve() for location in locations]
            locations = [] if folder_beside else [str(target) for target in targets]
            locations.append(str(folder / "versions"))
            scripts = scripts_like(history, folder, locations)
            if settings.base_revision and not folder_beside:
                begin_history_at(scripts, settings.base_revision)
            yield Draft(
                settings=settings,
                scripts=scripts,
                folder=folder,
                template=chosen,
                targets=tuple(targets),
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)
