"""The revision that makes schema.sql, as which a database is written down that is made from it.

This module holds two values and must never compute one. ``tests/layer/test_head.py`` holds them
against schema.sql and the history, and writes them (``SQLPLUMB_REWRITE=1``).
"""

REVISION = "b58e02d7f4c1"
# The SHA-256 of schema.sql: a database that is made from another one is written down as nothing.
SCHEMA = "92d6e98b00f9830ad2743b8a871a90de37ce1fbe6c6c4f6307329225024e8761"
