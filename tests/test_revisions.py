"""Whatever a schema says, the revision that is written says it, and nothing more.

Names, defaults, literals, comments and messages that mean something to Python, to a template, to
SQLAlchemy or to the driver: the file compiles, runs, writes its SQL offline, and what is in the
database then is what stands in schema.sql.
"""

from __future__ import annotations

import ast
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sqlplumb.engines.sqlite.alembic import helpers

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

PWNED = "open('pwned', 'w')"
NAMES = {
    "markup": "<script>alert(1)</script>",
    "Python that ends a call": f"'); {PWNED}; ('",
    "Python that ends a call, in double quotes": f'"); {PWNED}; ("',
    "Python that ends a text": f'"""); {PWNED}; ("""',
    "Python that ends a text, in single quotes": f"'''); {PWNED}; ('''",
    "Python in lines of its own": f'x"""\n{PWNED}\n"""',
    "Python that ends a comment": f"x\n    {PWNED}\n    # y",
    "a carriage return": f"x\r{PWNED}",
    "an expression in braces": "{" + PWNED + "}",
    "an expression of mako": "${" + PWNED + "}",
    "a line of mako": f"x\n% if {PWNED}:\ny\n% endif",
    "a block of mako": f"<% {PWNED} %>",
    "a comment of mako": "x\n## y",
    "a tag of mako": "<%doc>",
    "a single quote": "it's",
    "double quotes": 'a ""quoted"" "name"',
    "all quotes": "'\"`[x",
    "a bracket that ends a name": "a]b",
    "a backslash at the end": "a\\",
    "backslashes": "\\n \\x41 \\N{BULLET} \\",
    "a newline": "a\nb",
    "a tab": "a\tb",
    "a parameter": ":param",
    "a parameter, escaped": "a\\:b",
    "a cast": "a::b",
    "a format": "%s %(x)s %% %",
    "braces": "{x} {0} {",
    "a question": "a?b ?1",
    "dots": "main.a.b",
    "a dot at the end": "a.",
    "a reserved word": "select",
    "a reserved word of Python": "class",
    "what a revision calls": "op",
    "what a revision defines": "upgrade",
    "what a revision holds": "revision",
    "what a revision imports": "sa",
    "what a guard is called": "ask",
    "what begins it": "begin",
    "what executes": "_execute",
    "a number": "1",
    "a blank": " ",
    "nothing but signs": "-- /* ;",
    "the end of a statement": "a; DROP TABLE keep; --",
    "letters of other tongues": "größe名前",
    "letters that turn": "\u202eabc\u2066",
    "a line of Unicode": "a\u2028b\x85c",
    "an emoji": "🎉",
    "a combined letter": "e\u0301",
    "a long name": "n" * 300,
    "upper case": "UPPER Case",
    "a name of Alembic": "_alembic_tmp_x",
}
TEXTS = {
    "a time": "12:30",
    "a parameter": " :x",
    "a parameter at once": ":x",
    "a parameter, escaped": "a\\:b",
    "backslashes and a parameter": "\\\\:b \\\\\\:c",
    "a cast": "a::b:::c",
    "a per cent": "%",
    "a format": "%s %(x)s %%",
    "braces": "{x} ${x} <% x %>",
    "a comment of mako": "a\n## b\n% c\n",
    "double quotes": '"',
    "three double quotes": '"""',
    "three double quotes and a newline": 'a\n"""',
    "double quotes at the end, and a newline": 'a\nb"',
    "three single quotes": "'''",
    "a backslash": "\\",
    "a backslash before quotes": '\\"""',
    "a backslash and a newline": "a\\\nb",
    "an escape": "\\n\\x41\\N{BULLET}",
    "newlines": "\n\na\n\n    b\n",
    "blanks before a newline": "a   \n  b",
    "a carriage return": "a\rb\r\nc",
    "a control character": "a\x01\x1b[31mb",
    "a line of Unicode": "a\u2028b\x85c",
    "a question": "? ?1",
    "a semicolon": "a; b;\nc;",
    "a comment": "a -- b /* c",
    "other tongues": "größe 名前 🎉 \u202e",
    "brackets": ") (",
    "a date": "2020-01-01T12:30:00Z",
    "an address": "https://a:b@c.d:80/e?f=%20g",
    "a list": '{"a": [1, "b:c"], "d": null}',
    "Python": f'"); {PWNED}; ("',
}

