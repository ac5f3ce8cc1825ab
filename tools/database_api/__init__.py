"""The database layer that the task runner, the planner and the agents share.

It lives here, outside every service, so that no service depends on another and none keeps a copy
of its own.  The truth is ``schema.sql``; ``database_api.tables`` says the same in SQLAlchemy Core,
written by ``sqlplumb tables``, and nothing but SQLAlchemy is needed to use any of it: no ORM, no
web framework.

    engine, sessions      a connection as it must be, one transaction at a time
    setup, reset          tables where there are none; and back to that, in development alone
    take                  one service's tables and history, as a project of their own
    task_runner           tasks and their events
    planner               plans, workers, nonces; accounts, keys, credits and payments
    agent_host            agents and their schedules, threads, messages and triggers

    from database_api.sessions import get_session_factory
    from database_api.task_runner.store import NewTask, create_task

    with get_session_factory()() as session:  # commits, rolls back and closes by itself
        create_task(session, NewTask("sql", created_by="ann", submitted_configs={}))
"""
