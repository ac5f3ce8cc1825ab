"""Report what was done to a live database: receipts and adoptions, to people and to machines.

The JSON of a receipt is fixed: `sqlplumb restore` reads it. Problems are reported elsewhere; the
last line of a report is its verdict.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from sqlplumb.errors import Problem
from sqlplumb.proof import Proof
from sqlplumb.receipts import UNCOUNTED, Adoption, Done, Receipt, State
from sqlplumb.render import comparison_json, comparisons, proofs
from sqlplumb.render.json_text import json_text
from sqlplumb.render.paint import PLAIN, Palette, one_line, visible
from sqlplumb.render.words import counted

JSON_VERSION = 1


def receipt_report(receipt: Receipt, palette: Palette = PLAIN) -> str:
    is_down = receipt.direction == "down"
    was_told = receipt.outcome == "applied"  # before it was done
    lines = [] if was_told else [one_line(note) for note in receipt.notes]
    lines += [line for done in receipt.revisions for line in _revision_lines(done, is_down)]
    if receipt.drift and receipt.error:
        lines.append(comparisons.report(receipt.drift, False, palette))
    if receipt.backup:
        lines.append(f"backup {one_line(str(receipt.backup.path))}")
    if receipt.file:
        lines.append(f"receipt {one_line(str(receipt.file))}")
    return "\n".join([*lines, receipt_verdict(receipt)])


def _revision_lines(done: Done, is_down: bool) -> Iterator[str]:
    if done.statements:
        yield f"-- {'back from ' if is_down else ''}{done.revision} {one_line(done.message)}"
        for touched in done.statements:
            yield f"{visible(touched.statement.strip().rstrip(';').rstrip())};"
            rows = "" if touched.rows is None else f" ({rows_counted(touched.rows)})"
            yield f"--   {one_line(touched.words)}{rows}"
        return
    verb = "took back" if is_down else "ran"
    yield f"{verb} {done.revision} {one_line(done.message)}  {done.seconds:.2f} s"
    for table, (before, after) in (done.rows or {}).items():
        is_kept = table in done.renamed and before == after
        rows = rows_counted(before) + ("" if is_kept else f" -> {rows_counted(after)}")
        yield f"  {table_named(table, done)}: {rows}"
    if done.compared:
        yield f"  {counted(done.compared, 'table')} compared row by row: the same"


def table_named(table: str, done: Done) -> str:
    """Name a table, with its former name if the revision renamed it."""
    former = done.renamed.get(table)
    return f"{one_line(former)} renamed to {one_line(table)}" if former else one_line(table)


def rows_counted(count: int | None) -> str:
    if count == UNCOUNTED:
        return "?"
    return "no table" if count is None else counted(count, "row")


_VERDICTS = {"nothing to do": "plumb", "rehearsed": "dry run", "applied": "plumb"}


def receipt_verdict(receipt: Receipt) -> str:
    verdict = _VERDICTS.get(receipt.outcome, receipt.outcome)
    return f"{verdict}  {one_line(receipt.database)}: {what_came(receipt)}"


def what_came(receipt: Receipt) -> str:
    """Say what came of it, and where the database stands."""
    at = stands_at(receipt.after)
    match receipt.outcome:
        case "nothing to do":
            return f"nothing to do, it is at {at}"
        case "rehearsed":
            what = "be taken back" if receipt.direction == "down" else "run"
            return f"{counted(len(receipt.revisions), 'revision')} would {what}"
        case "applied":
            held = f"locked for {receipt.locked:.2f} s"
            ran = counted(len(receipt.revisions), "revision")
            done = "taken back" if receipt.direction == "down" else "applied"
            return f"{ran} {done}, it is at {at}; {held}"
    where = stands_at(receipt.after if receipt.revisions else receipt.before)
    is_known = any(gate.gate == "known" and gate.outcome == "passed" for gate in receipt.gates)
    return f"it is at {where}" if is_known else "nothing was changed"


def stands_at(state: State) -> str:
    return one_line(" and ".join(state.revisions)) or "base"


def receipts_summary(receipts: Sequence[Receipt], asked: int, file: Path | None = None) -> str:
    summary = f"{counted(asked, 'database')}: {outcomes_counted(receipts, asked)}"
    return f"receipt {one_line(str(file))}\n{summary}" if file else summary


def outcomes_counted(receipts: Sequence[Receipt], asked: int) -> str:
    """Count the databases of each outcome, and those that were asked for and never begun."""
    outcomes = [receipt.outcome for receipt in receipts]
    counts = [f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes)]
    counts += [f"{asked - len(receipts)} not begun"] if asked > len(receipts) else []
    return ", ".join(counts)


def receipts_as_json(receipts: Iterable[Receipt]) -> str:
    value = {"version": JSON_VERSION, "receipts": [_receipt(receipt) for receipt in receipts]}
    return json_text(value)


def _receipt(receipt: Receipt) -> dict[str, Any]:
    copy = receipt.backup
    return {
        "database": receipt.database,
        "path": str(receipt.path),
        "outcome": receipt.outcome,
        "exit_code": receipt.exit_code,
        "began": receipt.began,
        "seconds": round(receipt.seconds, 3),
        "waited": round(receipt.waited, 3),
        "locked": round(receipt.locked, 3),
        "recovered": receipt.recovered,
        "direction": receipt.direction,
        "notes": list(receipt.notes),
        "before": _stands(receipt.before),
        "after": _stands(receipt.after),
        "gates": [
            {"gate": passage.gate, "outcome": passage.outcome, "said": passage.detail}
            for passage in receipt.gates
        ],
        "revisions": [_revision(done) for done in receipt.revisions],
        "backup": {
            "path": str(copy.path),
            "bytes": copy.bytes,
            "mode": copy.mode,
            "sha256": copy.sha256 or None,
        }
        if copy
        else None,
        "receipt": str(receipt.file) if receipt.file else None,
        "problems": _problems(receipt.error.problems if receipt.error else ()),
        "warnings": [problem.message for problem in receipt.warnings],
    }


def _problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"message": problem.message, "hint": problem.advice} for problem in problems]


def _stands(state: State) -> dict[str, Any]:
    return {"revisions": list(state.revisions), "fingerprint": state.fingerprint or None}


def _revision(done: Done) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = {}
    for table, (before, after) in (done.rows or {}).items():
        counts = {"before": before, "after": after}
        rows[table] = {
            name: None if count == UNCOUNTED else count for name, count in counts.items()
        }
        if table in done.renamed:
            rows[table]["renamed_from"] = done.renamed[table]
    return {
        "revision": done.revision,
        "message": done.message,
        "seconds": round(done.seconds, 3),
        "locked": round(done.held, 3),
        "rows": rows,
        "tables_compared": done.compared,
        "statements": [
            {
                "statement": touched.statement,
                "does": touched.words,
                "table": touched.table or None,
                "rows": touched.rows,
            }
            for touched in done.statements
        ],
    }


def adoption_report(adoption: Adoption, palette: Palette = PLAIN) -> str:
    lines = []
    if adoption.comparison and adoption.comparison.changes:
        lines.append(comparisons.report(adoption.comparison, False, palette))
    if adoption.ways:
        lines.append("what leads there:")
        for command, effect in adoption.ways:
            lines += [f"  {one_line(command)}", f"      {effect}"]
    return "\n".join([*lines, _adoption_verdict(adoption)])


_ADOPTED = {"to be adopted": "dry run", "drift": "adopted already"}


def _adoption_verdict(adoption: Adoption) -> str:
    verdict = _ADOPTED.get(adoption.outcome, adoption.outcome)
    return f"{verdict}  {one_line(adoption.database)}: {where_adopted(adoption)}"


def where_adopted(adoption: Adoption) -> str:
    """Say where the database stands now."""
    revision = adoption.revision
    match adoption.outcome:
        case "not adopted":
            return "nothing was changed"
        case "to be adopted":
            return f"it would be adopted at {revision}{_pending(adoption)}"
        case "adopted":
            return f"it is at {revision}{_pending(adoption)}"
    how = "and is not what that makes" if adoption.outcome == "drift" else "and plumb"
    return f"it is at {revision}, {how}{_pending(adoption)}"


def _pending(adoption: Adoption) -> str:
    if not adoption.pending:
        return ""
    return f"; {counted(adoption.pending, 'revision')} behind it: `sqlplumb apply` runs them"


def bridge_report(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    """Report a bridge, and what to do with it."""
    command = one_line(bridge_crossing(path, name, allowed))
    report = proofs.proof_report(proof)
    next_step = f"look at it, then\n  {command} --dry-run\n  {command}"
    return f"wrote {one_line(os.path.relpath(path))}\n{report}\n{next_step}"


def bridge_as_json(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    value = {
        "version": JSON_VERSION,
        "outcome": "written",
        "path": str(path),
        "revision": proof.revision,
        "proof": {
            "rows": proof.rows,
            "tables": proof.tables,
            "losses": list(proof.losses),
            "uncovered": list(proof.uncovered),
        },
        "ways": [{"command": bridge_crossing(path, name, allowed), "does": "runs it, and adopts"}],
    }
    return json_text(value)


def bridge_crossing(path: Path, name: str, allowed: Sequence[str]) -> str:
    """What was allowed when a bridge was written must be allowed when it runs."""
    allow = "".join(f" --allow {quote(loss)}" for loss in allowed)
    return f"sqlplumb adopt {quote(name)} --through {quote(os.path.relpath(path))}{allow}"


def adoption_as_json(adoption: Adoption, strict: bool = False) -> str:
    comparison = adoption.comparison
    value = {
        "version": JSON_VERSION,
        "database": adoption.database,
        "outcome": adoption.outcome,
        "exit_code": adoption.exit_code,
        "revision": adoption.revision or None,
        "pending": adoption.pending,
        "waited": round(adoption.waited, 3),
        "measure": comparison_json.as_value(comparison, strict) if comparison else None,
        "problems": _problems([adoption.problem] if adoption.problem else []),
        "ways": [{"command": command, "does": effect} for command, effect in adoption.ways],
        "warnings": _problems(adoption.warnings),
    }
    return json_text(value)
