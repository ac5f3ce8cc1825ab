"""A rebuild changed what the revision does not name: found by lint, prove and review, and nowhere
where the revision names it, whichever way."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
    from tests.test_prove_env import env
else:
    from histories import History
    from test_prove_env import env

SCHEMA = """\
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state VARCHAR(10) DEFAULT 'new' NOT NULL,
    email TEXT COLLATE NOCASE,
    kind CITEXT,
    parent INTEGER REFERENCES parents ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    second INTEGER CONSTRAINT fk_second REFERENCES parents (id) ON UPDATE SET NULL,
    size INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 0,
    CONSTRAINT ck_users_state CHECK (state IN ('new', 'done')),
    CHECK (size >= 0),
    UNIQUE (state, size) ON CONFLICT IGNORE
);
CREATE INDEX ix_plain ON users (state);
CREATE INDEX ix_where ON users (email) WHERE state = 'new';
CREATE INDEX ix_nocase ON users (kind COLLATE NOCASE);
CREATE INDEX ix_lower ON users (lower(email));
CREATE INDEX ix_desc ON users (size DESC, state);
CREATE TRIGGER users_stay BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END;
"""
LOST = [
    "error AUTOINCREMENT of primary key of users is gone",
    "error CHECK (size >= 0) of users is gone",
    "error COLLATE NOCASE of column users.email is gone",
    "error COLLATE NOCASE of index ix_nocase is gone",
    "error DEFERRABLE DEFERRED of foreign key(parent) of users is gone",
    "error DESC of index ix_desc is gone",
    "error NOT NULL ON CONFLICT REPLACE of column users.size is gone",
    "error ON CONFLICT IGNORE of unique(state, size) of users is gone",
    "error ON DELETE CASCADE of foreign key(parent) of users is gone",
    "error ON UPDATE SET NULL of foreign key users.fk_second is gone",
    "error index ix_lower is gone",
    "error trigger users_stay of users is gone",
    "warning type of column users.kind was citext and is text",
]
ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "what_a_rebuild_drops"
INDEXES = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
SHOWN = re.compile(r"^```sh\n(.*?)^```\n^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BATCH = 'with op.batch_alter_table("users", recreate="always") as batch_op:'
ADD = '    batch_op.add_column(sa.Column("name", sa.Text()))'


@pytest.fixture
def history(project: Project, run: Run) -> History:
    return History(project, run)


def lost(history: History, *upgrade: str, head: str = "") -> list[str]:
    """What R401 says of these lines, with its severity."""
    history.by_hand(upgrade, ["pass"], head)
    told = history.run("lint", "second")
    assert told.code in (0, 1), told.err
    found = (line.partition(": ")[2] for line in told.out.splitlines() if " R401 " in line)
    return sorted(line.replace(" R401", "").partition(";")[0] for line in found)


@pytest.mark.filterwarnings("ignore:Unnamed CHECK")
def test_a_batch_loses_what_sqlalchemy_does_not_reflect(history: History) -> None:
    history.begin(SCHEMA)
    history.project.write("schema.sql", SCHEMA)
    assert lost(history, BATCH, ADD) == LOST
    proved = history.run("prove", "second")
    assert proved.code == 1
    assert proved.out.count("R401 lost-in-rebuild") == len(LOST) - 1
    history.project.write("migrations/env.py", env("OFF"))
    by_env = history.run("prove", "--env", "second")  # its operations are written down there
    assert [one for one in by_env.out.splitlines() if "R401" in one] == [
        one for one in proved.out.splitlines() if "R401" in one
    ], by_env.err
    review = history.run("review", "second")
    assert "COLLATE NOCASE of index ix_nocase is gone; no operation of the revision" in review.out
    assert review.out.count("Stop")


@pytest.mark.filterwarnings("ignore:Unnamed CHECK")
def test_a_reason_lets_it_stand(history: History) -> None:
    history.begin(SCHEMA)
    history.project.write("schema.sql", SCHEMA)
    assert not lost(history, BATCH, ADD, head="# sqlplumb: ignore R401 emails are lower case now")
    assert "R401" not in history.run("prove", "second").out
    history.project.write("migrations/env.py", env("OFF"))
    by_env = history.run("prove", "--env", "second")
    assert "R401" not in by_env.out
    assert "fails: " in by_env.out  # for what it loses, by another word


SMALL = """\
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email VARCHAR(20) COLLATE NOCASE,
    state VARCHAR DEFAULT 'new' NOT NULL,
    size INTEGER,
    CHECK (size > 0)
);
CREATE INDEX ix_email ON users (email);
CREATE INDEX ix_size ON users (size DESC);
CREATE TRIGGER users_stay BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END;
"""
NOCASE = "error COLLATE NOCASE of column users.email is gone"
CHECK = "error CHECK (size > 0) of users is gone"
DESC = "error DESC of index ix_size is gone"
TRIGGER = "error trigger users_stay of users is gone"
ALL = {NOCASE, CHECK, DESC, TRIGGER}
COPY = (
    'copied = sa.Table("users", sa.MetaData(), sa.Column("id", sa.Integer(), primary_key=True),'
    ' sa.Column("email", sa.String(20, collation="NOCASE")),'
    ' sa.Column("state", sa.String(), server_default="new", nullable=False),'
    ' sa.Column("size", sa.Integer()), sa.CheckConstraint("size > 0"))'
)
STAYS = "CREATE TRIGGER users_stay BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END"
BY_HAND = (
    'op.execute("CREATE TABLE made (id INTEGER PRIMARY KEY, email VARCHAR(20),'
    " state VARCHAR DEFAULT 'new' NOT NULL, size INTEGER)\")",
    'op.execute("INSERT INTO made (id, email, state, size) SELECT id, email, state, size'
    ' FROM users")',
    'op.execute("DROP TABLE users")',
    'op.execute("ALTER TABLE made RENAME TO users")',
)
NAMED = {
    "another field of the column": (
        [BATCH, '    batch_op.alter_column("email", nullable=False)'],
        ALL,
    ),
    "the type without its collation": (
        [BATCH, '    batch_op.alter_column("email", type_=sa.Text())'],
        ALL,
    ),
    "the type and the collation that it had": (
        [
            BATCH,
            '    batch_op.alter_column("email", type_=sa.Text(),'
            ' existing_type=sa.String(20, collation="NOCASE"))',
        ],
        ALL - {NOCASE},
    ),
    "the column, dropped": (
        [
            BATCH,
            '    batch_op.drop_index("ix_size")',
            '    batch_op.drop_column("size")',
        ],
        ALL - {CHECK, DESC},
    ),
    "the indexes": (
        [
            'op.drop_index("ix_size", "users")',
            'op.drop_index("ix_email", "users")',
            BATCH,
            ADD,
            '    batch_op.create_index("ix_size", ["size"])',
        ],
        ALL - {DESC},
    ),
    "the trigger, in SQL": (
        ['op.execute("/* away */ drop trigger if exists main.[Users_Stay]")', BATCH, ADD],
        ALL - {TRIGGER},
    ),
    "the trigger, made anew": ([BATCH, ADD, f'op.execute("{STAYS}")'], ALL - {TRIGGER}),
    "the trigger, in a comment": (
        ['op.execute("SELECT 1 -- DROP TRIGGER users_stay")', BATCH, ADD],
        ALL,
    ),
    "the column, as it is to be reflected": (
        [
            'with op.batch_alter_table("users", recreate="always", reflect_args=['
            'sa.Column("email", sa.String(20, collation="NOCASE"))]) as batch_op:',
            ADD,
        ],
        ALL - {NOCASE},
    ),
    "the CHECK, said again": (
        [
            'with op.batch_alter_table("users", recreate="always", table_args=['
            'sa.CheckConstraint("size > 0")]) as batch_op:',
            ADD,
        ],
        ALL - {CHECK},
    ),
    "a copy with all of it but the indexes and the trigger": (
        [
            COPY,
            'with op.batch_alter_table("users", copy_from=copied, recreate="always") as batch_op:',
            ADD,
        ],
        {"error index ix_email is gone", "error index ix_size is gone", TRIGGER},
    ),
    "a copy that forgets a CHECK": (
        [
            COPY.replace(', sa.CheckConstraint("size > 0")', ""),
            'with op.batch_alter_table("users", copy_from=copied, recreate="always") as batch_op:',
            ADD,
            '    batch_op.create_index("ix_email", ["email"])',
            '    batch_op.create_index("ix_size", ["size"])',
            f'op.execute("{STAYS}")',
        ],
        {CHECK},
    ),
    "by hand, what the new text has not": (
        BY_HAND,
        {"error index ix_email is gone", "error index ix_size is gone", TRIGGER},
    ),
    "by hand, and the indexes again": (
        [
            *BY_HAND,
            'op.execute("CREATE INDEX ix_email ON users (email)")',
            'op.execute("CREATE INDEX ix_size ON users (size)")',
        ],
        {TRIGGER},
    ),
    "dropped, and another one made": (
        [
            'op.drop_table("users")',
            'op.create_table("users", sa.Column("id", sa.Integer(), primary_key=True))',
        ],
        set(),
    ),
    "renamed and rebuilt": (
        [
            BATCH,
            '    batch_op.alter_column("size", new_column_name="weight")',
            'op.rename_table("users", "people")',
        ],
        {
            "error COLLATE NOCASE of column people.email is gone",
            "error CHECK (weight > 0) of people is gone",
            DESC,
            "error trigger users_stay of people is gone",
        },
    ),
    "nothing is rebuilt": (['op.add_column("users", sa.Column("name", sa.Text()))'], set()),
}


@pytest.mark.filterwarnings("ignore:Unnamed CHECK")
@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_is_meant(history: History, name: str) -> None:
    upgrade, expected = NAMED[name]
    history.begin(SMALL)
    assert lost(history, *upgrade) == sorted(expected)


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    """And what it says of the database: 4 of 6, and 6 of 8."""
    page = (ROOT / "docs" / "what-a-rebuild-drops.md").read_text("utf-8")
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shown = SHOWN.findall(page)
    assert len(shown) == 2
    for command, output in (("alembic upgrade head", ""), *shown):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env={**os.environ, "PATH": path, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == output, done.stderr
    assert (EXAMPLE / "migrations/versions/0002_columns.py").read_text("utf-8").count(
        page.partition("```python\n")[2].partition("```")[0]
    ) == 1
    with closing(sqlite3.connect(folder / "app.db")) as connection:
        indexes = [sql for (sql,) in connection.execute(INDEXES)]
    assert len(indexes) == 6 + 8
    assert sum("NOCASE" in sql for sql in indexes) == 6 - 4
    assert sum("DESC" in sql for sql in indexes) == 8 - 6


ORDINARY = """\
op.create_table(
    "owners",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.String(50), nullable=False, unique=True),
)
op.create_table(
    "things",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("kind", sa.Enum("a", "b", name="ck_kind", create_constraint=True)),
    sa.Column("is_on", sa.Boolean(create_constraint=True), server_default=sa.false()),
    sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    sa.Column("price", sa.Numeric(10, 2), server_default="0.0"),
    sa.Column("data", sa.JSON()),
    sa.Column("owner_id", sa.Uuid(), sa.ForeignKey("owners.id", ondelete="CASCADE"), index=True),
    sa.Column("other_id", sa.Integer()),
    sa.PrimaryKeyConstraint("id", name="pk_things"),
    sa.ForeignKeyConstraint(["other_id"], ["owners.id"], name="fk_other", onupdate="CASCADE"),
    sa.UniqueConstraint("code", "kind", name="uq_things"),
    sa.CheckConstraint("price >= 0", name="ck_price"),
)
op.create_index("ix_things_kind", "things", ["kind", "code"], unique=True)
op.create_index("ix_on", "things", ["code"], sqlite_where=sa.text("is_on = 1"))
"""
EVERYDAY = {
    "add": ['    batch_op.add_column(sa.Column("name", sa.Text(), nullable=False))'],
    "add with all": [
        '    batch_op.add_column(sa.Column("n", sa.Enum("x", name="ck_n", create_constraint=True)))'
    ],
    "drop": [
        '    batch_op.drop_constraint("ck_price", type_="check")',
        '    batch_op.drop_column("price")',
    ],
    "drop what has a key": [
        '    batch_op.drop_constraint("fk_other", type_="foreignkey")',
        '    batch_op.drop_column("other_id")',
    ],
    "drop what has an index": [
        '    batch_op.drop_constraint("ck_kind", type_="check")',
        '    batch_op.drop_constraint("uq_things", type_="unique")',
        '    batch_op.drop_index("ix_things_kind")',
        '    batch_op.drop_column("kind")',
    ],
    "NOT NULL": ['    batch_op.alter_column("price", nullable=False)'],
    "type": ['    batch_op.alter_column("code", type_=sa.Text(), existing_type=sa.String(32))'],
    "default": ['    batch_op.alter_column("price", server_default=None)'],
    "rename": ['    batch_op.alter_column("code", new_column_name="name")'],
    "an Enum": [
        '    batch_op.alter_column("kind", type_=sa.Enum("a", "c", name="ck_kind",'
        ' create_constraint=True), existing_type=sa.Enum("a", "b", name="ck_kind",'
        " create_constraint=True))"
    ],
    "a Boolean": [
        '    batch_op.alter_column("is_on", type_=sa.Integer(), existing_type=sa.Boolean())'
    ],
    "constraints": [
        '    batch_op.drop_constraint("uq_things", type_="unique")',
        '    batch_op.create_unique_constraint("uq_code", ["code"])',
        '    batch_op.drop_constraint("ck_price", type_="check")',
    ],
    "another key": [
        '    batch_op.drop_constraint("pk_things", type_="primary")',
        '    batch_op.create_primary_key("pk_code", ["code"])',
    ],
    "an unnamed key, by a convention": [
        '    batch_op.drop_constraint("fk_things_owner_id_owners", type_="foreignkey")',
        '    batch_op.create_foreign_key("fk_owner", "owners", ["owner_id"], ["id"])',
    ],
    "nothing": ["    pass"],
}
CONVENTION = (
    ' naming_convention={"fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"}'
)


@pytest.mark.filterwarnings("ignore:Unnamed CHECK")
@pytest.mark.parametrize("name", EVERYDAY)
def test_an_everyday_batch_loses_nothing_but_a_check_without_a_name(
    history: History, name: str
) -> None:
    """Of tables as Alembic makes them, batch mode loses only the CHECK of a Boolean."""
    history.project.alembic()
    lines = "".join(f"    {line}\n" for line in ORDINARY.splitlines())
    head = 'import sqlalchemy as sa\nfrom alembic import op\nrevision = "first"\n'
    first = f"{head}down_revision = None\n\ndef upgrade():\n{lines}"
    history.project.write("migrations/versions/first.py", first)
    batch = 'with op.batch_alter_table("things", recreate="always",'
    options = CONVENTION if "convention" in name else ""
    said = lost(history, f"{batch}{options}) as batch_op:", *EVERYDAY[name])
    unnamed = "error CHECK (is_on IN (0, 1)) of things is gone"
    assert said == ([] if name == "a Boolean" else [unnamed])
