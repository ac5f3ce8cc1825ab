"""The planner's tables: plans, workers, events and nonces; accounts, keys, credits and payments.

Every function takes the session it works in and neither commits nor rolls back: what is done in
one session is one transaction.
"""
