"""What Alembic's batch mode loses when it rebuilds a table: none of it is lost by a plan.

Each case is a schema and rows; what changes is one DEFAULT of table t, which SQLite can alter in no
other way than by a rebuild. Whatever else the schema holds must be there afterwards: as SQLite's
pragmas tell it, as its other objects are spelled, and as probes show that are run on a copy.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.util import CommandError
from sqlalchemy.exc import IntegrityError

if TYPE_CHECKING:
    from tests.conftest import Project, Run
    from tests.histories import History
else:
    from histories import History

WAS, WILL_BE = "note TEXT DEFAULT 'was'", "note TEXT DEFAULT 'will be'"
TABLE = f"CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, {WAS});"
ROWS = "INSERT INTO t (id, a, b) VALUES (1, 10, 'one'), (3, 30, 'three'), (7, NULL, NULL);"
PARENT = "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE, UNIQUE (id, code));"
PARENTS = "INSERT INTO p VALUES (1, 'x'), (2, 'y');"


@dataclass(frozen=True)
class Case:
    """`probes` are statements whose outcome, each on a copy, is what it was before."""

    id: str
    sql: str
    rows: str = ROWS
    probes: tuple[str, ...] = ()


def checked(name: str, check: str) -> Case:
    """A CHECK in table t, at a column or behind them, that refuses an `a` below zero."""
    sql = (
        TABLE.replace(");", f"{check});")
        if check[0] == ","
        else TABLE.replace("b TEXT,", f"b TEXT {check},")
    )
    probes = ("INSERT INTO t (a) VALUES (-1)", "INSERT INTO t (a) VALUES (1)")
    return Case(f"check {name}", sql, probes=probes)


def indexed(name: str, index: str, *probes: str) -> Case:
    plans = ("a = 10", "a > 5 AND b IS NOT NULL", "lower(b) = 'one'", "b = 'ONE' COLLATE NOCASE")
    explained = [f"EXPLAIN QUERY PLAN SELECT id FROM t WHERE {one}" for one in plans]
    sorted_ = "EXPLAIN QUERY PLAN SELECT * FROM t ORDER BY a DESC, b"
    return Case(f"index {name}", TABLE + index, probes=(*probes, *explained, sorted_))


def columned(name: str, column: str, values: str, *probes: str, end: str = "") -> Case:
    """A column c in table t."""
    sql = f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {column}, {WAS}){end};"
    rows = "".join(f"INSERT INTO t (c) VALUES ({value});" for value in values.split("|"))
    return Case(f"column {name}", sql, rows, probes)


def generated(name: str, column: str) -> Case:
    sql = f"CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, {column}, b TEXT, {WAS});"
    written = "INSERT INTO t (a, g) VALUES (1, 2)"
    counted = "INSERT INTO t (a) VALUES (21) RETURNING g"
    return Case(f"generated {name}", sql, probes=(written, counted, "SELECT g FROM t ORDER BY 1"))


def conflicting(name: str, columns: str, end: str = "") -> Case:
    rows = "INSERT INTO t (id, a) VALUES (1, 10), (2, 20);"
    probes = [
        "INSERT INTO t (id, a) VALUES (1, 99)",
        "INSERT INTO t (id, a) VALUES (9, 10)",
        "INSERT INTO t (id, a) VALUES (9, NULL)",
        "INSERT INTO t (id, a) VALUES (NULL, 77)",
        "BEGIN; INSERT INTO t (id, a) VALUES (8, 80), (1, 81), (7, 82)",
    ]
    return Case(
        f"on conflict {name}", f"CREATE TABLE t ({columns}, {WAS}{end});", rows, tuple(probes)
    )


def referring(name: str, column: str, end: str = "") -> Case:
    sql = (
        f"{PARENT} CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER {column}, b TEXT, {WAS}{end});"
    )
    rows = f"{PARENTS} INSERT INTO t (id, a, b) VALUES (1, 1, 'x'), (5, 2, 'y'), (6, NULL, NULL);"
    probes = (
        "DELETE FROM p WHERE id = 1",
        "UPDATE p SET id = 7, code = 'z' WHERE id = 2",
        "INSERT INTO t (a, b) VALUES (99, 'q')",
        "BEGIN; INSERT INTO t (a, b) VALUES (99, 'q'); SELECT 1",
    )
    return Case(f"reference {name}", sql, rows, probes)


def referred(name: str, child: str) -> Case:
    sql = TABLE + f"CREATE TABLE child (x INTEGER PRIMARY KEY, t_id {child});"
    rows = ROWS + "INSERT INTO child VALUES (1, 1), (2, 3), (3, NULL);"
    probes = ("DELETE FROM t WHERE id = 1", "UPDATE t SET id = 9 WHERE id = 3")
    return Case(f"referred to {name}", sql, rows, probes)


def keyed(name: str, key: str, rows: str = ROWS, end: str = "") -> Case:
    sql = TABLE.replace("id INTEGER PRIMARY KEY", key).replace(");", f"){end};")
    probes = (
        "INSERT INTO t (a) VALUES (1) RETURNING *",
        "INSERT INTO t (id) VALUES (NULL) RETURNING *",
        "INSERT INTO t (id) VALUES ('x') RETURNING *",
        "INSERT INTO t (id) VALUES (1)",
        "EXPLAIN QUERY PLAN SELECT * FROM t WHERE id = 1",
        "EXPLAIN QUERY PLAN SELECT * FROM t ORDER BY id DESC",
    )
    return Case(f"key {name}", sql, rows, probes)


COPY = "CREATE TABLE log (what TEXT, t_id INTEGER);"
SEARCHED = (
    "SELECT rowid, * FROM f WHERE f MATCH 'three'",
    "INSERT INTO t (b) VALUES ('three four'); SELECT rowid FROM f WHERE f MATCH 'four'",
    "DELETE FROM t WHERE id = 3; SELECT rowid FROM f WHERE f MATCH 'three'",
)
FED = """
CREATE TRIGGER fed AFTER INSERT ON t BEGIN
    INSERT INTO f (rowid, b) VALUES (new.id, new.b);
