"""Alembic on PostgreSQL: a plan as revisions, and the env.py of a new project.

A revision is one transaction, or statements that run by themselves and may run twice: whatever
fails, the same revision can be run again. What is written imports `alembic` and `sqlalchemy` and
nothing else. `env.py` is a file of the project's, and is never imported from here.
"""