both_styles = pytest.mark.parametrize("style", ["batch", "sql"])


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


Master = list[tuple[Any, ...]]


def master_of(file: Path) -> Master:
    """All that is there, but a table by what its pragmas say of it: batch mode words it anew."""
    with closing(sqlite3.connect(file)) as connection:
        query = (
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql NOT NULL ORDER BY 1, 2"
        )
        found = connection.execute(query).fetchall()
        return [
            (*row[:3], *inside(connection, row[1])) if row[0] == "table" else row for row in found
        ]


def inside(connection: sqlite3.Connection, table: str) -> tuple[Any, ...]:
    said_of_columns = "name, lower(type), \"notnull\", trim(dflt_value, '()'), pk"
    columns = f"SELECT {said_of_columns} FROM pragma_table_info(?)"
    keys = 'SELECT "table", "from", "to", on_delete FROM pragma_foreign_key_list(?)'
    both = (connection.execute(one, (table,)).fetchall() for one in (columns, keys))
    return (*both, connection.execute(f"SELECT * FROM {quoted(table)}").fetchall())


def revised(history: History, current: str, desired: str, style: str, rows: str = "") -> str:
    """Up, offline up, and down again, with all that must be true of it; the file's text."""
    history.begin(current)
    history.project.write("schema.sql", desired)
    ran = history.revise("--style", style)
    assert (ran.code, ran.err) == (0, "")
    text = history.second().read_text("utf-8")
    assert_is_plain(history.second())
    for name in ("app.db", "offline.db"):
        history.upgrade("first", name)
        history.execute(rows, name)
    before = master_of(history.project.root / "app.db")
    history.upgrade("head")
    after = master_of(history.project.root / "app.db")
    assert history.run("check", "sqlite:///app.db", "history").code == 0
    if not offline_changes(current + desired):
        history.execute(history.offline("first:head"), "offline.db")
        assert master_of(history.project.root / "offline.db") == after
    history.downgrade("first")
    assert master_of(history.project.root / "app.db") == before
    if not offline_changes(current + desired):
        history.execute(history.offline("head:first", down=True), "offline.db")
        assert master_of(history.project.root / "offline.db") == before
    assert not (history.project.root / "pwned").exists()
    assert [one.name for one in history.versions.parent.glob(".sqlplumb-*")] == []
    return text


def offline_changes(sql: str) -> bool:
    """Alembic itself writes four blanks for a tab."""
    return "\t" in sql


def assert_is_plain(file: Path) -> None:
    """It imports Alembic and SQLAlchemy, and calls what it defines, and nothing else."""
    tree = ast.parse(file.read_bytes())
    imported = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(one) for one in imported} <= {
        "import sqlalchemy as sa",
        "from alembic import op",
    }
    defined = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef)}
    known = defined | calls(ast.parse(helpers.GUARD + helpers.BATCH))
    others = {one for one in calls(tree) - known if not re.match(r"(sa|op|batch_op)\.", one)}
    assert others == set()
    kinds = {type(one) for one in tree.body}
    assert kinds <= {
        ast.Expr,
        ast.Import,
        ast.ImportFrom,
        ast.Assign,
        ast.FunctionDef,
        ast.ClassDef,
    }


def calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(one.func) for one in ast.walk(tree) if isinstance(one, ast.Call)}


