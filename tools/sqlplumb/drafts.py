"""A revision file that is not yet part of the history: written by Alembic, in a folder of its own.

It lies beside the history while it is proved, and is moved into it, or is gone. Nothing here knows
what a revision says.
"""

from __future__ import annotations

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
from sqlplumb.sources.alembic_files import alembic_config, exclusive_alembic
from sqlplumb.sources.history_lock import DRAFT, locked_folder
from sqlplumb.sources.scripts import revision_ids, script_directory

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`scripts` is the history and this one revision more; or this one alone, which is no part of
    the history."""

    settings: Settings
    scripts: ScriptDirectory
    folder: Path
    homes: tuple[Path, ...]

    def write(self, message: str, head: str, rev_id: str, said: Mapping[str, Any]) -> str:
        """By the template that lies in the folder. The revision's id."""
        from alembic.util import CommandError
        from alembic.util import rev_id as new_id

        if rev_id and not _ID.fullmatch(rev_id):
            message = f"{rev_id!r} is no id of a revision"
            raise WrongInput(Problem(message, "letters, digits and underscores make one"))
        try:
            with exclusive_alembic(alembic_config(self.settings).folders):
                script = self.scripts.generate_revision(
                    rev_id or new_id(),
                    message,
                    head=head or "head",
                    version_path=self.folder / "versions",
                    **said,
                )
        except CommandError as error:
            raise WrongInput(Problem(f"Alembic will not write it: {error}", _ADVICE)) from error
        except SyntaxError as error:
            message = f"by its template the revision is no Python: {error}"
            raise WrongInput(Problem(message, "look at script.py.mako")) from error
        assert script is not None
        return str(script.revision)

    def _home(self, name: str) -> Path:
        """Beside its parent, as Alembic would have it, where there are several folders."""
        for parent in revision_ids(self.scripts.get_revision(name).down_revision):
            path = Path(self.scripts.get_revision(parent).path).resolve()
            homes = [home for home in self.homes if path.is_relative_to(home)]
            if homes:
                return homes[0]
        return self.homes[0]

    def publish(self, name: str) -> Path:
        """Into the history, or where else it is at home, under the name that Alembic gave it."""
        file = Path(self.scripts.get_revision(name).path).resolve()
        goal = self._home(name) / file.relative_to(self.folder / "versions")
        if goal.exists():
            raise WrongInput(Problem(f"{goal} exists already", "give it another message"))
        goal.parent.mkdir(parents=True, exist_ok=True)
        return file.replace(goal)


_ID = re.compile(r"\w{1,32}", re.ASCII)
_ADVICE = "`alembic heads` and `alembic history` show where it could go"


@contextmanager
def open_draft(
    settings: Settings, template: Path | None, own: str, home: str = ""
) -> Iterator[Draft]:
    """`own` is what the project calls its template; `template` is ours, if it has none. With a
    `home` beside the history, the draft stands alone."""
    known = script_directory(settings)
    top = Path(known.dir).resolve()
    with locked_folder(top):
        folder = Path(tempfile.mkdtemp(prefix=DRAFT, dir=top))
        try:
            (folder / "versions").mkdir()
            chosen = top / own if (top / own).is_file() or template is None else template
            shutil.copyfile(chosen, folder / "script.py.mako")
            if home:
                yield Draft(
                    settings=settings,
                    scripts=_scripts(known, folder),
                    folder=folder,
                    homes=(top / home,),
                )
            else:
                yield _draft(settings, known, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _draft(settings: Settings, known: ScriptDirectory, folder: Path) -> Draft:
    listed = alembic_config(settings).get_version_locations_list()
    homes = [Path(one).resolve() for one in listed or [f"{known.dir}/versions"]]
    return Draft(
        settings=settings, scripts=_scripts(known, folder, homes), folder=folder, homes=tuple(homes)
    )


def _scripts(known: ScriptDirectory, folder: Path, homes: Sequence[Path] = ()) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(
        folder,
        file_template=known.file_template,
        truncate_slug_length=known.truncate_slug_length,
        version_locations=[*(str(one) for one in homes), str(folder / "versions")],
        output_encoding=known.output_encoding,
        timezone=known.timezone,
        hooks=known.hooks,
        recursive_version_locations=known.recursive_version_locations,
        messaging_opts={"quiet": True},
    )
