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


def _done(one: Done) -> Iterator[str]:
    if one.statements:
        yield f"-- {one.revision} {one_line(one.message)}"
        yield from (line for touched in one.statements for line in _touched(touched))
        return
    yield f"ran {one.revision} {one_line(one.message)}  {one.seconds:.2f} s"
    for table, (before, after) in (one.rows or {}).items():
        former = one.renamed.get(table)
        name = f"{one_line(former)} renamed to {one_line(table)}" if former else one_line(table)
        is_kept = former is not None and before == after
        yield f"  {name}: {_rows(before)}" + ("" if is_kept else f" -> {_rows(after)}")
    if one.compared:
        yield f"  {counted(one.compared, 'table')} compared row by row: the same"


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
    stands = f"it is at {where}" if _is_known(receipt) else "nothing was changed"
    return f"{receipt.outcome}  {name}: {stands}"


def _is_known(receipt: Receipt) -> bool:
    """Did anybody get to see at which revision it is?"""
    return any(gate.gate == "known" and gate.outcome == "passed" for gate in receipt.gates)


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
    said = {"version": VERSION, "receipts": [_receipt(one) for one in receipts]}
    return json.dumps(said, indent=2, ensure_ascii=False)


def _receipt(one: Receipt) -> dict[str, Any]:
    return {
        "database": one.database,
        "path": str(one.path),
        "outcome": one.outcome,
        "exit_code": one.exit_code,
        "began": one.began,
        "seconds": round(one.seconds, 3),
        "waited": round(one.waited, 3),
        "locked": round(one.locked, 3),
        "recovered": one.recovered,
        "before": _stands(one.before),
        "after": _stands(one.after),
        "gates": [
            {"gate": gate.gate, "outcome": gate.outcome, "said": gate.said} for gate in one.gates
        ],
        "revisions": [_revision(done) for done in one.revisions],
        "backup": _backup(one),
        "receipt": _path(one.file),
        "problems": [
            {"message": problem.message, "hint": problem.hint}
            for problem in (one.error.problems if one.error else ())
        ],
        "warnings": [problem.message for problem in one.warnings],
    }


def _stands(state: State) -> dict[str, Any]:
    return {"revisions": list(state.revisions), "fingerprint": state.fingerprint or None}


def _revision(one: Done) -> dict[str, Any]:
    rows = {
        table: {"before": _known(then), "after": _known(now)}
        | ({"renamed_from": one.renamed[table]} if table in one.renamed else {})
        for table, (then, now) in (one.rows or {}).items()
    }
    return {
        "revision": one.revision,
        "message": one.message,
        "seconds": round(one.seconds, 3),
        "locked": round(one.held, 3),
        "rows": rows,
        "tables_compared": one.compared,
        "statements": [
            {"statement": t.statement, "does": t.words, "table": t.table or None, "rows": t.rows}
            for t in one.statements
        ],
    }


def _known(count: int | None) -> int | None:
    return None if count == UNCOUNTED else count


def _backup(one: Receipt) -> dict[str, Any] | None:
    if one.backup is None:
        return None
    copy = one.backup
    known = {"path": str(copy.path), "bytes": copy.bytes, "mode": copy.mode}
    return {**known, "sha256": copy.sha256 or None}


def _path(path: Path | None) -> str | None:
    return str(path) if path else None


def adoption_report(one: Adoption, palette: Palette = PLAIN) -> str:
    """Problems are told elsewhere; the last line is the verdict."""
    return "\n".join([*_lines(one, palette), _verdict(one)])


def _lines(one: Adoption, palette: Palette) -> Iterator[str]:
    if one.measure and one.measure.changes:
        yield text.report(one.measure, False, palette)
    if one.ways:
        yield "what leads there:"
        for command, does in one.ways:
            yield f"  {one_line(command)}"
            yield f"      {does}"


def _verdict(one: Adoption) -> str:
    name = one_line(one.database)
    match one.outcome:
        case "not adopted":
            return f"not adopted  {name}: nothing was changed"
        case "to be adopted":
            return f"dry run  {name}: it would be adopted at {one.revision}{_pending(one)}"
        case "adopted":
            return f"adopted  {name}: it is at {one.revision}{_pending(one)}"
    how = "and is not what that makes" if one.outcome == "drift" else "and plumb"
    return f"adopted already  {name}: it is at {one.revision}, {how}{_pending(one)}"


def _pending(one: Adoption) -> str:
    if not one.pending:
        return ""
    return f"; {counted(one.pending, 'revision')} behind it: `sqlplumb apply` runs them"


def bridge_report(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    """A bridge, and what is to be done with it."""
    run = one_line(_crossing(path, name, allowed))
    next_step = f"look at it, then\n  {run} --dry-run\n  {run}"
    return f"wrote {one_line(os.path.relpath(path))}\n{text.proof_report(proof)}\n{next_step}"


def bridge_as_json(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    said = {
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
    return json.dumps(said, indent=2, ensure_ascii=False)


def _crossing(path: Path, name: str, allowed: Sequence[str]) -> str:
    """What was allowed when it was written must be allowed when it runs."""
    leave = "".join(f" --allow {quote(one)}" for one in allowed)
    return f"sqlplumb adopt {quote(name)} --through {quote(os.path.relpath(path))}{leave}"


def adoption_as_json(one: Adoption, strict: bool = False) -> str:
    said = {
        "version": VERSION,
        "database": one.database,
        "outcome": one.outcome,
        "exit_code": one.exit_code,
        "revision": one.revision or None,
        "pending": one.pending,
        "waited": round(one.waited, 3),
        "measure": measures.said(one.measure, strict) if one.measure else None,
        "problems": [
            {"message": problem.message, "hint": problem.hint}
            for problem in ([one.problem] if one.problem else [])
        ],
        "ways": [{"command": command, "does": does} for command, does in one.ways],
        "warnings": [{"message": each.message, "hint": each.hint} for each in one.warnings],
    }
    return json.dumps(said, indent=2, ensure_ascii=False)
