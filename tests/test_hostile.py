"""Files, names, settings and modules that nobody sane writes: each is read, refused or told.

Never a traceback, never a wait without end, never a silent skip, and never a file that was not
there before.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sqlplumb
from sqlplumb.commands.api import diff

if TYPE_CHECKING:
    from tests import clock
    from tests.conftest import Project, Ran, Run
else:
    import clock

PLACE = re.compile(r"^schema\.sql:(\d+)(?::(\d+))?: ", re.MULTILINE)
SECONDS = 5.0 if clock.HOLD else 120.0


def measured(project: Project, run: Run, sql: str | bytes) -> Ran:
    """What `diff empty schema.sql` says of it, without a trace of a traceback."""
    (project.root / "schema.sql").write_bytes(sql if isinstance(sql, bytes) else sql.encode())
    ran = run("diff", "empty", "schema.sql")
    assert "Traceback" not in ran.err
    assert "a fault of sqlplumb" not in ran.err
    assert [path.name for path in project.root.iterdir()] == ["schema.sql"]
    return ran


def places(ran: Ran) -> list[tuple[int, int]]:
    return [(int(line), int(column or 0)) for line, column in PLACE.findall(ran.err)]


TABLE = "CREATE TABLE t (a);\n"
REJECTED = [
    pytest.param("CREATE", [(1, 7)], id="one word"),
    pytest.param("CREATE TABLE", [(1, 13)], id="two words"),
    pytest.param("CREATE TABLE t", [(1, 15)], id="no columns"),
    pytest.param("CREATE TABLE t (a DEFAULT 'x);\n", [(1, 27)], id="a string without end"),
    pytest.param('CREATE TABLE t ("a);\n', [(1, 17)], id="a name without end"),
    pytest.param("CREATE TABLE t ([a);\n", [(1, 17)], id="a bracketed name without end"),
    pytest.param("CREATE TABLE t (a /* x);\n", [(1, 24)], id="a comment without end"),
    pytest.param("CREATE TABLE t (a", [(1, 18)], id="a bracket without end"),
    pytest.param("CREATE TABLE t (a));", [(1, 19)], id="a bracket too many"),
    pytest.param(
        TABLE + "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1;", [(2, 50)], id="no END"
    ),
    pytest.param(
        TABLE + "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1;\n" + "CREATE TABLE u (a);",
        [(3, 1)],
        id="no END, and more behind it",
    ),
    pytest.param(
        TABLE + "CREATE TRIGGER r AFTER INSERT ON t\n  DELETE FROM t;", [(3, 3)], id="no BEGIN"
    ),
    pytest.param("CREATE TABLE t (a) CREATE TABLE u (b);", [(1, 20)], id="no semicolon"),
    pytest.param(TABLE + "what is this\n;", [(2, 1)], id="no SQL"),
    pytest.param("\ufeff\ufeffCREATE TABLE t (a,,);", [(1, 20)], id="two byte order marks"),
    pytest.param("CREATE TABLE t (a);\r\nCREATE TABLE u (a,,);\r\n", [(2, 19)], id="CRLF"),
    pytest.param("CREATE TABLE t (a);\rCREATE TABLE u (a,,);\r", [(1, 39)], id="CR alone"),
    pytest.param("CREATE\u00a0TABLE t (a);", [(1, 1)], id="a no-break space in the head"),
    pytest.param("CREATE TABLE t\n(\n  é TEXT,\n  ü TEXT,,\n);", [(4, 10)], id="beyond ASCII"),
    pytest.param("CREATE TABLE t (a,\n\tb CHECK (\n\t\tnosuch(b)));", [(3, 3)], id="tabs"),
    pytest.param("CREATE TABLE t (a, b, A);", [(1, 23)], id="a column twice"),
    pytest.param("CREATE TABLE t (a, UNIQUE (z));", [(1, 28)], id="a key on no column"),
    pytest.param(TABLE + "CREATE INDEX i ON t (\n z);", [(3, 2)], id="an index on no column"),
    pytest.param("CREATE TABLE t (a COLLATE nosuch);", [(1, 27)], id="no such collation"),
    pytest.param("CREATE TABLE t (a) NOSUCH;", [(1, 20)], id="no such option"),
    pytest.param("CREATE VIRTUAL TABLE f USING nosuch (a);", [(1, 30)], id="no such module"),
    pytest.param("CREATE TABLE t (a DEFAULT ?);", [(1, 27)], id="a parameter"),
    pytest.param("CREATE TABLE t (a CHECK (" + "(" * 100 + "a", [(1, 14)], id="100 brackets"),
    pytest.param(
        "CREATE TABLE t (a CHECK (" + "(" * 5000 + "a" + ")" * 5002 + ";",
        [(1, 14)],
        id="5000 brackets",
    ),
    pytest.param("CREATE INDEX i ON t (a);\n" + TABLE, [(1, 14)], id="an index before its table"),
    pytest.param(
        "CREATE INDEX i ON t (a); " + TABLE,
        [(1, 14)],
        id="an index before its table in one line",
    ),
    pytest.param("CREATE INDEX i ON nosuch (a);", [(1, 14)], id="an index on nothing"),
    pytest.param(TABLE + "CREATE VIEW T AS SELECT 1;", [(2, 13)], id="two kinds of one name"),
    pytest.param(TABLE + "CREATE INDEX t ON t (a);", [(2, 14)], id="an index called as its table"),
    pytest.param("CREATE TABLE t AS SELECT 1 AS a;", [(1, 1)], id="a table from a query"),
    pytest.param(
        'CREATE TABLE "t"\ufeffAS SELECT 1 AS a;',
        [(1, 1)],
        id="a table from a query behind a byte order mark",
    ),
    pytest.param("CREATE TEMP TABLE t (a);", [(1, 1)], id="TEMP"),
    pytest.param("CREATE TABLE temp.t (a);", [(1, 1)], id="the temp schema"),
    pytest.param("CREATE TABLE other.t (a);", [(1, 1)], id="another schema"),
    pytest.param("CREATE TABLE sqlite_t (a);", [(1, 1)], id="a name of SQLite's own"),
    pytest.param(
        "CREATE TABLE t (a,,);\nDROP TABLE t;\nCREATE TABLE u (b CHECK (no(b)));\n.tables\n",
        [(1, 19), (2, 1), (3, 26), (4, 1)],
        id="all that is wrong, in the order of the file",
    ),
    pytest.param("CREATETABLE t (a);", [(1, 1)], id="CREATETABLE"),
    pytest.param(TABLE + "CREATE UNIQUEINDEX i ON t (a);", [(2, 8)], id="UNIQUEINDEX"),
    pytest.param("CREATE TABLE IFNOTEXISTS t (a);", [(1, 26)], id="IFNOTEXISTS"),
    pytest.param(
        "CREATE TRıGGER r;",  # noqa: RUF001
        [(1, 8)],
        id="a letter that is no I",
    ),
    pytest.param(
        "CREATE /* a */ nonsense /* b */ TABLE t (a);",
        [(1, 16)],
        id="nonsense between comments",
    ),
    pytest.param("CREATE TABLE -- users\n(a);", [(2, 1)], id="a name in a comment"),
    pytest.param("CREATE -- TABLE t (a)\n;", [(2, 1)], id="all in a comment"),
    pytest.param(
        b"CREATE TABLE t (a);\nCREATE TABLE u (\xff);",
        [(2, 17)],
        id="not UTF-8",
    ),
    pytest.param(TABLE + "CREATE \0 TABLE u (a);", [(2, 8)], id="NUL"),
]


@pytest.mark.parametrize(("sql", "where"), REJECTED)
def test_what_sqlite_rejects_is_told_with_its_places(
    project: Project, run: Run, sql: str | bytes, where: list[tuple[int, int]]
) -> None:
    ran = measured(project, run, sql)
    assert (ran.code, ran.out, places(ran)) == (2, "", where)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_another_encoding_is_told(project: Project, run: Run, encoding: str) -> None:
    ran = measured(project, run, "CREATE TABLE 名 (a);".encode(encoding))
    assert (ran.code, len(places(ran))) == (2, 1)


FORBIDDEN = """
    attach 'new.db' AS n            | ATTACH/**/DATABASE 'new.db' AS n | DETACH n
    vacuum/**/into 'new.db'         | PRAGMA writable_schema=1         | pragma/**/user_version=1
    SELECT load_extension('x')      | WITH x AS (SELECT 1) SELECT 1    | VALUES (1)
    EXPLAIN CREATE TABLE u (a)      | BEGIN                            | COMMIT
    end                             | ROLLBACK                         | SAVEPOINT s
    RELEASE s                       | REINDEX                          | ANALYZE
    iNsErT INTO t VALUES (1)        | REPLACE INTO t VALUES (1)        | UPDATE t SET a = 1
    DELETE FROM t                   | DROP TABLE t                     | ALTER TABLE t ADD b
