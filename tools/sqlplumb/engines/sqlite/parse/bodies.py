"""The clauses of a view and the statements of a trigger, as parts that can be compared.

The parts keep their author's words: they are told to people. Must never decide whether two bodies
are equal; their canonical texts do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.engines.sqlite.parse.expressions import canonical_text
from sqlplumb.engines.sqlite.parse.lexer import Token, fold, text_of, tokens, unquoted
from sqlplumb.engines.sqlite.parse.queries import conditions, outside_brackets
from sqlplumb.engines.statements import BodyPart

Clauses = dict[str, list[BodyPart]]
_CLAUSES = {
    "SELECT": "SELECT",
    "VALUES": "VALUES",
    "FROM": "FROM",
    "WHERE": "WHERE",
    "GROUP": "GROUP BY",
    "HAVING": "HAVING",
    "WINDOW": "WINDOW",
    "ORDER": "ORDER BY",
    "LIMIT": "LIMIT",
}
_COMPOUND = ("UNION", "INTERSECT", "EXCEPT")
_JOINING = frozenset(
    ("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL")  # before a table
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def read_view(body: str) -> Clauses:
    """Return the clauses of a view by their names. `body` is all behind the name of the view."""
    words = tokens(body)
    upper = outside_brackets(words)
    clauses: Clauses = {}
    begins = upper.index("AS")
    if named := words[1 : begins - 1] if begins else ():
        clauses["its columns"] = [
            _part(body, column, _name(column)) for column in _split(named, ",")
        ]
    words, upper = words[begins + 1 :], upper[begins + 1 :]
    if upper[:1] == ["WITH"]:
        ends = next(n for n, word in enumerate(upper) if word in ("SELECT", "VALUES"))
        tables = _split(words[1:ends], ",")
        clauses["WITH"] = [_part(body, table, _name(table)) for table in tables]
        words, upper = words[ends:], upper[ends:]
    cuts = [n for n, word in enumerate(upper) if word in _COMPOUND]
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(words)], strict=True)):
        select = words[start:end]
        of_which = f" of the {_ordinal(number)} SELECT" if cuts else ""
        if number:
            joint = 1 + (len(select) > 1 and select[1].upper == "ALL")
            clauses[f"what joins the {_ordinal(number)} SELECT"] = [
                _part(body, select[:joint], "joint")
            ]
            select = select[joint:]
        for clause, parts in _clauses(body, select):
            is_of_all = clause in ("ORDER BY", "LIMIT")
            clauses[clause if is_of_all else f"{clause}{of_which}"] = parts
    return clauses


def read_trigger(body: str) -> Clauses:
    """Return when a trigger fires, its condition, and its statements by verb and table."""
    words = tokens(body)
    upper = outside_brackets(words)
    begins = upper.index("BEGIN") if "BEGIN" in upper else len(words)
    when = upper.index("WHEN") if "WHEN" in upper[:begins] else begins
    clauses: Clauses = {"its event": [_part(body, words[:when], "event")]}
    if when < begins:
        clauses["WHEN"] = [
            _part(body, condition) for condition in conditions(words[when + 1 : begins])
        ]
    clauses["its statements"] = [
        _part(body, statement, " ".join(_without_fillers(statement)[:2]))
        for statement in _split(words[begins + 1 : -1], ";")
    ]
    return clauses


def _clauses(text: str, words: Sequence[Token]) -> Iterator[tuple[str, list[BodyPart]]]:
    upper = outside_brackets(words)
    starts = [n for n, word in enumerate(upper) if word in _CLAUSES and _is_clause(upper, n)]
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        inside = words[start + 1 : end]
        match _CLAUSES[upper[start]]:
            case "SELECT" as clause:
                has_quantifier = bool(inside) and inside[0].upper in ("DISTINCT", "ALL")
                quantifier = [_part(text, inside[:1])] if has_quantifier else []
                columns = _split(inside[has_quantifier:], ",")
                parts = [_part(text, column, _output(column)) for column in columns]
                yield clause, [*quantifier, *parts]
            case "FROM" as clause:
                yield clause, [_part(text, source, _alias(source)) for source in _joined(inside)]
            case "WHERE" | "HAVING" as clause:
                yield clause, [_part(text, condition) for condition in conditions(inside)]
            case "GROUP BY" | "ORDER BY" as clause:
                yield clause, [_part(text, term) for term in _split(inside[1:], ",")]
            case clause:
                yield clause, [_part(text, inside, clause)]


def _is_clause(upper: Sequence[str], at: int) -> bool:
    """`a IS DISTINCT FROM b` begins no FROM, and `window` may be a column."""
    if upper[at] == "WINDOW":
        return upper[at + 2 : at + 3] == ["AS"]
    return not (upper[at] == "FROM" and upper[at - 1 : at] == ["DISTINCT"])


def _part(text: str, words: Sequence[Token], key: str = "") -> BodyPart:
    # Whatever stands in double quotes is taken for a name: these are words for people.
    names = frozenset(fold(unquoted(word.text)) for word in words if word.kind == "quoted")
    canonical = canonical_text(words, names)
    return BodyPart(key=key or canonical, text=text_of(text, words), canonical=canonical)


def _split(words: Sequence[Token], sign: str) -> Iterable[Sequence[Token]]:
    first = 0
    for index, word in enumerate((*outside_brackets(words), sign)):
        if word == sign:
            if words[first:index]:
                yield words[first:index]
            first = index + 1


def _joined(words: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield each table of a FROM with what joins it: the words of the join, its ON or USING."""
    first = 0
    upper = outside_brackets(words)
    for index in range(1, len(words) + 1):
        begins_join = index < len(words) and upper[index] in _JOINING
        goes_on = begins_join and upper[index - 1] in _JOINING
        if index == len(words) or upper[index] == "," or (begins_join and not goes_on):
            yield words[first:index]
            first = index + (index < len(words) and upper[index] == ",")


def _name(words: Sequence[Token]) -> str:
    return fold(unquoted(words[0].text))


def _alias(words: Sequence[Token]) -> str:
    """What a table of a FROM is called in its query."""
    upper = outside_brackets(words)
    ends = next((n for n, word in enumerate(upper) if word in ("ON", "USING")), len(words))
    named = [word for word in words[:ends] if word.kind in ("word", "quoted")]
    return fold(unquoted(named[-1].text)) if named else ""


def _output(words: Sequence[Token]) -> str:
    """What a column of the result is called; a column without a name is known by its words."""
    last = words[-1]
    is_named = last.kind in ("word", "quoted") and last.upper != "END"
    before = words[-2] if len(words) > 1 else None
    is_alias = before is None or before.text in (".", ")") or before.kind != "op"
    return fold(unquoted(last.text)) if is_named and is_alias else ""


def _without_fillers(statement: Sequence[Token]) -> list[str]:
    """`UPDATE OR IGNORE stock` is an UPDATE of stock, `INSERT INTO log` an INSERT of log."""
    fillers = {"OR", "IGNORE", "REPLACE", "ROLLBACK", "ABORT", "FAIL", "INTO", "FROM"}
    verb, *others = statement
    named = [word for word in others if word.upper not in fillers]
    return [verb.upper, *(fold(unquoted(word.text)) for word in named)]


def _ordinal(number: int) -> str:
    return _ORDINALS[number] if number < len(_ORDINALS) else f"{number + 1}th"
