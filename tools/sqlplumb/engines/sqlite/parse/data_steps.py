"""Which rows the statements of a data step are about: as conditions that can be asked before it.

A guess for whoever makes up rows, read from tokens. Whether a condition means anything is found by
asking SQLite; nothing here decides what a statement may do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from sqlplumb.engines.sqlite.parse.lexer import (
    Tokens,
    conjuncts,
    fold,
    in_quotes,
    separated,
    tokens,
    unquoted,
)
from sqlplumb.errors import shortened
from sqlplumb.steps import DataStep

MOST = 60  # a loop in Python runs one statement for each row
_SHOWN = 100  # characters of a statement
_CLAUSES = frozenset(
    "SET FROM WHERE GROUP HAVING WINDOW ORDER LIMIT RETURNING UNION EXCEPT INTERSECT".split()
)
VERBS = ("INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT")
JOINS = frozenset("NATURAL LEFT RIGHT FULL INNER OUTER CROSS JOIN , ON USING INDEXED NOT".split())
CONFLICTS = ("ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK")
_Clauses = Mapping[str, Tokens]


def data_steps(statements: Iterable[str]) -> tuple[DataStep, ...]:
    """Each once, in the order in which they ran; those of the later rows of a loop are left out."""
    steps: dict[DataStep, None] = {}
    for statement in statements:
        if len(steps) >= MOST:
            break
        steps.update(dict.fromkeys(_steps(statement)))
    return tuple(steps)


def condition(step: DataStep, rowid: str = "rowid") -> str:
    """By the row where its table has another name there, or stands beside others."""
    if not (step.alias or step.beside or step.before):
        return step.where
    name = in_quotes(step.alias or step.table)
    alias = f" AS {name}" if step.alias else ""
    source = f"{in_quotes(step.table)}{alias} {step.beside}"
    return f"rowid IN ({step.before} SELECT {name}.{rowid} FROM {source} WHERE {step.where})"


def _steps(statement: str) -> Iterator[DataStep]:
    words = tuple(token for token in tokens(statement) if token.text != ";")
    head, before = _behind_with(words, statement)
    verb = head[0].upper if head else ""
    if verb not in VERBS:
        return
    shown = shortened(" ".join(statement.split()), _SHOWN)
    for step in _of_head(verb, head, statement):
        yield replace(step, before=before, words=shown)
    for index, token in enumerate(words):
        if token.upper == "SELECT" and token is not head[0]:
            yield from _of_select(_rest(words, index), statement)


def _behind_with(words: Tokens, sql: str) -> tuple[Tokens, str]:
    """The statement behind its common table expressions, and these."""
    if not words or words[0].upper != "WITH":
        return words, ""
    depth = 0
    for index, token in enumerate(words):
        depth += (token.text == "(") - (token.text == ")")
        if not depth and token.upper in VERBS:
            return words[index:], sql[words[0].start : token.start]
    return (), ""


def _of_head(verb: str, words: Tokens, sql: str) -> Iterator[DataStep]:
    """Rows that it is about, and some that it is not; values that it makes other than they are."""
    clauses = _clauses(words)
    if verb == "SELECT":
        parts = list(separated(clauses[""][1:]))
        if any(len(part) < 4 and part[-1:] and _is_column(part) for part in parts):
            yield from _both(_of_source(clauses, sql))
    elif verb == "UPDATE":
        step = _update(words, clauses, sql)
        yield from _both([step] if step else [])
        if clauses.get("FROM"):
            yield from _of_others((words[0], *clauses["FROM"]), clauses, sql)
        for part in separated(clauses.get("SET", ())):
            if step and len(part) > 2 and part[1].text == "=":
                yield _changing(step, part[0].text, _text(part[2:], sql))
    elif verb == "DELETE":
        yield from _both(_of_source(clauses, sql))
        yield from _of_others(clauses.get("FROM", ())[1:], clauses, sql)
    else:
        at = next((at for at, token in enumerate(words) if token.upper == "SELECT"), 0)
        if at:
            yield from _of_insert(words[:at], _rest(words, at), sql)


def _update(words: Tokens, clauses: _Clauses, sql: str) -> DataStep | None:
    skipped = 3 if words[1:2] and words[1].upper == "OR" and words[2].upper in CONFLICTS else 1
    step = _named(clauses[""][skipped:], sql)
    if step is None:
        return None
    beside = f", {_text(clauses['FROM'], sql)}" if clauses.get("FROM") else ""
    return replace(step, beside=beside, where=_text(clauses.get("WHERE", ()), sql) or "1")


def _of_insert(into: Tokens, select: Tokens, sql: str) -> Iterator[DataStep]:
    """The rows that it reads; and where it fills a column of the same name by an expression."""
    clauses = _clauses(select)
    sources = list(_of_source(clauses, sql))
    yield from _both(sources)
    yield from _of_others(clauses.get("FROM", ())[1:], clauses, sql)
    opens = next((at for at, token in enumerate(into) if token.text == "("), len(into))
    columns = separated(into[opens + 1 : -1])
    for column, part in zip(columns, separated(clauses[""][1:]), strict=False):
        if sources and column and part and not _is_column(part):
            yield _changing(sources[0], column[-1].text, _text(part, sql))


def _of_select(words: Tokens, sql: str) -> Iterator[DataStep]:
    """Of rows of another table, without which a condition on it is never true."""
    clauses = _clauses(words)
    yield from (step for step in _of_source(clauses, sql) if step.where != "1")
    yield from _of_others(clauses.get("FROM", ())[1:], clauses, sql)


def _of_source(clauses: _Clauses, sql: str) -> Iterator[DataStep]:
    if step := _named(clauses.get("FROM", ()), sql):
        yield replace(step, where=_text(clauses.get("WHERE", ()), sql) or "1")


def _of_others(words: Tokens, clauses: _Clauses, sql: str) -> Iterator[DataStep]:
    """Rows of what is joined, for each condition that speaks of them alone: of what speaks of more,
    SQLite says so."""
    joins = [0, *(at for at, token in enumerate(words) if token.upper in (",", "JOIN"))]
    conditional = [clauses.get("WHERE", ())]
    for on in (at for at, token in enumerate(words) if token.upper == "ON"):
        behind = words[on + 1 : min((at for at in joins if at > on), default=len(words))]
        before_join = takewhile(lambda token: token.upper not in JOINS - {"NOT", ","}, behind)
        conditional.append(tuple(before_join))
    conditions = [
        _text(part, sql) for clause in conditional if clause for part in conjuncts(clause) if part
    ]
    for at in joins if words else ():
        step = _named(words[at + 1 :], sql)
        if step and (at or words[0].upper in VERBS):
            step = replace(step, beside="", alias=step.alias or step.table)
            yield from (replace(step, where=condition) for condition in conditions)


def _named(words: Tokens, sql: str) -> DataStep | None:
    """`t`, `main.t`, `t AS a`, `t a`, and what is joined with it."""
    if not words or words[0].kind not in ("word", "quoted"):
        return None
    words = words[2:] if len(words) > 2 and words[1].text == "." else words
    table, rest, alias = fold(unquoted(words[0].text)), words[1:], ""
    rest = rest[1:] if rest and rest[0].upper == "AS" else rest
    if rest and rest[0].kind in ("word", "quoted") and rest[0].upper not in JOINS:
        alias, rest = unquoted(rest[0].text), rest[1:]
    return DataStep(table=table, alias=alias, beside=_text(rest, sql), where="1")


def _both(steps: Iterable[DataStep]) -> Iterator[DataStep]:
    for step in steps:
        yield step
        if step.where != "1":
            yield replace(step, where=f"({step.where}) IS NOT TRUE", is_other=True)


def _changing(step: DataStep, column: str, value: str) -> DataStep:
    qualified = f"{in_quotes(step.alias or step.table)}.{column}"
    return replace(step, where=f"({step.where}) AND ({value}) IS NOT {qualified}")


def _is_column(part: Tokens) -> bool:
    last = part[-1]
    return last.text == "*" or (last.kind in ("word", "quoted") and len(part) in (1, 3))


def _text(words: Tokens, sql: str) -> str:
    return sql[words[0].start : words[-1].end] if words else ""


def _rest(words: Tokens, index: int) -> Tokens:
    """Up to the bracket that closes around it."""
    depth = 0
    for at in range(index, len(words)):
        depth += (words[at].text == "(") - (words[at].text == ")")
        if depth < 0:
            return words[index:at]
    return words[index:]


def _clauses(words: Tokens) -> dict[str, Tokens]:
    """The first of each kind, by the word that begins it; what comes before all, under nothing. The
    FROM of IS DISTINCT FROM begins none, and ON CONFLICT ends all."""
    clauses: dict[str, Tokens] = {}
    word, first, depth = "", 0, 0
    for at, token in enumerate(words):
        depth += (token.text == "(") - (token.text == ")")
        distinct = at > 0 and words[at - 1].upper == "DISTINCT" and token.upper == "FROM"
        is_conflict = (
            token.upper == "ON" and words[at + 1 : at + 2] and words[at + 1].upper == "CONFLICT"
        )
        if depth or distinct or not (is_conflict or token.upper in _CLAUSES):
            continue
        clauses.setdefault(word, words[first:at])
        word, first = token.upper, at + 1
        if word in ("UNION", "EXCEPT", "INTERSECT", "ON"):
            return clauses
    clauses.setdefault(word, words[first:])
    return clauses