"""


@pytest.mark.parametrize("before", ["", "-- x\n", "/* ; */", "\ufeff", ";\f;\r\n"])
@pytest.mark.parametrize(
    "statement", [one.strip() for one in re.split(r"[|\n]", FORBIDDEN.strip())]
)
def test_what_is_no_schema_is_never_run(
    project: Project, run: Run, before: str, statement: str
) -> None:
    (project.root / "pyproject.toml").write_text("[tool.sqlplumb]\n")
    (project.root / "schema.sql").write_bytes(f"{TABLE}{before}{statement};".encode())
    ran = run("check", "empty")
    assert (ran.code, len(places(ran))) == (2, 1)
    assert "is not allowed here" in ran.err
    assert {path.name for path in project.root.iterdir()} == {"pyproject.toml", "schema.sql"}


ACCEPTED = [
    *("CREATE TABLE t (a);/* no end", "CREATE TABLE t (a)-- no end", ";;;;CREATE TABLE t (a);;;;"),
    "\ufeffCREATE TABLE t (a);",
    "CREATE TABLE t\f(a\r\n);",
    "CREATE TABLE 't'('a');",
    'CREATE TABLE ""("");',
    'CREATE TABLE "a;b"("--" DEFAULT \';\', "/*" CHECK ("--" <> \'*/\'));',
    "CREATE TABLE t (é, 表 TEXT, 🎉 CHECK (🎉 > é), a\u00a0b);",
    "CREATE TABLE É (a); CREATE TABLE é (a);",
    "CREATE TABLE t (end, key, like, match, glob, replace, if, row, view, temp, desc, cast);",
    "CREATE TABLE t (a b c d e f g (1, -2) NOT NULL);",
    "CREATE TABLE t (a DEFAULT(1)CHECK(a)UNIQUE COLLATE\"nocase\", b DEFAULT'x'COLLATE nocase);",
    "CREATE TABLE t (a DEFAULT .5, b DEFAULT 5., c DEFAULT -0x1F, d DEFAULT + 1e-3);",
    "CREATE TABLE t (a DEFAULT x'', b DEFAULT X'aB', c DEFAULT CURRENT_TIME, d DEFAULT \"x\");",
    "CREATE TABLE t (a CONSTRAINT n, b CONSTRAINT n CONSTRAINT m NOT NULL, CONSTRAINT o);",
    "CREATE TABLE t (a, b, UNIQUE (a) UNIQUE (b) CHECK (a) FOREIGN KEY (a) REFERENCES t);",
    "CREATE TABLE t (a NULL ON CONFLICT IGNORE, b NOT NULL ON CONFLICT FAIL NULL);",
    "CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC AUTOINCREMENT));",
    "CREATE TABLE t (a, b, PRIMARY KEY (a DESC, 'b' COLLATE nocase)) WITHOUT ROWID;",
    "CREATE TABLE t (a INT PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID;",
    "CREATE TABLE t (a REFERENCES p ON INSERT CASCADE MATCH x NOT DEFERRABLE INITIALLY IMMEDIATE);",
    "CREATE TABLE t (a, b AS (a + 1), c GENERATED ALWAYS AS (b) STORED UNIQUE NOT NULL);",
    "CREATE TABLE t (a CHECK (a IN () OR a IN (1) OR (a, 1) > (2, 3) OR a NOT BETWEEN 1 AND 2));",
    "CREATE TABLE t (a CHECK (a->'$.x'->>'y' IS NOT NULL OR CASE a WHEN 1 THEN 2 END));",
    TABLE + "CREATE TRIGGER r AFTER INSERT ON main.t BEGIN SELECT ';END;'; END;",
    TABLE
    + "CREATE TRIGGER \"on\" INSERT ON 't' WHEN CASE 1 WHEN 1 THEN 1 END BEGIN SELECT 1; END;",
    TABLE + "CREATE INDEX i ON t (a COLLATE 'nocase' ASC, (a), lower(a) DESC) WHERE a ISNULL;",
    "CREATE VIEW v (a, b) AS WITH w AS (VALUES (1, 2)) SELECT * FROM w;",
    "CREATE VIRTUAL TABLE f USING fts5 (a, b UNINDEXED, tokenize = 'porter ascii');",
    "CREATE TABLE t (a CHECK (" + "(" * 80 + "a" + ")" * 80 + "));",
    "CREATE TABLE t (" + ", ".join(f"c{number}" for number in range(2000)) + ");",
    pytest.param("CREATE TABLE t \v(a, \v b);", id="vertical tabs"),
    pytest.param(
        "CREATE TABLE t (\u0663 INT);",
        id="a digit of another script",
    ),
    pytest.param(
        "CREATE TABLE t (a un\u0131que);",
        id="a type that looks like a keyword",
    ),
    pytest.param('CREATE TABLE t (a "VARCHAR" (20));', id="a quoted type"),
    pytest.param(
        "CREATE TABLE t (a INT GENERATED ALWAYS);",
        id="a type that ends in GENERATED ALWAYS",
    ),
    pytest.param("CREATE TABLE t (a TEXT, PRIMARY KEY (a, a));", id="(a, a)"),
    pytest.param(
        "CREATE TABLE t (a, b, PRIMARY KEY (a, b, a DESC)) WITHOUT ROWID;",
        id="(a, b, a DESC)",
    ),
    pytest.param(
        "CREATE TABLE t (a TEXT, UNIQUE (a DESC), PRIMARY KEY (a));",
        id="a key that a UNIQUE made",
    ),
    pytest.param(
        TABLE + "CREATE INDEX i ON t ((a COLLATE nocase), a COLLATE nocase COLLATE rtrim);",
        id="collations",
    ),
    pytest.param(
        TABLE + "CREATE INDEX i ON t (('a'), \"rowid\");",
        id="strings and rowid in an index",
    ),
    *(
        pytest.param(f"CREATE TABLE t (a {quoted}, b INT);", id=f"a type {quoted}")
        for quoted in (
            *("[char.3]", '"a+b"', "[x y.z]", '"c ""T <script>"""', '"c d" e', "[c d] e"),
            *("`int-8`", '"not null"', "'default 3'", '"x -- y"', '"integer "', '"char ( 3 )"'),
        )
    ),
    pytest.param(
        'CREATE TABLE "" (a, b); CREATE INDEX i ON "" (a) WHERE b > 1;'
        ' CREATE TRIGGER tr AFTER INSERT ON "" BEGIN SELECT 1; END;',
        id="a table without a name",
    ),
    pytest.param("CREATE VIEW IFNOTEXISTS AS SELECT 1;", id="IFNOTEXISTS"),
    pytest.param("CREATE VIEW v -- All of it.\nAS SELECT 1;", id="a full stop"),
    pytest.param(
        TABLE + "CREATE INDEX i -- Speeds it up.\nON t (a);",
        id="a full stop before ON",
    ),
    pytest.param(
        "CREATE TABLE t /* all */ (a INT, b INT /* computed */ AS (a + 1));",
        id="comments around a generated column",
    ),
    pytest.param(
        "CREATE TABLE docs (x, y);"
        + "".join(f"CREATE TABLE t{number} (a);" for number in range(120))
        + 'CREATE VIRTUAL TABLE f USING fts4 (content="docs");',
        id="a virtual table far from its content",
    ),
]


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_sqlite_accepts_is_read(project: Project, run: Run, sql: str) -> None:
    ran = measured(project, run, sql)
    assert (ran.code, ran.err) == (1, "")
    database = project.database(sql)
    assert run("diff", database, "schema.sql").code == 0


