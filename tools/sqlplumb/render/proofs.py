"""Report a proof to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlplumb.render import words

if TYPE_CHECKING:
    from sqlplumb.proof import Proof


def untouched(proof: Proof) -> list[str]:
    """Say which tables of a large schema a proof put no rows into."""
    if not proof.left_alone:
        return []
    tables = words.counted(proof.left_alone, "table")
    return [f"{tables} that it neither names nor reaches held no rows"]


def proof_report(proof: Proof) -> str:
    verdict = "proved" if proof.holds else "NOT PROVED"
    rows = f"{words.counted(proof.rows, 'row')} in {words.counted(proof.tables, 'table')}"
    lines = [f"{verdict} {proof.revision}: {proof.ways}, with {rows}"]
    for failure in proof.failures:
        lines += [f"  fails: {failure}", *([f"    {failure.to_do}"] if failure.to_do else [])]
    lines += [f"  does not come back: {loss}" for loss in proof.losses]
    lines += [f"  comes back with the downgrade: {loss}" for loss in proof.returning]
    lines += [f"  {change.words()}" for change in proof.changes]
    lines += [f"  not covered: {gap}" for gap in proof.uncovered]
    lines += [f"  noted: {note}" for note in proof.notes]
    lines += [f"  {sentence}" for sentence in untouched(proof)]
    return "\n".join(lines)
