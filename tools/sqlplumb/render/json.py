"""A measure for machines. Its form is fixed: a change of it is a breaking change."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlplumb.changes import Alter, Change
from sqlplumb.changes.comparison import Comparison, Unmeasured
from sqlplumb.engines import Engine, engine
from sqlplumb.render import words
from sqlplumb.schema import Expr, KeyPart, Object, Schema, compared_fields, fingerprint, value_of

VERSION = 1


def one(comparison: Comparison, strict: bool) -> str:
    return json.dumps(said(comparison, strict), indent=2)


def many(outcomes: Iterable[Comparison | Unmeasured], strict: bool) -> str:
    mirrors = [
        _unmeasured(outcome) if isinstance(outcome, Unmeasured) else _mirror(outcome, strict)
        for outcome in outcomes
    ]
    equal = all(mirror["equal"] for mirror in mirrors)
    return json.dumps({"version": VERSION, "equal": equal, "mirrors": mirrors}, indent=2)


def _mirror(comparison: Comparison, strict: bool) -> dict[str, object]:
    """`at` are the revisions that a mirror which differs names, `pending` those that it lacks."""
    value = {**said(comparison, strict), "state": comparison.state(strict)}
    if comparison.standing:
        value |= {"at": [*comparison.standing.at], "pending": [*comparison.standing.pending]}
    return value


def said(comparison: Comparison, strict: bool) -> dict[str, object]:
    return {
        "version": VERSION,
        "equal": comparison.is_plumb(strict),
        "current": _source(comparison.current),
        "desired": _source(comparison.desired),
        "changes": [
            _change(change, engine(comparison.desired.engine))
            for change in words.without_inline(comparison.changes)
        ],
        "notes": [
            {"kind": note.ref.kind, "object": note.ref.address, "message": words.noted(note)}
            for note in comparison.notes
        ],
    }


def _unmeasured(outcome: Unmeasured) -> dict[str, object]:
    problems = [str(problem) for problem in outcome.error.problems]
    return {
        "version": VERSION,
        "equal": False,
        "state": "unmeasured",
        "current": {"source": outcome.source},
        "changes": [],
        "error": {"exit_code": outcome.error.exit_code, "problems": problems},
    }


def _source(schema: Schema) -> dict[str, str]:
    return {"source": schema.source, "fingerprint": fingerprint(schema)}


def _change(change: Change, spoken: Engine) -> dict[str, object]:
    fields = change.fields if isinstance(change, Alter) else ()
    current, desired = words.sides(change)
    place = words.place_of(change)
    return {
        "verb": change.verb,
        "kind": change.ref.kind,
        "object": change.ref.address,
        "table": change.ref.unit,
        "fields": list(fields),
        "current": _object(current, fields),
        "desired": _object(desired, fields),
        "where": {"file": place.file, "line": place.line} if place else None,
        "loses_data": spoken.loses_data(change),
    }


def _object(fact: Object | None, fields: tuple[str, ...]) -> dict[str, object] | None:
    """Its own words, and the fields that differ; for what is only on one side, all of them."""
    if fact is None:
        return None
    names = fields or compared_fields(fact)
    return {**{name: _value(value_of(fact, name)) for name in names}, "text": fact.text}


def _value(value: object) -> object:
    match value:
        case Expr():
            return value.text
        case KeyPart():
            words_of_key = (value.term, value.collation and f"COLLATE {value.collation}")
            return " ".join(filter(None, (*words_of_key, "DESC" if value.descending else "")))
        case tuple():
            return [_value(one) for one in value]
        case _:
            return value
