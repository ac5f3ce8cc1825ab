"""Each rule by its cases: the bad lines of tests/lint/NAME.sql carry `-- expect: CODE`, and a
folder tests/lint/NAME/CASE has two schemas and what a plan between them must find."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import settled_changes
from sqlplumb.commands.lint import judge_source
from sqlplumb.commands.planning import plan_back, plan_of
from sqlplumb.commands.prove import judge_revision
from sqlplumb.config import LintSettings, Settings, settings_of
from sqlplumb.engines import engine
from sqlplumb.engines.sqlite.live.scans import scanned
from sqlplumb.errors import Refused, WrongInput
from sqlplumb.lint import (
    RULES,
    Finding,
    LintContext,
    QueryOutlook,
    Rule,
    judge_plan,
    judge_query,
    judge_schema,
)
from sqlplumb.render.rules import index, page
from sqlplumb.schema import Schema
from sqlplumb.sources.database import locate
from sqlplumb.sources.query_files import Query
from sqlplumb.sources.scripts import script_directory

if TYPE_CHECKING:
    from tests import strategies as draws
    from tests.histories import first_revision
else:
    import strategies as draws
    from histories import first_revision

ROOT = Path(__file__).parents[1]
CASES = Path(__file__).parent / "lint"
EXPECTED = re.compile(r"--\s*expect:\s*(.+)")

by_name = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
OF_SQLITE = [rule for rule in RULES if not rule.engines or "sqlite" in rule.engines]


def of(kind: str) -> Sequence[Rule]:
    return [rule for rule in OF_SQLITE if rule.judges == kind]


def read(sql: str) -> Schema:
    return engine("sqlite").open_script("schema.sql", {"schema.sql": sql}).read()


def sift(sql: str) -> Sequence[Finding]:
    """As the command does it, without a plan."""
    opened = engine("sqlite").open_script("schema.sql", {"schema.sql": sql})
    return judge_source(opened, "", LintContext(settings=Settings(root=ROOT), rules=RULES)).findings


def measured_between(current: Schema, desired: Schema) -> Comparison:
    changes = settled_changes(current, desired)
    return Comparison(current=current, desired=desired, changes=changes, notes=(), units=0)


def plan(current: str, desired: str, rule: Rule, database: Path | None = None) -> list[Finding]:
    sides = read(current), read(desired)
    comparison = measured_between(*sides)
    planned, back = plan_of(comparison), plan_back(comparison)
    if database is None:
        return list(judge_plan(planned, rules=[rule], back=back))
    judging = LintSettings(large=3)
    with locate("sqlite:///app.db", database.parent, Settings(root=database.parent)).open() as live:
        return list(
            judge_plan(planned, judging, [rule], back=back, count_refused=live.count_refused)
        )


def of_revision(rule: Rule, example: str, root: Path) -> Sequence[Finding]:
    """The comments of an example are the schema that its revision finds."""
    schema = "\n".join(line[2:] for line in example.splitlines() if line.startswith("# "))
    head = 'import sqlalchemy as sa\nfrom alembic import op\nrevision = "second"\n'
    second = f'{head}down_revision = "first"\n{example}\ndef downgrade():\n    pass\n'
    for name, text in (("first", first_revision(schema)), ("second", second)):
        file = root / "migrations" / "versions" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    (root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", "utf-8")
    settings = settings_of(root)
    scripts = script_directory(settings)
    bench = LintContext(settings=settings, rules=(rule,))
    return judge_revision(scripts.get_revision("second"), scripts, bench).findings


def of_query(rule: Rule, example: str) -> Sequence[Finding]:
    """Where an example says nothing of a current schema, no change is pending."""
    schemas, text = example.split("-- query\n")
    before, desired_text = schemas.split("-- desired\n")
    current_text = before.removeprefix("-- current\n")
    query = Query(text=text, file="app.sql", line=1, lines=(text,), is_whole=True)
    desired = read(desired_text)
    with ExitStack() as stack:
        queries = stack.enter_context(engine("sqlite").open_queries(desired))
        with closing(sqlite3.connect(":memory:")) as live:
            live.executescript(desired_text)
            read_whole = dict.fromkeys(scanned(live, text), 1_000_000)
        outlook = QueryOutlook(
            query=query,
            schema=desired,
            queries=queries,
            desired=queries.read(text),
            scanned=read_whole,
        )
        if current_text:
            current = read(current_text)
            opened = stack.enter_context(engine("sqlite").open_queries(current))
            changes = settled_changes(current, desired)
            outlook = replace(outlook, current=opened.read(text), changes=changes)
        return list(judge_query(outlook, LintSettings(), [rule]))


def found(rule: Rule, example: str, root: Path) -> Sequence[Finding]:
    if rule.judges == "revision":
        return of_revision(rule, example, root)
    if rule.judges == "schema":
        return judge_schema(read(example), rules=[rule])
    if rule.judges == "comment":
        return [one for one in sift(example) if one.code == rule.code]
    if rule.judges == "query":
        return of_query(rule, example)
    current, desired = example.removeprefix("-- current\n").split("-- desired\n")
    return plan(current, desired, rule)


@pytest.mark.parametrize("rule", OF_SQLITE, ids=lambda rule: rule.name)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: Rule, tmp_path: Path) -> None:
    assert [one.code for one in found(rule, rule.bad, tmp_path / "bad")] == [rule.code]
    assert list(found(rule, rule.good, tmp_path / "good")) == []


@by_name
def test_a_rule_says_all_five_parts(rule: Rule) -> None:
    letter = {"schema": "S", "plan": "P", "revision": "R", "comment": "C", "query": "Q"}[
        rule.judges
    ]
    assert re.fullmatch(rf"{letter}[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert all(said.endswith((".", ")")) for said in (rule.triggers, rule.harms, rule.instead))
    assert rule.bad != rule.good


def test_codes_and_names_are_of_one_rule_each() -> None:
    words = [word for rule in RULES for word in (rule.code, rule.name)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("rule", of("schema"), ids=lambda rule: rule.name)
def test_finds_the_lines_that_are_marked_and_no_others(rule: Rule) -> None:
    text = (CASES / f"{rule.name}.sql").read_text("utf-8")
    expected = {
        line: match[1].split()
        for line, said in enumerate(text.splitlines(), 1)
        if (match := EXPECTED.search(said))
    }
    told: dict[int, list[str]] = {}
    for one in judge_schema(read(text), rules=[rule]):
        assert one.place is not None
        told.setdefault(one.place.line, []).append(one.code)
    assert told == expected
    assert expected


PLANS = sorted(folder for folder in CASES.glob("*/*") if folder.is_dir())


def test_each_rule_for_plans_has_cases() -> None:
    assert {folder.parent.name for folder in PLANS} == {rule.name for rule in of("plan")}


@pytest.mark.parametrize("folder", PLANS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_finds_in_a_plan_what_is_expected_and_no_more(folder: Path, tmp_path: Path) -> None:
    (rule,) = [rule for rule in RULES if rule.name == folder.parent.name]
    current = (folder / "current.sql").read_text("utf-8")
    database = None
    if (folder / "rows.sql").exists():
        database = tmp_path / "app.db"
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript(current + (folder / "rows.sql").read_text("utf-8"))
    told = plan(current, (folder / "desired.sql").read_text("utf-8"), rule, database)
    expected = (folder / "expect.txt").read_text("utf-8").splitlines()
    assert sorted(f"{one.severity} {one.ref}" for one in told) == sorted(expected)


@pytest.mark.parametrize("side", ["current", "desired"])
def test_no_schema_of_the_cases_is_too_much(side: str) -> None:
    for file in sorted((ROOT / "tests" / "cases").glob(f"*/{side}.sql")):
        for one in judge_schema(read(file.read_text("utf-8"))):
            assert one.place is not None
            assert one.message
            assert one.instead


def test_every_plan_of_the_cases_can_be_judged() -> None:
    for file in sorted((ROOT / "tests" / "cases").glob("*/current.sql")):
        texts = [file.with_name(f"{side}.sql").read_text() for side in ("current", "desired")]
        sides = read(texts[0]), read(texts[1])
        comparison = measured_between(*sides)
        judge_plan(plan_of(comparison), back=plan_back(comparison))


def test_the_schema_of_this_repository_has_no_error_and_no_warning() -> None:
    schema = read((ROOT / "schema.sql").read_text("utf-8"))
    assert [one for one in judge_schema(schema) if one.severity != "info"] == []


few = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def refusal(connection: sqlite3.Connection, sql: str) -> str:
    """What SQLite itself says against a statement, which is prepared and not run."""
    try:
        connection.execute(f"EXPLAIN {sql}")
    except sqlite3.Error as error:
        return str(error)
    return ""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def writes(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = connection.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall()
    settable = ", ".join(f"{quoted(row[1])} = NULL" for row in columns if not row[6])
    yield f"INSERT INTO {quoted(table)} DEFAULT VALUES"
    yield f"DELETE FROM {quoted(table)}"
    if settable:
        yield f"UPDATE {quoted(table)} SET {settable}"


@few
@given(model=draws.wide_schemas(), gone=st.integers(0, 9))
def test_sqlite_itself_says_the_same(model: draws.WideModel, gone: int) -> None:
    """One table is away: of the rest, views, triggers and foreign keys must say so."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.executescript(model.sql())
            names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            away = sorted(name for (name,) in names if not name.startswith("sqlite_"))
            connection.execute("PRAGMA legacy_alter_table = ON")
            if gone < len(away):
                connection.execute(f"ALTER TABLE {quoted(away[gone])} RENAME TO is_away")
        except sqlite3.Error:
            reject()
        schema = engine("sqlite").open_connection("app.db", connection).read()
        told = {(one.code, one.ref.unit) for one in judge_schema(schema) if one.ref}
        tables = [ref for ref in schema.objects if ref.kind == "table"]
        awake = {ref.table for ref in schema.objects if ref.kind == "trigger"}
        for ref in schema.objects:
            if ref.kind == "view" and ref.name not in awake:
                says = refusal(connection, f"SELECT * FROM {quoted(ref.name)}")
                assert (("S117", ref.name) in told) == bool(says), says
        for ref in tables:
            says = "".join(refusal(connection, one) for one in writes(connection, ref.name))
            if ("S118", ref.name) in told or awake == {ref.name}:
                assert (("S118", ref.name) in told) == bool(says), says
        connection.execute("PRAGMA foreign_keys = ON")
        for ref in tables if not awake else ():
            says = refusal(connection, next(writes(connection, ref.name)))
            if "mismatch" not in says or f'mismatch - "{ref.shown}"' in says:
                assert (("S104", ref.name) in told) == bool(says), says