UNEQUAL = [
    ("t (a INT)", "t (a INTEGER)"),
    ("t (a INT PRIMARY KEY)", "t (a INTEGER PRIMARY KEY)"),
    ("t (a INTEGER PRIMARY KEY)", "t (a INTEGER PRIMARY KEY DESC)"),
    ("t (a INTEGER PRIMARY KEY)", "t (a INTEGER PRIMARY KEY AUTOINCREMENT)"),
    ("t (a DEFAULT true)", "t (a DEFAULT 'true')"),
    ("t (a DEFAULT NULL)", "t (a DEFAULT [null])"),
    ("t (a DEFAULT 1)", "t (a DEFAULT '1')"),
    ("t (a DEFAULT CURRENT_TIME)", 't (a DEFAULT "current_time")'),
    ("t (a, CHECK (a = 'x'))", "t (a, CHECK (a = 'X'))"),
    ("t (a, CHECK (a IN (1, 2)))", "t (a, CHECK (a IN (12)))"),
    ("t (a, CHECK (a = 'b' COLLATE nocase))", "t (a, CHECK ((a = 'b') COLLATE nocase))"),
    ("t (a, b, CHECK (a - (b - 1)))", "t (a, b, CHECK (a - b - 1))"),
    ("t (a, b, CHECK (NOT (a = b)))", "t (a, b, CHECK ((NOT a) = b))"),
    ("t (a, b, UNIQUE (a, b))", "t (a, b, UNIQUE (b, a))"),
    ("t (a, b, UNIQUE (a, b))", "t (a, b, UNIQUE (a, b DESC))"),
    ("t (a COLLATE nocase, UNIQUE (a))", "t (a COLLATE nocase, UNIQUE (a COLLATE binary))"),
    ("t (a PRIMARY KEY, UNIQUE (a) ON CONFLICT FAIL)", "t (a PRIMARY KEY, UNIQUE (a))"),
    ("t (a REFERENCES p)", "t (a REFERENCES p (id))"),
    ("t (a REFERENCES p)", "t (a REFERENCES p DEFERRABLE INITIALLY DEFERRED)"),
    ("t (a, b AS (a))", "t (a, b AS (a) STORED)"),
    ("t (a); CREATE INDEX i ON t (a)", "t (a); CREATE INDEX i ON t (a DESC)"),
    ("t (a); CREATE INDEX i ON t (a) WHERE a", "t (a); CREATE INDEX i ON t (a) WHERE +a"),
    ("t (a); CREATE VIEW v AS SELECT 'a' FROM t", 't (a); CREATE VIEW v AS SELECT "a" FROM t'),
    pytest.param(
        "t (a, b, c, CHECK (a IS DISTINCT FROM (b = c)))",
        "t (a, b, c, CHECK (a IS DISTINCT FROM b = c))",
    ),
    pytest.param(
        "t (a, end, b, c, CHECK ((a BETWEEN end AND (b = c))))",
        "t (a, end, b, c, CHECK ((a BETWEEN end AND b = c)))",
    ),
    pytest.param(
        "t (a COLLATE nocase); CREATE INDEX i ON t (+a)",
        "t (a COLLATE nocase); CREATE INDEX i ON t (+a COLLATE binary)",
    ),
    pytest.param(
        't (a PRIMARY KEY, CHECK ("rowid")) WITHOUT ROWID',
        "t (a PRIMARY KEY, CHECK ('rowid' || '')) WITHOUT ROWID",
    ),
    pytest.param(
        't (a); CREATE VIEW v AS SELECT "rowid" FROM t',
        "t (a); CREATE VIEW v AS SELECT 'rowid' FROM t",
    ),
    pytest.param(
        "t (a); CREATE VIEW v AS SELECT \"value\" FROM json_each('[1]')",
        "t (a); CREATE VIEW v AS SELECT 'value' FROM json_each('[1]')",
    ),
    pytest.param(
        't (a); CREATE VIEW v AS WITH c ("x") AS (SELECT 1) SELECT "x" FROM c',
        "t (a); CREATE VIEW v AS WITH c (\"x\") AS (SELECT 1) SELECT 'x' FROM c",
    ),
    pytest.param(
        't (a); CREATE TRIGGER r DELETE ON t BEGIN DELETE FROM t WHERE "rowid" = 1; END',
        "t (a); CREATE TRIGGER r DELETE ON t BEGIN DELETE FROM t WHERE 'rowid' = 1; END",
    ),
    pytest.param(
        "t (a); CREATE VIRTUAL TABLE f USING fts4 (b, tokenize=simple xyz)",
        "t (a); CREATE VIRTUAL TABLE f USING fts4 (b, tokenize=simple XYZ)",
    ),
]