def every_part(name: str) -> tuple[str, str]:
    """A table, its columns, a check, a key, an index, a trigger and a view of this name; rows."""
    said, other = quoted(name), quoted(f"{name}2")
    schema = (
        f"CREATE TABLE {said} (id INTEGER PRIMARY KEY, {said} TEXT DEFAULT 'was',"
        f" {other} INTEGER REFERENCES {said} (id) ON DELETE CASCADE,"
        f" CONSTRAINT {said} CHECK ({said} <> 'no'), CONSTRAINT {other} UNIQUE ({said}, {other}));"
        f"CREATE INDEX {quoted(name + ' i')} ON {said} ({said} DESC, {other}) WHERE {other} > 0;"
        f"CREATE VIEW {quoted(name + ' v')} AS SELECT {said}.{said} FROM {said};"
        f"CREATE TRIGGER {quoted(name + ' t')} AFTER UPDATE OF {said} ON {said} BEGIN"
        f" UPDATE {said} SET {other} = NULL WHERE {said} = {literal(name)}; END;"
    )
    return schema, f"INSERT INTO {said} VALUES (3, {literal(name)}, NULL), (9, 'x', 3);"


@both_styles
@pytest.mark.parametrize("first", range(0, len(NAMES), 6))
def test_a_name_is_only_a_name(history: History, first: int, style: str) -> None:
    """Six at a time."""
    schemas, rows = zip(*map(every_part, [*NAMES.values()][first : first + 6]), strict=True)
    current = "CREATE TABLE keep (id INTEGER PRIMARY KEY);" + "".join(schemas)
    revised(history, current, current.replace("'was'", "'will be'"), style, "".join(rows))


@both_styles
@pytest.mark.parametrize(
    "names", [("a b", "a_b"), ("A-b", "a b"), ("größe", "gr_e"), ("名前", "名"), ("名", "table")]
)
def test_names_that_recall_the_same_python(
    history: History, names: tuple[str, str], style: str
) -> None:
    """Each table has its own column, and keeps it."""
    current = "".join(
        f"CREATE TABLE {quoted(name)} (id INTEGER PRIMARY KEY, c{i} TEXT DEFAULT 'was');"
        for i, name in enumerate(names)
    )
    rows = "".join(f"INSERT INTO {quoted(name)} VALUES (7, 'x');" for name in names)
    revised(history, current, current.replace("'was'", "'will be'"), style, rows)


@both_styles
def test_names_come_and_go(history: History, style: str) -> None:
    """A table, a column, a constraint and an index of each name, where none was."""
    made = [f"t{number}" for number in range(len(NAMES))]
    columns = "id INTEGER PRIMARY KEY, a TEXT"
    current = "".join(f"CREATE TABLE {table} ({columns});" for table in made)
    desired = "".join(
        f"CREATE TABLE {table} ({columns}, {quoted(name)} TEXT DEFAULT {literal(name)},"
        f" CONSTRAINT {quoted(name)} CHECK ({quoted(name)} <> 'no'));"
        f"CREATE TABLE {quoted(name)} ({quoted(name)} INTEGER REFERENCES {table} (id));"
        f"CREATE INDEX {quoted(name + ' i')} ON {table} ({quoted(name)});"
        f"CREATE VIEW {quoted(name + ' v')} AS SELECT {quoted(name)} AS {quoted(name)}"
        f" FROM {table};"
        for table, name in zip(made, NAMES.values(), strict=True)
    )
    revised(history, current, desired, style, "INSERT INTO t0 VALUES (4, 'x');")


