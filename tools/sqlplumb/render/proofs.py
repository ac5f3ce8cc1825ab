"""Report proofs to people and to machines. The form of the JSON is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlplumb.render import words
from sqlplumb.render.paint import one_line

if TYPE_CHECKING:
    from sqlplumb.proof import Proof

JSON_VERSION = 1


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
    return "\n".join(map(one_line, lines))


def as_json(proofs: Sequence[Proof]) -> str:
    from sqlplumb.render.json_text import json_text  # which a revision that is written needs not

    holds = all(proof.holds for proof in proofs)
    return json_text(
        {"version": JSON_VERSION, "proved": holds, "revisions": [_value(proof) for proof in proofs]}
    )


def _value(proof: Proof) -> dict[str, object]:
    return {
        "revision": proof.revision,
        "file": proof.file or None,
        "proved": proof.holds,
        "ran": proof.ways,
        "tables": proof.tables,
        "rows": proof.rows,
        "failures": [
            {"message": str(failure), "fault": failure.fault, "to_do": failure.to_do}
            for failure in proof.failures
        ],
        "losses": [*proof.losses],
        "returning": [*proof.returning],
        "changes": [{**asdict(change), "does": change.words()} for change in proof.changes],
        "uncovered": [*proof.uncovered],
        "notes": [*proof.notes],
        "left_alone": proof.left_alone,
        "one_way": proof.one_way or None,
        "under": proof.under or None,
    }
