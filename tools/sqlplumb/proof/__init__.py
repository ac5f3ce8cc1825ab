"""A revision put to the proof: the file itself, run by Alembic, on a scratch that holds rows.

Owns what must be true of a run. It judges what a file does, whoever wrote it; it never decides
whether a loss may be.
"""

from sqlplumb.proof.hinted import as_done
from sqlplumb.proof.proof import Proof
from sqlplumb.proof.prove import prove_revision
from sqlplumb.proof.touched import spoken_of

__all__ = ["Proof", "as_done", "prove_revision", "spoken_of"]
