"""Databases of our own: files are loaded into them, and read as the server prints them.

`allowed` says what a file may hold, `loading` runs it, `script_source` is the source that it is,
`kept` remembers what was read. Must never touch a database that somebody else has made.
"""
