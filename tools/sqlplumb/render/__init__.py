"""Doors out for eyes and machines: a measure becomes text, JSON, or a report of a CI.

Values in, strings out. Nothing here opens a source or decides what differs.
"""
