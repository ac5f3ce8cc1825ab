"""Everything we know about each engine, one folder each. Today: SQLite.

An engine's folder offers, in its `__init__`, what `sources` and `journeys` ask of every engine.
Nothing outside may reach deeper.
"""
