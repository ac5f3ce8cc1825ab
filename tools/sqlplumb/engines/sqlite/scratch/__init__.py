"""Databases of our own, with rows that we make: what a proof runs on, and what it saw.

Must never touch a database that somebody owns.
"""
