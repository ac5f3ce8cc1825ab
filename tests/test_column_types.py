"""Rows of a proof are such as the application's own types read; where a revision's Python still
refuses one, the proof says what it did not cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project, Run

HEAD = """\
import enum, json, uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {down!r}


class Color(enum.Enum):
    red = 1
    blue = 2


class Tags(sa.TypeDecorator):
    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return json.dumps(value)

    def process_result_value(self, value, dialect):
        return None if value is None else json.loads(value)


class HexId(sa.TypeDecorator):
    impl = sa.CHAR(32)
    cache_ok = True

    def process_result_value(self, value, dialect):
        return None if value is None else uuid.UUID(value)


TYPE = {type}
"""
READS = """
def upgrade():
    items = sa.table("items", sa.column("id", sa.Integer), sa.column("value", TYPE))
    values = [one.value for one in op.get_bind().execute(sa.select(items)) if one.value is not None]
    assert not values or {check}
    with op.batch_alter_table("items") as batch_op:
        batch_op.add_column(sa.Column("extra", sa.Integer()))


def downgrade():
    with op.batch_alter_table("items") as batch_op:
        batch_op.drop_column("extra")
"""
MAKES = """
def upgrade():
    op.create_table(
        "items", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("value", {column})
    )


def downgrade():
    op.drop_table("items")
"""
EVERY_TYPE = {
    "an Enum": ('sa.Enum("a", "b", name="kind")', "set(values) <= {'a', 'b'}"),
    "an Enum of a class": ("sa.Enum(Color)", "all(isinstance(one, Color) for one in values)"),
    "a Uuid": ("sa.Uuid()", "all(isinstance(one, uuid.UUID) for one in values)"),
    "JSON": ("sa.JSON()", "True"),
    "a Date": ("sa.Date()", "all(isinstance(one, date) for one in values)"),
    "a DateTime": ("sa.DateTime()", "all(isinstance(one, datetime) for one in values)"),
    "a Time": ("sa.Time()", "all(isinstance(one, time) for one in values)"),
    "an Interval": ("sa.Interval()", "all(isinstance(one, timedelta) for one in values)"),
    "a Boolean": ("sa.Boolean()", "set(values) <= {True, False}"),
    "a Numeric": ("sa.Numeric(10, 2)", "all(isinstance(one, Decimal) for one in values)"),
    "a LargeBinary": ("sa.LargeBinary()", "all(isinstance(one, bytes) for one in values)"),
    "a PickleType": ("sa.PickleType()", "True"),
    "JSON in a text": ("Tags()", "True"),
    "an id in hex": ("HexId()", "all(isinstance(one, uuid.UUID) for one in values)"),
}


def begin(project: Project, type_: str, check: str = "True", reads: str = READS) -> None:
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    project.write("schema.sql", "CREATE TABLE other (a);\n")
    first = HEAD.replace("{name}", "a1").replace("{down!r}", "None").replace("{type}", type_)
    second = HEAD.replace("{name}", "a2").replace("{down!r}", "'a1'").replace("{type}", type_)
    last = "revision = 'a3'\ndown_revision = 'a2'\ndef upgrade(): pass\ndef downgrade(): pass\n"
    project.write("migrations/versions/a1.py", first + MAKES.replace("{column}", "TYPE"))
    project.write("migrations/versions/a2.py", second + reads.replace("{check}", check))
    project.write("migrations/versions/a3.py", last)


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_what_the_history_says_of_a_column_is_what_it_reads(
    project: Project, run: Run, name: str
) -> None:
    begin(project, *EVERY_TYPE[name])
    done = run("prove", "a2")
    assert "proved a2" in done.out, done.out
    assert "not covered" not in done.out
    assert "in 1 table" in done.out


@pytest.mark.parametrize("how", ["altered", "renamed", "added", "metadata"])
def test_whatever_said_it_last(project: Project, run: Run, how: str) -> None:
    begin(project, 'sa.Enum("a", "b", name="kind")', "set(values) <= {'a', 'b'}")
    ways = {
        "altered": (
            "sa.String(1)",
            '    with op.batch_alter_table("items") as batch_op:\n'
            '        batch_op.alter_column("value", type_=TYPE)\n',
        ),
        "renamed": (
            "TYPE",
            '    op.alter_column("items", "value", new_column_name="v")\n'
            '    op.rename_table("items", "things")\n    op.rename_table("things", "items")\n'
            '    op.alter_column("items", "v", new_column_name="value")\n',
        ),
        "added": (
            'sa.Text()), sa.Column("was", sa.Text()',
            '    with op.batch_alter_table("items") as batch_op:\n'
            '        batch_op.drop_column("value")\n'
            '    op.add_column("items", sa.Column("value", TYPE))\n',
        ),
        "metadata": ("sa.Text()", ""),
    }
    column, then = ways[how]
    made = MAKES.replace("{column}", column)
    if how == "metadata":
        made = (
            "\ndef upgrade():\n    op.execute('CREATE TABLE items (id INTEGER PRIMARY KEY,"
            " value VARCHAR(1))')\ndef downgrade():\n    op.drop_table('items')\n"
        )
        project.write(
            "models_of_types.py",
            "import sqlalchemy as sa\nmetadata = sa.MetaData()\nsa.Table('items', metadata,"
            " sa.Column('id', sa.Integer, primary_key=True),"
            " sa.Column('value', sa.Enum('a', 'b', name='kind')))\n",
        )
        ini = (project.root / "alembic.ini").read_text("utf-8")
        project.write("alembic.ini", f"{ini}metadata = models_of_types:metadata\n")
    made = made.replace("\n\n\ndef downgrade", f"\n{then}\n\ndef downgrade", 1)
    first = HEAD.replace("{name}", "a1").replace("{down!r}", "None")
    first = first.replace("{type}", 'sa.Enum("a", "b", name="kind")')
    project.write("migrations/versions/a1.py", first + made)
    done = run("prove", "a2")
    assert "proved a2" in done.out, done.out + done.err
    assert "not covered" not in done.out


REFUSES = """
def upgrade():
    for one in op.get_bind().execute(sa.text("SELECT value FROM items")):
        if one.value and not one.value.startswith("k:"):
            raise LookupError(f"{one.value!r} is of no kind")
    op.add_column("items", sa.Column("extra", sa.Integer()))


