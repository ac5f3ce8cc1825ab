"""One service's tables and history, as a project of their own.

    python -m database_api.take planner FOLDER [--hex-ids]

With --hex-ids each UUID in schema.sql says how 32 digits become one with dashes, for a database
that models with such ids made: `sqlplumb adopt --revise` reads that.

This module owns what belongs to a service: its section of schema.sql, and the revisions that touch
nothing else. They come one behind the other as they did, and each has the id that it had. It
writes files and must never open a database.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from database_api.errors import LayerError
from database_api.setup import schema_file

SERVICES = {"task_runner": "the task runner", "planner": "the planner", "agent_host": "the agents"}
SECTION = re.compile(r"^-- -{9,} (.+)\n", re.MULTILINE)
MADE = re.compile(r"^CREATE (?:UNIQUE )?(?:TABLE|VIEW|INDEX|TRIGGER) (\w+)", re.MULTILINE)
# As `sqlplumb revise` lists what a revision does: "- adds column plans.prompt", and two names.
NAMED = re.compile(r"^- (?:\w+ )+?([\w.]+)(?: to \w+ ([\w.]+))?(?::.*)?$", re.MULTILINE)
UUID = re.compile(r"^( +)(\w+) CHAR\(36\)", re.MULTILINE)
DASHES = "||'-'||".join(f"substr({{0}},{part})" for part in ("1,8", "9,4", "13,4", "17,4", "21"))
HINT = f"-- @backfill CASE length({{0}}) WHEN 32 THEN {DASHES} ELSE {{0}} END"
PROJECT = """\
[tool.sqlplumb]
schema = "schema.sql"
"""


class NotTaken(LayerError):
    """Nothing was written."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A file of the history; `before` is the revision that it comes behind."""

    file: Path
    text: str

    @property
    def id(self) -> str:
        return str(re.findall(r'^revision = "(\w+)"', self.text, re.MULTILINE)[0])

    @property
    def before(self) -> str:
        found = re.findall(r'^down_revision = (?:"(\w+)"|None)', self.text, re.MULTILINE)
        return str(found[0])

    def names(self) -> Iterator[tuple[str, str]]:
        """What it touches, each with its new name if it gets one: tables, or what is in none."""
        head = self.text.split('"""')[1]
        for name, new in NAMED.findall(head):
            yield name.partition(".")[0], new.partition(".")[0]

    def behind(self, before: str) -> str:
        """The same file, behind another revision."""
        said = f'"{before}"' if before else "None"
        text = re.sub(r"^down_revision = .*", f"down_revision = {said}", self.text, flags=re.M)
        return re.sub(r"^Revises:.*", f"Revises: {before}".rstrip(), text, count=1, flags=re.M)


def take(service: str, folder: Path, *, hex_ids: bool = False) -> list[Path]:
    """Writes the project of one service into a folder; raises NotTaken where a file is there."""
    home = schema_file().parent
    schema = schema_of(service)
    if hex_ids:
        schema = UUID.sub(lambda one: f"{one[1]}{HINT.format(one[2])}\n{one[0]}", schema)
    files = {"schema.sql": schema, "pyproject.toml": PROJECT}
    ini = (home / "alembic.ini").read_text("utf-8")
    files["alembic.ini"] = ini.replace("prepend_sys_path = tools", "prepend_sys_path = .")
    for name in ("script.py.mako", "script_sql.py.mako"):
        files[f"migrations/{name}"] = (home / "migrations" / name).read_text("utf-8")
    env = (home / "migrations" / "env.py").read_text("utf-8")
    env = env.replace("\nfrom database_api.tables import metadata\n", "")
    own = "target_metadata=None,  # or your models', for --autogenerate"
    files["migrations/env.py"] = env.replace("target_metadata=metadata,", own)
    before = ""
    for one in revisions_of(service):
        files[f"migrations/versions/{one.file.name}"] = one.behind(before)
        before = one.id
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise NotTaken(f"{folder} has {', '.join(there)} already: name a folder that has none")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return [folder / name for name in files]


def schema_of(service: str) -> str:
    """What schema.sql says to all, and its section of this service."""
    sections = SECTION.split(schema_file().read_text("utf-8"))
    titles = dict(zip(sections[1::2], sections[2::2], strict=True))
    return sections[0].rstrip() + "\n\n" + titles[_title(service)].strip() + "\n"


def revisions_of(service: str) -> list[Revision]:
    """The revisions of the history that touch what is this service's, the first one first."""
    history = list(_in_order())
    owners = {name: one for one in SERVICES for name in MADE.findall(schema_of(one))}
    for one in reversed(history):  # from the present names back to the former ones
        owners |= {name: owners[new] for name, new in one.names() if new in owners}
    found = []
    for one in history:
        whose = {owners[name] for name, _ in one.names() if name in owners}
        if len(whose) != 1:
            named = " and ".join(sorted(whose)) or "no service"
            raise NotTaken(f"{one.file.name} is of {named}: it must be of one")
        if whose == {service}:
            found.append(one)
    return found


def _in_order() -> Iterator[Revision]:
    folder = schema_file().parent / "migrations" / "versions"
    read = (Revision(file, file.read_text("utf-8")) for file in folder.glob("*.py"))
    following = {one.before: one for one in read}
    at = ""
    while at in following:
        yield following[at]
        at = following[at].id


def _title(service: str) -> str:
    if service not in SERVICES:
        raise NotTaken(f"there is no service {service!r}: say {', '.join(SERVICES)}")
    return SERVICES[service]


def main(arguments: list[str]) -> None:
    hex_ids = arguments[2:] == ["--hex-ids"]
    if len(arguments) != 2 + hex_ids:
        services = ",".join(SERVICES)
        sys.exit(f"usage: python -m database_api.take {{{services}}} FOLDER [--hex-ids]")
    try:
        written = take(arguments[0], Path(arguments[1]), hex_ids=hex_ids)
    except LayerError as error:
        sys.exit(str(error))
    sys.stdout.write("".join(f"wrote {path}\n" for path in written))


if __name__ == "__main__":
    main(sys.argv[1:])
