"""A password is printed nowhere, however badly the text is written that holds it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sqlplumb.errors import Problem
from sqlplumb.hiding import without_password

if TYPE_CHECKING:
    from tests.conftest import Project, Run

PASSWORD = "Zx9Qw7Kp"  # noqa: S105
SIGNS = st.text("ab@:/?#%&=' +.\\", max_size=4)
SECRET = st.builds(lambda before, after: f"{before}{PASSWORD}{after}", SIGNS, SIGNS)
PLAIN = st.builds(lambda before, after: f"{before}{PASSWORD}{after}", *[st.text("ab.+-_")] * 2)
FORMS = (
    "postgresql://u:{}@h/db",
    "postgresql+psycopg://u:{}@h:5432/db?sslmode=require",
    "://u:{}@h",
    "postgresql:/u:{}@h/db",
    "postgres//u:{}@h/db",
    "//u:{}@h/db",
    "u:{}@h/db",
    ":{}@h",
    "mysql u:{}@h/db",
)
OPTIONS = (
    "host=h password={}",
    "host=h password = {} port=1",
    "password='{}' host=h",
    "PWD={};Server=s",
    "sqlite:///x.db?key={}",
    "sqlite:///x.db?PRAGMA%20key={}&mode=ro",
    "sqlite:///x.db?mode=ro&hexkey%3D{}",
    "x.db?p%61ssword={}",
    "postgresql://h/db?user=u&sslpassword={}#x",
    '{{"user": "u", "password": "{}"}}',
)
EXAMPLES = int(os.environ.get("SQLPLUMB_EXAMPLES", "150"))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(FORMS), SECRET)
def test_before_an_at_sign(form: str, secret: str) -> None:
    assume("://" in form or "://" not in form.format(secret))  # there it is the name of a user
    assert PASSWORD not in without_password(form.format(secret))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(OPTIONS), PLAIN)
def test_in_an_option(form: str, secret: str) -> None:
    assert PASSWORD not in without_password(form.format(secret))


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(FORMS), PLAIN)
def test_in_the_words_of_others(form: str, secret: str) -> None:
    words = f"Could not parse '{form.format(secret)}', it is said; or {form.format(secret)}"
    if form.startswith((":", "postgres//", "//", "mysql ")):
        words = f"Could not parse {form.format(secret)}"
    assert PASSWORD not in str(Problem(words, words))


@pytest.mark.parametrize(
    "words",
    [
        *(
            "sqlite:///app.db",
            "sqlite:////home/a:b/x@y.db",
            "schema.sql",
            "package.module:metadata",
        ),
        *(
            "history@head",
            "env:DATABASE_URL",
            "postgresql://u@h:5432/db?x=y@z",
            "my_keys.db:tables",
        ),
        *('schema.sql:3:5: near "@": syntax error', "sqlite:///a.db?mode=ro"),
    ],
)
def test_what_holds_no_secret_is_said(words: str) -> None:
    assert " " in words or without_password(words) == words
    assert Problem(words, words).message == words


COMMANDS = (
    "check {}",
    "diff {} empty",
    "diff empty {}",
    "draw {}",
    "lint {}",
    "lint --database {}",
    "revise -m x --database {}",
    "review --database {}",
    "prove {}",
    "adopt {}",
    "adopt {} --revise",
    "apply {}",
    "apply --query {} SELECT",
    "apply @{}",
    "init --from {}",
    "restore {}",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_says_it(command: str, project: Project, run: Run) -> None:
    project.alembic()
    project.revision("first", None, "op.execute('CREATE TABLE t (a)')")
    project.write("schema.sql", "CREATE TABLE t (a, b);\n")
    forms = [form.format(PASSWORD) for form in (*FORMS, *OPTIONS)]
    for number, form in enumerate(forms):
        written = form if number % 2 else f"env:V{number}"
        project.patch.setenv(f"V{number}", form)
        done = run(*(word.replace("{}", written) for word in command.split()), "--verbose")
        assert PASSWORD not in done.out + done.err, form


@pytest.mark.parametrize("form", [*FORMS, *OPTIONS])
def test_settings_do_not_say_it(form: str, project: Project, run: Run) -> None:
    url = form.format(PASSWORD)
    project.write("schema.sql", "CREATE TABLE t (a);\n")
    project.write("pyproject.toml", f"[tool.sqlplumb]\ndatabases = ['''{url}''']\n")
    project.alembic(f"sqlalchemy.url = {url.replace('%', '%%')}\n")
    for command in ("check", "apply", "check --format json", "apply --format json"):
        done = run(*command.split(), "--verbose")
        assert PASSWORD not in done.out + done.err


def test_a_revision_does_not_say_it(project: Project, run: Run) -> None:
    """What SQLAlchemy says of a URL that it cannot read is told."""
    assert quote(PASSWORD) == PASSWORD
    project.alembic()
    code = f"import sqlalchemy; sqlalchemy.create_engine('u:{PASSWORD}@h/db')"
    project.revision("first", None, code)
    done = run("diff", "history", "empty", "--verbose")
    assert done.code == 2
    assert PASSWORD not in done.err
