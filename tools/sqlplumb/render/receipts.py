"""Tell what was done to a live database: receipts and adoptions, for people and for machines.

The JSON of a receipt is fixed: `sqlplumb restore` reads it. Problems are told elsewhere; the last
line of a report is its verdict."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from sqlplumb.proof import Proof
from sqlplumb.receipts import UNCOUNTED, Adoption, Done, Receipt, State, Touched
from sqlplumb.render import json as measures
from sqlplumb.render import text
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.words import counted

VERSION = 1


def receipt_report(receipt: Receipt, palette: Palette = PLAIN) -> str:
    """Problems are told elsewhere; its last line is the verdict."""
    lines = [line for one in receipt.revisions for line in _done(one)]
    if receipt.drift and receipt.error:
        lines.append(text.report(receipt.drift, False, palette))
    if receipt.backup:
        lines.append(f"backup {one_line(str(receipt.backup.path))}")
    if receipt.file:
        lines.append(f"receipt {one_line(str(receipt.file))}")
    return "\n".join([*lines, receipt_verdict(receipt)])


def _done(done: Done) -> Iterator[str]:
    if done.statements:
        yield f"-- {done.revision} {one_line(done.message)}"
        yield from (line for touched in done.statements for line in _touched(touched))
        return
    yield f"ran {done.revision} {one_line(done.message)}  {done.seconds:.2f} s"
    for table, (before, after) in (done.rows or {}).items():
        former = done.renamed.get(table)
        name = f"{one_line(former)} renamed to {one_line(table)}" if former else one_line(table)
        is_kept = former is not None and before == after
        yield f"  {name}: {_rows(before)}" + ("" if is_kept else f" -> {_rows(after)}")
    if done.compared:
        yield f"  {counted(done.compared, 'table')} compared row by row: the same"


def _rows(count: int | None) -> str:
    if count == UNCOUNTED:
        return "?"
    return "no table" if count is None else counted(count, "row")


def _touched(touched: Touched) -> Iterator[str]:
    yield f"{touched.statement.strip().rstrip(';').rstrip()};"
    rows = "" if touched.rows is None else f" ({_rows(touched.rows)})"
    yield f"--   {one_line(touched.words)}{rows}"


def receipt_verdict(receipt: Receipt) -> str:
    """In one line."""
    name, at = one_line(receipt.database), _state(receipt.after)
    match receipt.outcome:
        case "nothing to do":
            return f"plumb  {name}: nothing to do, it is at {at}"
        case "rehearsed":
            return f"dry run  {name}: {counted(len(receipt.revisions), 'revision')} would run"
        case "applied":
            held = f"locked for {receipt.locked:.2f} s"
            ran = counted(len(receipt.revisions), "revision")
            return f"plumb  {name}: {ran} applied, it is at {at}; {held}"
    where = _state(receipt.after if receipt.revisions else receipt.before)
    is_known = any(gate.gate == "known" and gate.outcome == "passed" for gate in receipt.gates)
    stands = f"it is at {where}" if is_known else "nothing was changed"
    return f"{receipt.outcome}  {name}: {stands}"


def _state(state: State) -> str:
    return one_line(" and ".join(state.revisions)) or "base"


def receipts_summary(receipts: Sequence[Receipt], asked: int, file: Path | None = None) -> str:
    """How many of each outcome; what was never begun is said as well."""
    outcomes = [one.outcome for one in receipts]
    counts = [f"{outcomes.count(one)} {one}" for one in dict.fromkeys(outcomes)]
    left = [f"{asked - len(receipts)} not begun"] if asked > len(receipts) else []
    said = f"{counted(asked, 'database')}: {', '.join([*counts, *left])}"
    return f"receipt {one_line(str(file))}\n{said}" if file else said


def receipts_as_json(receipts: Iterable[Receipt]) -> str:
    value = {"version": VERSION, "receipts": [_receipt(receipt) for receipt in receipts]}
    return json.dumps(value, indent=2, ensure_ascii=False)


def _receipt(receipt: Receipt) -> dict[str, Any]:
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
        "before": _stands(receipt.before),
        "after": _stands(receipt.after),
        "gates": [
            {"gate": gate.gate, "outcome": gate.outcome, "said": gate.said}
            for gate in receipt.gates
        ],
        "revisions": [_revision(done) for done in receipt.revisions],
        "backup": _backup(receipt),
        "receipt": str(receipt.file) if receipt.file else None,
        "problems": [
            {"message": problem.message, "hint": problem.hint}
            for problem in (receipt.error.problems if receipt.error else ())
        ],
        "warnings": [problem.message for problem in receipt.warnings],
    }


def _stands(state: State) -> dict[str, Any]:
    return {"revisions": list(state.revisions), "fingerprint": state.fingerprint or None}


def _revision(done: Done) -> dict[str, Any]:
    rows = {
        table: {"before": _known(then), "after": _known(now)}
        | ({"renamed_from": done.renamed[table]} if table in done.renamed else {})
        for table, (then, now) in (done.rows or {}).items()
    }
    return {
        "revision": done.revision,
        "message": done.message,
        "seconds": round(done.seconds, 3),
        "locked": round(done.held, 3),
        "rows": rows,
        "tables_compared": done.compared,
        "statements": [
            {"statement": t.statement, "does": t.words, "table": t.table or None, "rows": t.rows}
            for t in done.statements
        ],
    }


def _known(count: int | None) -> int | None:
    return None if count == UNCOUNTED else count


def _backup(receipt: Receipt) -> dict[str, Any] | None:
    if receipt.backup is None:
        return None
    copy = receipt.backup
    value = {"path": str(copy.path), "bytes": copy.bytes, "mode": copy.mode}
    return {**value, "sha256": copy.sha256 or None}


def adoption_report(adoption: Adoption, palette: Palette = PLAIN) -> str:
    """Problems are told elsewhere; the last line is the verdict."""
    return "\n".join([*_lines(adoption, palette), _verdict(adoption)])


def _lines(adoption: Adoption, palette: Palette) -> Iterator[str]:
    if adoption.comparison and adoption.comparison.changes:
        yield text.report(adoption.comparison, False, palette)
    if adoption.ways:
        yield "what leads there:"
        for command, does in adoption.ways:
            yield f"  {one_line(command)}"
            yield f"      {does}"


def _verdict(adoption: Adoption) -> str:
    name = one_line(adoption.database)
    match adoption.outcome:
        case "not adopted":
            return f"not adopted  {name}: nothing was changed"
        case "to be adopted":
            return (
                f"dry run  {name}: it would be adopted at {adoption.revision}{_pending(adoption)}"
            )
        case "adopted":
            return f"adopted  {name}: it is at {adoption.revision}{_pending(adoption)}"
    how = "and is not what that makes" if adoption.outcome == "drift" else "and plumb"
    return f"adopted already  {name}: it is at {adoption.revision}, {how}{_pending(adoption)}"


def _pending(adoption: Adoption) -> str:
    if not adoption.pending:
        return ""
    return f"; {counted(adoption.pending, 'revision')} behind it: `sqlplumb apply` runs them"


def bridge_report(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    """A bridge, and what is to be done with it."""
    run = one_line(_crossing(path, name, allowed))
    next_step = f"look at it, then\n  {run} --dry-run\n  {run}"
    return f"wrote {one_line(os.path.relpath(path))}\n{text.proof_report(proof)}\n{next_step}"


def bridge_as_json(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    value = {
        "version": VERSION,
        "outcome": "written",
        "path": str(path),
        "revision": proof.revision,
        "proof": {
            "rows": proof.rows,
            "tables": proof.tables,
            "losses": list(proof.losses),
            "uncovered": list(proof.uncovered),
        },
        "ways": [{"command": _crossing(path, name, allowed), "does": "runs it, and adopts"}],
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


def _crossing(path: Path, name: str, allowed: Sequence[str]) -> str:
    """What was allowed when it was written must be allowed when it runs."""
    leave = "".join(f" --allow {quote(one)}" for one in allowed)
    return f"sqlplumb adopt {quote(name)} --through {quote(os.path.relpath(path))}{leave}"


def adoption_as_json(adoption: Adoption, strict: bool = False) -> str:
    value = {
        "version": VERSION,
        "database": adoption.database,
        "outcome": adoption.outcome,
        "exit_code": adoption.exit_code,
        "revision": adoption.revision or None,
        "pending": adoption.pending,
        "waited": round(adoption.waited, 3),
        "measure": measures.said(adoption.comparison, strict) if adoption.comparison else None,
        "problems": [
            {"message": problem.message, "hint": problem.hint}
            for problem in ([adoption.problem] if adoption.problem else [])
        ],
        "ways": [{"command": command, "does": does} for command, does in adoption.ways],
        "warnings": [
            {"message": warning.message, "hint": warning.hint} for warning in adoption.warnings
        ],
    }
    return json.dumps(value, indent=2, ensure_ascii=False)
