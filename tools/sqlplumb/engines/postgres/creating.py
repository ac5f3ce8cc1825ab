"""Statements that make what is no table: schemas, extensions, types, sequences; from their facts.

Plans run them, and people read them where such an object is told of. Must never look at more than
one object.
"""

from __future__ import annotations

from sqlplumb.engines.postgres.grants import grants
from sqlplumb.engines.postgres.names import PUBLIC, listed, literal, quoted, spelled
from sqlplumb.engines.postgres.options import (
    CompositeOptions,
    DefaultPrivilegesOptions,
    DomainOptions,
    EnumOptions,
    ExtensionOptions,
    SequenceOptions,
)
from sqlplumb.schema import Object

_LIMITS = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}


def create_schema(fact: Object) -> list[str]:
    return [f"CREATE SCHEMA {quoted(fact.ref.name)}"] if fact.ref.name != PUBLIC else []


def create_extension(fact: Object) -> list[str]:
    assert isinstance(fact.options, ExtensionOptions)
    where = f" WITH SCHEMA {quoted(fact.options.schema)}" if fact.options.schema else ""
    return [f"CREATE EXTENSION IF NOT EXISTS {quoted(fact.ref.name)}{where}"]


def create_enum(fact: Object) -> list[str]:
    assert isinstance(fact.options, EnumOptions)
    return [f"CREATE TYPE {spelled(fact)} AS ENUM ({listed(map(literal, fact.options.labels))})"]


def create_composite(fact: Object) -> list[str]:
    assert isinstance(fact.options, CompositeOptions)
    parts = [attribute(*one) for one in fact.options.attributes]
    return [f"CREATE TYPE {spelled(fact)} AS ({listed(parts)})"]


def attribute(name: str, declared: str, collation: str) -> str:
    written = name if name.startswith('"') else quoted(name)
    return f"{written} {declared}" + (f" COLLATE {collation}" if collation else "")


def create_domain(fact: Object) -> list[str]:
    options = fact.options
    assert isinstance(options, DomainOptions)
    words = [f"CREATE DOMAIN {spelled(fact)} AS {options.base}"]
    words += [f"COLLATE {options.collation}"] if options.collation else []
    words += [f"DEFAULT {options.default}"] if options.default else []
    words += ["NOT NULL"] if options.not_null else []
    valid = [check for check in options.checks if not check[1].endswith(" NOT VALID")]
    words += [f"CONSTRAINT {quoted(name)} {definition}" for name, definition, _ in valid]
    made = [" ".join(words)]
    for check in options.checks:
        if check not in valid:
            made.append(
                f"ALTER DOMAIN {spelled(fact)} ADD CONSTRAINT {quoted(check[0])} {check[1]}"
            )
        if check[2]:
            made.append(domain_comment(fact, check[0], check[2]))
    return made


def domain_comment(fact: Object, name: str, comment: str) -> str:
    said = literal(comment) if comment else "NULL"
    return f"COMMENT ON CONSTRAINT {quoted(name)} ON DOMAIN {spelled(fact)} IS {said}"


def sequence_options(fact: Object) -> SequenceOptions:
    assert isinstance(fact.options, SequenceOptions)
    return fact.options


def create_sequence(fact: Object) -> list[str]:
    options = sequence_options(fact)
    temporary = "UNLOGGED " if options.unlogged else ""
    words = [f"CREATE {temporary}SEQUENCE {spelled(fact)}"]
    words += [f"AS {options.type}"] if options.type != "bigint" else []
    return [" ".join([*words, *sequence_words(options)])]


def sequence_words(options: SequenceOptions, before: SequenceOptions | None = None) -> list[str]:
    """Say what is not the default of this type, or what differs from `before`."""
    least, most = _LIMITS[options.type]
    rises = options.increment > 0
    usual = SequenceOptions(
        type=options.type,
        start=options.minimum if rises else options.maximum,
        minimum=1 if rises else least,
        maximum=most if rises else -1,
    )
    than = before or usual
    words = [
        ("increment", f"INCREMENT BY {options.increment}"),
        ("minimum", f"MINVALUE {options.minimum}"),
        ("maximum", f"MAXVALUE {options.maximum}"),
        ("start", f"START WITH {options.start}"),
        ("cache", f"CACHE {options.cache}"),
        ("cycle", "CYCLE" if options.cycle else "NO CYCLE"),
    ]
    return [text for name, text in words if getattr(options, name) != getattr(than, name)]


def grant_by_default(fact: Object) -> list[str]:
    assert isinstance(fact.options, DefaultPrivilegesOptions)
    return [*grants(fact, (), fact.options.grants, owner=fact.options.role)]


CREATES = {
    "default privileges": grant_by_default,
    "schema": create_schema,
    "extension": create_extension,
    "enum": create_enum,
    "composite type": create_composite,
    "domain": create_domain,
    "sequence": create_sequence,
}
