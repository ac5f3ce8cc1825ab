"""What two catalogs print in two ways, printed once more by one server.

A printing is not always read back as itself: `IN` over a varchar, in a CHECK or a view, changes
once more when a dump is loaded, and not again. So where two say one object in two ways, both
wordings are given to the scratch, and what it makes of them is compared. Must never touch anything
but a scratch database, in a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg

from sqlplumb.engines.postgres.names import full_name, quoted
from sqlplumb.engines.postgres.options import DomainOptions
from sqlplumb.engines.postgres.plan.statements.columns import column_definition
from sqlplumb.engines.postgres.read.catalog import Catalog, ask
from sqlplumb.engines.postgres.server.connect import Connection
from sqlplumb.schema import Column, Object, Ref

_RULES = ("check", "exclusion")
_ON_A_TABLE = ("trigger", "policy", "rule")
_KINDS = frozenset(
    (
        *(*_RULES, *_ON_A_TABLE, "column", "index", "view", "materialized view", "function"),
        *("procedure", "domain"),
    )
)
# What comes out of the server's printers; all else that is said of an object must be the same.
_PRINTED = frozenset(
    ("definition", "expression", "predicate", "default", "using", "with_check", "keys", "checks")
)
_OF_PARTITIONED = " ON ONLY "  # an index of a table whose partitions have theirs
Said = Mapping[str, Any]
_READS = "SET search_path = ''; SET jit = off; SET check_function_bodies = off"
_SAVEPOINT = "sqlplumb_printed"


def worded_differently(mine: Catalog, theirs: Catalog) -> list[Ref]:
    """Return what both catalogs have, and say in two ways by what is printed alone."""
    units = mine.texts.keys() & theirs.texts.keys()
    units = {unit for unit in units if mine.texts[unit] != theirs.texts[unit]}
    refs = [ref for unit in sorted(units) for ref in mine.units[unit]]
    shared = [ref for ref in refs if ref in theirs and ref.kind in _KINDS]
    return [ref for ref in shared if _differ_in_printing(mine.said(ref), theirs.said(ref))]


def _differ_in_printing(mine: Said, theirs: Said) -> bool:
    keys = mine.keys() | theirs.keys()
    differing = {key for key in keys if mine.get(key) != theirs.get(key)}
    if not all(mine.get(key) and theirs.get(key) for key in differing):
        return False  # what one of them does not say at all is no wording
    return bool(differing) and differing <= _PRINTED and _beside(mine) == _beside(theirs)


def _beside(said: Said) -> tuple[object, ...]:
    """Return what stands in a printed text and is no wording of it: whether it is of a table whose
    partitions have their own, the names of rules and their comments."""
    checks = [(name, comment) for name, _, comment in said.get("checks") or ()]
    return _OF_PARTITIONED in (said.get("definition") or ""), checks


def printed_alike(
    connection: Connection, mine: Catalog, theirs: Catalog, *, refs: Sequence[Ref]
) -> list[Ref]:
    """Return those of these objects of which the server prints one wording as the other; the
    database behind the connection is the one that `mine` was read from."""
    first, second = (_printed(connection, catalog, refs) for catalog in (mine, theirs))
    return [ref for ref in refs if ref in first and first[ref] == second.get(ref)]


def _printed(connection: Connection, catalog: Catalog, refs: Sequence[Ref]) -> dict[Ref, Said]:
    """Return what the server says of these objects, made anew as a catalog words them; of what it
    did not make anew, nothing."""
    wanted = set(refs)
    facts = catalog.facts(dict.fromkeys(ref.unit for ref in refs))
    connection.execute(_READS)
    is_ours = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    connection.execute("BEGIN" if is_ours else f"SAVEPOINT {_SAVEPOINT}_whole")
    try:
        chosen = [fact for fact in facts if fact.ref in wanted]
        made = [fact.ref for fact in chosen if _try(connection, tuple(_made_anew(fact)))]
        now = Catalog(ask(connection))
    finally:
        connection.execute("ROLLBACK" if is_ours else f"ROLLBACK TO {_SAVEPOINT}_whole")
    return {
        ref: {key: value for key, value in now.said(ref).items() if key in _PRINTED}
        for ref in made
        if ref in now
    }


def _try(connection: Connection, statements: Sequence[str]) -> bool:
    """Tell whether the server has run these; else it is as if it had run none of them."""
    connection.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        for statement in statements:
            connection.execute(statement.encode())
    except psycopg.Error:
        connection.execute(f"ROLLBACK TO {_SAVEPOINT}")
        return False
    connection.execute(f"RELEASE {_SAVEPOINT}")
    return bool(statements)


def _made_anew(fact: Object) -> Iterator[str]:
    ref = fact.ref
    table = full_name(ref.table_ref)
    if isinstance(fact, Column):
        column = quoted(ref.name)
        if fact.default:
            yield f"ALTER TABLE {table} ALTER {column} SET DEFAULT {fact.default.canonical}"
        elif fact.generated:  # what reads it goes on to read the one that was there
            yield f"ALTER TABLE {table} RENAME {column} TO {quoted(_SAVEPOINT + ref.name)}"
            yield f"ALTER TABLE {table} ADD {column_definition(fact)}"
        return
    if isinstance(fact.options, DomainOptions):
        yield from _domain_anew(fact)
        return
    if ref.kind in _RULES:
        yield f"ALTER TABLE {table} DROP CONSTRAINT {quoted(ref.name)} CASCADE"
    elif ref.kind in _ON_A_TABLE:
        yield f"DROP {ref.kind.upper()} {quoted(ref.name)} ON {table} CASCADE"
    elif ref.kind in ("index", "materialized view"):
        place = quoted(ref.namespace or "public")
        yield f"DROP {ref.kind.upper()} {place}.{quoted(ref.name)} CASCADE"
    yield _replacing(fact.text)


def _domain_anew(fact: Object) -> Iterator[str]:
    options, domain = fact.options, full_name(fact.ref)
    assert isinstance(options, DomainOptions)
    if options.default:
        yield f"ALTER DOMAIN {domain} SET DEFAULT {options.default}"
    for name, definition, _ in options.checks:
        yield f"ALTER DOMAIN {domain} DROP CONSTRAINT {quoted(name)}"
        yield f"ALTER DOMAIN {domain} ADD CONSTRAINT {quoted(name)} {definition}"


def _replacing(text: str) -> str:
    """A view stays, with what hangs on it."""
    return text.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1)
