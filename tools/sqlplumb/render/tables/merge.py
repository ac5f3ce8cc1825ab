"""One call of Core out of two, which say the same thing to two dialects.

What they say alike is said once. Options of a dialect stand side by side, a type is the variant of
another, and a default or the condition of a CHECK has its words for each. Where Core has no such
way, `Differs` says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlplumb.engines.core import escaped
from sqlplumb.python_layout import Argument, Call, Code, Named, Words, call, call_with, flat
from sqlplumb.python_text import literal as value_of

Value = Code | Words | Call
Dialects = tuple[str, str]
FETCHED = call("FetchedValue")
_NOW = call("text", Words("CURRENT_TIMESTAMP"))  # which `func.now()` is where there is no now()
# What the others pass over.
_OF_ONE = ("autoincrement", "comment")


class Differs(Exception):
    """Core has no words for what differs here; SQL had better say it on the side of this `place`: 0
    is the one, 1 the other."""

    def __init__(self, reason: str, place: int = 1) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """Those of a call, as they are asked for."""

    words: tuple[Argument, ...]
    named: Mapping[str, Argument]

    @classmethod
    def of(cls, made: Call) -> Arguments:
        named = {each.name: each.value for each in made.arguments if isinstance(each, Named)}
        words = tuple(each for each in made.arguments if not isinstance(each, Named))
        return cls(words=words, named=named)

    def calls(self, name: str) -> tuple[Call, ...]:
        return tuple(each for each in self.words if isinstance(each, Call) and each.name == name)


def rule(one: Call, other: Call, dialects: Dialects, *, alike: bool = False) -> Call | None:
    """Return the one rule or index that both are, or None where they are two. Where a CHECK is
    `alike`, the words of the one do for both."""
    if one.name != other.name:
        return None
    first, second = Arguments.of(one), Arguments.of(other)
    words = first.words
    if words != second.words:
        names = [each.named.get("name") for each in (first, second)]
        is_one = one.name == "CheckConstraint" and names[0] == names[1] is not None
        if not is_one or not (isinstance(words[0], Words) and isinstance(second.words[0], Words)):
            return None
        if not alike:
            words = (by_dialect(text(words[0]), text(second.words[0]), dialects),)
    try:
        return call_with(one.name, (*words, *options(first.named, second.named, dialects)))
    except Differs:
        return None


def options(
    one: Mapping[str, Argument], other: Mapping[str, Argument], dialects: Dialects
) -> list[Named]:
    """Return the options of both; raise Differs where one says what is no dialect's own."""
    both = {**one, **other}
    own = tuple(f"{dialect}_" for dialect in dialects)
    for name in both:
        if name.startswith(own) or name in _OF_ONE:
            continue
        if one.get(name) != other.get(name):
            raise Differs(f"{name}={flat(both[name])} on one side alone", int(name in other))
    return [Named(name, value) for name, value in both.items() if not isinstance(value, Named)]


def text(written: Words) -> Call:
    return call("text", written)


def by_dialect(one: Argument | None, other: Argument | None, dialects: Dialects) -> Call:
    pairs = zip(dialects, (one, other), strict=True)
    return call_with("ByDialect", (Named(name, as_value(said)) for name, said in pairs if said))


def as_value(written: Argument) -> Value:
    assert isinstance(written, Code | Words | Call)
    return written


def default(one: Argument | None, other: Argument | None, dialects: Dialects) -> Value | None:
    """Return what a column is given, on both sides or on one."""
    if {one, other} <= {None, FETCHED}:
        return FETCHED if FETCHED in (one, other) else None
    if one == other or (one, other) == (call("func.now"), _NOW):
        return None if other is None else as_value(other)
    return by_dialect(_clause(one), _clause(other), dialects)


def _clause(value: Argument | None) -> Argument | None:
    if value == FETCHED:
        return None
    if isinstance(value, Words):
        return text(Words(escaped("'" + value.text.replace("'", "''") + "'")))
    return value


def type_(one: Argument, other: Argument, dialects: Dialects, *, named: bool) -> Argument:
    """Return a type that is each of the two on its dialect. The other one leads, which has the
    richer operators, unless it is `named`: that must stay the one object that it is."""
    if one == other:
        return one
    if one == call("JSONText") or (isinstance(one, Call) and one.name == "JSONText"):
        other = _without_json_null(other)
    leads_other = not named and not (isinstance(other, Call) and other.name == "Declared")
    leading, variant = (other, one) if leads_other else (one, other)
    dialect = dialects[0] if leads_other else dialects[1]
    varied = _instance(variant) if not (named and variant is other) else flat(variant)
    return call(f"{_instance(leading)}.with_variant", Code(varied), Words(dialect))


def _without_json_null(other: Argument) -> Argument:
    """None is NULL on both, and never JSON's own null."""
    if isinstance(other, Code) and other.text in ("JSON", "JSONB"):
        return call(other.text, Named("none_as_null", Code("True")))
    return other


def _instance(written: Argument) -> str:
    return flat(written) if isinstance(written, Call) else f"{flat(written)}()"


def computed(one: Call | None, other: Call | None, dialects: Dialects) -> Call | None:
    if one == other:
        return one
    if one is None or other is None:
        raise Differs("a value that is computed on one side alone", int(one is None))
    first, second = Arguments.of(one), Arguments.of(other)
    if first.named != second.named:
        raise Differs("a value that is computed and STORED on one side alone")
    sql, theirs = first.words[0], second.words[0]
    if sql != theirs and isinstance(sql, Words) and isinstance(theirs, Words):
        sql = by_dialect(text(sql), text(theirs), dialects)
    return call_with("Computed", (sql, *options(first.named, second.named, dialects)))


def reached(node: Argument, elsewhere: Mapping[str, str]) -> Argument:
    """Let foreign keys name columns of tables that are `elsewhere`, in another MetaData, by the
    variables of these tables."""
    match node:
        case Call("ForeignKey", (Words(target), *others)):
            return call("ForeignKey", Code(_column(target, elsewhere)), *others)
        case Call("ForeignKeyConstraint", (names, Code(listed), *others)):
            targets = (_column(target, elsewhere) for target in value_of(listed))
            written = Code(f"[{', '.join(targets)}]")
            return call("ForeignKeyConstraint", names, written, *others)
        case Call("Column", arguments):
            return call_with("Column", (reached(each, elsewhere) for each in arguments))
        case _:
            return node


def _column(target: str, elsewhere: Mapping[str, str]) -> str:
    table, _, column = target.rpartition(".")
    if table not in elsewhere:
        return flat(Words(target))
    return f"{elsewhere[table]}.c[{flat(Words(column))}]"