@both_styles
def test_renames_to_them(history: History, style: str) -> None:
    """A hint is one line, so a name of more than one has no place before it."""
    names = [name for name in NAMES.values() if len(name.splitlines()) == 1]
    columns = [f"a{number} TEXT" for number in range(len(names))]
    hinted = [f"{quoted(name)} TEXT, -- @renamed from=a{i}\n" for i, name in enumerate(names)]
    current = f"CREATE TABLE t ({', '.join(columns)}, id INTEGER PRIMARY KEY);"
    desired = f"CREATE TABLE t (\n{''.join(hinted)} id INTEGER PRIMARY KEY);"
    text = revised(history, current, desired, style, "INSERT INTO t (id, a0) VALUES (4, 'x');")
    assert text.count("RENAME COLUMN") == 2 * len(names)


def every_place(number: int, text: str) -> tuple[str, str, str]:
    """A default, a check, a partial index, a view and a trigger that hold it, before and after."""
    said, t = literal(text), f"t{number}"
    current = (
        f"CREATE TABLE {t} (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'was',"
        f" b TEXT DEFAULT {said}, c TEXT DEFAULT ({said} || 'x'),"
        f" CHECK (a <> {said}), CONSTRAINT ck CHECK (b = 'n' OR a <> {said}));"
        f"CREATE INDEX i{t} ON {t} (a) WHERE b <> {said};"
        f"CREATE VIEW v{t} AS SELECT {said} AS one FROM {t};"
        f"CREATE TRIGGER g{t} AFTER DELETE ON {t} BEGIN UPDATE {t} SET a = {said} || a; END;"
    )
    view = (f"VIEW v{t} AS SELECT {said}", f"VIEW w{t} AS SELECT {said} AS z, {said}")
    check = ("CONSTRAINT ck ", f"CONSTRAINT ck_2 CHECK (a <> {said} || 'y'), CONSTRAINT ck ")
    desired = current.replace("'was'", said).replace(*view).replace(*check)
    rows = f"INSERT INTO {t} (id, a, b) VALUES (4, 'x', {said}), (5, 'y', NULL);"
    return current, desired, rows


@both_styles
@pytest.mark.parametrize("first", range(0, len(TEXTS), 6))
def test_a_text_stays_what_it_is(history: History, first: int, style: str) -> None:
    """Six at a time; it is there before and after, and comes and goes. In a file of SQL the end of
    a line is \\n however it is written; in the history \\r\\n is another text, as to SQLite, and
    the way back leads to it. No revision holds a \\r that Python would read as a \\n."""
    texts = [*TEXTS.values()][first : first + 6]
    current, desired, rows = map("".join, zip(*map(every_place, range(6), texts), strict=True))
    revised(history, current, desired, style, rows)
    assert b"\r" not in history.second().read_bytes()
    history.upgrade("head")
    with closing(sqlite3.connect(history.project.root / "app.db")) as connection:
        for number, text in enumerate(texts):
            assert_says(connection, f"t{number}", text.replace("\r\n", "\n"))


def assert_says(connection: sqlite3.Connection, table: str, text: str) -> None:
    connection.execute(f"INSERT INTO {table} (id, a) VALUES (9, 'z')")
    found = connection.execute(f"SELECT b, c FROM {table} WHERE id = 9").fetchone()
    assert found == (text, f"{text}x")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute(f"INSERT INTO {table} (a) VALUES (?)", (text,))
    assert connection.execute(f"SELECT DISTINCT z FROM w{table}").fetchone() == (text,)


@both_styles
@pytest.mark.parametrize(
    "comment",
    [
        '-- """\n',
        f'-- """); {PWNED}; ("""\n',
        "-- it's 'so\n",
        "-- :x %s ${x} <% x %> \\\n",
        '/* \\ " """ \' */',
        "/* ## x\n## y\n% z\n */",
        "-- größe \u202e \u2028 🎉\n",
        "-- a\r\n",
    ],
    ids=range(8),
)
def test_a_comment_stays_a_comment(history: History, comment: str, style: str) -> None:
    current = (
        f"CREATE TABLE t ( {comment} id INTEGER PRIMARY KEY, {comment} a TEXT DEFAULT 'was',"
        f" b TEXT,"
        f" CHECK (b <> 'x' {comment} OR a = ':y'));"
        f"CREATE VIEW v AS {comment} SELECT id FROM t;"
        f"CREATE INDEX i ON t (a) {comment} WHERE b > 'a';"
        f"CREATE TRIGGER g AFTER INSERT ON t BEGIN {comment} UPDATE t SET b = 'c:d'; END;"
    )
    desired = current.replace("'was'", "'will be'").replace(
        "SELECT id FROM t", "SELECT a, id FROM t"
    )
    revised(history, current, desired, style, "INSERT INTO t (a) VALUES ('x');")