@pytest.mark.parametrize(("sql", "other"), UNEQUAL)
def test_what_sqlite_treats_differently_is_never_equal(
    project: Project, sql: str, other: str
) -> None:
    project.write("a.sql", f"CREATE TABLE {sql};")
    project.write("b.sql", f"CREATE TABLE {other};")
    a, b = sqlplumb.read("a.sql"), sqlplumb.read("b.sql")
    assert diff(a, b)
    assert diff(b, a)


COLUMNS = "(\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL, -- what it is called\n  b\n);\n"
MANY = "".join(f"CREATE TABLE t{number} {COLUMNS}" for number in range(1500))
SLOW = [
    pytest.param(MANY, 1, id="many tables"),
    pytest.param("\n" * 300_000 + MANY, 1, id="many lines"),
    pytest.param(";" * 300_000, 0, id="many semicolons"),
    pytest.param("'" * 300_001, 2, id="many quotes"),
    pytest.param("[" * 300_001, 2, id="many brackets"),
    pytest.param(f"CREATE TABLE t (a DEFAULT '{';' * 3_000_000}');", 1, id="a long string"),
    pytest.param(f"CREATE TABLE t (a CHECK (a IN ({'1,' * 60_000}1)));", 1, id="a long list"),
    pytest.param(
        "CREATE TABLE t (a CHECK (" + " OR ".join(f"(a = {n})" for n in range(900)) + "));",
        1,
        id="a long chain",
    ),
    pytest.param(f"CREATE TABLE {'x' * 1_000_000} (a);", 1, id="a long name"),
    pytest.param(f"CREATE TABLE {'/*' * 300_000}", 2, id="many openings of a comment"),
    pytest.param(TABLE + 'CREATE TABLE u (a DEFAULT "oops);\n' + MANY, 2, id="a quote left open"),
    pytest.param(
        f"CREATE TABLE t (a, -- {';' * 70}\nb);\n"
        + "".join(f"CREATE TABLE t{number} (a, -- {';' * 70}\nb);\n" for number in range(2500)),
        1,
        id="many semicolons in comments",
    ),
    pytest.param(
        "".join(
            f"CREATE TABLE t{number} (a);CREATE TRIGGER r{number} DELETE ON t{number} BEGIN\n"
            + "DELETE FROM t0 WHERE a = 1;\n" * 70
            + "END;\n"
            for number in range(400)
        ),
        1,
        id="many long triggers",
    ),
    pytest.param(
        "DROP TABLE nothing;\n" * 15_000,
        2,
        id="many errors",
    ),
    pytest.param(f"CREATE INDEX i {'-' * 60}\nON t (a);", 2, id="a ruler in a head"),
    pytest.param(
        f"CREATE TABLE t (a);CREATE TRIGGER r\n{'-' * 60}\nDELETE ON t BEGIN SELECT 1; END;",
        1,
        id="a ruler in a trigger",
    ),
    pytest.param(f"CREATE TABLE t {'/* */ ' * 40}(a);", 1, id="comments in a head"),
    pytest.param(
        'CREATE TABLE "t"\ufeffAS WITH RECURSIVE c (n) AS'
        " (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c;",
        2,
        id="a query without end",
    ),
]


