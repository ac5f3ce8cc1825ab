"""A proof in words."""

from __future__ import annotations

from sqlplumb.proof import Proof
from sqlplumb.render.words import counted


def untouched(proof: Proof) -> list[str]:
    """Of a large schema only what is near gets rows."""
    if not proof.left_alone:
        return []
    tables = counted(proof.left_alone, "table")
    return [f"{tables} that it neither names nor reaches held no rows"]


def told(proof: Proof) -> str:
    verdict = "proved" if proof.holds else "NOT PROVED"
    rows = f"{counted(proof.rows, 'row')} in {counted(proof.tables, 'table')}"
    lines = [f"{verdict} {proof.revision}: up, down and up again, with {rows}"]
    for failure in proof.failures:
        lines += [f"  fails: {failure}", *([f"    {failure.to_do}"] if failure.to_do else [])]
    lines += [f"  does not come back: {one}" for one in proof.losses]
    lines += [f"  comes back with the downgrade: {one}" for one in proof.returning]
    lines += [f"  {one.words()}" for one in proof.changes]
    lines += [f"  not covered: {one}" for one in proof.uncovered]
    lines += [f"  noted: {one}" for one in proof.notes]
    lines += [f"  {words}" for words in untouched(proof)]
    return "\n".join(lines)
