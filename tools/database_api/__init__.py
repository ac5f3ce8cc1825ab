"""The tables that the task runner, the planner and the agents share.

They live here, outside every service, so that no service depends on another and none keeps a
copy of its own.  The truth is ``schema.sql``; ``database_api.tables`` says the same in SQLAlchemy
Core, written by ``sqlplumb tables``, and nothing but SQLAlchemy is needed to use it::

    from database_api.tables import metadata, tasks
"""
