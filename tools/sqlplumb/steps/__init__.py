"""A plan: what is done to a database, step by step. Values, and the one sort that orders them.

An engine makes the steps and declares what each needs and gives; nothing is inferred. How dangerous
a step is, and whether it is allowed, is decided elsewhere.
"""

from sqlplumb.steps.order import CircularNeeds, in_order
from sqlplumb.steps.step import DataStep, Fill, Guard, Loss, Plan, RowCheck, Step, Target, Verb

__all__ = [
    "CircularNeeds",
    "DataStep",
    "Fill",
    "Guard",
    "Loss",
    "Plan",
    "RowCheck",
    "Step",
    "Target",
    "Verb",
    "in_order",
]
