"""The task runner's tables: tasks and their events; variables and data sources.

Every function takes the session it works in and neither commits nor rolls back: what is done in
one session is one transaction.
"""
