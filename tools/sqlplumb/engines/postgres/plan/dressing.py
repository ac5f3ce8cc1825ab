"""What any object may be given when it is there: a comment, an owner, privileges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlplumb.engines.postgres.names import (
    PUBLIC,
    listed,
    literal,
    qualified,
    quoted,
    spelled,
    table_of,
)
from sqlplumb.engines.postgres.options import DomainOptions, PostgresOptions, RuleOptions
from sqlplumb.engines.postgres.plan.names import column_of, relation_word, rule_name
from sqlplumb.engines.postgres.plan.rules import index_name
from sqlplumb.schema import Column, Index, Object, Table, View

_RULES = frozenset(("primary key", "unique", "foreign key", "check", "exclusion"))
_TYPES = frozenset(("enum", "composite type", "range type", "base type"))
_ON_TABLE = frozenset(("trigger", "policy", "rule"))
_SYMBOL = re.compile(r"[^(]+")


def address(fact: Object) -> tuple[str, str]:
    """Return the word for an object and its name, as COMMENT, ALTER and DROP write them."""
    ref, kind = fact.ref, fact.ref.kind
    if isinstance(fact, Table | View):
        return relation_word(fact), spelled(fact)
    if kind == "column":
        return "COLUMN", column_of(ref)
    if kind in _RULES:
        return "CONSTRAINT", f"{rule_name(fact)} ON {table_of(ref)}"
    if kind in _ON_TABLE:
        return kind.upper(), f"{quoted(ref.name)} ON {table_of(ref)}"
    if isinstance(fact.options, DomainOptions):
        return "DOMAIN", spelled(fact)
    if kind in _TYPES:
        return "TYPE", spelled(fact)
    return kind.upper(), _odd_name(fact)


def _odd_name(fact: Object) -> str:
    ref = fact.ref
    match ref.kind:
        case "cast":
            return f"({ref.name})"
        case "operator":
            symbol, _, arguments = ref.name.partition("(")
            return f"{quoted(ref.namespace or PUBLIC)}.{symbol} ({arguments}"
        case "operator class" | "operator family":
            name, _, method = ref.name.rpartition(" USING ")
            return f"{qualified(name, ref.namespace)} USING {method}"
        case "user mapping":
            user, _, server = ref.name.rpartition(" SERVER ")
            return f"FOR {user} SERVER {quoted(server)}"
        case "aggregate" if ref.name.endswith("()"):
            return spelled(fact).removesuffix("()") + "(*)"
    return spelled(fact)


def options_of(fact: Object) -> PostgresOptions:
    return fact.options if isinstance(fact.options, PostgresOptions) else PostgresOptions()


def dressed(current: Object | None, desired: Object, was: Object | None = None) -> list[str]:
    """Return what gives an object its comment, owner and privileges. `current` is None for one that
    is made; `was` is the one that stood there before."""
    before, after = options_of(current) if current else None, options_of(desired)
    made = list[str]()
    word, name = address(desired)
    if (before.comment if before else "") != after.comment:
        made.append(_comment(word, name, after.comment))
    made += _part_comments(current, desired)
    held = options_of(was) if was else PostgresOptions()
    owner = after.owner or ("" if current or held.is_own else held.had_owner)
    has_owner = not (isinstance(desired, Column | Index) or desired.ref.kind in _RULES | _ON_TABLE)
    if owner and has_owner and owner != (before.had_owner or before.owner if before else ""):
        made.append(f"ALTER {word} {name} OWNER TO {quoted(owner)}")
    if current:
        former = options_of(current).grants
        latter = after.grants if former != after.grants else former
    else:
        former, latter = (), after.grants or held.had_grants
    return made + list(granted(desired, former, latter, owner=owner or after.had_owner))


def _comment(word: str, name: str, text: str) -> str:
    return f"COMMENT ON {word} {name} IS {literal(text) if text else 'NULL'}"


def _part_comments(current: Object | None, desired: Object) -> Iterator[str]:
    """The columns of views and composite types, and the index of a key."""
    former: Mapping[str, str] = dict(
        getattr(current.options, "column_comments", ()) if current else ()
    )
    latter: Mapping[str, str] = dict(getattr(desired.options, "column_comments", ()))
    for name in former.keys() | latter.keys():
        if former.get(name) != latter.get(name):
            column = f"{spelled(desired)}.{quoted(name)}"
            yield _comment("COLUMN", column, latter.get(name, ""))
    if isinstance(desired.options, RuleOptions):
        before = current.options.word("index_comment") if current else ""
        if before != desired.options.index_comment:
            yield _comment("INDEX", index_name(desired), desired.options.index_comment)


_PRIVILEGES = {
    "r": "SELECT",
    "a": "INSERT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
    "c": "CONNECT",
    "T": "TEMPORARY",
    "m": "MAINTAIN",
}
_TO_ALL = {"function": "X", "procedure": "X", "aggregate": "X", "enum": "U", "domain": "U"}
_TO_ALL |= {"composite type": "U", "range type": "U", "base type": "U", "language": "U"}
_GRANTED_ON = {"foreign data wrapper": "FOREIGN DATA WRAPPER", "server": "FOREIGN SERVER"}
_GRANTED_ON |= {"enum": "TYPE", "composite type": "TYPE", "range type": "TYPE", "domain": "TYPE"}
_GRANTED_ON |= {"aggregate": "FUNCTION", "procedure": "PROCEDURE", "base type": "TYPE"}
_ITEM = re.compile(r'((?:"(?:[^"]|"")*"|[^="])*)=([a-zA-Z*]*)/(.*)\Z')


def granted(
    fact: Object, before: Sequence[str], after: Sequence[str], *, owner: str
) -> Iterator[str]:
    """Yield what makes one list of privileges of another. An object that has none listed has those
    that its kind gives to all."""
    if tuple(before) == tuple(after):
        return
    usual = _TO_ALL.get(fact.ref.kind, "")
    former = _parsed(before, usual)
    latter = _parsed(after, usual)
    on = _on(fact)
    for grantee in {**former, **latter}:
        if grantee == owner:
            continue
        was, now = former.get(grantee, {}), latter.get(grantee, {})
        role = quoted(grantee) if grantee else "PUBLIC"
        lost = [letter for letter in was if letter not in now or (was[letter] and not now[letter])]
        if lost:
            yield f"REVOKE {_words(lost, fact)} ON {on} FROM {role}"
        for option in (False, True):
            new = [
                letter
                for letter, has in now.items()
                if has == option and (was.get(letter) != has or letter in lost)
            ]
            if new:
                with_option = " WITH GRANT OPTION" if option else ""
                yield f"GRANT {_words(new, fact)} ON {on} TO {role}{with_option}"


def _words(letters: Iterable[str], fact: Object) -> str:
    column = f" ({quoted(fact.ref.name)})" if isinstance(fact, Column) else ""
    return listed(f"{_PRIVILEGES[letter]}{column}" for letter in letters)


def _on(fact: Object) -> str:
    if isinstance(fact, Column):
        return f"TABLE {table_of(fact.ref)}"
    if isinstance(fact, Table | View):
        return f"TABLE {spelled(fact)}"
    name = spelled(fact)
    return f"{_GRANTED_ON.get(fact.ref.kind, fact.ref.kind.upper())} {name}"


def _parsed(items: Sequence[str], usual: str) -> dict[str, dict[str, bool]]:
    """Return for each role its privileges, and whether it may grant them."""
    if not items:
        return {"": dict.fromkeys(usual, False)} if usual else {}
    found: dict[str, dict[str, bool]] = {}
    for item in items:
        match = _ITEM.match(item)
        if match:
            role = match[1].strip('"').replace('""', '"')
            letters = re.findall(r"([a-zA-Z])(\*?)", match[2])
            held = found.setdefault(role, {})
            held.update({letter: bool(star) for letter, star in letters})
    return found
