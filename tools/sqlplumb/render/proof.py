"""A proof in words."""

from __future__ import annotations

from sqlplumb.proof import Proof
from sqlplumb.render.words import counted


def told(proof: Proof) -> str:
    verdict = "proved" if proof.holds else "NOT PROVED"
    rows = f"{counted(proof.rows, 'row')} in {counted(proof.tables, 'table')}"
    lines = [f"{verdict} {proof.revision}: up, down and up again, with {rows}"]
    lines += [f"  fails: {one}" for one in proof.failures]
    lines += [f"  does not come back: {one}" for one in proof.losses]
    lines += [f"  not covered: {one}" for one in proof.uncovered]
    return "\n".join(lines)
