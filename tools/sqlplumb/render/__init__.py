"""Doors out for eyes and machines: a measure becomes text, JSON or annotations.

Values in, strings out. Nothing here opens a source or decides what differs.
"""
