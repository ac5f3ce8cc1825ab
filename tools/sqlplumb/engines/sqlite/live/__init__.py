"""Databases that somebody owns: read without a trace, locked, backed up, changed, restored.

Must never decide what changes; it does what a plan or a revision says.
"""
