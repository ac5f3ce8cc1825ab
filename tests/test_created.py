"""Models in many small databases: what comes out is what create_all() makes in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table, Text, event

from sqlplumb.engines import engine
from sqlplumb.errors import WrongInput
from sqlplumb.schema import Object
from sqlplumb.sources import metadata as door

TRIGGER = "CREATE TRIGGER noticed AFTER INSERT ON tasks BEGIN SELECT 1; END"


def models(*more: Any) -> MetaData:
    found = MetaData()
    for name in ("users", "Tasks", "order"):
        Table(name, found, Column("id", Integer, primary_key=True), Column("said", Text))
    Table(
        "tasks_of",
        found,
        Column("user_id", sa.ForeignKey("users.id"), index=True),
        Column("state", sa.Enum("new", "it's", name="states", create_constraint=True)),
        Column("done", sa.Boolean(create_constraint=True)),
        *more,
        sa.CheckConstraint("state <> ','"),
    )
    return found


def read(found: MetaData) -> list[Object]:
    with door.open_created([found], "models", engine("sqlite")) as source:
        return sorted(source.read().objects.values(), key=lambda fact: repr(fact.ref))


def in_one(found: MetaData, monkeypatch: pytest.MonkeyPatch) -> list[Object]:
    with monkeypatch.context() as patch:
        patch.setattr(door, "_is_listened_to", lambda metadata_list, scratch: True)
        return read(found)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The models that were created in one database."""
    created: list[str] = []
    create_all = MetaData.create_all

    def noted(self: MetaData, bind: sa.Engine, checkfirst: bool) -> None:
        if isinstance(bind, sa.Engine):
            created.append("in one")
        create_all(self, bind, checkfirst=checkfirst)

    monkeypatch.setattr(MetaData, "create_all", noted)
    yield created


def test_the_same_facts(monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> None:
    facts = read(models())
    assert not ran
    one = in_one(models(), monkeypatch)
    assert ran
    assert facts == one
    assert [fact.text for fact in facts] == [fact.text for fact in one]


def _trigger_by_ddl(found: MetaData) -> None:
    event.listen(found, "after_create", sa.DDL(TRIGGER))  # type: ignore[no-untyped-call]


def _trigger_by_function(found: MetaData) -> None:
    def make(target: Table, connection: sa.Connection, **_: object) -> None:
        if connection.execute(sa.text("SELECT count(*) FROM sqlite_master")).scalar():
            connection.execute(sa.text(TRIGGER))

    event.listen(found.tables["Tasks"], "after_create", make)


@pytest.mark.parametrize("listen", [_trigger_by_ddl, _trigger_by_function])
def test_who_listens_is_heard(listen: Callable[[MetaData], None], ran: list[str]) -> None:
    found = models()
    listen(found)
    assert [fact.ref.name for fact in read(found) if fact.ref.kind == "trigger"] == ["noticed"]
    assert ran


def test_an_engine_that_rewrites_is_obeyed(ran: list[str]) -> None:
    def rewrite(*said: object) -> tuple[object, object]:
        _, _, statement, parameters, *_ = said
        return str(statement).replace("said TEXT", "said BLOB"), parameters

    event.listen(sa.Engine, "before_cursor_execute", rewrite, retval=True)
    try:
        types = {getattr(fact, "type", "") for fact in read(models())}
    finally:
        event.remove(sa.Engine, "before_cursor_execute", rewrite)
    assert "blob" in types
    assert ran


def test_two_of_one_name(ran: list[str]) -> None:
    """In two databases nobody would see it."""
    found = models(sa.Index("ix_twice", "done"))
    sa.Index("ix_twice", found.tables["users"].c.said)
    with pytest.raises(WrongInput, match="ix_twice"):
        read(found)


def test_what_sqlite_refuses_is_told(ran: list[str]) -> None:
    with pytest.raises(WrongInput, match="no such column"):
        read(models(sa.Index("ix_wrong", sa.text("nowhere"))))
    assert ran