END;
CREATE TRIGGER unfed AFTER DELETE ON t BEGIN
    INSERT INTO f (f, rowid, b) VALUES ('delete', old.id, old.b);
END;
"""

WRITTEN = "INSERT INTO t (c) VALUES ('2.0'), (2), (x'00') RETURNING typeof(c), c"
DEFAULTED = "INSERT INTO t (id) VALUES (9) RETURNING typeof(c), hex(c)"

CASES = [
    checked("unnamed", "CHECK (a >= 0)"),
    checked("named", "CONSTRAINT ck CHECK (a >= 0)"),
    checked("of the table", ", CHECK (a >= 0)"),
    checked("named, of the table", ", CONSTRAINT ck_t CHECK (a >= 0)"),
    checked("with a bracket in a comment", "CHECK (a >= 0 /* ) */ AND a < 1000)"),
    checked("with a bracket in a line comment", "CHECK (a >= 0 -- )\n AND a < 1000)"),
    checked("named, with a bracket in a comment", "CONSTRAINT ck CHECK (a >= 0 /* ) */)"),
    checked("with a bracket in a string", "CHECK (a >= 0 OR b = ')')"),
    checked("over many lines", "CHECK (\n    a >= 0\n\n    OR b = 'x\n\ty'\n)"),
    checked("twice on a column", "CHECK (a >= 0) CONSTRAINT other CHECK (a < 1000)"),
    checked("twice the same", "CHECK (a >= 0) CHECK (a >= 0)"),
    checked("with a colon", "CHECK (a >= 0 OR b = '12:30' OR b = ' :x')"),
    checked("with a per cent", "CHECK (a >= 0 OR b LIKE '100%' OR b % 2 = 'x')"),
    checked("with a function", "CHECK (coalesce(a, 0) >= 0 AND json_valid('{\"a\": 1}'))"),
    checked("with an odd name", 'CONSTRAINT "a check ""of"" it" CHECK (a >= 0)'),
    indexed("partial", "CREATE INDEX i ON t (a) WHERE b IS NOT NULL;"),
    indexed(
        "with a comment before WHERE", "CREATE INDEX i ON t (a) -- where?\n /* W */ WHERE b > 'a';"
    ),
    indexed(
        "partial, over many lines",
        "CREATE INDEX i\n  ON t (a)\n  WHERE b IS NOT NULL\n  AND a > 1;",
    ),
    indexed(
        "partial and unique",
        "CREATE UNIQUE INDEX i ON t (a) WHERE a > 5;",
        "INSERT INTO t (a) VALUES (2), (2)",
        "INSERT INTO t (a) VALUES (10)",
    ),
    indexed("of an expression", "CREATE INDEX i ON t (lower(b), a + 1);"),
    indexed(
        "of an expression, unique and partial",
        "CREATE UNIQUE INDEX i ON t (lower(b)) WHERE a > 0;",
        "INSERT INTO t (a, b) VALUES (1, 'ONE')",
        "INSERT INTO t (a, b) VALUES (0, 'ONE')",
    ),
    indexed("descending", "CREATE INDEX i ON t (a DESC, b);"),
    indexed("with a collation", "CREATE INDEX i ON t (b COLLATE NOCASE);"),
    indexed(
        "unique with a collation",
        "CREATE UNIQUE INDEX i ON t (b COLLATE NOCASE DESC);",
        "INSERT INTO t (b) VALUES ('ONE')",
    ),
    indexed("with odd names", 'CREATE INDEX "an ""index" ON t ("a", [b], `id`);'),
    columned(
        "collate",
        "TEXT COLLATE NOCASE",
        "'a'|'B'",
        "SELECT id FROM t WHERE c = 'A'",
        "SELECT c FROM t ORDER BY c",
    ),
    columned(
        "collate rtrim, unique",
        "TEXT COLLATE RTRIM UNIQUE",
        "'a'|'B'",
        "INSERT INTO t (c) VALUES ('a  ')",
        "SELECT id FROM t WHERE c = 'a '",
    ),
    columned("untyped", "", "'a'|1|1.5|x'00ff'|'007'", WRITTEN),
    columned("untyped with a default", "DEFAULT 5", "'5'|5", DEFAULTED),
    columned("double precision", "DOUBLE PRECISION", "1|1.5|'x'", WRITTEN),
    columned("unsigned big int", "UNSIGNED BIG INT", "9223372036854775807|'x'", WRITTEN),
    columned("money", "MONEY", "1.25|'x'|'2.0'", WRITTEN),
    columned("decimal", "DECIMAL(10, 2)", "1.25|'1e3'", WRITTEN),
    columned("varchar", "VARCHAR(10)", "'12345678901'|5", WRITTEN),
    columned("nvarchar", "NATIVE CHARACTER(70)", "'a'", WRITTEN),
    columned("date", "DATE", "'2020-01-01'|1|'20200101'", WRITTEN),
    columned("datetime", "TIMESTAMP", "'2020-01-01 10:00:00.5'", WRITTEN),
    columned("boolean", "BOOLEAN", "1|0|'t'|NULL", WRITTEN),
    columned("json", "JSON", "'{\"a\": [1]}'|5|'5'", WRITTEN),
    columned("string, which is a number", "STRING", "'1'|'a'", WRITTEN),
    columned("with quotes in its type", '"MY ""TYPE"""', "1", WRITTEN),
    columned("of a quoted type", '"MY TYPE"', "1", WRITTEN),
    columned("floating point", "FLOATING POINT", "1|'1'", WRITTEN),
    columned("strict any", "ANY", "'1'|1|x'00'|1.5", WRITTEN, end=" STRICT"),
    columned(
        "strict real", "REAL NOT NULL", "1|1.5", "INSERT INTO t (c) VALUES ('x')", end=" STRICT"
    ),
    columned(
        "strict blob", "BLOB", "x'00ff'|NULL", "INSERT INTO t (c) VALUES ('x')", end=" STRICT"
    ),
    columned(
        "strict int", "INT", "5|NULL", "INSERT INTO t (c) VALUES ('x')", WRITTEN, end=" STRICT"
    ),
    columned(
        "named NOT NULL", "TEXT CONSTRAINT nn NOT NULL", "'a'", "INSERT INTO t (c) VALUES (NULL)"
    ),
    columned("named DEFAULT", "TEXT CONSTRAINT df DEFAULT 'x'", "'a'|NULL", DEFAULTED),
    columned("named NULL", "TEXT CONSTRAINT n NULL", "'a'|NULL"),
    columned(
        "named UNIQUE",
        "TEXT CONSTRAINT uq UNIQUE",
        "'a'|NULL|NULL",
        "INSERT INTO t (c) VALUES ('a')",
    ),
    columned("UNIQUE", "TEXT UNIQUE", "'a'|NULL", "INSERT INTO t (c) VALUES ('a')"),
    columned("default blob", "BLOB DEFAULT x'00ff'", "x'01'", DEFAULTED),
    columned("default below zero", "INTEGER DEFAULT -1", "5", DEFAULTED),
    columned("default now", "TEXT DEFAULT CURRENT_DATE", "'a'", DEFAULTED),
    columned(
        "default expression",
        "TEXT DEFAULT (lower('A') || ':x' || 'it''s' || '%')",
        "'a'",
        DEFAULTED,
    ),
    columned("default bare word", "TEXT DEFAULT word", "'a'", DEFAULTED),
    columned("default in double quotes", 'TEXT DEFAULT "it\'s"', "'a'", DEFAULTED),
    columned("default true", "BOOLEAN DEFAULT TRUE", "0", DEFAULTED),
    columned("default null", "TEXT DEFAULT NULL", "'a'", DEFAULTED),
    columned("default hexadecimal", "INTEGER DEFAULT 0x10", "5", DEFAULTED),
    columned("default exponent", "REAL DEFAULT +1.5e3", "5", DEFAULTED),
    columned("default text number", "TEXT DEFAULT '007'", "5", DEFAULTED),
    generated("stored", "g INTEGER GENERATED ALWAYS AS (a * 2) STORED"),
    generated("virtual", "g INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL"),
    generated("bare", "g AS (a * 2)"),
    generated(
        "stored and NOT NULL with a name", "g INT NOT NULL CONSTRAINT up AS (coalesce(a, 0)) STORED"
    ),
    generated("bare and checked", "g AS (a * 2) CHECK (g < 1000) UNIQUE"),
    conflicting(
        "of UNIQUE, replace", "id INTEGER PRIMARY KEY, a INTEGER UNIQUE ON CONFLICT REPLACE"
    ),
    conflicting(
        "of UNIQUE, ignore", "id INTEGER PRIMARY KEY, a INTEGER", ", UNIQUE (a) ON CONFLICT IGNORE"
    ),
    conflicting(
        "of named UNIQUE",
        "id INTEGER PRIMARY KEY, a INTEGER",
        ", CONSTRAINT u UNIQUE (a) ON CONFLICT FAIL",
    ),
    conflicting("of NOT NULL", "id INTEGER PRIMARY KEY, a INTEGER NOT NULL ON CONFLICT IGNORE"),
    conflicting(
        "of NOT NULL, replace",
        "id INTEGER PRIMARY KEY, a INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 5",
    ),
    conflicting("of the key", "id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a INTEGER"),
    conflicting(
        "of the key, ignore",
        "id INTEGER NOT NULL, a INTEGER",
        ", PRIMARY KEY (id) ON CONFLICT IGNORE",
    ),
    conflicting("of the key, rollback", "id TEXT PRIMARY KEY ON CONFLICT ROLLBACK, a INTEGER"),
    conflicting(
        "of a key of two", "id INTEGER, a INTEGER", ", PRIMARY KEY (id, a) ON CONFLICT REPLACE"
    ),
    conflicting(
        "of CHECK", "id INTEGER PRIMARY KEY, a INTEGER", ", CHECK (a < 90) ON CONFLICT IGNORE"
    ),
    referring("CASCADE", "REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE"),
    referring("SET NULL", "REFERENCES p (id) ON DELETE SET NULL ON UPDATE SET DEFAULT"),
    referring("RESTRICT", "REFERENCES p (id) ON DELETE RESTRICT ON UPDATE NO ACTION"),
    referring("deferred", "REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED"),
    referring("deferrable", "REFERENCES p (id) DEFERRABLE INITIALLY IMMEDIATE"),
    referring("not deferrable", "REFERENCES p (id) NOT DEFERRABLE"),
    referring("named", "CONSTRAINT fk_t_p REFERENCES p (id) ON DELETE CASCADE"),
    referring("MATCH", "REFERENCES p (id) MATCH FULL ON DELETE CASCADE"),
    referring(
        "of the table",
        "",
        ", CONSTRAINT fk FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE"
        " DEFERRABLE INITIALLY DEFERRED",
    ),
    referring(
        "of two columns",
        "",
        ", FOREIGN KEY (a, b) REFERENCES p (id, code) ON UPDATE CASCADE MATCH SIMPLE",
    ),
    referring("twice", "REFERENCES p ON DELETE CASCADE REFERENCES p (id) ON DELETE SET NULL"),
    referring("to a code", "", ", FOREIGN KEY (b) REFERENCES p (code) ON DELETE SET NULL"),
    referred("CASCADE", "INTEGER REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE"),
    referred("SET NULL", "INTEGER REFERENCES t (id) ON DELETE SET NULL"),
    referred("RESTRICT", "INTEGER REFERENCES t (id) ON DELETE RESTRICT"),
    referred("deferred", "INTEGER CONSTRAINT fk REFERENCES t DEFERRABLE INITIALLY DEFERRED"),
    Case(
        "reference to itself",
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER"
        f" REFERENCES t ON DELETE CASCADE, {WAS});",
        "INSERT INTO t (id, up) VALUES (1, NULL), (2, 1), (5, 2), (9, 9);",
        ("DELETE FROM t WHERE id = 1", "INSERT INTO t (up) VALUES (77)"),
    ),
    Case(
        "reference both ways",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, t_id INTEGER"
        " REFERENCES t (id) ON DELETE SET NULL);"
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER"
        f" REFERENCES p ON DELETE CASCADE, {WAS});",
        "INSERT INTO p VALUES (1, 4); INSERT INTO t (id, a) VALUES (4, 1);",
        ("DELETE FROM p", "DELETE FROM t"),
    ),
    keyed(
        "autoincrement",
        "id INTEGER PRIMARY KEY AUTOINCREMENT",
        ROWS + "INSERT INTO t (id) VALUES (500); DELETE FROM t WHERE id = 500;",
    ),
    keyed(
        "autoincrement without rows",
        "id INTEGER PRIMARY KEY AUTOINCREMENT",
        "INSERT INTO t (id) VALUES (500); DELETE FROM t;",
    ),
    keyed("autoincrement, never used", "id INTEGER PRIMARY KEY AUTOINCREMENT", ""),
    keyed(
        "autoincrement, set back",
        "id INTEGER PRIMARY KEY AUTOINCREMENT",
        ROWS + "UPDATE sqlite_sequence SET seq = 2;",
    ),
    keyed(
        "autoincrement, named and in odd case",
        "Id InTeGeR CONSTRAINT pk PRIMARY KEY ASC ON CONFLICT REPLACE AUTOINCREMENT",
        ROWS + "INSERT INTO t (id) VALUES (500); DELETE FROM t WHERE id = 500;",
    ),
    keyed("named", "id INTEGER CONSTRAINT pk_t PRIMARY KEY"),
    keyed("NOT NULL", "id INTEGER NOT NULL PRIMARY KEY"),
    keyed(
        "INT, no alias of the rowid",
        "id INT PRIMARY KEY",
        ROWS + "INSERT INTO t (id, rowid) VALUES (2, 50); INSERT INTO t (id) VALUES (NULL);",
    ),
    keyed(
        "INTEGER descending, no alias",
        "id INTEGER PRIMARY KEY DESC",
        ROWS + "INSERT INTO t (id, rowid) VALUES (2, 50);",
    ),
    keyed("text", "id TEXT PRIMARY KEY", "INSERT INTO t (id, rowid) VALUES ('a', 5), (NULL, 9);"),
    keyed(
        "text with a collation",
        "id TEXT COLLATE NOCASE PRIMARY KEY",
        "INSERT INTO t (id) VALUES ('a');",
    ),
    keyed("without rowid", "id INTEGER PRIMARY KEY", end=" WITHOUT ROWID"),
    keyed("strict", "id INTEGER PRIMARY KEY", end=" STRICT"),
    keyed("strict without rowid", "id INTEGER PRIMARY KEY", end=" STRICT, WITHOUT ROWID"),
    Case(
        "key of the table, descending",
        f"CREATE TABLE t (a INTEGER, b TEXT, {WAS}, CONSTRAINT pk PRIMARY KEY (b DESC, a));",
        "INSERT INTO t (rowid, a, b) VALUES (4, 1, 'x'), (9, NULL, 'x');",
        (
            "INSERT INTO t (a, b) VALUES (1, 'x')",
            "EXPLAIN QUERY PLAN SELECT a, b FROM t ORDER BY b DESC, a",
        ),
    ),
    Case(
        "key of the table, with a collation",
        f"CREATE TABLE t (a INTEGER, b TEXT, {WAS},"
        " PRIMARY KEY (b COLLATE NOCASE, a)) WITHOUT ROWID;",
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'x');",
        ("INSERT INTO t (a, b) VALUES (1, 'X')",),
    ),
    Case(
        "key of the table, without rowid and out of order",
        f"CREATE TABLE t (a INTEGER, b TEXT, c BLOB, {WAS}, PRIMARY KEY (b, a)) WITHOUT ROWID;",
        "INSERT INTO t (a, b, c) VALUES (2, 'x', x'00'), (1, 'x', NULL);",
        ("INSERT INTO t (a, b) VALUES (1, 'x')", "SELECT * FROM t"),
    ),
    Case(
        "rowids of a keyless table",
        f"CREATE TABLE t (a INTEGER, {WAS});",
        "INSERT INTO t (rowid, a) VALUES (-5, 1), (2, 2), (1000, 3), (1001, 4);"
        "DELETE FROM t WHERE a = 4;",
        ("INSERT INTO t (a) VALUES (9) RETURNING rowid",),
    ),
    Case(
        "rowids where columns have their names",
        f"CREATE TABLE t (rowid TEXT, Oid INTEGER, {WAS});",
        "INSERT INTO t (_rowid_, rowid, oid) VALUES (17, 'a', 5), (99, 'b', 5);",
        ("SELECT _rowid_, rowid, oid FROM t",),
    ),
    Case(
        "key that hides all three",
        f"CREATE TABLE t (rowid TEXT, oid INTEGER PRIMARY KEY, _rowid_ TEXT, {WAS});",
        "INSERT INTO t (rowid, oid, _rowid_) VALUES ('a', 5, 'c'), ('d', 99, 'e');",
    ),
    Case(
        "trigger on it",
        TABLE + COPY + "CREATE TRIGGER g AFTER INSERT ON t WHEN new.a > 0 BEGIN\n"
        "  INSERT INTO log VALUES ('in; :x %', new.id); -- END;\nEND;",
        probes=(
            "INSERT INTO t (a) VALUES (1); SELECT * FROM log",
            "INSERT INTO t (a) VALUES (0); SELECT * FROM log",
        ),
    ),
    Case(
        "trigger on it that refuses",
        TABLE + "CREATE TRIGGER g BEFORE DELETE ON t BEGIN SELECT raise(ABORT, 'stays'); END;",
        probes=("DELETE FROM t",),
    ),
    Case(
        "trigger of its columns",
        TABLE + COPY + "CREATE TRIGGER g AFTER UPDATE OF a, note ON t BEGIN "
        "INSERT INTO log VALUES (old.a || new.a, new.id); END;",
        probes=("UPDATE t SET a = 5; SELECT * FROM log", "UPDATE t SET b = 5; SELECT * FROM log"),
    ),
    Case(
        "trigger that changes it",
        TABLE + "CREATE TRIGGER g AFTER INSERT ON t BEGIN "
        "UPDATE t SET b = 'set' WHERE id = new.id; END;",
        probes=("INSERT INTO t (b) VALUES ('x'); SELECT * FROM t",),
    ),
    Case(
        "trigger on another that writes to it",
        TABLE + COPY + "CREATE TRIGGER g AFTER INSERT ON log BEGIN "
        "INSERT INTO t (id, b) VALUES (new.t_id, new.what); DELETE FROM t WHERE id = 1; END;",
        probes=("INSERT INTO log VALUES ('x', 50); SELECT * FROM t",),
    ),
    Case(
        "trigger in odd quotes",
        'CREATE TABLE "t" (id INTEGER PRIMARY KEY, "a" INT, ' + WAS + ");"
        'CREATE TRIGGER "a ""trigger" AFTER INSERT ON [t] BEGIN UPDATE `t` SET "a" = 5; END;',
        "INSERT INTO t (id) VALUES (3);",
        ("INSERT INTO t (a) VALUES (1); SELECT * FROM t",),
    ),
    Case(
        "view on it",
        TABLE + 'CREATE VIEW v AS SELECT id, a AS "A", t.* FROM t WHERE a > 0;',
        probes=("SELECT * FROM v",),
    ),
    Case(
        "view on a view",
        TABLE
        + "CREATE VIEW v AS SELECT id, note FROM t; CREATE VIEW w (one, two) AS SELECT * FROM v;"
        "CREATE VIEW z AS SELECT w.two, t.a FROM w JOIN t ON w.one = t.id;",
        probes=("SELECT * FROM z", "SELECT * FROM w"),
    ),
    Case(
        "view that can be written",
        TABLE + "CREATE VIEW v AS SELECT id, a FROM t; CREATE TRIGGER g INSTEAD OF INSERT ON v "
        "BEGIN INSERT INTO t (id, a) VALUES (new.id, new.a); END;",
        probes=("INSERT INTO v VALUES (50, 5); SELECT * FROM t",),
    ),
    Case(
        "full text beside",
        TABLE + "CREATE VIRTUAL TABLE f USING fts5(b, tokenize = 'porter');",
        ROWS + "INSERT INTO f VALUES ('one'), ('three');",
        SEARCHED[:1],
    ),
    Case(
        "full text of it",
        TABLE + "CREATE VIRTUAL TABLE f USING fts5(b, content='t', content_rowid='id');" + FED,
        ROWS,
        SEARCHED,
    ),
    Case(
        "names in odd case",
        'CREATE TABLE T ("Id" INTEGER PRIMARY KEY, [A b] INT CHECK ("A b" > 0), `ç` TEXT UNIQUE, '
        + WAS
        + ");"
        'CREATE INDEX I ON t ("a B" DESC);',
        "INSERT INTO t (id, [a b]) VALUES (4, 4);",
        ('INSERT INTO t ("A B") VALUES (0)',),
    ),
    Case(
        "comments in it",
        f"CREATE TABLE t ( -- a table\n  id INTEGER PRIMARY KEY, /* key, */"
        f" a INT -- ) number\n, b TEXT, {WAS} /* end */);",
    ),
]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
both_styles = pytest.mark.parametrize("style", ["batch", "sql"])

