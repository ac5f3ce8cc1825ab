"""Doors out, for databases: the gates before one is changed, the change, and its receipt.

    GATES           what must hold before anything is changed, in one list
    Record          what is known so far of one database, as a receipt
    run             one revision in one transaction, compared before it is committed
    stamp           one row that says at which revision a database is, and nothing else

How an engine locks, copies and counts is the engine's affair; who is asked for what, a command's.
"""

from sqlplumb.upgrade.change import Doing, migrate, refuse_new_orphans, run, stamp
from sqlplumb.upgrade.gates import GATES, Gate, Record

__all__ = ["GATES", "Doing", "Gate", "Record", "migrate", "refuse_new_orphans", "run", "stamp"]
