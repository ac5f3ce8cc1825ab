"""What the text of SQLite's statements says: tokens, clauses and spans, and one canonical spelling.

Must never open a database or decide that two schemas are equal.
"""
