"""A project whose schema is shown as a site, and the site read back: pages, links, ids, texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Project

SCHEMA = """\
-- Who may sign in.
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE, -- where invitations go
    boss INTEGER REFERENCES users (id) ON DELETE SET NULL
);

-- What is to be done.
-- A task is never deleted.
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    -- who does it
    owner INTEGER NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
    config TEXT CHECK (config IS NULL OR json_valid(config)),
    size INTEGER CHECK (size > 0),
    twice INTEGER AS (size * 2) STORED,
    UNIQUE (owner, size)
) STRICT;
-- the list of every day
CREATE INDEX idx_open ON tasks (owner, size DESC) WHERE state = 'open';
CREATE UNIQUE INDEX idx_config ON tasks (lower(config));
-- nobody takes a task away
CREATE TRIGGER keep BEFORE DELETE ON tasks BEGIN SELECT RAISE(ABORT, 'kept'); END;

CREATE VIEW open_tasks AS SELECT t.id, u.email AS Mail, t.state || t.config || t.size || t.twice
    || u.email || u.boss AS summary_of_all_that_is_said_of_it
    FROM tasks AS t JOIN users AS u ON u.id = t.owner WHERE t.state = 'open';
CREATE VIRTUAL TABLE words USING fts5(word, meaning);
"""
QUERIES = """\
def mine(connection, owner):
    return connection.execute(
        "SELECT id FROM tasks WHERE state = 'open' AND owner = ? ORDER BY size DESC", (owner,)
    )
"""
FIRST = ("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)",)
SECOND = ("CREATE TABLE jobs (id INTEGER PRIMARY KEY, owner INTEGER)",)
THIRD = ("ALTER TABLE jobs RENAME TO tasks",)


def lay(project: Project) -> None:
    """A schema, a history that is behind it, and an application with a query."""
    project.alembic("[sqlplumb]\nschema = schema.sql\nqueries = app\n")
    before = None
    for name, statements in (("r1", FIRST), ("r2", SECOND), ("r3", THIRD)):
        project.revision(name, before, *(f"op.execute({one!r})" for one in statements))
        before = name
    project.write("schema.sql", SCHEMA)
    project.write("app/tasks.py", QUERIES)


INLINE = ("a", "code", "span", "label")


@dataclass
class Page(HTMLParser):
    """What an HTML page holds. `text` is what it says outside of pictures."""

    path: Path
    links: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    _drawn: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.words += [" "] * (tag not in INLINE)
        self._drawn += tag == "svg"
        for name, value in attrs:
            self.attributes.add(name)
            if name == "href" and value:
                self.links.append(value)
            if name == "src" and value:
                self.sources.append(value)
            if name == "id" and value:
                self.ids.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._drawn -= tag == "svg"

    def handle_data(self, data: str) -> None:
        if not self._drawn:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def pages(folder: Path) -> dict[str, Page]:
    files = sorted(folder.rglob("*.html"))
    return {file.relative_to(folder).as_posix(): Page(file) for file in files}


def dead_links(folder: Path) -> list[tuple[str, str]]:
    """Each link of a page, and each file that it loads, that leads nowhere in the folder."""
    found, dead = pages(folder), []
    for name, page in found.items():
        for link in (*page.links, *page.sources):
            address, _, anchor = link.partition("#")
            if link.startswith("data:"):
                continue
            goal = (page.path.parent / address).resolve() if address else page.path.resolve()
            inside = goal.is_relative_to(folder.resolve()) and goal.is_file()
            other = found.get(goal.relative_to(folder.resolve()).as_posix()) if inside else None
            if not inside or (anchor and (other is None or anchor not in other.ids)):
                dead.append((name, link))
    return dead