State = dict[str, Any]


def state(file: Path, probes: tuple[str, ...]) -> State:
    """Everything of a database that a change of one DEFAULT leaves alone."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        shadows = "SELECT name FROM pragma_table_list WHERE type = 'shadow'"
        master = (
            f"SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT IN ({shadows})"
        )
        objects = connection.execute(master).fetchall()
        tables = [row[1] for row in objects if row[0] == "table" and row[1] != "alembic_version"]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return {
            "others": sorted(map(repr, filter(is_another, objects))),
            "facts": {name: facts(connection, name) for name in tables},
            "rows": {name: rows(connection, name) for name in tables},
            "probes": {probe: outcome(connection, probe) for probe in probes},
        }


def is_another(row: tuple[str, str, str, str | None]) -> bool:
    return row[1].lower() not in ("t", "alembic_version") and row[3] is not None


def facts(connection: sqlite3.Connection, table: str) -> list[Any]:
    said = "SELECT type, wr, strict FROM pragma_table_list WHERE name = ? AND schema = 'main'"
    plain = "replace(lower(type), ', ', ',')"
    said_of_columns = f'name, {plain}, "notnull", dflt_value, pk, hidden'
    columns = f"SELECT {said_of_columns} FROM pragma_table_xinfo(?)"
    said_of_keys = '"table", "from", "to", on_update, on_delete, "match"'
    keys = f"SELECT {said_of_keys} FROM pragma_foreign_key_list(?)"
    return [
        connection.execute(said, (table,)).fetchone(),
        [unbracketed(row) for row in connection.execute(columns, (table,))],
        connection.execute(keys, (table,)).fetchall(),
        sorted(indexes(connection, table), key=repr),
    ]


def unbracketed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A DEFAULT may have come into brackets; that of `note` is what changes."""
    default = "" if row[0] == "note" else re.sub(r"^\((.*)\)$", r"\1", row[3] or "")
    return (*row[:3], default, *row[4:])


