"""Variables and data sources: saved by name, listed without their secrets."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from tests.layer.conftest import listen, plan_of_last

from database_api.errors import NotFound
from database_api.sessions import SessionFactory
from database_api.task_runner.sources import (
    DataSource,
    Variable,
    delete_data_source,
    delete_variable,
    get_data_source,
    get_data_sources,
    get_variable,
    get_variables,
    save_data_source,
    save_variable,
)


def test_a_variable_is_saved_by_its_name(factory: SessionFactory) -> None:
    with factory() as session:
        first = save_variable(session, Variable("key", "gAAAA1", "ann"))
        second = save_variable(session, Variable("key", "gAAAA2", "bob", "for S3"))
        assert get_variable(session, "key") == second
        (listed,) = get_variables(session)
        assert (delete_variable(session, "key"), delete_variable(session, "key")) == (True, False)
        with pytest.raises(NotFound, match="nothing in variables with the key 'key'"):
            get_variable(session, "key")
    assert (second["encrypted_value"], second["description"]) == ("gAAAA2", "for S3")
    assert (second["created_by"], second["created_at"]) == ("ann", first["created_at"])
    assert "encrypted_value" not in listed


def test_a_source_may_have_no_server(engine: Engine, factory: SessionFactory) -> None:
    with factory() as session:
        save_data_source(session, DataSource("lake", "duckdb", "/data/lake", "ann"))
        saved = save_data_source(
            session,
            DataSource("shop", "mysql", "shop", "ann", "db", 3306, "u", "p", "5s", {"ssl": True}),
        )
        assert get_data_source(session, "shop") == saved
        heard = listen(engine)
        (shop,) = get_data_sources(session, kind="mysql")
        assert "idx_data_sources_kind" in plan_of_last(session, heard)
        assert [one["name"] for one in get_data_sources(session)] == ["lake", "shop"]
        assert delete_data_source(session, "lake") is True
        assert delete_data_source(session, "lake") is False
    assert (shop["port"], shop["query_timeout"], shop["extra_params"]) == (
        3306,
        "5s",
        {"ssl": True},
    )
    assert not {"encrypted_user", "encrypted_password"} & set(shop)
