"""How SQLite gets from one schema to another: in place where it can, else by one rebuild a table.

Owns the statements that reach a database. Each is the author's own text, or made of names alone;
nothing here may write an expression or a column that nobody wrote.
"""