def indexes(connection: sqlite3.Connection, table: str) -> list[Any]:
    listed = connection.execute(
        'SELECT name, "unique", origin, partial FROM pragma_index_list(?)', (table,)
    )
    parts = 'SELECT name, cid >= 0, "desc", lower(coll), "key" FROM pragma_index_xinfo(?)'
    return [
        (
            name if origin == "c" else "",
            *others,
            origin,
            connection.execute(parts, (name,)).fetchall(),
        )
        for name, *others, origin in (
            (name, unique, partial, origin) for name, unique, origin, partial in listed.fetchall()
        )
    ]


def rows(connection: sqlite3.Connection, table: str) -> list[str]:
    """With the number of each row, where it has one that can be reached."""
    names = {
        name.lower()
        for (name,) in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))
    }
    free = [name for name in ("rowid", "_rowid_", "oid") if name not in names]
    (wr,) = connection.execute(
        "SELECT wr FROM pragma_table_list WHERE name = ?", (table,)
    ).fetchone()
    number = f"{free[0]}, " if free and not wr and table != "sqlite_sequence" else ""
    quoted = '"' + table.replace('"', '""') + '"'
    return sorted(map(repr, connection.execute(f"SELECT {number}* FROM {quoted}").fetchall()))


def outcome(connection: sqlite3.Connection, probe: str) -> list[str]:
    """What these statements say, and what they leave behind, on a copy of the database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA foreign_keys = ON")
        said = []
        for statement in probe.split("; "):
            try:
                said += [repr(row) for row in copy.execute(statement)]
            except sqlite3.Error as error:
                said.append(f"{type(error).__name__}: {error}")
        tables = copy.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%(%'"
        )
        left = {
            name: rows(copy, name) for (name,) in tables.fetchall() if name != "alembic_version"
        }
        return [re.sub(r"was|will be", "note", one) for one in (*said, repr(sorted(left.items())))]


def text_of(file: Path, table: str = "t") -> str:
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT sql FROM sqlite_master WHERE lower(name) = ?"
        return str(connection.execute(query, (table,)).fetchone()[0])


@pytest.fixture
def history(project: Project, run: Run) -> History:
    project.patch.delenv("DATABASE_URL", raising=False)
    return History(project, run)


STAMPED = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('first');
"""


