"""Report comparisons to machines. The form of the JSON is fixed: to change it breaks programs."""

from __future__ import annotations

from collections.abc import Iterable

from sqlplumb.changes import Alter, Change
from sqlplumb.changes.comparison import Comparison, Explanation, Unmeasured
from sqlplumb.config import Accept
from sqlplumb.engines import engine
from sqlplumb.render import words
from sqlplumb.render.json_text import json_text
from sqlplumb.schema import Expr, KeyPart, Object, Schema, compared_fields, fingerprint, value_of

JSON_VERSION = 1


def as_json(comparison: Comparison, strict: bool) -> str:
    return json_text(as_value(comparison, strict))


def several_as_json(outcomes: Iterable[Comparison | Unmeasured], strict: bool) -> str:
    """Of what differs, `at` are the revisions that it names, `pending` those that it lacks."""
    mirrors: list[dict[str, object]] = []
    for outcome in outcomes:
        if isinstance(outcome, Unmeasured):
            problems = [str(problem) for problem in outcome.error.problems]
            value: dict[str, object] = {
                "version": JSON_VERSION,
                "equal": False,
                "state": "unmeasured",
                "current": {"source": outcome.source},
                "changes": [],
                "error": {"exit_code": outcome.error.exit_code, "problems": problems},
            }
        else:
            value = {**as_value(outcome, strict), "state": outcome.state(strict)}
            if standing := outcome.standing:
                value |= {"at": [*standing.at], "pending": [*standing.pending]}
        mirrors.append(value)
    equal = all(mirror["equal"] for mirror in mirrors)
    return json_text({"version": JSON_VERSION, "equal": equal, "mirrors": mirrors})


def as_value(comparison: Comparison, strict: bool) -> dict[str, object]:
    return {
        "version": JSON_VERSION,
        "equal": comparison.is_plumb(strict),
        "current": _source(comparison.current),
        "desired": _source(comparison.desired),
        "changes": [
            _change(change, comparison.desired.engine)
            for change in words.without_inline(comparison.changes)
        ],
        "notes": [
            {"kind": note.ref.kind, "object": note.ref.address, "message": words.noted(note)}
            for note in comparison.notes
        ],
        "accepted": [
            {
                **_accept(difference.accept),
                "changes": [
                    {"verb": change.verb, "kind": change.ref.kind, "object": change.ref.address}
                    for change in words.without_inline(difference.changes)
                ],
            }
            for difference in comparison.accepted
        ],
        "expired": [_accept(accept) for accept in comparison.expired],
        "ignored": [{"kind": ref.kind, "object": ref.address} for ref in comparison.ignored],
        "uncreatable": [
            {
                "source": uncreatable.source,
                "table": uncreatable.table,
                "object": uncreatable.title,
                "statement": uncreatable.statement,
                "reason": uncreatable.reason,
            }
            for uncreatable in comparison.uncreatable
        ],
        "explanations": [_explanation(explanation) for explanation in comparison.explanations],
    }


def _accept(accept: Accept) -> dict[str, object]:
    until = accept.until.isoformat() if accept.until else None
    return {"object": accept.object, "reason": accept.reason, "until": until}


def _explanation(explanation: Explanation) -> dict[str, object]:
    """Rows are columns with their values as literals of SQL; null where none was found."""
    rows = explanation.only_current, explanation.only_desired
    return {
        "kind": explanation.ref.kind,
        "object": explanation.ref.address,
        "field": explanation.field,
        "current": explanation.current,
        "desired": explanation.desired,
        "verdict": explanation.verdict,
        "rows_tried": explanation.tried,
        "only_current": None if rows[0] is None else dict(rows[0]),
        "only_desired": None if rows[1] is None else dict(rows[1]),
    }


def _source(schema: Schema) -> dict[str, str]:
    return {"source": schema.source, "fingerprint": fingerprint(schema)}


def _change(change: Change, engine_name: str) -> dict[str, object]:
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
        "loses_data": engine(engine_name).loses_data(change),
    }


def _object(fact: Object | None, fields: tuple[str, ...]) -> dict[str, object] | None:
    """Its author's text, and the fields that differ; all fields of what only one side has."""
    if fact is None:
        return None
    names = fields or compared_fields(fact)
    return {**{name: _value(value_of(fact, name)) for name in names}, "text": fact.text}


def _value(value: object) -> object:
    match value:
        case Expr():
            return value.text
        case KeyPart():
            collation = value.collation and f"COLLATE {value.collation}"
            direction = "DESC" if value.descending else ""
            return " ".join(filter(None, (value.term, collation, direction)))
        case tuple():
            return [_value(item) for item in value]
        case _:
            return value