def downgrade():
    with op.batch_alter_table("items") as batch_op:
        batch_op.drop_column("extra")
"""


def test_what_python_refuses_is_not_covered(project: Project, run: Run) -> None:
    begin(project, "sa.String()", reads=REFUSES)
    done = run("prove", "a2")
    assert done.code == 0, done.out
    assert "proved a2" in done.out
    assert "not covered: 4 of 5 rows of items: LookupError: 'abc' is of no kind (" in done.out
    assert "a2.py:" in done.out


def test_what_fails_without_rows_too_fails(project: Project, run: Run) -> None:
    begin(project, "sa.String()", reads="\ndef upgrade():\n    raise LookupError('never')\n")
    done = run("prove", "a2")
    assert done.code == 1
    assert "fails: it fails on a database with rows: revision a2 cannot be replayed" in done.out
    assert "not covered" not in done.out


def test_a_way_back_that_python_refuses(project: Project, run: Run) -> None:
    back = READS.replace("def downgrade():\n", "def downgrade():\n{back}").replace(
        "assert not values or {check}", "pass"
    )
    refuses = (
        '    if op.get_bind().scalar(sa.text("SELECT count(*) FROM items")):\n'
        '        raise ValueError("not with rows")\n'
    )
    begin(project, "sa.String()", reads=back.replace("{back}", refuses))
    done = run("prove", "a2")
    assert done.code == 0, done.out
    assert "not covered: the way back with rows of items: ValueError: not with rows" in done.out
    begin(project, "sa.String()", reads=back.replace("{back}", "    raise NotImplementedError\n"))
    done = run("prove", "a2")
    assert done.code == 1
    assert "there is no way back" in done.out