@pytest.mark.parametrize(("sql", "code"), SLOW)
def test_nothing_takes_long(tmp_path: Path, sql: str, code: int) -> None:
    (tmp_path / "schema.sql").write_bytes(sql.encode())
    argv = ("diff", "empty", "schema.sql", "--format", "json")
    done = in_a_process(tmp_path, *argv, seconds=SECONDS)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr


def in_a_process(
    folder: Path,
    *argv: str,
    environment: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> subprocess.CompletedProcess[bytes]:
    """As a person starts it; what takes longer than that has no end."""
    return subprocess.run(
        [sys.executable, "-m", "sqlplumb", *argv],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        check=False,
        timeout=seconds,
    )


NAMES = [
    *("<script>alert(1)</script>", "'); import os; ('", "%s {0} \\n ${x}", "a b.c", "--", "/*"),
    *("\u202eabc", "\u2028", "\U0010ffff", "\x7f", "::error::x"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_name_is_only_a_name(project: Project, run: Run, name: str, form: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    project.write("schema.sql", f"CREATE TABLE {quoted} ({quoted} INT CHECK ({quoted} > 0));")
    ran = run("diff", "empty", "schema.sql", "--format", form)
    assert (ran.code, ran.err) == (1, "")


@pytest.mark.parametrize("name", ["\x1b[31mred\x07", "\x1b]0;title\x07", "\x9b31m", "a\rb"])
def test_no_name_steers_a_terminal(project: Project, run: Run, name: str) -> None:
    project.write("schema.sql", f'CREATE TABLE "{name}" ("{name}" INT);')
    out = run("diff", "empty", "schema.sql").out
    project.write("schema.sql", f'CREATE TABLE "{name}" ("{name}" INT,,);')
    err = run("diff", "empty", "schema.sql").err
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err) is None


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param('CREATE TABLE "x\n::error::y" (a);', id="in a name"),
        pytest.param('CREATE TABLE "x\n::error::y" (a,,);', id="in a line with an error"),
        pytest.param("CREATE TABLE t (a, -- x\n::error::y,,);", id="in an error"),
        pytest.param("CREATE VIEW v AS SELECT '\n::error::y';", id="in a body"),
    ],
)
def test_no_text_commands_a_workflow(project: Project, run: Run, sql: str) -> None:
    ran = measured(project, run, sql)
    assert re.search(r"^\s*::", ran.out + ran.err, re.MULTILINE) is None


@pytest.mark.parametrize(
    "name", ["a b.sql", "a:b.sql", "é名.sql", "a[1].sql", "a*b.sql", "'.sql", "x" * 250 + ".sql"]
)
def test_a_file_may_be_called_anything(project: Project, run: Run, name: str) -> None:
    project.write(name, TABLE)
    assert run("diff", name, "empty").code == 1


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 5000, id="a word"),
        pytest.param("x" * 5000 + ".sql", id="a file"),
        pytest.param("sqlite:///" + "x" * 5000, id="a database"),
    ],
)
def test_a_name_too_long_is_told(project: Project, run: Run, name: str) -> None:
    ran = run("diff", name, "empty")
    assert ran.code in (2, 4)
    assert "a fault of sqlplumb" not in ran.err


