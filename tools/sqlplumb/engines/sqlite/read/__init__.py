"""From a database or a file of SQL to a `Schema`: catalog and text must agree, or it is an error.

Owns SQL files, their errors with file and line, and the facts of each object. Must never write to
a database that somebody owns.
"""
