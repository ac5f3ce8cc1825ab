"""A database with rows that count: read-only, of one moment, and never behind somebody's lock for
long. Must never change anything.
"""
