"""Report proofs to people and to machines. The form of the JSON is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlplumb.errors import on_one_line
from sqlplumb.render import words
from sqlplumb.render.paint import one_line

if TYPE_CHECKING:
    from sqlplumb.engines import Trace
    from sqlplumb.proof import Proof

JSON_VERSION = 1
_SHOWN = 80  # characters of a statement


def untouched(proof: Proof) -> list[str]:
    """Say which tables of a large schema a proof put no rows into."""
    if not proof.left_alone:
        return []
    tables = words.counted(proof.left_alone, "table")
    return [f"{tables} that it neither names nor reaches held no rows"]


def locked(proof: Proof) -> list[str]:
    """Say which statements let somebody wait, as it was measured."""
    return [said for trace in proof.traces if (said := trace_words(trace))]


def trace_words(trace: Trace) -> str:
    """Say what was measured of a statement, and which it was; nothing where nobody waits."""
    measured = measured_words(trace)
    shown = on_one_line(trace.statement, _SHOWN)
    return f"{measured}: {shown}" if measured else ""


def measured_words(trace: Trace) -> str:
    """Say whom a statement lets wait, and for how long: for an instant, unless it goes through the
    rows; nothing where nobody waits."""
    if not trace.is_measured:
        return "runs outside of a transaction, where no lock is measured"
    blocking = [lock for lock in trace.locks if lock.blocks]
    parts = [f"{lock.mode} on {lock.table} ({lock.blocks} wait)" for lock in blocking]
    if trace.rewrites:
        count = len(trace.indexes)
        indexes = f" and {count} index{'' if count == 1 else 'es'}" if count else ""
        parts.append(f"rewrites {', '.join(trace.rewrites)}{indexes}")
    read = [table for table in trace.scans if table not in trace.rewrites]
    if read and blocking:
        parts.append(f"reads all rows of {', '.join(read)}")
    return "; ".join(parts)


def proof_report(proof: Proof) -> str:
    verdict = "proved" if proof.holds else "NOT PROVED"
    rows = f"{words.counted(proof.rows, 'row')} in {words.counted(proof.tables, 'table')}"
    lines = [f"{verdict} {proof.revision}: {proof.ways}, with {rows}"]
    for failure in proof.failures:
        lines += [f"  fails: {failure}", *([f"    {failure.to_do}"] if failure.to_do else [])]
    for loss in proof.losses:
        value = proof.instead.get(loss)
        instead = f"; the downgrade gives its rows {value}" if value else ""
        lines.append(f"  does not come back: {loss}{instead}")
    lines += [f"  comes back with the downgrade: {loss}" for loss in proof.returning]
    lines += [f"  {change.words()}" for change in proof.changes]
    lines += [f"  not covered: {gap}" for gap in proof.uncovered]
    lines += [f"  noted: {note}" for note in proof.notes]
    lines += [f"  {sentence}" for sentence in locked(proof)]
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
        "instead": {**proof.instead},
        "changes": [{**asdict(change), "does": change.words()} for change in proof.changes],
        "uncovered": [*proof.uncovered],
        "notes": [*proof.notes],
        "left_alone": proof.left_alone,
        "one_way": proof.one_way or None,
        "under": proof.under or None,
        "traces": [asdict(trace) for trace in proof.traces],
    }
