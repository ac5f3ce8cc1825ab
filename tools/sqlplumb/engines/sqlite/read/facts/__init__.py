"""From what a statement says to facts that compare: where two spellings become one.

Only this room knows that one thing can be written two ways. It takes text and parts; it must never
open a database.
"""
