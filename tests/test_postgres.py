"""Files and databases of PostgreSQL are compared, on real servers of the oldest and the newest
version."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.postgres import MAJORS, database, server

from sqlplumb.engines.postgres.parse.refused import read_refused
from sqlplumb.engines.postgres.scratch.loading import Loader
from sqlplumb.engines.postgres.server.programs import installed
from sqlplumb.engines.postgres.server.scratch_server import ScratchServer

if TYPE_CHECKING:
    from tests.conftest import Project, Run

TABLES = """\
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE tasks (
    id bigint NOT NULL,
    name varchar(20) DEFAULT 'x',
    done boolean,
    feeling mood CHECK (feeling <> 'sad')
);
"""


@pytest.fixture(params=MAJORS)
def a_server(request: pytest.FixtureRequest) -> ScratchServer:
    return server(request.param)


@pytest.fixture
def sides(a_server: ScratchServer) -> Iterator[tuple[str, str]]:
    """Two databases, each with the same table."""
    with database(a_server, TABLES) as current, database(a_server, TABLES) as desired:
        yield current, desired


@pytest.fixture
def live(a_server: ScratchServer) -> Iterator[str]:
    with database(a_server, TABLES) as url:
        yield url


def execute(url: str, sql: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(sql.encode())


@pytest.mark.parametrize("driver", ["", "+psycopg", "+psycopg2", "+asyncpg"])
def test_equal_databases_are_plumb(sides: tuple[str, str], driver: str, run: Run) -> None:
    current, desired = (url.replace("postgresql:", f"postgresql{driver}:", 1) for url in sides)
    ran = run("diff", current, desired, "--format", "json")
    assert (ran.code, ran.json["equal"]) == (0, True)


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("ALTER TABLE tasks ALTER name TYPE varchar(30)", ("alter", "tasks.name")),
        ("ALTER TABLE tasks ALTER done SET DEFAULT true", ("alter", "tasks.done")),
        ("ALTER TABLE tasks ADD priority integer", ("create", "tasks.priority")),
        ("CREATE SCHEMA more CREATE TABLE tasks (id int)", ("create", "more.tasks")),
        ("DROP TABLE tasks", ("drop", "tasks")),
        ("CREATE INDEX named ON tasks (name)", ("create", "named")),
        ("CREATE VIEW v AS SELECT 1 AS x", ("create", "v")),
        ("ALTER TYPE mood ADD VALUE 'great'", ("alter", "mood")),
    ],
)
def test_what_differs(sql: str, changed: tuple[str, str], sides: tuple[str, str], run: Run) -> None:
    execute(sides[1], sql)
    ran = run("diff", *sides, "--format", "json")
    assert ran.code == 1
    assert changed in [(one["verb"], one["object"]) for one in ran.json["changes"]]


def test_tables_of_one_name_in_two_schemas(sides: tuple[str, str], run: Run) -> None:
    for url in sides:
        execute(url, "CREATE SCHEMA more CREATE TABLE tasks (id int)")
    execute(sides[1], "ALTER TABLE more.tasks ADD x int; ALTER TABLE tasks ADD y int")
    told = run("diff", *sides).out
    heads = [line for line in told.splitlines() if line.endswith("tasks")]
    assert heads == ["more.tasks", "tasks"]


def test_a_server_that_is_not_there(run: Run) -> None:
    ran = run("diff", "postgresql://me:secret@localhost:1/x", "empty")
    assert ran.code == 4
    assert "secret" not in ran.err


def test_two_engines_have_no_words_in_common(live: str, project: Project, run: Run) -> None:
    project.database("CREATE TABLE t (a int)")
    ran = run("diff", "sqlite:///app.db", live)
    assert (ran.code, ran.out) == (2, "")
    assert "sqlite" in ran.err and "postgresql" in ran.err


def test_what_differs_is_told_apart(sides: tuple[str, str], run: Run) -> None:
    execute(sides[1], "ALTER TABLE tasks ALTER done SET NOT NULL")
    ran = run("diff", *sides)
    assert "- done boolean\n" in ran.out
    assert "+ done boolean NOT NULL\n" in ran.out


def test_whoever_holds_a_lock_is_told(live: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlplumb.engines.postgres.live.database._PATIENCE", 0.1)
    with closing(psycopg.connect(live, application_name="a migration")) as holder:
        holder.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
        ran = run("diff", live, "empty")
        assert ran.code == 4
        assert f"tasks is locked by process {holder.info.backend_pid}" in ran.err
        assert "a migration" in ran.err


# --------------------------------------------------------------------- files


def test_a_file_and_its_database(live: str, project: Project, run: Run) -> None:
    project.write("schema.sql", TABLES)
    assert run("check", live).code == 0
    execute(live, "ALTER TABLE tasks DROP done, ALTER id TYPE int")
    ran = run("check", live)
    assert ran.code == 1
    assert "column done is missing  schema.sql:5" in ran.out
    assert "type differs  schema.sql:3" in ran.out


def test_two_files_on_a_scratch_that_is_named(live: str, project: Project, run: Run) -> None:
    project.write("a.sql", TABLES)
    project.write("b.sql", TABLES.replace("'ok'", "'ok', 'great'"))
    ran = run("diff", "a.sql", "b.sql", "--scratch", live, "--format", "json")
    (change,) = ran.json["changes"]
    assert (change["object"], change["where"]) == ("mood", {"file": "b.sql", "line": 1})


def test_an_unchanged_file_is_not_loaded_again(
    live: str, project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("schema.sql", TABLES + "-- of this test\n")
    loaded: list[object] = []
    load = Loader.load

    def heard(*given: Any) -> None:
        loaded.append(given)
        load(*given)

    monkeypatch.setattr(Loader, "load", heard)
    for _ in range(2):
        assert run("check", live).code == 0
    assert len(loaded) == 1
    assert run("check", live, "--no-cache").code == 0
    assert len(loaded) == 2
    project.write("schema.sql", TABLES + "-- of this test, too\n")
    assert run("check", live).code == 0
    assert len(loaded) == 3


def test_an_equal_database_is_not_read(
    live: str, project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its seal is that of the file. Alembic's table, hints and what is ignored are told as ever."""
    project.write("schema.sql", TABLES + "-- of a seal\n")
    first = run("check", live)
    execute(live, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    with monkeypatch.context() as patched:
        patched.setattr("sqlplumb.engines.postgres.read.catalog_source.ask", None)
        assert run("check", live).out == first.out
    execute(live, "CREATE TABLE other (a int)")
    assert run("check", live).code == 1
    project.write("pyproject.toml", '[tool.sqlplumb]\nignore = ["other"]\n')
    assert "1 table ignored" in run("check", live).err


@pytest.mark.parametrize(
    ("sql", "line", "said"),
    [
        ("SELECT 1;\nCREATE TABLE t (a strange);", 2, 'type "strange" does not exist'),
        ("CREATE TABLE t (a int);\n\nCREATE TABLE t (b int);", 3, "already exists"),
        ("CREATE TABLE t (a int);\nCREATE TABLE u (\n  a int,,\n  b int);", 3, 'near ","'),
        ("CREATE TABLE t (a text DEFAULT 'x);\n", 1, "unterminated quoted string"),
        ("CREATE TABLE t (a int);\nCREATE DATABASE x;", 2, "CREATE DATABASE"),
        ("CREATE ROLE x;", 1, "CREATE ROLE"),
        ("CREATE TABLESPACE x LOCATION '/x';", 1, "CREATE TABLESPACE"),
        ("ALTER SYSTEM SET jit = off;", 1, "ALTER SYSTEM"),
        ("-- x\n\\i other.sql", 2, "\\i is a command of psql"),
        ("\\connect other", 1, "\\connect leads away"),
        ("CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);", 2, "INSERT is not allowed"),
        ("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n\\.\n", 2, "COPY is not allowed"),
        ("COPY t FROM PROGRAM 'true';", 1, "COPY would read or write a file"),
        ("CREATE EXTENSION sqlplumb_none;", 1, "--scratch URL"),
        ("SET standard_conforming_strings = off;\nSELECT '\\x';", 1, "backslashes"),
    ],
)
def test_what_a_file_may_not_hold(
    sql: str, line: int, said: str, live: str, project: Project, run: Run
) -> None:
    project.write("schema.sql", sql)
    ran = run("check", live)
    assert (ran.code, ran.out) == (2, "")
    assert f"schema.sql:{line}" in ran.err and said in ran.err


def test_the_caret_stands_where_the_server_stumbled(live: str, project: Project, run: Run) -> None:
    project.write("schema.sql", "CREATE TABLE t (\n  a int DEFAULT 'é',\n  b strange\n);")
    lines = run("check", live).err.splitlines()
    at = next(number for number, line in enumerate(lines) if "b strange" in line)
    assert lines[at].index("strange") == lines[at + 1].index("^")


def test_statements_that_stand_alone_and_labels_in_use(
    a_server: ScratchServer, project: Project, run: Run
) -> None:
    """What may not share a transaction with others is run by itself."""
    text = """
        CREATE TYPE mood AS ENUM ('sad');
        CREATE TABLE t (a int, b mood);
        ALTER TYPE mood ADD VALUE 'ok';
        ALTER TABLE t ALTER b SET DEFAULT 'ok';
        CREATE INDEX CONCURRENTLY i ON t (a);
        BEGIN; SET LOCAL search_path = other, public; CREATE TABLE u (a int); COMMIT;
    """
    project.write("a.sql", text)
    with database(a_server, text) as url:
        assert run("diff", url, "a.sql").code == 0


def test_roles_that_a_file_names_are_there(
    a_server: ScratchServer, project: Project, run: Run
) -> None:
    text = 'CREATE TABLE t (a int);\nALTER TABLE t OWNER TO "Some One";\nGRANT SELECT ON t TO two;'
    project.write("schema.sql", text)
    with database(a_server, text) as url:
        assert run("check", url).code == 0


def test_roles_are_not_made_by_whoever_may_not(
    a_server: ScratchServer, project: Project, run: Run
) -> None:
    with closing(psycopg.connect(a_server.conninfo, autocommit=True)) as owner:
        owner.execute("CREATE ROLE maker LOGIN CREATEDB")
        project.write("schema.sql", "CREATE TABLE t (a int);\nGRANT SELECT ON t TO nobody_knows;")
        try:
            with database(a_server) as url:
                ran = run("check", url, "--scratch", url.replace("postgres@", "maker@"))
            assert ran.code == 2
            assert "nobody_knows" in ran.err and "schema.sql:2" in ran.err
        finally:
            owner.execute("DROP ROLE maker")


OWNED = """
CREATE TABLE tasks (id bigint, name text);
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('sad');
CREATE SCHEMA app;
"""
HAS = """
ALTER TABLE tasks OWNER TO owns_tasks;
GRANT SELECT ON tasks TO reads_tasks;
GRANT UPDATE (name) ON tasks TO "Odd role";
REVOKE EXECUTE ON FUNCTION one() FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO reads_tasks WITH GRANT OPTION;
"""
WANTS = """
ALTER TABLE tasks OWNER TO reads_tasks;
GRANT SELECT, INSERT ON tasks TO owns_tasks WITH GRANT OPTION;
GRANT USAGE ON SCHEMA app TO reads_tasks;
REVOKE USAGE ON TYPE mood FROM PUBLIC;
"""


@pytest.fixture
def roles(a_server: ScratchServer) -> Iterator[None]:
    names = ("owns_tasks", "reads_tasks", '"Odd role"')
    with closing(psycopg.connect(a_server.conninfo, autocommit=True)) as owner:
        for name in names:
            owner.execute(f"CREATE ROLE {name}".encode())
        yield
        for name in names:
            owner.execute(f"DROP ROLE {name}".encode())


def test_owners_and_privileges_where_the_settings_ask(
    a_server: ScratchServer, roles: None, project: Project, run: Run
) -> None:
    project.write("schema.sql", OWNED + WANTS)
    with database(a_server, OWNED + HAS) as url:
        assert run("check", url).code == 0
        project.write("pyproject.toml", '[tool.sqlplumb]\ncompare = ["owners", "privileges"]\n')
        ran = run("check", url, "--format", "json")
        told = {change["object"]: change["fields"] for change in ran.json["mirrors"][0]["changes"]}
        assert told == {
            "app": ["grants"],
            "mood": ["grants"],
            "one()": ["grants"],
            "tasks": ["owner", "grants"],
            "tasks.name": ["grants"],
        }
        execute(url, run("diff", url, "schema.sql", "--format", "sql").out)
        assert run("check", url).code == 0
        project.write("dump.sql", dumped(url))
        assert run("diff", url, "dump.sql").code == 0
        project.write("schema.sql", OWNED)  # it says of nobody that he owns anything
        execute(url, run("diff", url, "schema.sql", "--format", "sql").out)
        assert run("check", url).code == 0
    project.write("pyproject.toml", '[tool.sqlplumb]\ncompare = ["owner"]\n')
    assert "did you mean owners" in run("check", "schema.sql").err


def test_what_a_block_makes_has_its_place(
    a_server: ScratchServer, project: Project, run: Run
) -> None:
    project.write(
        "schema.sql",
        """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN
        CREATE TYPE mood AS ENUM ('sad', 'ok');
    END IF;
    EXECUTE 'CREATE DOMAIN size AS integer';
    EXECUTE format('CREATE DOMAIN %I AS integer', 'width');
END
$$;
DO $made$ BEGIN CREATE TABLE t (
    id integer PRIMARY KEY
); END $made$;
""",
    )
    with database(a_server) as url:
        out = run("diff", url, "schema.sql", "--format", "json").json
    places = {change["object"]: (change["where"] or {}).get("line") for change in out["changes"]}
    assert places == {"mood": 5, "size": 7, "width": None, "t": 11}


def test_default_privileges_are_compared_with_the_others(
    a_server: ScratchServer, roles: None, project: Project, run: Run
) -> None:
    """What is made while some stand has those of schema.sql alone."""
    current = """
    CREATE TABLE tasks (id bigint, name text);
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO reads_tasks;
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES FOR ROLE owns_tasks IN SCHEMA public
        GRANT USAGE ON SEQUENCES TO "Odd role";
    """
    desired = """
    ALTER DEFAULT PRIVILEGES FOR ROLE owns_tasks IN SCHEMA public
        GRANT USAGE ON SEQUENCES TO reads_tasks WITH GRANT OPTION;
    CREATE TABLE tasks (id bigint, name text);
    CREATE TABLE more (id bigint);
    CREATE VIEW seen AS SELECT id FROM tasks;
    CREATE SEQUENCE counted;
    CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2';
    REVOKE EXECUTE ON FUNCTION two() FROM PUBLIC;
    GRANT SELECT ON seen TO reads_tasks;
    GRANT SELECT (name) ON tasks TO PUBLIC;
    """
    project.write("pyproject.toml", '[tool.sqlplumb]\ncompare = ["privileges"]\n')
    with database(a_server, current) as url:
        for goal in (desired, current):
            project.write("schema.sql", goal)
            assert run("check", url).code == 1
            script = run("diff", url, "schema.sql", "--format", "sql", "--allow", "destructive")
            execute(url, script.out)
            assert run("check", url).code == 0, script.out


def test_a_dump_is_read(live: str, project: Project, run: Run) -> None:
    """With the lines of psql that it has, and its rows, which are no schema."""
    execute(live, "INSERT INTO tasks VALUES (1, 'a;b')")
    project.write("dump.sql", dumped(live))
    ran = run("diff", live, "dump.sql")
    assert ran.code == 0
    assert "these rows are not compared" in ran.err


def dumped(url: str) -> str:
    """What pg_dump writes; that of the newest version knows the older ones."""
    folder = max(installed(), key=lambda each: each.major).folder
    program = shutil.which("pg_dump", path=str(folder)) or shutil.which("pg_dump")
    if not program:
        pytest.skip("no PostgreSQL is installed here")
    command = [program, "-d", psycopg.conninfo.make_conninfo(url)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


PRINTED_TWICE = """
CREATE DOMAIN sort AS varchar(9) DEFAULT 'a' CONSTRAINT sorted CHECK (VALUE IN ('a', 'b'));
CREATE TABLE items (
    kind varchar(9) DEFAULT 'a' CHECK (kind IN ('a', 'b')),
    is_known boolean GENERATED ALWAYS AS (kind IN ('a', 'b')) STORED,
    size varchar CHECK (size NOT IN ('x', 'y')),
    CONSTRAINT both_known CHECK (kind IN ('c', 'd') OR size IN ('e', 'f'))
);
CREATE VIEW picked AS SELECT kind FROM items WHERE size IN ('x', 'y');
CREATE VIEW fewer AS SELECT kind FROM picked WHERE kind IN ('a', 'b');
CREATE MATERIALIZED VIEW kept AS SELECT kind FROM items WHERE kind IN ('a', 'b') WITH NO DATA;
CREATE INDEX some_items ON items (kind) WHERE kind IN ('a', 'b');
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON items USING (kind IN ('a', 'b'));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON items FOR EACH ROW
    WHEN (NEW.kind IN ('a', 'b')) EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON DELETE TO items WHERE OLD.kind IN ('a', 'b') DO INSTEAD NOTHING;
"""


def test_what_a_dump_prints_again_is_no_drift(
    a_server: ScratchServer, project: Project, run: Run
) -> None:
    """A wording is read back as another one, of which a database that was restored is full."""
    project.write("schema.sql", PRINTED_TWICE)
    with database(a_server, PRINTED_TWICE) as first:
        dump = dumped(first)
        with database(a_server, dump) as second:
            for _ in range(2):
                ran = run("check", second)
                assert (ran.code, ran.err) == (0, ""), ran.out
            project.write("dump.sql", dump)
            assert run("diff", "schema.sql", "dump.sql", "--scratch", second).code == 0
            execute(second, "ALTER TABLE items DROP CONSTRAINT both_known")
            known = "CHECK (kind IN ('c', 'd') OR size IN ('e', 'g'))"
            execute(second, f"ALTER TABLE items ADD CONSTRAINT both_known {known}")
            ran = run("check", second, "--format", "json")
            (change,) = ran.json["mirrors"][0]["changes"]
            assert change["object"] == "items.both_known"


@pytest.mark.parametrize(
    ("sql", "seen"),
    [
        ("ALTER TABLE items ALTER kind TYPE varchar(8), ALTER kind SET DEFAULT 'b'", "items.kind"),
        ("ALTER TABLE items ALTER kind SET DEFAULT 'b'", "items.kind"),
        ("ALTER TABLE items ALTER kind SET NOT NULL, ALTER kind SET DEFAULT 'a'", "items.kind"),
        ("COMMENT ON INDEX some_items IS 'x'", "some_items"),
        ("COMMENT ON CONSTRAINT sorted ON DOMAIN sort IS 'x'", "sort"),
        ("ALTER DOMAIN sort DROP DEFAULT", "sort"),
        ("ALTER TABLE items DISABLE TRIGGER touched", "touched"),
        ("ALTER POLICY known ON items USING (kind IN ('a', 'c'))", "known"),
        ("ALTER VIEW picked SET (security_barrier = true)", "picked"),
        ("CREATE OR REPLACE VIEW fewer AS SELECT kind FROM picked WHERE kind = 'a'", "fewer"),
        ("CREATE OR REPLACE VIEW fewer AS SELECT kind FROM gone", "fewer"),
    ],
)
def test_what_is_printed_again_hides_nothing(
    sql: str, seen: str, a_server: ScratchServer, project: Project, run: Run
) -> None:
    """Of what a dump has worded anew, what else was done to it is seen all the same; so is what the
    file's own database cannot make anew."""
    changed = PRINTED_TWICE.replace(
        "CREATE VIEW picked", "CREATE TABLE gone (kind varchar(9));\nCREATE VIEW picked"
    )
    views = (
        "DROP VIEW fewer, picked; DROP MATERIALIZED VIEW kept; DROP POLICY known ON items;"
        " DROP TRIGGER touched ON items; DROP RULE quiet ON items; ALTER TABLE items DROP is_known;"
    )
    project.write("schema.sql", PRINTED_TWICE)
    with database(a_server, changed if "gone" in sql else PRINTED_TWICE) as first:
        dump = dumped(first)
    with database(a_server, dump) as url:
        execute(url, f"{views if 'TYPE' in sql else ''} {sql}")
        ran = run("check", url, "--format", "json")
        found = [change["object"] for change in ran.json["mirrors"][0]["changes"]]
        assert ran.code == 1 and seen in found


def test_an_index_of_the_whole_is_no_wording(
    a_server: ScratchServer, project: Project, run: Run
) -> None:
    """An index of a partitioned table is another one than that of a table, though it is made of
    the other's words as well."""
    sql = "CREATE TABLE t (a int); CREATE INDEX by_a ON t (a)"
    parts = " PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);"
    project.write("schema.sql", sql.replace(";", parts, 1))
    with database(a_server, sql) as url:
        ran = run("diff", url, "schema.sql", "--format", "sql")
        execute(url, ran.out)
        assert run("check", url).code == 0


def test_what_is_ignored_is_not_compared(live: str, project: Project, run: Run) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\nignore = ["celery_*", "index:dba_*"]\n')
    project.write("schema.sql", TABLES)
    execute(live, "CREATE TABLE celery_x (a int); CREATE INDEX dba_i ON tasks (id)")
    ran = run("check", live)
    assert ran.code == 0
    assert "1 table and 1 index ignored" in ran.err
    project.write("schema.sql", TABLES + "CREATE TABLE celery_y (a int);")
    ran = run("check", live)
    assert ran.code == 2
    assert "celery_y" in ran.err
    ignored = ["celery_*", "index:dba_*", "schema:audit", "function:dba_*", "conversion:*"]
    project.write("pyproject.toml", f"[tool.sqlplumb]\nignore = {ignored}\n")
    project.write("schema.sql", TABLES)
    execute(
        live,
        "CREATE SCHEMA audit; CREATE TABLE audit.log (a int); CREATE VIEW audit.seen AS SELECT 1;"
        "CREATE FUNCTION dba_x(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "CREATE CONVERSION odd FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1",
    )
    ran = run("check", live)
    assert (ran.code, ran.out.count("differ")) == (0, 0), ran.out
    assert "2 tables, 1 view, 1 index, 1 schema and 1 function ignored" in ran.err
    execute(live, "CREATE FUNCTION audit.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert run("diff", live, "schema.sql", "--format", "sql").out == ""
    project.write("schema.sql", f"{TABLES}CREATE SCHEMA audit;\nCREATE VIEW audit.v AS SELECT 1;")
    assert "schema.sql:8" in run("check", live).err


def test_settings_name_the_scratch(live: str, project: Project, run: Run) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\nscratch = "env:SCRATCH"\n')
    project.patch.setenv("SCRATCH", live)
    project.write("schema.sql", TABLES)
    assert run("diff", "schema.sql", "empty").code == 1


def test_a_scratch_of_another_version_is_refused(project: Project, run: Run) -> None:
    if len(MAJORS) < 2:
        pytest.skip("no PostgreSQL is installed here")
    project.write("schema.sql", TABLES)
    first, last = server(MAJORS[0]), server(MAJORS[-1])
    with database(first) as url, database(last) as scratch:
        ran = run("check", url, "--scratch", scratch)
    assert ran.code == 2
    assert f"is {MAJORS[-1]}" in ran.err


def test_the_file_of_a_database_elsewhere_is_read_by_a_server_that_is_started(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch, live: str
) -> None:
    """One of its own version; nothing is made on the other's server."""
    from sqlplumb.engines.postgres.server import choose

    monkeypatch.setattr(choose, "is_local", lambda conninfo: False)
    monkeypatch.setattr(ScratchServer, "create", _create_on_embedded)
    project.write("schema.sql", TABLES + "-- elsewhere\n")
    assert run("check", live).code == 0


_CREATE = ScratchServer.create


def _create_on_embedded(server: ScratchServer, *given: str, like: str = "") -> str:
    assert server.label.startswith("the scratch server")
    return _CREATE(server, *given, like=like)


def test_a_folder_of_files_is_one_schema(live: str, project: Project, run: Run) -> None:
    head, _, rest = TABLES.partition("\n")
    project.write("sql/1.sql", head)
    project.write("sql/2.sql", rest)
    assert run("diff", live, "sql").code == 0


def test_a_comment_alone_is_no_schema(live: str, project: Project, run: Run) -> None:
    project.write("schema.sql", "-- nothing /* \n")
    assert run("check", live).code == 2
    assert Path("schema.sql").exists()


# --------------------------------------------------------------------- kinds that are refused

REFUSED = [
    (
        "CREATE DEFAULT CONVERSION made FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "conversion",
        "public.made",
    ),
    ("CREATE ACCESS METHOD own TYPE TABLE HANDLER heap_tableam_handler", "access method", "own"),
    (
        "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))",
        "transform",
        "integer",
    ),
    (
        'CREATE TEXT SEARCH PARSER "Own" (START = prsd_start, GETTOKEN = prsd_nexttoken,'
        " END = prsd_end, LEXTYPES = prsd_lextype)",
        "text search parser",
        "public.Own",
    ),
    (
        "CREATE TEXT SEARCH TEMPLATE app.own (LEXIZE = dsimple_lexize)",
        "text search template",
        "app.own",
    ),
    ("CREATE TYPE app.unsaid", "shell type", "app.unsaid"),
]


@pytest.mark.parametrize(("statement", "kind", "name"), REFUSED)
def test_a_kind_that_is_refused_is_told_by_its_line(
    statement: str, kind: str, name: str, live: str, project: Project, run: Run
) -> None:
    """And of a database by its name alone. What the settings ignore is let be."""
    text = f"CREATE SCHEMA app;\n{TABLES}\n-- of a kind\n{statement};\n"
    project.write("schema.sql", text)
    line = text[: text.index(statement)].count("\n") + 1
    for _ in range(2):  # from the cache as well
        ran = run("check", live)
        assert ran.code == 3
        assert f"schema.sql:{line}:" in ran.err and f"{kind} {name}" in ran.err
    execute(live, f"CREATE SCHEMA app; {statement}")
    project.write("schema.sql", f"CREATE SCHEMA app;\n{TABLES}")
    ran = run("check", live)
    assert f"{kind} {name}" in ran.err and "schema.sql:" not in ran.err
    project.write("schema.sql", text)
    project.write("pyproject.toml", f'[tool.sqlplumb]\nignore = ["{kind}:{name}"]\n')
    assert run("check", live).code == 0


def test_each_of_several_refused_kinds_has_its_line(live: str, project: Project, run: Run) -> None:
    """What a DO block makes is told by its name."""
    hidden = "DO $$ BEGIN CREATE TYPE unseen; END $$"
    project.write("schema.sql", f"{TABLES}CREATE TYPE one;\nCREATE TYPE two;\n{hidden};\n")
    err = run("check", live).err
    first = TABLES.count("\n") + 1
    assert f"schema.sql:{first}" in err and f"schema.sql:{first + 1}" in err
    assert "shell type public.unseen" in err


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        (
            "SECURITY LABEL FOR anon ON COLUMN app.people.name IS 'x'",
            ("security label", "app.people.name", 34),
        ),
        ("SECURITY LABEL ON MATERIALIZED VIEW v IS 'x'", ("security label", "v", 36)),
        (
            "CREATE OR REPLACE TRANSFORM FOR double precision LANGUAGE x ()",
            ("transform", "double precision", 32),
        ),
        ("CREATE TYPE t AS (a int)", None),
        ("CREATE TYPE t (INPUT = a, OUTPUT = b)", None),
        ("ALTER TYPE t RENAME TO u", None),
        ("CREATE", None),
    ],
)
def test_statements_of_kinds_that_are_refused(
    statement: str, read: tuple[str, str, int] | None
) -> None:
    assert read_refused(statement) == read