def test_no_file_name_steers_a_terminal(project: Project, run: Run) -> None:
    project.write("\x1b[31m.sql", TABLE)
    assert "\x1b" not in run("diff", "empty", "\x1b[31m.sql").out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_stdout_can_be_written_to(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "é名.sql").write_text('CREATE TABLE "é名🎉" (a);', "utf-8")
    set_to = {"PYTHONIOENCODING": encoding}
    done = in_a_process(tmp_path, "diff", "empty", "é名.sql", environment=set_to)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    "toml",
    [
        *("[tool.sqlplumb", "[tool.sqlplumb]\nshema = 'x'", "[tool.sqlplumb]\nschema = 5"),
        *("[tool.sqlplumb]\nschema = [5]", "[tool.sqlplumb]\nschema = 'a\\u0000b'"),
        *("[tool.sqlplumb]\nmetadata = {}", "[tool.sqlplumb]\nstyle = '\\u001b[31m'"),
        *("[tool.sqlplumb]\ndatabases = ['env:NOT_SET']", "[tool]\nsqlplumb = 'x'"),
        pytest.param("tool = 5  # sqlplumb", id="tool is a number"),
        pytest.param("[tool]\nsqlplumb = 5", id="sqlplumb is a number"),
        pytest.param("[tool]\nsqlplumb = [1]", id="sqlplumb is a list"),
        pytest.param("[[tool]]\nsqlplumb = 1", id="tool is a list"),
    ],
)
def test_wrong_settings_are_told(project: Project, run: Run, toml: str) -> None:
    project.write("pyproject.toml", toml)
    project.write("schema.sql", TABLE)
    ran = run("check")
    assert (ran.code, ran.out) == (2, "")
    assert "\x1b" not in ran.err


