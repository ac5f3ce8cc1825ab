"""A revision put to the proof: the file itself, run by Alembic, on a scratch that holds rows.

Owns what must be true of a run. It judges what a file does, whoever wrote it; it never decides
whether a loss may be.
"""

from sqlplumb.proof.plan_proof import count_changes
from sqlplumb.proof.proof import (
    Changed,
    Counted,
    Failure,
    Proof,
    refuse_unproved,
    refused_rows,
    with_row_rules,
)
from sqlplumb.proof.prove import prove_revision
from sqlplumb.proof.statements import DoneSource, asked_before

__all__ = [
    "Changed",
    "Counted",
    "DoneSource",
    "Failure",
    "Proof",
    "asked_before",
    "count_changes",
    "prove_revision",
    "refuse_unproved",
    "refused_rows",
    "with_row_rules",
]
