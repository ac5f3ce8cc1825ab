"""The revision that makes schema.sql, as which a database is written down that is made from it.

This module holds two values and must never compute one. ``tests/layer/test_head.py`` holds them
against schema.sql and the history, and writes them (``SQLPLUMB_REWRITE=1``).
"""

REVISION = "7d41b6a9e350"
# The SHA-256 of schema.sql: a database that is made from another one is written down as nothing.
SCHEMA = "c5d06f3a8d9b9eb513c7164901e34765666da1b143d03831de4d66c12a48903d"
