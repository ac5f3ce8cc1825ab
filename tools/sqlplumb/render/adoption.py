"""An adoption for people and for machines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from sqlplumb.proof import Proof
from sqlplumb.receipts import Adoption
from sqlplumb.render import json as measures
from sqlplumb.render import proof as proofs
from sqlplumb.render import text
from sqlplumb.render.paint import PLAIN, Palette, one_line
from sqlplumb.render.words import counted

VERSION = 1


def told(one: Adoption, palette: Palette = PLAIN) -> str:
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


def written(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
    """A bridge, and what is to be done with it."""
    run = one_line(_crossing(path, name, allowed))
    next_step = f"look at it, then\n  {run} --dry-run\n  {run}"
    return f"wrote {one_line(os.path.relpath(path))}\n{proofs.told(proof)}\n{next_step}"


def written_as_json(path: Path, proof: Proof, name: str, allowed: Sequence[str] = ()) -> str:
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


def as_json(one: Adoption, strict: bool = False) -> str:
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
