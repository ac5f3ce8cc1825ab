"""What SQLite's CREATE statements say, read from their text with exact spans.

Knows tokens and clauses; must never open a database or decide when two things are equal.
"""