@pytest.fixture
def begun(history: History) -> Callable[[Case], Path]:
    """A project whose history and live database hold the case, and whose schema.sql has changed."""

    def begin(case: Case) -> Path:
        history.begin(case.sql)
        assert WAS in case.sql
        history.project.write("schema.sql", case.sql.replace(WAS, WILL_BE))
        history.execute(f"{case.sql}{case.rows}{STAMPED}")
        return history.project.root / "app.db"

    return begin


Begun = Callable[[Case], Path]


@both_styles
@every_case
def test_a_revision_loses_nothing(history: History, begun: Begun, case: Case, style: str) -> None:
    file = begun(case)
    before, text = state(file, case.probes), text_of(file)
    ran = history.revise("--style", style)
    assert (ran.code, ran.err) == (0, "")
    history.upgrade("head")
    assert state(file, case.probes) == before
    assert "'will be'" in text_of(file)
    assert history.run("check", "--strict", "sqlite:///app.db").code == 0
    if style == "sql":
        assert text_of(file) == text.replace(WAS, WILL_BE)
    history.downgrade("first")
    assert state(file, case.probes) == before
    assert "'was'" in text_of(file)


@every_case
def test_a_script_loses_nothing(history: History, begun: Begun, case: Case) -> None:
    file = begun(case)
    before, text = state(file, case.probes), text_of(file)
    ran = history.run("diff", "sqlite:///app.db", "schema.sql", "--format", "sql")
    assert (ran.code, ran.err) == (1, "")
    history.execute(f"PRAGMA foreign_keys = ON;\n{ran.out}")
    assert state(file, case.probes) == before
    assert text_of(file) == text.replace(WAS, WILL_BE)
    again = history.run("diff", "sqlite:///app.db", "schema.sql", "--format", "sql")
    assert (again.code, again.out) == (0, "")