MODULE = "from sqlalchemy import Column, Integer, MetaData, Table, event\nmetadata = MetaData()\n"
ON_CREATE = (
    MODULE + "@event.listens_for(metadata, 'after_create')\ndef hook(target, bind, **_):\n    "
)
MODULES = [
    pytest.param("import sys; sys.exit(0)", id="exits"),
    pytest.param("raise SystemExit", id="raises SystemExit"),
    pytest.param("def f(): f()\nf()", id="recurses"),
    pytest.param("def (", id="is no Python"),
    pytest.param("", id="holds nothing"),
    pytest.param("metadata = 5", id="holds something else"),
    pytest.param("metadata = print", id="holds a function"),
    pytest.param(MODULE + "Table('a\\0b', metadata, Column('a', Integer))", id="has NUL in a name"),
    pytest.param(MODULE + "Table('\\ud800', metadata, Column('a', Integer))", id="has a surrogate"),
    pytest.param(MODULE + "Table('t', metadata, Column('a'))", id="has no type"),
    pytest.param(
        MODULE + "Table('t', metadata, Column('a', Integer), schema='other')", id="has a schema"
    ),
    pytest.param(ON_CREATE + "raise RuntimeError('on purpose')", id="raises in a hook"),
    pytest.param("def __getattr__(name): raise RuntimeError(name)", id="raises"),
    pytest.param(
        "class Odd:\n    @property\n    def metadata(self): raise RuntimeError\nmetadata = Odd()",
        id="raises in a property",
    ),
    pytest.param(
        "class Odd(BaseException): pass\nraise Odd",
        id="raises what is no Exception",
    ),
    pytest.param(
        ON_CREATE + "bind.exec_driver_sql(\"ATTACH 'new.db' AS n\")",
        id="attaches a file",
    ),
    pytest.param(
        ON_CREATE + "bind.exec_driver_sql(\"VACUUM INTO 'new.db'\")",
        id="writes a file",
    ),
]


@pytest.mark.parametrize("code", MODULES)
def test_a_module_that_cannot_be_read_is_told(tmp_path: Path, code: str) -> None:
    (tmp_path / "hostile_models.py").write_text(code)
    done = in_a_process(tmp_path, "diff", "hostile_models:metadata", "empty")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    "code",
    [
        MODULE + "print('not in the report')",
        pytest.param(
            ON_CREATE + "print('not in the report')",
            id="in a hook",
        ),
    ],
)
def test_what_a_module_prints_is_no_answer(tmp_path: Path, code: str) -> None:
    (tmp_path / "hostile_models.py").write_text(code)
    done = in_a_process(tmp_path, "diff", "hostile_models:metadata", "empty", "--format", "json")
    assert done.returncode == 0
    assert b"not in the report" not in done.stdout
