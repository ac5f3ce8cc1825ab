"""What every connection holds, and how its transactions begin and end."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from tests.layer.conftest import listen

from database_api.engine import make_engine
from database_api.errors import NoDatabase, NotWriting
from database_api.sessions import SessionFactory, make_sessionmaker
from database_api.setup import initialize_database
from database_api.tables import task_events, tasks
from database_api.task_runner.store import NewTask, create_task


def test_foreign_keys_hold_on_every_connection_of_the_pool(url: str) -> None:
    engine = make_engine(url)
    initialize_database(engine)
    with ExitStack() as held:
        connections = [held.enter_context(engine.connect()) for _ in range(8)]
        said = [one.exec_driver_sql("PRAGMA foreign_keys").scalar() for one in connections]
        modes = {one.exec_driver_sql("PRAGMA journal_mode").scalar() for one in connections}
        waits = {one.exec_driver_sql("PRAGMA busy_timeout").scalar() for one in connections}
    assert (said, modes, waits) == ([1] * 8, {"wal"}, {30_000})
    orphan = insert(task_events).values(task_id="nobody", event_type="NOTE")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as session:
        session.execute(orphan)


def test_ddl_is_undone_with_the_rest(url: str) -> None:
    engine = make_engine(url)
    with pytest.raises(ZeroDivisionError), engine.begin() as session:
        session.execute(text("CREATE TABLE t (a)"))
        session.execute(text("INSERT INTO t VALUES (1)"))
        session.execute(text("CREATE INDEX i ON t (a)"))
        _ = 1 / 0
    with engine.connect() as session:
        assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0


def test_who_may_write_takes_the_lock_at_the_start(url: str) -> None:
    engine = make_engine(url, connect_args={"timeout": 0.05})
    initialize_database(engine)
    heard = listen(engine)
    with make_sessionmaker(engine)(), make_sessionmaker(engine, write=False)() as reader:
        assert reader.execute(select(tasks)).all() == []  # in WAL nobody waits to read
        late = make_sessionmaker(engine)()
        with pytest.raises(OperationalError, match="locked"):
            late.__enter__()
    assert heard.starting("BEGIN")[:2] == ["BEGIN IMMEDIATE", "BEGIN"]


def test_a_session_that_only_reads_is_not_used_to_change(reading: SessionFactory) -> None:
    new = NewTask("sql", created_by="ann", submitted_configs={})
    with pytest.raises(NotWriting, match="this session only reads"), reading() as session:
        create_task(session, new)


def test_memory_is_one_database_for_all_threads_one_after_the_other() -> None:
    engine = make_engine("sqlite://")
    initialize_database(engine)
    factory = make_sessionmaker(engine)

    def work(number: int) -> None:
        for _ in range(20):
            with factory() as session:
                create_task(session, NewTask(f"t{number}", "ann", {}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    with factory() as session:
        assert len(session.execute(select(tasks.c.task_id)).all()) == 160


@pytest.mark.parametrize(
    "name", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"]
)
def test_memory_is_known_by_any_of_its_names(name: str) -> None:
    with make_engine(name).connect() as one:
        assert one.exec_driver_sql("PRAGMA journal_mode").scalar() == "memory"


def test_a_file_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    made = make_engine(f"sqlite:///{path}")
    initialize_database(made)
    made.dispose()
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA journal_mode = DELETE")
    plain.close()
    engine = make_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert initialize_database(engine) is False
    with engine.connect() as session:
        assert session.execute(select(tasks)).all() == []
        assert session.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


def test_vacuum_runs_outside_a_transaction(url: str) -> None:
    engine = make_engine(url)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as session:
        session.exec_driver_sql("VACUUM")
    with pytest.raises(ZeroDivisionError), engine.begin() as session:
        session.execute(text("CREATE TABLE t (a)"))  # the same connection, in earnest again
        _ = 1 / 0
    with engine.connect() as session:
        assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0


def test_urls_that_lead_nowhere_say_why() -> None:
    with pytest.raises(NoDatabase, match="begins with sqlite or postgresql"):
        make_engine("mysql://me@here/app")
    with pytest.raises(NoDatabase, match=r"sqlite:///path/to/app\.db"):
        make_engine("app.db")
    with pytest.raises(NoDatabase, match="this is no database URL") as wrong:
        make_engine("postgresql://me:secret@here:port/app")
    assert "secret" not in str(wrong.value)
    with pytest.raises(NoDatabase, match="pip install 'pg8000'"):
        make_engine("postgresql+pg8000://me@here/app")