@few
@given(data=st.data())
def test_any_plan_can_be_judged(data: st.DataObject) -> None:
    current = data.draw(draws.wide_schemas())
    desired = data.draw(draws.edited(current))
    try:
        sides = read(current.sql()), read(desired.sql())
    except WrongInput:
        reject()
    try:
        comparison = measured_between(*sides)
    except Refused as refused:  # what a person must be asked, as in test_plans
        assert "SQLite cannot rename" in str(refused)
        reject()
    for one in judge_plan(plan_of(comparison), back=plan_back(comparison)):
        assert one.message
        assert one.place


PAGES = ROOT / "docs" / "rules"


@by_name
def test_a_rule_has_a_page_that_is_fresh(rule: Rule) -> None:
    fresh = "write them anew with `nox -s rules`"
    assert (PAGES / f"{rule.name}.md").read_text("utf-8") == page(rule), fresh


def test_the_pages_are_those_of_the_rules() -> None:
    names = {f"{rule.name}.md" for rule in RULES} | {"README.md"}
    assert {file.name for file in PAGES.iterdir()} == names
    assert (PAGES / "README.md").read_text("utf-8") == index(RULES)


@pytest.mark.parametrize("file", sorted(CASES.glob("*.sql")), ids=lambda file: file.stem)
def test_a_rule_by_table_says_of_one_table_what_it_says_of_all(file: Path) -> None:
    rules = [rule for rule in RULES if rule.by_table]
    schema = engine("sqlite").open_script(file.name, {file.name: file.read_text("utf-8")}).read()
    alone = [
        finding
        for unit in schema.tables.values()
        for finding in judge_schema(
            replace(schema, objects={fact.ref: fact for fact in unit.facts}), rules=rules
        )
    ]
    assert sorted(alone, key=lambda one: one.order) == [*judge_schema(schema, rules=rules)]
