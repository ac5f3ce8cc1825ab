"""A receipt for people and for machines. Its JSON is fixed: `sqlplumb restore` reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlplumb.receipts import UNCOUNTED, Done, Receipt, State, Touched
from sqlplumb.render import text
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.words import counted

VERSION = 1


def told(receipt: Receipt, palette: Palette = PLAIN) -> str:
    """Problems are told elsewhere; its last line is the verdict."""
    lines = [line for one in receipt.revisions for line in _done(one)]
    if receipt.drift and receipt.error:
        lines.append(text.report(receipt.drift, False, palette))
    if receipt.backup:
        lines.append(f"backup {one_line(str(receipt.backup.path))}")
    if receipt.file:
        lines.append(f"receipt {one_line(str(receipt.file))}")
    return "\n".join([*lines, verdict(receipt)])


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


def verdict(receipt: Receipt) -> str:
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


def summary(receipts: Sequence[Receipt], asked: int, file: Path | None = None) -> str:
    """How many of each outcome; what was never begun is said as well."""
    outcomes = [one.outcome for one in receipts]
    counts = [f"{outcomes.count(one)} {one}" for one in dict.fromkeys(outcomes)]
    left = [f"{asked - len(receipts)} not begun"] if asked > len(receipts) else []
    said = f"{counted(asked, 'database')}: {', '.join([*counts, *left])}"
    return f"receipt {one_line(str(file))}\n{said}" if file else said


def as_json(receipts: Iterable[Receipt]) -> str:
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