PLAIN = [
    "check named, of the table",
    "index partial",
    "trigger on it",
    "view on it",
    "referred to CASCADE",
    "reference to a code",
    "key autoincrement",
    "rowids of a keyless table",
]


@pytest.mark.parametrize("name", PLAIN)
def test_what_batch_mode_can_say_is_said_in_it(history: History, begun: Begun, name: str) -> None:
    begun(next(case for case in CASES if case.id == name))
    history.revise("--style", "batch")
    text = history.second().read_text("utf-8")
    assert text.count("with op.batch_alter_table(") == 2
    assert "In SQL" not in text


@both_styles
def test_where_foreign_keys_stay_on_nothing_is_done(
    history: History, begun: Begun, style: str
) -> None:
    """Inside a transaction they cannot be turned off, and every child would be deleted."""
    case = next(case for case in CASES if case.id == "referred to CASCADE")
    file = begun(case)
    assert history.revise("--style", style).code == 0
    env = history.project.root / "migrations" / "env.py"
    env.write_text(env.read_text("utf-8").replace("foreign_keys = OFF", "foreign_keys = ON"))
    before, text = state(file, case.probes), text_of(file)
    with pytest.raises((IntegrityError, CommandError)):
        history.upgrade("head")
    assert (state(file, case.probes), text_of(file)) == (before, text)


