"""Privileges: what a list of the catalogs means, and the GRANT and REVOKE that make one of another.
Must never know what object it is but for its kind and name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlplumb.engines.postgres.names import PUBLIC, listed, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import DefaultPrivilegesOptions
from sqlplumb.schema import Column, Object, Table, View

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
_MADE_AS = {"table": "TABLES", "view": "TABLES", "materialized view": "TABLES"}
_MADE_AS |= {"sequence": "SEQUENCES", "schema": "SCHEMAS"}
_MADE_AS |= dict.fromkeys(("function", "procedure", "aggregate"), "FUNCTIONS")
_MADE_AS |= dict.fromkeys(("enum", "domain", "composite type", "range type", "base type"), "TYPES")
_GIVEN = {"FUNCTIONS": "function", "TYPES": "enum"}
_ITEM = re.compile(r'((?:"(?:[^"]|"")*"|[^="])*)=([a-zA-Z*]*)(?:/.*)?\Z')


def grants(
    fact: Object, before: Sequence[str], after: Sequence[str], *, owner: str
) -> Iterator[str]:
    """Yield what makes one list of privileges of another. An object that has none listed has those
    that its kind gives to all."""
    if tuple(before) == tuple(after):
        return
    kind = _kind(fact)
    former, latter = _privileges(before, kind), _privileges(after, kind)
    begin, on = _beginning(fact), _on(fact)
    for grantee in {**former, **latter}:
        if grantee and grantee == owner:
            continue
        was, now = former.get(grantee, {}), latter.get(grantee, {})
        role = quoted(grantee) if grantee else "PUBLIC"
        lost = [letter for letter in was if letter not in now or (was[letter] and not now[letter])]
        if lost:
            yield f"{begin}REVOKE {_words(lost, fact)} ON {on} FROM {role}"
        for option in (False, True):
            new = [
                letter
                for letter, has in now.items()
                if has == option and (was.get(letter) != has or letter in lost)
            ]
            if new:
                with_option = " WITH GRANT OPTION" if option else ""
                yield f"{begin}GRANT {_words(new, fact)} ON {on} TO {role}{with_option}"


def _words(letters: Iterable[str], fact: Object) -> str:
    column = f" ({quoted(fact.ref.name)})" if isinstance(fact, Column) else ""
    return listed(f"{_PRIVILEGES[letter]}{column}" for letter in letters)


def _kind(fact: Object) -> str:
    told = fact.options
    if isinstance(told, DefaultPrivilegesOptions):
        return given_kind(told.objects, told.place)
    return fact.ref.kind


def given_kind(objects: str, place: str | None) -> str:
    """Return the kind that tells what all are given by default: that of the objects that somebody
    is going to make, which have it everywhere, and not in one place."""
    return "" if place else _GIVEN.get(objects, "")


def _beginning(fact: Object) -> str:
    told = fact.options
    if not isinstance(told, DefaultPrivilegesOptions):
        return ""
    place = f" IN SCHEMA {quoted(told.place)}" if told.place else ""
    return f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(told.role)}{place} "


def _on(fact: Object) -> str:
    if isinstance(fact.options, DefaultPrivilegesOptions):
        return fact.options.objects
    if isinstance(fact, Column):
        return f"TABLE {table_of(fact.ref)}"
    if isinstance(fact, Table | View):
        return f"TABLE {spelled(fact)}"
    name = spelled(fact)
    return f"{_GRANTED_ON.get(fact.ref.kind, fact.ref.kind.upper())} {name}"


def given_by_default(given: Iterable[DefaultPrivilegesOptions], fact: Object) -> set[str]:
    """Return the roles that may get privileges on an object because somebody makes it."""
    objects, place = _MADE_AS.get(fact.ref.kind, ""), fact.ref.namespace or PUBLIC
    here = (one for one in given if one.objects == objects and one.place in ("", place))
    return {role for one in here for role in _privileges(one.grants, "")}


def taken_away(fact: Object, roles: Collection[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return what leaves these roles without any privilege on an object that was just made, and the
    list of privileges that it has then."""
    if not roles:
        return [], ()
    names = [quoted(role) if role else "PUBLIC" for role in sorted(roles)]
    held = tuple(f"{role and quoted(role)}=" for role in roles)
    usual = () if "" in roles else (f"={_TO_ALL.get(fact.ref.kind, '')}",)
    return [f"REVOKE ALL ON {_on(fact)} FROM {listed(names)}"], (*held, *usual)


def granted_to_others(items: Sequence[str], kind: str, *, owner: str) -> tuple[str, ...]:
    """Return a list of the catalogs in the words of the catalogs, without the owner, who has all,
    and without who granted what; what a kind gives to all is written out."""
    privileges = _privileges(items, kind)
    if kind in _TO_ALL:
        privileges.setdefault("", {})
    words = {
        role: "".join(letter + "*" * has_option for letter, has_option in sorted(held.items()))
        for role, held in privileges.items()
        if role != owner or not role
    }
    return tuple(f"{role and quoted(role)}={held}" for role, held in sorted(words.items()))


def _privileges(items: Sequence[str], kind: str) -> dict[str, dict[str, bool]]:
    """Return for each role its privileges, and whether it may grant them."""
    if not items:
        usual = _TO_ALL.get(kind, "")
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