ALWAYS = {"upgrade", "downgrade", "begin", "ask", "end", "_begin_script", "_end_script"}
ALWAYS |= {"_execute", "_quoted"}
AROUND_BATCH = {"before_batch", "after_batch", "_stored", "_no_copy"}
T = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT{});"


@pytest.mark.parametrize(
    ("style", "desired", "more"),
    [
        ("batch", f"{T.format(', b')} CREATE INDEX i ON t (b);", set()),
        ("sql", T.format(" CHECK (a > 'b')"), set()),
        (
            "batch",
            T.format(", CONSTRAINT c CHECK (a > 'b')"),
            {*AROUND_BATCH, "t_before", "t_after"},
        ),
        ("batch", T.format(", CHECK (a > 'b')"), {*AROUND_BATCH, "t_table"}),
        (
            "batch",
            T.format(", FOREIGN KEY (a) REFERENCES t (id) ON DELETE CASCADE"),
            {*AROUND_BATCH, "t_table", "referenced"},
        ),
    ],
)
def test_a_revision_carries_what_it_uses(
    history: History, style: str, desired: str, more: set[str]
) -> None:
    """And not more lines than somebody reads."""
    history.begin(T.format(""))
    history.project.write("schema.sql", desired)
    assert history.revise("--style", style).code == 0
    text = history.second().read_text("utf-8")
    body = ast.parse(text).body
    assert {one.name for one in body if isinstance(one, ast.FunctionDef | ast.ClassDef)} == (
        ALWAYS | more
    )
    lines = 80 + (24 if more else 0) + (6 if "referenced" in more else 0)
    assert text.count("\n", text.index("\ndef begin")) <= lines
    is_rebuilt = "CHECK" in desired or "FOREIGN" in desired
    assert ("legacy_alter_table" in text.partition("def downgrade")[0]) == is_rebuilt
    assert "In SQL" not in text


MESSAGES = [
    'three """ quotes',
    f'"""\n{PWNED}\n"""',
    "lines\nand\nlines",
    "a backslash \\",
    'a quote at the end "',
    '""""',
    "\\N{BULLET} \\x41 \\u12",
    "${" + PWNED + "} <% x %>",
    "## a\n% if x:",
    "%s %(x)s {x} %%(rev)s",
    "größe 🎉 \u202e",
    "<script>",
    "../../outside",
    "/absolute",
    "a/b\\c",
    "x" * 300,
    " ",
    "'",
    "a\rb",
    "\x1b[31m",
]


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_is_only_a_message(history: History, message: str) -> None:
    history.begin("CREATE TABLE t (a TEXT);")
    history.project.write("schema.sql", "CREATE TABLE t (a TEXT, b TEXT);")
    ran = history.revise(message=message)
    assert (ran.code, ran.err) == (0, "")
    assert_is_plain(history.second())
    docstring = ast.get_docstring(ast.parse(history.second().read_bytes()), clean=False)
    assert docstring is not None
    assert docstring.startswith(re.sub(r"[\r\x1b\u202e]", " ", message).rstrip('" '))
    history.upgrade("head")
    assert history.run("check", "sqlite:///app.db").code == 0
    assert not (history.project.root / "pwned").exists()
    assert list(history.project.root.parent.glob("outside*")) == []