STOCK_ENV = """\
from alembic import context
from sqlalchemy import create_engine, event, pool

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)


@event.listens_for(engine, "connect")
def say(connection, _record):
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA foreign_keys = {keys}")


with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.mark.parametrize("keys", ["ON", "OFF"])
@both_styles
@pytest.mark.parametrize("name", ["referred to CASCADE", "trigger on it", "view on a view"])
def test_an_env_that_leaves_transactions_to_the_driver(
    history: History, begun: Begun, name: str, style: str, keys: str
) -> None:
    case = next(case for case in CASES if case.id == name)
    file = begun(case)
    before = state(file, case.probes)
    assert history.revise("--style", style).code == 0
    history.project.write("migrations/env.py", STOCK_ENV.format(keys=keys))
    history.upgrade("head")
    assert state(file, case.probes) == before
    assert "'will be'" in text_of(file)


RICH = """
CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE);
CREATE TABLE t (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- counted
    a INTEGER CHECK (a <> 13),
    b TEXT COLLATE NOCASE,
    c MONEY NOT NULL DEFAULT '1.50',
    d VARCHAR(10),
    e TEXT,
    f REAL,
    p_id INTEGER REFERENCES p ON DELETE CASCADE,
    up INTEGER CONSTRAINT fk_up REFERENCES t (id) ON DELETE SET NULL,
    CONSTRAINT ck_t CHECK (d <> 'it''s :x 100%' /* ) */),
    CONSTRAINT uq_t UNIQUE (d, e) ON CONFLICT REPLACE
);
CREATE INDEX i_part ON t (a DESC) -- only
    WHERE b IS NOT NULL;
