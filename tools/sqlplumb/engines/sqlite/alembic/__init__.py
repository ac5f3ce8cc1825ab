"""Alembic on SQLite: a plan as the body of a revision, and the env.py of a new project.

What is written imports `alembic` and `sqlalchemy` and nothing else. Every name and every text that
comes from a schema is hostile until it is a Python literal. `env.py` is a file of the project's,
and is never imported from here.
"""
