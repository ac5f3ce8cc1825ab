"""Files as an editor types them: what is read, told, offered and mended, without a server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlplumb.config import Settings
from sqlplumb.editor import completion, diagnostics, fixes, hover, lookup
from sqlplumb.editor.diagnostics import Diagnostic
from sqlplumb.editor.mirrors import NOTHING, Difference, Mirrored
from sqlplumb.editor.project import Project, settings_for
from sqlplumb.editor.reader import SchemaReader
from sqlplumb.editor.reading import Reading
from sqlplumb.editor.session import Session
from sqlplumb.editor.text import Text
from sqlplumb.engines import engine
from sqlplumb.schema import Ref

FILE = "schema.sql"
SETTINGS = Settings(root=Path())
SCHEMA = """\
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES users (id),
    state TEXT NOT NULL CONSTRAINT known CHECK (state IN ('open', 'done'))
);
CREATE INDEX ix_tasks_owner ON tasks (owner);
CREATE VIEW open_tasks AS SELECT t.id, u.name AS who FROM tasks t JOIN users u ON u.id = t.owner;
CREATE TRIGGER renamed AFTER UPDATE OF name ON users
BEGIN
    UPDATE tasks SET state = 'open' WHERE owner = new.id;
END;
"""


def read(text: str, reader: SchemaReader | None = None) -> Reading:
    return (reader or SchemaReader(engine("sqlite"))).read({FILE: text})


def told(reading: Reading, mirrored: Mirrored = NOTHING) -> list[Diagnostic]:
    findings = diagnostics.lint(reading, SETTINGS)
    return [*diagnostics.diagnostics(reading, findings, mirrored)]


def marked(text: str, diagnostic: Diagnostic) -> str:
    return text[diagnostic.start : diagnostic.end]


def place(marked_text: str) -> tuple[str, int]:
    """`¦` is the cursor."""
    return marked_text.replace("¦", ""), marked_text.index("¦")


# ----------------------------------------------------------------------------- how text is counted

SIGNS = st.text(st.sampled_from("ab\n\r\f\v\u2028\u0085é漢😀 "), max_size=20)
ENCODINGS = {"utf-16": "utf-16-le", "utf-8": "utf-8", "utf-32": "utf-32-le"}


def lines_of(raw: str) -> list[str]:
    """As the protocol says: a line ends at \\r\\n, \\n or \\r, and at nothing else."""
    return raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(SIGNS, SIGNS, st.data(), st.sampled_from([*ENCODINGS]))
def test_a_change_lands_where_the_editor_means(
    raw: str, new: str, data: st.DataObject, encoding: str
) -> None:
    boundaries = [at for at in range(len(raw) + 1) if raw[at - 1 : at + 1] != "\r\n"]
    first, last = sorted(data.draw(st.tuples(*[st.sampled_from(boundaries)] * 2)))
    ends = []
    for at in (first, last):
        before = lines_of(raw[:at])
        width = len("x".encode(ENCODINGS[encoding])) if encoding != "utf-8" else 1
        ends.append((len(before) - 1, len(before[-1].encode(ENCODINGS[encoding])) // width))
    text = Text(raw, encoding)
    assert text.replaced(ends[0], ends[1], new).raw == raw[:first] + new + raw[last:]
    plain = len(raw[:first].replace("\r\n", "\n"))
    assert text.offset(*ends[0]) == plain
    assert text.position(plain) == ends[0]


def test_a_place_inside_of_a_character_is_before_it() -> None:
    assert Text("a😀b").offset(0, 2) == 1
    assert Text("a😀b").offset(0, 3) == 2
    assert Text("a😀b").offset(0, 99) == 3 and Text("a\nb").offset(9, 0) == 3


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_no_file_can_hold_is_an_error_where_it_stands(sign: str) -> None:
    text = Text(SCHEMA.replace("name TEXT", f"name{sign} TEXT")).plain
    (one,) = [one for one in told(read(text)) if one.severity == "error"]
    assert one.start == text.index("\x01")


# ------------------------------------------------------------------------------ what is half typed


@pytest.mark.parametrize(
    ("broken", "at"),
    [
        ("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT DEFAULT 'x", "'"),
        ("CREATE TABLE notes (id INTEGER PRIMARY KEY,", ","),
        ("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NUL);", "NUL"),
        ("CREATE INDEX i ON tasks (stat);", "stat"),
        ("CREATE TABL notes (id);", "TABL"),
        ("INSERT INTO users VALUES (1, 'a');", "INSERT"),
    ],
)
def test_one_broken_statement_leaves_the_others_alone(broken: str, at: str) -> None:
    text = SCHEMA.replace("CREATE INDEX", f"{broken}\nCREATE INDEX", 1)
    reading = read(text)
    errors = [one for one in told(reading) if one.severity == "error"]
    assert len(errors) == 1
    assert marked(text, errors[0]) == at
    assert text.index(broken) <= errors[0].start < text.index(broken) + len(broken)
    assert {"tasks", "users", "open_tasks"} <= reading.schema.by_unit.keys()
    assert Ref("index", "tasks", "ix_tasks_owner") in reading.schema.objects


def test_of_a_table_that_breaks_the_last_facts_stay_and_nobody_else_is_blamed() -> None:
    reader = SchemaReader(engine("sqlite"))
    whole = read(SCHEMA, reader)
    half = read(SCHEMA.replace("name TEXT NOT NULL", "name TEXT NOT NULL,,"), reader)
    assert half.broken == {"users"}
    assert half.schema.unit("users").columns == whole.schema.unit("users").columns
    assert [one.message for one in told(half) if one.code] == []
    assert [one.severity for one in told(half)] == ["error"]


def test_what_did_not_change_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = SchemaReader(engine("sqlite"))
    read(SCHEMA, reader)
    asked: list[tuple[str, ...]] = []
    alone = reader._alone

    def hear(statements: object) -> object:
        asked.append(tuple(one.ref.name for one in statements))  # type: ignore[attr-defined]
        return alone(statements)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "_alone", hear)
    read(f"-- moved\n\n{SCHEMA}", reader)
    assert asked == [("users", "renamed")]  # the comment is now part of its first statement
    asked.clear()
    reading = read(SCHEMA.replace("u.name AS who", "u.name AS whom"), reader)
    assert asked == [("open_tasks",)]
    assert reading.columns["open_tasks"] == ["id", "whom"]


def test_places_follow_the_statements() -> None:
    reader = SchemaReader(engine("sqlite"))
    text = SCHEMA.replace("CREATE INDEX ix_tasks_owner ON tasks (owner);\n", "")
    assert marked(text, told(read(text, reader))[0]) == "REFERENCES"
    moved = f"{'-- grüße 😀' * 3}\n\n\n{text}"
    assert marked(moved, told(read(moved, reader))[0]) == "REFERENCES"


def test_every_beginning_can_be_read() -> None:
    reader = SchemaReader(engine("sqlite"))
    for end in range(0, len(SCHEMA), 23):
        told(read(SCHEMA[:end], reader))


def test_what_is_made_twice_and_what_stands_before_its_table_is_told() -> None:
    text = "CREATE INDEX i ON t (b);\nCREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);\n"
    assert ["stands before its table t" in one.message for one in told(read(text))] == [True]
    twice = "CREATE TABLE t (a INTEGER PRIMARY KEY);\nCREATE VIEW T AS SELECT 1 AS b;\n"
    (one,) = told(read(twice))
    assert "already defined" in one.message and marked(twice, one) == "T"


def test_an_ignore_with_a_reason_is_heeded() -> None:
    text = SCHEMA.replace("CREATE INDEX ix_tasks_owner ON tasks (owner);\n", "")
    ignored = text.replace("    owner", "    -- sqlplumb: ignore S103 few users\n    owner", 1)
    assert [one.code for one in told(read(text))] == ["S103"]
    assert told(read(ignored)) == []


# ------------------------------------------------------------------------------- where names lead


NAME = "id INTEGER PRIMARY KEY,\n    name"


@pytest.mark.parametrize(
    ("marked_text", "target"),
    [
        (SCHEMA.replace("REFERENCES users", "REFERENCES us¦ers"), "users (\n    id"),
        (SCHEMA.replace("users (id)", "users (i¦d)"), NAME),
        (SCHEMA.replace("ON tasks (owner)", "ON tasks (¦owner)"), "owner INTEGER"),
        (SCHEMA.replace("u.name AS", "u.na¦me AS"), "name TEXT"),
        (SCHEMA.replace("u.id = t.owner", "u¦.id = t.owner"), "users (\n"),
        (SCHEMA.replace("WHERE owner = new.id", "WHERE owner = new.id¦"), NAME),
        (SCHEMA + "CREATE VIEW more AS SELECT ¦who FROM open_tasks;", "who FROM tasks"),
        (SCHEMA.replace("CREATE INDEX ix_", "CREATE INDEX ix¦_"), "ix_tasks_owner"),
    ],
)  # fmt: skip
def test_definitions(marked_text: str, target: str) -> None:
    text, offset = place(marked_text)
    reading = read(text)
    found = lookup.mention_at(reading, FILE, offset)
    assert found and found[1].ref
    spot = lookup.definition(reading, found[1].ref)
    assert spot and text[spot.start :].startswith(target)


def test_references_are_those_of_this_column_alone() -> None:
    reading = read(SCHEMA)
    spots = [*lookup.references(reading, Ref("column", "users", "id"), with_definition=True)]
    lines = [SCHEMA.count("\n", 0, spot.start) for spot in spots]
    assert lines == [1, 6, 10, 13]
    assert {SCHEMA[spot.start : spot.end] for spot in spots} == {"id"}


def test_symbols_are_the_statements_in_their_order() -> None:
    found = [*lookup.symbols(read(SCHEMA), FILE)]
    assert [one.name for one in found] == [
        *("users", "tasks", "ix_tasks_owner", "open_tasks", "renamed"),
    ]
    assert [one.name for one in found[1].children] == ["id", "owner", "state"]
    for one in found:
        assert one.whole.start <= one.spot.start <= one.spot.end <= one.whole.end


def test_a_hover_tells_the_rules_who_refers_and_the_log() -> None:
    log = {("column", "users", "id"): ("9d3e77c1 2025-05-10 adds table users",)}
    said = hover.hover(read(SCHEMA), Ref("column", "users", "id"), Mirrored(log=log))
    assert "id INTEGER PRIMARY KEY" in said and "primary key" in said
    assert "`tasks.owner` refers to it" in said and "view `open_tasks` names it" in said
    assert "adds table users" in said
    table = hover.hover(read(SCHEMA), Ref("table", "", "tasks"), NOTHING)
    assert "state IN ('open', 'done')" in table and "index `ix_tasks_owner`" in table


# ------------------------------------------------------------------------------ what is offered


@pytest.mark.parametrize(
    ("typed", "offered", "not_offered"),
    [
        ("CREATE INDEX i ON ta¦", {"tasks", "users"}, {"owner", "SELECT"}),
        ("CREATE INDEX i ON tasks (¦", {"owner", "state"}, {"name", "tasks"}),
        ("CREATE VIEW v AS SELECT u.¦ FROM users u", {"id", "name"}, {"owner", "SELECT"}),
        ("CREATE VIEW v AS SELECT o.w¦ FROM open_tasks o", {"who"}, {"name"}),
        ("CREATE TABLE t (a ¦", {"INTEGER", "TEXT", "NOT"}, {"tasks"}),
        ("CREATE TABLE t (a INTEGER REFERENCES users (¦", {"id", "name"}, {"owner"}),
        ("CREATE TABLE t (\n    a TEXT, -- @¦", {"@renamed from=", "@backfill "}, {"SELECT"}),
        ("CREATE TABLE t (\n    -- sqlplumb: ignore S1¦", {"S103"}, {"SELECT"}),
        ("CREATE TABLE t (\n    -- what is ¦", set(), {"SELECT", "tasks"}),
        ("CREA¦", {"CREATE"}, {"owner"}),
    ],
)
def test_completion(typed: str, offered: set[str], not_offered: set[str]) -> None:
    """Typed in front of statements that it seems to swallow."""
    text, offset = place(f"{typed}\n{SCHEMA}")
    choices = {one.text for one in completion.complete(read(text), FILE, offset)}
    assert offered <= choices
    assert not not_offered & choices


def test_what_is_chosen_takes_the_place_of_what_was_typed() -> None:
    text, offset = place(f'{SCHEMA}CREATE INDEX i ON tasks ("ow¦ner");')
    (choice,) = [c for c in completion.complete(read(text), FILE, offset) if c.text == "owner"]
    assert text[choice.start : choice.end] == '"ow'


# -------------------------------------------------------------------------------- what is mended


def mended(text: str, title: str, mirrored: Mirrored = NOTHING) -> str:
    reading = read(text)
    found = [fix for one in told(reading, mirrored) for fix in fixes.fixes(reading, one)]
    (fix,) = [fix for fix in found if fix.title.startswith(title)]
    return text[: fix.spot.start] + fix.text + text[fix.spot.end :]


def test_an_index_for_a_foreign_key() -> None:
    text = SCHEMA.replace("ix_tasks_owner ON tasks (owner)", "ix_state ON tasks (state)")
    after = mended(text, "Add index")
    assert "CREATE INDEX ix_tasks_owner ON tasks (owner);" in after
    assert told(read(after)) == []


def test_an_ignore_waits_for_its_reason() -> None:
    text = SCHEMA.replace("CREATE INDEX ix_tasks_owner ON tasks (owner);\n", "")
    after = mended(text, "Ignore S103")
    assert {one.name for one in told(read(after))} == {
        *("foreign-key-without-index", "ignore-without-reason"),
    }
    assert told(read(after.replace("ignore S103 ", "ignore S103 few users"))) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("REFERENCES users", "REFERENCES usrs"),
        ("users (id)", "users (ids)"),
        ("tasks (owner)", "tasks (ownr)"),
        ("u.name AS", "u.nmae AS"),
        ("SET state = 'open'", "SET stat = 'open'"),
    ],
)
def test_the_name_that_was_meant(right: str, wrong: str) -> None:
    assert mended(SCHEMA.replace(right, wrong), "Change to") == SCHEMA


def test_the_hint_and_the_rule_that_were_meant() -> None:
    hinted = SCHEMA.replace("name TEXT NOT NULL", "name TEXT NOT NULL -- @renamed from=nick")
    assert mended(hinted.replace("@renamed", "@rename"), "Change to") == hinted
    ignored = "-- sqlplumb: ignore missing-primary-key a log\nCREATE TABLE log (a TEXT);\n"
    assert mended(ignored.replace("-key", "-kee"), "Change to") == ignored


@pytest.mark.parametrize("of", [("column", "users", "name"), ("table", "", "tasks")])
def test_the_hint_of_a_rename(of: tuple[str, str, str]) -> None:
    one = Difference(
        source="lint", of=of, message="goes and comes", code="P204", hint="-- @renamed from=x"
    )
    after = mended(SCHEMA, "It is a rename", Mirrored(differences=(one,), log={}))
    assert read(after).schema.objects[Ref(*of)].renamed_from == "x"
    one_line = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE tasks (a);\n"
    after = mended(one_line, "It is a rename", Mirrored(differences=(one,), log={}))
    facts = read(after).schema.objects
    assert [str(ref) for ref, fact in facts.items() if fact.renamed_from] == [str(Ref(*of))]


# ------------------------------------------------------------------------------------- projects


def test_a_schema_of_several_files_is_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.sqlplumb]\nschema = "sql"\n')
    (tmp_path / "sql").mkdir()
    one, two = tmp_path / "sql" / "a.sql", tmp_path / "sql" / "b.sql"
    one.write_text("CREATE TABLE users (id INTEGER PRIMARY KEY);\n")
    two.write_text("")
    project = Project(settings_for(two))
    text = "CREATE TABLE tasks (id INTEGER PRIMARY KEY REFERENCES users (id));\n"
    reading = project.read({str(two): text})
    assert told(reading) == []
    spot = lookup.definition(reading, Ref("table", "", "users"))
    assert spot and spot.file == str(one)
    assert project.holds(tmp_path / "sql" / "new.sql")
    assert not project.holds(tmp_path / "queries.sql")


def test_of_several_databases_the_file_says_which(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.sqlplumb.names.shop]\nschema = "shop.sql"\n'
        '[tool.sqlplumb.names.stock]\nschema = "stock.sql"\n'
    )
    assert settings_for(tmp_path / "stock.sql").name == "stock"


def test_a_file_of_queries_is_left_alone_and_its_names_lead_into_the_schema(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(SCHEMA)
    query = "SELECT name FROM users WHERE nonsense = ?;\n"
    told_of: dict[str, list[Diagnostic]] = {}

    async def work() -> None:
        for folder in (tmp_path, tmp_path / "elsewhere"):
            file = str(folder / "queries.sql")
            session = Session(told_of.__setitem__, compare="never")
            session.open(file, Text(query))
            reading = session.reading(file)
            (watched,) = session.watched.values()
            assert watched.judging and reading
            await watched.judging
            assert told_of.get(file, []) == []
            found = lookup.mention_at(reading, file, query.index("users"))
            known = found and found[1].ref and lookup.definition(reading, found[1].ref)
            assert bool(known) == (folder == tmp_path)

    asyncio.run(work())