@pytest.mark.parametrize(
    "rev_id",
    ["'); import os; ('", f"'; {PWNED}; '", "../../x", '"""', "a b", "a\nb", "../x", "${x}", "a\\"],
)
def test_an_id_is_only_an_id(history: History, rev_id: str) -> None:
    """Written, or refused: never a file that does something else."""
    history.begin("CREATE TABLE t (a TEXT);")
    history.project.write("schema.sql", "CREATE TABLE t (a TEXT, b TEXT);")
    ran = history.run("revise", "-m", "x", "--rev-id", rev_id)
    assert "a fault of sqlplumb" not in ran.err
    assert "Please report" not in ran.err
    written = [path for path in history.versions.rglob("*.py") if path.name != "first.py"]
    assert len(written) == (ran.code == 0)
    for path in written:
        assert_is_plain(path)
        names = {"revision": rev_id}
        found = [one for one in ast.parse(path.read_bytes()).body if isinstance(one, ast.Assign)]
        said = {ast.unparse(one.targets[0]): ast.literal_eval(one.value) for one in found}
        assert said | names == said
    assert not (history.project.root / "pwned").exists()
    left = {path.name for path in history.versions.parent.iterdir()}
    assert left <= {"env.py", "proofs.toml", "versions", "__pycache__"}


CLUTTERED = """
CREATE TABLE "a table" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "a b" TEXT COLLATE NOCASE DEFAULT 'was :x',
    c DOUBLE PRECISION NOT NULL ON CONFLICT REPLACE DEFAULT 1.5,
    d NUMERIC(10, 2), e VARCHAR(20), f "MY TYPE",
    up INTEGER CONSTRAINT "fk up" REFERENCES "a table" (id) ON DELETE CASCADE ON UPDATE SET NULL,
    CONSTRAINT ck_of_a_name_that_is_long CHECK ("a b" <> 'it''s %' AND length("a b") < 100),
    CONSTRAINT uq UNIQUE (d, e) ON CONFLICT IGNORE
);
CREATE TABLE plain (
    id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR(3) DEFAULT 'was :x', CONSTRAINT ck CHECK (a > 0)
);
CREATE VIEW v AS
    SELECT "a b"
    FROM "a table";
"""
MORE = ("a > 0)", "a > 0 AND a < 99), CONSTRAINT uq_p UNIQUE (a)")
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff") or ""
needs_ruff = pytest.mark.skipif(not RUFF, reason="ruff is not installed here")
FAULTS = "--select=E,W,F,I,UP,B,ANN"


def ruff(*argv: str | Path) -> str:
    done = subprocess.run([RUFF, *argv], capture_output=True, text=True, check=False)
    return done.stdout


@needs_ruff
@both_styles
@pytest.mark.parametrize("name", ["a table", 'it\'s a "" table'])
def test_it_is_laid_out_as_ruff_lays_it_out(history: History, style: str, name: str) -> None:
    """Whoever formats and checks revisions finds nothing to do."""
    current = CLUTTERED.replace("a table", name)
    history.begin(current)
    history.project.write("schema.sql", current.replace("was :x", "will be :x").replace(*MORE))
    assert history.revise("--style", style, message="change\nof everything").code == 0
    assert ruff("format", "--isolated", "--diff", "--line-length=88", history.second()) == ""
    found = ruff(
        "check", "--isolated", FAULTS, "--ignore=E501", "--output-format=concise", history.second()
    )
    assert found == "All checks passed!\n"


@needs_ruff
@both_styles
def test_what_is_not_the_authors_is_not_too_long(history: History, style: str) -> None:
    """A line of schema.sql may be any length; those that are added fit."""
    sql = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'was'{});\nCREATE INDEX i ON t (a);"
    )
    history.begin(sql.format(""))
    history.project.write("schema.sql", sql.format(",\n CHECK (a > 'b')"))
    assert history.revise("--style", style).code == 0
    lines = history.second().read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 100] == []