CREATE UNIQUE INDEX i_expr ON t (lower(b));
CREATE TABLE child (id INTEGER PRIMARY KEY, t_id INTEGER NOT NULL REFERENCES t ON DELETE CASCADE);
CREATE VIEW v AS SELECT id, a, b FROM t;
CREATE TRIGGER g AFTER INSERT ON t WHEN new.a = 7 BEGIN UPDATE t SET a = 8 WHERE id = new.id; END;
"""
RICH_ROWS = """
INSERT INTO p VALUES (1, 'x'), (4, 'y');
INSERT INTO t (id, a, b, c, d, e, f, p_id, up) VALUES
    (2, 1, 'x', '2.50', '1', '1', 1.0, 1, NULL), (3, NULL, NULL, 'free', '10', 'abc', 2.5, 4, 2),
    (9, 5, 'Y', 3, '01', '007', NULL, NULL, 9), (11, 5, 'z', 3, 'x', 'x', NULL, NULL, 9);
DELETE FROM t WHERE id = 11;
INSERT INTO child VALUES (1, 2), (2, 2), (3, 9);
"""
RICH_PROBES = (
    "INSERT INTO t (a) VALUES (13)",
    "INSERT INTO t (a, b) VALUES (1, 'X')",
    "INSERT INTO t (a, d) VALUES (1, 'it''s :x 100%')",
    "INSERT INTO t (a, d, e) VALUES (7, '1', '1') RETURNING id",
    "INSERT INTO t (p_id, e) VALUES (99, 'z')",
    "DELETE FROM p WHERE id = 1",
    "DELETE FROM t WHERE id = 2",
    "SELECT * FROM v",
)
CHANGES = {
    "a longer VARCHAR": ("d VARCHAR(10)", "d VARCHAR(20)"),
    "another type": ("d VARCHAR(10)", "d TEXT"),
    "a type of a column with a collation": ("b TEXT COLLATE", "b VARCHAR(5) COLLATE"),
    "a CHECK": ("    e TEXT", "    e TEXT CHECK (e <> 'no')"),
    "a named CHECK": ("    e TEXT,", "    e TEXT CONSTRAINT ck_e CHECK (e <> 'no'),"),
    "a CHECK of the table": ("CONSTRAINT ck_t", "CHECK (a < 1000), CONSTRAINT ck_t"),
    "a CHECK altered": ("a <> 13", "a <> 13 AND a <> 1300"),
    "a named CHECK altered": ("d <> 'it''s", "d <> 'no' AND d <> 'it''s"),
    "a named UNIQUE": ("CONSTRAINT ck_t", "CONSTRAINT uq_z UNIQUE (id, f), CONSTRAINT ck_t"),
    "a DEFAULT": ("f REAL", "f REAL DEFAULT (1.5 * 2)"),
    "a column with a key": (
        "f REAL",
        "f REAL, pp INTEGER UNIQUE REFERENCES p (id) ON DELETE SET NULL",
    ),
    "a generated column": ("f REAL", "f REAL, gen TEXT AS (b || ':' || a) STORED"),
    "NOT NULL no more": ("MONEY NOT NULL", "MONEY"),
}


@both_styles
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_the_rest_stays(history: History, change: str, style: str) -> None:
    """Up and down again, with rows and gaps in their numbers."""
    was, will_be = CHANGES[change]
    assert was in RICH
    history.begin(RICH)
    history.project.write("schema.sql", RICH.replace(was, will_be))
    history.upgrade("first")
    history.execute(RICH_ROWS)
    file = history.project.root / "app.db"
    before, values = state(file, RICH_PROBES), values_of(file)
    ran = history.revise("--style", style)
    assert (ran.code, ran.err) == (0, "")
    history.upgrade("head")
    assert state(file, ())["others"] == before["others"]
    assert [one | same for one, same in zip(values_of(file), values, strict=True)] == values_of(
        file
    )
    assert history.run("check", "--strict", "sqlite:///app.db").code == 0
    history.downgrade("first")
    assert state(file, RICH_PROBES) == before


def values_of(file: Path) -> list[dict[str, Any]]:
    """Every row of every table, by the names of its columns."""
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        queries = [f"SELECT '{one}', rowid, * FROM {one}" for one in ("t", "p", "child")]
        counted = "SELECT name, seq FROM sqlite_sequence"
        return [dict(row) for one in (*queries, counted) for row in connection.execute(one)]


@both_styles
def test_text_that_is_no_number_stays_text(history: History, style: str) -> None:
    """A CAST would make 0 of it."""
    history.begin(RICH)
    history.project.write("schema.sql", RICH.replace("    e TEXT", "    e INTEGER"))
    history.upgrade("first")
    history.execute(RICH_ROWS)
    assert history.revise("--style", style).code == 3
    assert history.revise("--style", style, "--allow", "narrow:t.e").code == 0
    history.upgrade("head")
    with closing(sqlite3.connect(history.project.root / "app.db")) as connection:
        assert connection.execute("SELECT e FROM t ORDER BY id").fetchall() == [
            (1,),
            ("abc",),
            (7,),
        ]
