"""The agents' tables: users, agents and their schedules, threads, messages and triggers.

Every function takes the session it works in and neither commits nor rolls back: what is done in
one session is one transaction.
"""
